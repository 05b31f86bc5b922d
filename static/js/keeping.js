/* Keeps what somebody types: sends the form in the background, one sending at a time and always with the
   newest text. Scripts of pages say where to, and what becomes of the answer. Modules cannot import each
   other here, since the address of each holds the hash of its own content alone. */

const PAUSE = 3000; // ms without a keystroke before what was typed is sent
const LONGEST = 15000; // ms of writing without a pause after which it is sent anyway
const PATIENCE = 8000; // ms until an answer counts as lost
const RETRIES = [5000, 15000, 45000]; // ms to wait after the first, second, third failure

globalThis.Keeper = class {
  constructor(form, status) {
    this.form = form;
    this.status = status;
    this.since = 0;
    this.failures = 0;
    this.stopped = false;
    this.timer = 0;
    this.running = null;
    form.addEventListener("input", () => this.noteTyping());
    form.addEventListener("change", () => this.noteTyping());
    form.addEventListener("submit", (event) => this.letGoFirst(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.since) this.keep(true);
    });
  }

  /* Where it is sent to. */
  get address() {
    return this.form.action;
  }

  /* It is kept: what the server told goes into the form. */
  took() {}

  /* Whether the next text may be kept although this one was not. */
  mayGoOn() {
    return false;
  }

  noteTyping() {
    if (this.stopped) return;
    this.since ||= Date.now();
    this.wait(Math.max(0, Math.min(PAUSE, LONGEST - (Date.now() - this.since))));
  }

  wait(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), milliseconds);
  }

  keep(leaving = false) {
    if (this.running || this.stopped || !this.since) return;
    this.since = 0;
    clearTimeout(this.timer);
    this.running = this.send(leaving).finally(() => {
      this.running = null;
      if (this.since && !this.stopped && !this.failures) this.wait(PAUSE);
    });
  }

  async send(leaving) {
    const body = new URLSearchParams(new FormData(this.form));
    body.set("azione", "automatico");
    try {
      const answer = await fetch(this.address, {
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
      this.took(told);
      return this.say(told.message, true);
    }
    if (this.mayGoOn(answer)) return this.say(told.message);
    this.stopped = true;
    this.say(told.message || this.status.dataset.stopped);
  }

  tryLater() {
    this.since ||= Date.now();
    if (this.failures >= RETRIES.length) {
      this.stopped = true;
      return this.say(this.status.dataset.stopped);
    }
    this.wait(RETRIES[this.failures++]);
    this.say(this.status.dataset.waiting);
  }

  say(words, isKept = false) {
    this.status.textContent = words || "";
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
};
