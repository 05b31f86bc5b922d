/* Small comforts. Every page works without this file; nothing here is needed to read, write or send. */

const QUIET = 600; // ms without a keystroke before a preview is asked for

/* A double click posts once. The button is marked, not disabled: a disabled button's name and value
   would not be sent. Coming back with the browser's button finds it ready again. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

/* Leaving a form with unsaved text asks first. data-guarded="typed" counts as unsaved from the start. */
function guardTyped() {
  const dirty = new Set(document.querySelectorAll('form[data-guarded="typed"]'));
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "guarded" in form.dataset) dirty.add(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) dirty.delete(event.target);
  });
  // A draft of it is kept: nothing would be lost.
  document.addEventListener("kept", (event) => dirty.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });
}

/* The preview is rendered and cleaned by the server, exactly as it will be stored. */
function previews() {
  for (const area of document.querySelectorAll("textarea[data-preview-url]")) {
    const target = document.getElementById(area.dataset.previewTarget);
    const token = area.form?.elements.namedItem("csrf_token")?.value;
    if (!target || !token) continue;
    let timer = 0;
    let latest = 0;
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = ++latest;
        try {
          const answer = await fetch(area.dataset.previewUrl, {
            method: "POST",
            headers: { "X-CSRFToken": token },
            body: new URLSearchParams({ text: area.value }),
          });
          // An older answer must not replace a newer one.
          if (answer.ok && mine === latest) target.innerHTML = await answer.text();
        } catch {
          /* No network: the last preview stays. */
        }
      }, QUIET);
    });
  }
}

/* After a refused form, the summary of errors is where the reader should be. */
function showErrors() {
  document.getElementById("errori")?.focus();
}

sendOnce();
guardTyped();
previews();
showErrors();
