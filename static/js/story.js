/* The form of a story while somebody writes: kept every few seconds, characters counted. The pages
   work without this file: each button saves. */

const PAUSE = 3000; // ms without a keystroke before what was typed is sent
const LONGEST = 15000; // ms of writing without a pause after which it is sent anyway
const PATIENCE = 8000; // ms until an answer counts as lost
const RETRIES = [5000, 15000, 45000]; // ms to wait after the first, second, third failure
const NEAR = 0.7; // share of a limit from which the count is shown

/* Sends the form in the background; the server keeps what was typed beside the story and changes
   nothing in it. One sending at a time, always with the newest text. */
class Keeper {
  constructor(form, status) {
    this.form = form;
    this.status = status;
    this.dirtySince = 0;
    this.failures = 0;
    this.stopped = false;
    this.timer = 0;
    this.running = null;
    form.addEventListener("input", () => this.noteTyping());
    form.addEventListener("change", () => this.noteTyping());
    form.addEventListener("submit", (event) => this.letGoFirst(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.dirtySince) this.keep(true);
    });
  }

  noteTyping() {
    if (this.stopped) return;
    this.dirtySince ||= Date.now();
    const waited = Date.now() - this.dirtySince;
    this.wait(Math.max(0, Math.min(PAUSE, LONGEST - waited)));
  }

  wait(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), milliseconds);
  }

  keep(leaving = false) {
    if (this.running || this.stopped || !this.dirtySince) return this.running;
    this.dirtySince = 0;
    clearTimeout(this.timer);
    this.running = this.send(leaving).finally(() => {
      this.running = null;
      if (this.dirtySince && !this.stopped && !this.failures) this.wait(PAUSE);
    });
    return this.running;
  }

  async send(leaving) {
    const body = new URLSearchParams(new FormData(this.form));
    body.set("azione", "automatico");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body,
        // A page that is left may send 64 kB; more is sent as long as the page lives.
        keepalive: leaving && body.toString().length < 60000,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      await this.hear(answer);
    } catch {
      this.tryLater();
    }
  }

  async hear(answer) {
    if (answer.status === 503 || answer.status === 429) return this.tryLater();
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const told = isJson ? await answer.json() : {};
    this.failures = 0;
    if (answer.ok) {
      this.take(told);
      return this.say(told.message, true);
    }
    if (answer.status === 422) return this.say(told.message);
    this.stopped = true;
    this.say(told.message || this.status.dataset.stopped);
  }

  /* A new story has an address of its own now; the form goes on there, and so does a reload. */
  take(told) {
    const { version, seen } = this.form.elements;
    if (version && told.version !== null) version.value = told.version;
    if (seen) seen.value = told.seen;
    if (new URL(told.action, location.href).pathname !== new URL(this.form.action).pathname) {
      this.form.action = told.action;
      history.replaceState(history.state, "", told.action);
    }
  }

  tryLater() {
    this.dirtySince ||= Date.now();
    if (this.failures >= RETRIES.length) {
      this.stopped = true;
      return this.say(this.status.dataset.stopped);
    }
    this.wait(RETRIES[this.failures++]);
    this.say(this.status.dataset.waiting);
  }

  say(words, isKept = false) {
    if (!words) return;
    this.status.textContent = words;
    this.status.classList.toggle("g-saved--no", !isKept);
  }

  /* A button waits for what is under way, so that the two never meet. */
  letGoFirst(event) {
    clearTimeout(this.timer);
    this.stopped = true;
    if (!this.running) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    this.running.finally(() => this.form.requestSubmit(button));
  }
}

/* How much of a limit is used: near its end, always where texts are short. */
function countCharacters() {
  for (const control of document.querySelectorAll("[data-limit]")) {
    const limit = Number(control.dataset.limit);
    const count = document.createElement("p");
    count.className = "g-left";
    control.after(count);
    const show = () => {
      const length = [...control.value.trim()].length;
      count.hidden = !("countAlways" in control.dataset) && length < limit * NEAR;
      count.textContent = `${length.toLocaleString(document.documentElement.lang)} / ${limit.toLocaleString(document.documentElement.lang)}`;
      count.classList.toggle("g-left--over", length > limit);
    };
    control.addEventListener("input", show);
    show();
  }
}

/* A page that the browser kept is older than the story by now. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const form = document.querySelector("form[data-kept]");
const status = document.querySelector("[data-save-status]");
if (form && status) new Keeper(form, status);
countCharacters();
