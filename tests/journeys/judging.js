/* What a page is asked once it is drawn: each function returns faults, in words. */

const inWords = (element) =>
  `${element.tagName.toLowerCase()} “${(element.textContent.trim() || element.id).slice(0, 40)}”`;

/* A page is drawn without its reader's session: what its scripts would ask meanwhile is not asked. */
window.fetch = async () => new Response(null, { status: 204 });

window.judging = {
  /* axe's violations, one a rule. `only`: tags (wcag2a …) or names of rules. */
  async axe(only) {
    const result = await axe.run(document, {
      runOnly: { type: only[0].startsWith("wcag") ? "tag" : "rule", values: only },
      resultTypes: ["violations"],
      preload: false,
    });
    return result.violations.map((rule) => {
      const [first] = rule.nodes;
      const why = [...first.any, ...first.all, ...first.none].map((check) => check.message);
      const where = first.target.join(" ");
      return `${rule.id}, ${rule.nodes.length} times, first ${where}: ${why.join("; ")}`;
    });
  },

  /* Wider than the screen, or text that its box cuts off. */
  overflow() {
    const page = document.scrollingElement;
    const flow = (element) => getComputedStyle(element).overflowX;
    const scrolls = (element) =>
      element !== page && (/auto|scroll/.test(flow(element)) || scrolls(element.parentElement));
    const unseen = (element) => element.closest(".visually-hidden, .visually-hidden-focusable");
    const faults = [];
    const shown = [...document.body.querySelectorAll("*")].filter(
      (element) => element.checkVisibility() && !unseen(element),
    );
    if (page.scrollWidth > page.clientWidth) {
      const wide = shown.filter(
        (element) =>
          element.getBoundingClientRect().right > page.clientWidth + 1 && !scrolls(element),
      );
      const innermost = wide.filter(
        (element) => !wide.some((other) => other !== element && element.contains(other)),
      );
      faults.push(
        `${page.scrollWidth - page.clientWidth} px too wide: ` +
          innermost.slice(0, 4).map(inWords).join(", "),
      );
    }
    for (const element of shown) {
      const cuts = /hidden|clip/.test(flow(element)) && element.innerText?.trim();
      if (cuts && element.scrollWidth > element.clientWidth + 1)
        faults.push(`cuts its text off: ${inWords(element)}`);
    }
    return faults;
  },

  /* Who uses the keyboard first meets the way past the menus, and always sees where they are. To be
     called after a key was pressed: only then browsers show the focus. */
  focus() {
    const faults = [];
    const ring = (element) => {
      const style = getComputedStyle(element);
      return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
    };
    const onScreen = ({ top, right, bottom, left, width, height }) =>
      width > 1 && height > 1 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    const stops = [
      ...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']",
      ),
    ].filter((stop) => !stop.disabled && stop.checkVisibility({ visibilityProperty: true }));
    if (stops[0]?.getAttribute("href") !== "#contenuto" || !document.getElementById("contenuto"))
      faults.push(`the first stop is not the way to the content: ${inWords(stops[0])}`);
    for (const stop of stops) {
      stop.focus();
      if (document.activeElement !== stop) faults.push(`cannot be reached: ${inWords(stop)}`);
      else if (!onScreen(stop.getBoundingClientRect()))
        faults.push(`is not on the screen when it has the focus: ${inWords(stop)}`);
      else if (!ring(stop)) faults.push(`does not show its focus: ${inWords(stop)}`);
    }
    return faults;
  },
};
