/* A file on its way: how much has arrived, and a way to stop it. The page works without this file:
   its form sends itself. What the server answers is shown as it would be without. */

const SOON = 300; // ms after which a file that is still on its way is worth a word
const PER_CENT = 100;
const STEP = 25; // per cent between two announcements

class Upload {
  constructor(form) {
    this.form = form;
    this.file = form.querySelector("input[type=file]");
    this.box = form.querySelector("[data-upload]");
    this.bar = this.box.querySelector("progress");
    this.share = this.box.querySelector("[data-share]");
    this.status = form.querySelector("[data-upload-status]");
    this.request = null;
    form.addEventListener("submit", (event) => this.start(event));
    this.file.addEventListener("change", () => this.isFit());
    this.box.querySelector("button").addEventListener("click", () => this.request?.abort());
  }

  /* Whether the chosen file can be taken at all: nobody waits for one that will be refused. */
  isFit() {
    const [file] = this.file.files;
    const fits = !file || file.size <= Number(this.box.dataset.most);
    this.say(fits ? "" : this.box.dataset.large, true);
    return fits;
  }

  start(event) {
    if (this.request) return event.preventDefault();
    if (!this.file.files.length) return;
    event.preventDefault();
    if (!this.isFit()) return this.rest(event.submitter);
    const request = new XMLHttpRequest();
    this.request = request;
    this.told = -1;
    this.timer = setTimeout(() => this.show(true), SOON);
    request.upload.addEventListener("progress", (now) => this.draw(now.loaded, now.total));
    request.addEventListener("load", () => this.hear(request));
    request.addEventListener("error", () => this.say(this.box.dataset.failed, true));
    request.addEventListener("abort", () => this.say(this.box.dataset.stopped));
    request.addEventListener("loadend", () => this.rest(event.submitter));
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json, text/html;q=0.9");
    request.send(new FormData(this.form, event.submitter));
  }

  draw(loaded, total) {
    const percent = Math.floor((loaded / total) * PER_CENT);
    this.bar.value = percent;
    this.share.textContent = `${percent} %`;
    if (!this.box.hidden) this.announce(percent);
  }

  /* A word at each quarter: who listens is not to be told every hundredth. */
  announce(percent) {
    const step = Math.floor(percent / STEP);
    if (step === this.told) return;
    this.told = step;
    const { sending, checking } = this.box.dataset;
    const isSending = percent < PER_CENT;
    this.say(isSending ? `${sending} ${step * STEP} %` : checking);
    // Whoever sees the bar reads the share beside it, which is newer.
    this.status.classList.toggle("visually-hidden", isSending);
  }

  show(isShown) {
    this.box.hidden = !isShown;
    if (isShown) this.announce(this.bar.value);
  }

  hear(request) {
    const isJson = (request.getResponseHeader("Content-Type") || "").startsWith("application/json");
    if (isJson && request.status === 201) return this.leave(JSON.parse(request.response).location);
    // Another page than the form's own: that of sign-in, for one.
    if (request.status < 300) return this.leave(request.responseURL);
    const answer = new DOMParser().parseFromString(request.response, "text/html");
    this.form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
    document.title = answer.title;
    document.body.replaceWith(answer.body);
    window.scrollTo(0, 0);
    document.getElementById("errori")?.focus();
    watch();
  }

  leave(address) {
    this.form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
    location.assign(address);
  }

  /* The form as it was before it was sent, with its file. */
  rest(button) {
    clearTimeout(this.timer);
    this.request = null;
    this.show(false);
    // After the listeners of this event, which mark the form as sent.
    setTimeout(() => {
      delete this.form.dataset.sent;
      button?.removeAttribute("aria-busy");
    });
  }

  say(words, isFault = false) {
    this.status.textContent = words;
    this.status.classList.remove("visually-hidden");
    this.status.classList.toggle("g-upload__said--no", isFault);
  }
}

function watch() {
  for (const box of document.querySelectorAll("form [data-upload]")) new Upload(box.closest("form"));
}

watch();
