/* The form of a story while somebody writes: kept every few seconds, characters counted. The pages
   work without this file: each button saves. `Keeper` comes from keeping.js, which a page loads before. */

const NEAR = 0.7; // share of a limit from which the count is shown

class Part extends Keeper {
  /* A new story has an address of its own now; the form goes on there, and so does a reload. */
  took(told) {
    const { version, seen } = this.form.elements;
    if (version && told.version !== null) version.value = told.version;
    if (seen) seen.value = told.seen;
    if (new URL(told.action, location.href).pathname !== new URL(this.form.action).pathname) {
      this.form.action = told.action;
      history.replaceState(history.state, "", told.action);
    }
  }

  /* What is wrong with a field is said; the next text may be right. */
  mayGoOn(answer) {
    return answer.status === 422;
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
if (form && status) new Part(form, status);
countCharacters();
