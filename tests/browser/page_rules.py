"""What every page of a public body must have (WCAG 2.2 AA, as far as a script can see it)."""

from __future__ import annotations

from playwright.sync_api import Page

CHECK = r"""
() => {
  const faults = [];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)];
  if (document.documentElement.lang !== "ja") faults.push("no language");
  if (!document.title.includes("円卓")) faults.push("no title");
  if (all("h1").length !== 1) faults.push(`${all("h1").length} main headings`);
  if (document.documentElement.scrollWidth > innerWidth) faults.push("scrolls sideways");
  if (all("script:not([src])").length) faults.push("inline script");
  if (all("[style]").filter((e) => !e.closest(".lm, .screen, svg")).length) faults.push("inline style");
  const ids = all("[id]").map((e) => e.id);
  new Set(ids.filter((id, i) => ids.indexOf(id) !== i)).forEach((id) => faults.push(`id ${id} twice`));
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    if (!field.labels?.length) faults.push(`no label: ${field.name}`);
  }
  for (const name of ["aria-describedby", "aria-labelledby"]) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${name} names ${id}, which is not there`);
      }
    }
  }
  for (const element of all("a, button")) {
    if (!seen(element)) continue;
    if (!(element.textContent.trim() || element.getAttribute("aria-label"))) faults.push("a control without a name");
  }
  for (const element of all("button, .button, .side a, .rows a, input[type=text], input[type=date], select")) {
    const box = element.getBoundingClientRect();
    if (seen(element) && box.height < 43.5 && !element.closest(".screen")) faults.push(`${element.textContent.trim()} is ${box.height} px high`);
  }
  let level = 0;
  for (const heading of all("h1, h2, h3")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) faults.push(`heading ${heading.textContent} skips a level`);
    level = now;
  }
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
  for (const element of all("main *, header *, nav *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !seen(element) || element.closest(".screen")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 20)}`);
  }
  return faults;
}
"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page on the screen; a link's page has its words before it has its style sheet."""
    page.wait_for_load_state("load")
    found: list[str] = page.evaluate(CHECK)
    return found
