"""One visit to a page that looks at everything a script can see: widths, zoom, large letters, colours, keyboard, axe.

Each page is opened once. Its width, its letters and its colours are then changed where it stands, so that a page costs
parts of a second and not one visit for each question.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Error, Page

from handlers.look import COLOURS
from tests.browser.page_rules import RULES
from tests.support.places import REPOSITORY

AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# 640: the 1280 px of a desk at 200 % zoom.
WIDTHS: Final = (1280, 768, 640, 375)
MIDDLE: Final = (768, 640)  # of which each page in turn is looked at in one
COUNTS: Final = REPOSITORY / "var" / "test" / "axe.json"
PRESSES: Final = 36  # of the Tab key a page; a longer page is left after that many stops

AXE_RUN = """async ([scope, values, type]) => {
  const options = { runOnly: { type, values }, resultTypes: ["violations"], preload: false };
  if (type === "tag") options.rules = { "color-contrast": { enabled: false } };
  const { violations, passes } = await axe.run(scope, options);
  const why = (node) => `${node.target} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`;
  return { passed: passes.length, broken: violations.map((one) => ({ id: one.id, nodes: one.nodes.map(why) })) };
}"""
# Contrast follows from the style sheets: kinds of text (an element with what it stands in) met before are not asked again.
KINDS = """([scope, met]) => {
  const kind = (e) => `${e.tagName}.${e.className?.baseVal ?? e.className}${[...e.attributes].filter((a) => /^(aria-(current|pressed|invalid)|type|disabled)$/.test(a.name)).map((a) => a.name + a.value)}`;
  const known = new Set(met);
  const fresh = [];
  document.querySelectorAll("[data-fresh]").forEach((e) => delete e.dataset.fresh);
  for (const e of document.querySelectorAll(`${scope}, ${scope} *`)) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility({ visibilityProperty: true })) continue;
    const path = [];
    for (let at = e; at && path.length < 4; at = at.parentElement) path.push(kind(at));
    const name = path.join(" < ");
    if (known.has(name)) continue;
    known.add(name);
    fresh.push(name);
    e.dataset.fresh = "";
  }
  return fresh;
}"""

# Where the focus goes is written down in the page itself: one question at the end instead of one for each key.
WATCH = """() => {
  const main = document.querySelector("main");
  const stops = globalThis.stops = [];
  const pictured = (e) => e.closest(".lm, .screen");
  const can = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  document.addEventListener("focusin", ({ target }) => {
    const style = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    stops.push({
      element: target,
      inside: main.contains(target),
      marked: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none",
      there: box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth,
      name: (target.innerText || target.getAttribute("aria-label") || target.name || target.tagName).trim().slice(0, 24),
    });
  });
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0;
  // Of the choices of one question the keyboard stops at one.
  const groups = new Set();
  globalThis.wanted = [...main.querySelectorAll(can)].filter((e) => {
    if (!seen(e)) return false;
    if (e.type !== "radio") return true;
    const group = `${e.form?.id} ${[...document.forms].indexOf(e.form)} ${e.name}`;
    if (groups.has(group)) return false;
    groups.add(group);
    return true;
  });
  main.focus();
  if (document.activeElement !== main) return -1;
  stops.length = 0;
  return wanted.length;
}"""
REPORT = """(all) => {
  const faults = [];
  const inside = stops.filter((s) => s.inside);
  for (const s of inside) {
    if (!s.marked) faults.push(`the focus on ${s.name} is not seen`);
    if (!s.there) faults.push(`the focus goes to ${s.name}, which is not seen`);
  }
  const key = (e) => e.type === "radio" ? `${[...document.forms].indexOf(e.form)} ${e.name}` : e;
  const reached = new Set(inside.map((s) => key(s.element)));
  if (all) for (const e of wanted) if (!reached.has(key(e))) faults.push(`Tab does not reach ${(e.innerText || e.name || e.tagName).trim().slice(0, 24)}`);
  return faults;
}"""
LEFT = "() => stops.length && !stops.at(-1).inside || document.activeElement === document.body"


class Crawl:
    """A browser that looks at pages; what is wrong is gathered in `broken`, what axe said in `counts`."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.broken: dict[str, list[str]] = {}
        self.counts: dict[str, dict[str, Any]] = {}
        self._open: list[BrowserContext] = []
        self._met: set[str] = set()
        self._widths = list(WIDTHS)
        self._seen = 0

    def person(self, cookie: str | None) -> Page:
        """A window of somebody, signed in with this cookie."""
        context = self.browser.new_context(
            viewport={"width": WIDTHS[0], "height": 900},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            reduced_motion="reduce",
        )
        self._open.append(context)
        if cookie is not None:
            context.add_cookies([{"name": "entaku", "value": cookie, "url": self.base}])
        context.add_init_script(AXE)
        context.add_init_script(RULES)
        page = context.new_page()
        page.on("pageerror", lambda fault: self._note(page.url, [f"an error in its script: {fault}"]))
        page.on(
            "console",
            lambda line: (
                self._note(page.url, [line.text])
                if "Content Security" in line.text and not page.url.endswith((".png", ".svg", ".pdf"))
                else None
            ),
        )
        return page

    def visit(self, page: Page, path: str, *, frame: bool = False) -> bool:
        """Look at one page; False: the address is a file, or leads elsewhere.

        `frame`: also at what the page has in common with the others, its header, menu and footer.
        """
        try:
            answer = page.goto(self.base + path, wait_until="load")
        except Error as error:
            if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
                return False
            raise
        kind = answer.headers.get("content-type", "") if answer else ""
        if not kind.startswith("text/html") or urlsplit(page.url).path != urlsplit(path).path:
            return False
        self._note(path, [f"answers {answer.status}"] if answer.status >= 500 else [])
        self.look(page, path, frame=frame)
        return True

    def look(self, page: Page, name: str, *, frame: bool = False) -> None:
        """Look at the page that is open."""
        found = page.evaluate("() => rules.structure()")
        # Down and, on the next page, up again: each page is opened at the width the one before was left at.
        self._seen += 1
        for width in self._widths:
            if width in MIDDLE and width != MIDDLE[self._seen % 2]:  # between two that every page is looked at
                continue
            page.set_viewport_size({"width": width, "height": 900})
            found += self._layouts(page, name, width)
            if width == WIDTHS[0]:
                found += self._keyboard(page)
                found += self._axe(page, name, "html" if frame else "main")
        self._widths.reverse()
        self._note(name, found)

    def _layouts(self, page: Page, name: str, width: int) -> list[str]:
        found = []
        for size in ("standard", "largest") if width in {1280, 375} else ("standard",):
            page.evaluate("(size) => { document.documentElement.dataset.size = size; }", size)
            mark = f"{width} px{'' if size == 'standard' else ', largest letters'}"
            found += [f"{mark}: {one}" for one in page.evaluate("() => rules.layout()")]
        page.evaluate("() => { document.documentElement.dataset.size = 'standard'; }")
        if width in {1280, 375} and (folder := os.environ.get("ENTAKU_PICTURES")):
            page.screenshot(path=f"{folder}/{re.sub('[^0-9a-z]+', '-', name)}-{width}.png", full_page=True)
        return found

    def _keyboard(self, page: Page) -> list[str]:
        wanted = page.evaluate(WATCH)
        if wanted < 0:
            return ["the way to the text does not move the focus"]
        pressed = 0
        while pressed < PRESSES:
            for _ in range(step := min(12, max(2, wanted - pressed + 1))):
                page.keyboard.press("Tab")
            pressed += step
            if page.evaluate(LEFT):
                break
        return page.evaluate(REPORT, pressed < PRESSES)

    def _axe(self, page: Page, name: str, scope: str) -> list[str]:
        said = [("", page.evaluate(AXE_RUN, [scope, TAGS, "tag"]))]
        fresh = page.evaluate(KINDS, [scope, list(self._met)])
        self._met.update(fresh)
        for colour in COLOURS if fresh else ():
            page.evaluate("(colour) => { document.documentElement.dataset.colour = colour; }", colour)
            said.append((f" ({colour})", page.evaluate(AXE_RUN, ["[data-fresh]", ["color-contrast"], "rule"])))
        page.evaluate("() => { document.documentElement.dataset.colour = 'standard'; }")
        while name in self.counts:  # the same address, seen by another
            name += "'"
        self.counts[name] = {
            "violations": sum(len(one["nodes"]) for _, each in said for one in each["broken"]),
            "rules": sum(each["passed"] for _, each in said),
            "kinds_of_text": len(fresh),
        }
        return [
            f"axe {one['id']}{how}: {node}" for how, each in said for one in each["broken"] for node in one["nodes"][:4]
        ]

    def _note(self, name: str, found: list[str]) -> None:
        if found:
            self.broken.setdefault(name.removeprefix(self.base), []).extend(found)

    def found(self) -> str:
        """What is wrong, a page a paragraph; empty when nothing is."""
        return "\n".join("\n  ".join([page, *dict.fromkeys(faults)]) for page, faults in self.broken.items())

    def close(self, part: str) -> None:
        """Close the windows and write down what axe counted; the parts of the crawl share one file."""
        for each in self._open:
            each.close()
        COUNTS.parent.mkdir(parents=True, exist_ok=True)
        with COUNTS.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            try:
                said = json.load(file)
            except ValueError:
                said = {}
            said[part] = {
                "pages": len(self.counts),
                "violations": sum(one["violations"] for one in self.counts.values()),
                "tags": TAGS,
                "counts": dict(sorted(self.counts.items())),
            }
            file.seek(0)
            file.truncate()
            json.dump(said, file, ensure_ascii=False, indent=1)
