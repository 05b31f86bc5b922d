/* How far somebody has read a discussion, noted while reading. Without this file the button below
   the messages does the same. */

const DWELL = 1500; // ms that a message must have been on the screen
const PAUSE = 4000; // ms between two notes

class Reading {
  constructor(place) {
    this.place = place;
    this.form = place.querySelector("form");
    this.known = Number(place.dataset.reading);
    this.last = Number(this.form.elements.namedItem("fino").value);
    this.reached = this.known;
    this.since = new Map();
    this.timer = 0;
    const posts = document.querySelectorAll("article.g-post[id^=m]");
    const watcher = new IntersectionObserver((seen) => this.note(seen), { threshold: [0, 0.5, 1] });
    for (const post of posts) watcher.observe(post);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.look(true);
    });
  }

  /* A long message counts as read once its end was on the screen. */
  note(seen) {
    for (const one of seen) {
      const number = Number(one.target.id.slice(1));
      const ended = one.isIntersecting && one.boundingClientRect.bottom <= one.rootBounds.bottom + 1;
      if (!ended) this.leave(number);
      else if (!this.since.has(number)) this.since.set(number, Date.now());
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), DWELL);
  }

  leave(number) {
    const since = this.since.get(number);
    if (since !== undefined && Date.now() - since >= DWELL) this.reach(number);
    this.since.delete(number);
  }

  reach(number) {
    if (number > this.reached) this.reached = number;
  }

  look(leaving = false) {
    for (const [number, since] of this.since) {
      if (Date.now() - since >= DWELL) this.reach(number);
    }
    if (this.reached <= this.known) return;
    if (!leaving && Date.now() - (this.sent ?? 0) < PAUSE && this.reached < this.last) {
      this.timer = setTimeout(() => this.look(), PAUSE);
      return;
    }
    this.send(this.reached);
  }

  async send(number) {
    this.sent = Date.now();
    const body = new URLSearchParams(new FormData(this.form));
    body.set("fino", number);
    const before = this.known;
    this.known = number;
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body,
        keepalive: true,
        // The answer leads on to a page that nobody needs here.
        redirect: "manual",
      });
      if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(String(answer.status));
      if (number >= this.last) this.place.hidden = true;
    } catch {
      this.known = before;
    }
  }
}

for (const place of document.querySelectorAll("[data-reading]")) new Reading(place);
