/* Comforts for who writes a message: signs to press, names to pick, what is typed kept as a draft, and
   who would be told. The form works without this file: buttons keep, look first and send. `Keeper` comes
   from keeping.js, which a page loads before. */

const PATIENCE = 8000; // ms until an answer counts as lost
const ASK_AFTER = 250; // ms without a keystroke before names are asked for
const TELL_AFTER = 1200; // ms without a keystroke before it is asked who would be told

/* Typing through the browser, so that its own "undo" knows of it. */
function put(area, from, to, text) {
  area.focus();
  area.setSelectionRange(from, to);
  if (document.execCommand?.("insertText", false, text)) return;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/* ---- signs ---- */

function around(area, mark, sample) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const chosen = value.slice(from, to) || sample;
  put(area, from, to, mark + chosen + mark);
  area.setSelectionRange(from + mark.length, from + mark.length + chosen.length);
}

function before(area, sign) {
  const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const to = area.selectionEnd;
  const lines = area.value.slice(from, to).split("\n");
  const text = lines.map((line, n) => (typeof sign === "string" ? sign : sign(n)) + line).join("\n");
  // A list or a quotation begins after an empty line.
  const apart = from > 0 && area.value.slice(0, from).trimEnd() && !/\n\n$/.test(area.value.slice(0, from));
  put(area, from, to, (apart ? "\n" : "") + text);
}

function link(area, sample) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const chosen = value.slice(from, to);
  const isAddress = /^https?:\/\//.test(chosen);
  const words = isAddress || !chosen ? sample : chosen;
  const address = isAddress ? chosen : "https://";
  put(area, from, to, `[${words}](${address})`);
  const at = isAddress ? from + 1 : from + words.length + 3;
  area.setSelectionRange(at, at + (isAddress ? words.length : address.length));
}

const SIGNS = {
  bold: (area, sample) => around(area, "**", sample),
  italic: (area, sample) => around(area, "*", sample),
  list: (area) => before(area, "- "),
  numbers: (area) => before(area, (n) => `${n + 1}. `),
  quote: (area) => before(area, "> "),
  link,
  name: (area) => put(area, area.selectionStart, area.selectionEnd, "@"),
};

function showSigns(bar) {
  const area = document.getElementById(bar.dataset.signs);
  const sample = bar.closest("[data-sample]")?.dataset.sample || "";
  const buttons = [...bar.querySelectorAll("button")];
  area.before(bar);
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const sign = event.target.closest("button")?.dataset.sign;
    if (sign) SIGNS[sign](area, sample);
  });
  // One stop for the tab key; arrows go from sign to sign.
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
}

/* ---- names ---- */

class Names {
  constructor(area, url, label) {
    this.area = area;
    this.url = url;
    this.latest = 0;
    this.timer = 0;
    this.people = [];
    this.at = -1;
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: `${area.id}-persone`, className: "g-names", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    area.after(this.list);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.list.id);
    area.addEventListener("input", () => this.ask());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (!item) return;
      event.preventDefault();
      this.take(this.people[[...this.list.children].indexOf(item)]);
    });
  }

  /* What stands between the last @ and the cursor, if that can be the beginning of a name. */
  begun() {
    const text = this.area.value.slice(0, this.area.selectionStart);
    return /(?:^|[^\w@./`-])@([\p{L}\d][\p{L}\d'’ -]{0,60})$/u.exec(text)?.[1];
  }

  ask() {
    clearTimeout(this.timer);
    const begun = this.begun();
    if (!begun || begun.split(" ").length > 3) return this.close();
    this.timer = setTimeout(() => this.fetch(begun), ASK_AFTER);
  }

  async fetch(begun) {
    const mine = ++this.latest;
    const address = new URL(this.url, location.href);
    address.searchParams.set("q", begun);
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok || mine !== this.latest) return;
      this.people = await answer.json();
      if (this.begun() === begun) this.show();
    } catch {
      /* No network: what is typed is understood when it is sent. */
    }
  }

  show() {
    if (!this.people.length) return this.close();
    this.list.replaceChildren(
      ...this.people.map((one, n) => {
        const item = document.createElement("li");
        item.id = `${this.list.id}-${n}`;
        item.setAttribute("role", "option");
        const name = document.createElement("b");
        name.textContent = one.name;
        const about = document.createElement("span");
        about.textContent = one.about || `@${one.slug}`;
        item.append(name, about);
        return item;
      }),
    );
    this.list.hidden = false;
    this.choose(0);
  }

  choose(number) {
    this.at = (number + this.people.length) % this.people.length;
    [...this.list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === this.at)));
    this.area.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown") this.choose(this.at + 1);
    else if (event.key === "ArrowUp") this.choose(this.at - 1);
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.people[this.at]);
    else return;
    event.preventDefault();
  }

  take(person) {
    const begun = this.begun();
    this.close();
    if (!person || begun === undefined) return;
    const end = this.area.selectionStart;
    put(this.area, end - begun.length, end, `${person.slug} `);
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.latest++;
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }
}

/* ---- the draft ---- */

class Draft extends Keeper {
  get address() {
    return this.form.dataset.draftUrl;
  }

  took(told) {
    this.form.elements.draft_version.value = told.version;
    if (!this.since) this.form.dispatchEvent(new Event("kept", { bubbles: true }));
  }
}

/* ---- who would be told ---- */

function tell(form, box) {
  let timer = 0;
  let latest = 0;
  async function ask() {
    const mine = ++latest;
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(box.dataset.toldUrl, {
        method: "POST",
        body,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!answer.ok || mine !== latest) return;
      box.innerHTML = await answer.text();
      box.hidden = false;
    } catch {
      /* No network: the last answer stays. */
    }
  }
  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  };
  form.addEventListener("input", () => later(TELL_AFTER));
  form.addEventListener("focusin", () => box.hidden && later(0), { once: true });
}

for (const bar of document.querySelectorAll("[data-signs]")) showSigns(bar);
for (const place of document.querySelectorAll("[data-people-url]")) {
  const area = place.querySelector("textarea");
  if (area) new Names(area, place.dataset.peopleUrl, place.dataset.peopleLabel);
}
for (const form of document.querySelectorAll("form[data-draft-url]")) {
  const status = form.querySelector("[data-draft-status]");
  if (status) new Draft(form, status);
  const box = form.querySelector("[data-told-url]");
  if (box) tell(form, box);
}
