/** What a page must keep, as functions that return the faults: `rules.structure()`, `rules.layout()`, `rules.contrast()`. */
globalThis.rules = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const words = (element) => (element.innerText || element.getAttribute("aria-label") || element.name || element.id || element.tagName).trim().slice(0, 24);
  const picture = ".lm, .screen"; // drawn as LINE draws it

  /** What holds at every width and in every colour. */
  function structure() {
    const faults = [];
    if (!document.documentElement.lang) faults.push("no language");
    if (!document.title.trim() || document.title.startsWith("|")) faults.push("no title");
    if (all("h1").length !== 1) faults.push(`${all("h1").length} main headings`);
    if (all("main").length !== 1) faults.push(`${all("main").length} main parts`);
    if (!document.querySelector("a.skip[href='#main']")) faults.push("no way straight to the text");
    if (all("script:not([src])").filter((e) => !e.type.endsWith("json")).length) faults.push("inline script");
    if (all("[style]").filter((e) => !e.closest(`${picture}, svg`)).length) faults.push("inline style");
    if (all("[tabindex]").some((e) => e.tabIndex > 0)) faults.push("an order of its own for the keyboard");
    const ids = all("[id]").map((e) => e.id);
    new Set(ids.filter((id, i) => ids.indexOf(id) !== i)).forEach((id) => faults.push(`id ${id} twice`));
    for (const field of all("input:not([type=hidden]), select, textarea")) {
      if (!field.labels?.length && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby")) faults.push(`no label: ${field.name}`);
    }
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls"]) {
      for (const element of all(`[${name}]`)) {
        for (const id of element.getAttribute(name).split(/\s+/).filter(Boolean)) {
          if (!document.getElementById(id)) faults.push(`${name} names ${id}, which is not there`);
        }
      }
    }
    for (const element of all("a, button")) {
      if (seen(element) && !(element.textContent.trim() || element.getAttribute("aria-label") || element.querySelector("img[alt]:not([alt=''])"))) faults.push("a control without a name");
    }
    for (const table of all("main table")) {
      if (!table.caption && !table.getAttribute("aria-label")) faults.push(`a table without a caption: ${words(table)}`);
    }
    let level = 0;
    for (const heading of all("h1, h2, h3, h4")) {
      if (heading.closest(picture)) continue;
      const now = Number(heading.tagName[1]);
      if (now > level + 1) faults.push(`heading ${heading.textContent} skips a level`);
      level = now;
    }
    return faults;
  }

  const PRESSED = "button, .button, summary, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=range], [type=file]), label:has(> input[type=checkbox], > input[type=radio]), nav a, .rows a, .tabs a, .choices a";

  function targets() {
    const found = [];
    for (const element of all(PRESSED)) {
      if (!seen(element) || element.closest(`${picture}, .trap`)) continue;
      const { height, width } = element.getBoundingClientRect();
      const least = element.matches(".crumbs a, .crumb a") ? 24 : 43.5;
      if (height < least || width < 24) found.push(`${words(element)} is ${Math.round(width)} x ${Math.round(height)} px`);
    }
    return found;
  }

  /** What can be seen of an element through the scrolling boxes around it; null for what floats over the page. */
  function frame(element, frames) {
    if (!element || element === document.body) return { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    if (frames.has(element)) return frames.get(element);
    const style = getComputedStyle(element);
    const floats = style.position === "fixed" || style.position === "sticky" || (style.position === "absolute" && !element.closest("svg"));
    let found = floats ? null : frame(element.parentElement, frames);
    if (found && !(style.overflowX === "visible" && style.overflowY === "visible")) {
      const box = element.getBoundingClientRect();
      found = {
        left: Math.max(found.left, box.left), right: Math.min(found.right, box.right),
        top: Math.max(found.top, box.top), bottom: Math.min(found.bottom, box.bottom),
      };
    }
    frames.set(element, found);
    return found;
  }

  /** The part of a box that can be seen; null when nothing can. */
  function clipped(rect, element, frames) {
    const around = frame(element, frames);
    if (!around) return null;
    const left = Math.max(around.left, rect.left), right = Math.min(around.right, rect.right);
    const top = Math.max(around.top, rect.top), bottom = Math.min(around.bottom, rect.bottom);
    return right - left > 2 && bottom - top > 2 ? { left, top, right, bottom } : null;
  }

  /** Boxes of what is read or pressed: each line of each text, each control. */
  function pieces() {
    const found = [];
    const frames = new Map();
    const add = (rect, element, inset) => {
      const box = rect.width > 2 && rect.height > 2 && clipped(rect, element, frames);
      if (box) found.push({ left: box.left + 1, right: box.right - 1, top: box.top + rect.height * inset, bottom: box.bottom - rect.height * inset, element });
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
      const node = texts.currentNode;
      const parent = node.parentElement;
      if (!node.data.trim() || !seen(parent) || parent.closest(`script, style, textarea, option, ${picture}, rt`)) continue;
      range.selectNodeContents(node);
      // Letters are lower than the box their typeface keeps for them.
      for (const rect of range.getClientRects()) add(rect, parent, 0.22);
    }
    for (const element of all("input:not([type=hidden]), select, textarea, img, button")) {
      if (seen(element) && !element.closest(picture)) add(element.getBoundingClientRect(), element, 0.02);
    }
    return found.sort((a, b) => a.top - b.top);
  }

  function overlaps() {
    const found = new Set();
    const open = [];
    for (const one of pieces()) {
      for (let i = open.length - 1; i >= 0; i--) {
        const other = open[i];
        if (other.bottom <= one.top) { open.splice(i, 1); continue; }
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - one.top;
        if (across < 2 || down < 2 || one.element.contains(other.element) || other.element.contains(one.element)) continue;
        found.add(`"${words(other.element)}" and "${words(one.element)}" lie on each other`);
      }
      open.push(one);
    }
    return [...found].slice(0, 5);
  }

  function sideways() {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const frames = new Map();
    const out = (e) => (clipped(e.getBoundingClientRect(), e, frames)?.right ?? 0) > innerWidth + 1;
    const widest = all("body *").filter((e) => seen(e) && out(e));
    const last = widest.at(-1);
    return [`scrolls sideways: ${last ? `${last.tagName}.${last.className} ${words(last)}` : "?"}`];
  }

  /** What depends on the width and on the size of the letters. */
  const layout = () => [...sideways(), ...targets(), ...overlaps()];

  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };

  function contrast() {
    const faults = [];
    for (const element of all("main *, header *, nav *")) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
      if (!own || !seen(element) || element.closest(`${picture}, svg`)) continue;
      const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${words(element)}`);
    }
    return faults;
  }

  return { structure, layout, contrast };
})();
