/**
 * The desk's keys: next and previous, open, reply, note. Everything can be done without them.
 *
 * A key counts only when nothing is being typed or chosen (no field has the focus), without Ctrl, Alt or Meta and not
 * while an input method composes; all of them can be switched off, which is remembered (WCAG 2.1.4).
 */

const OFF = "entaku.keys.off";
const panel = document.querySelector("[data-keys]");
const table = panel.querySelector("dl");
const shown = panel.querySelector("[data-keys-show]");
const lever = panel.querySelector("[data-keys-switch]");

function remembered() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

let off = remembered();

function label() {
  lever.textContent = off ? "キーの操作を使う" : "キーの操作を止める";
}

function toggleTable() {
  table.hidden = !table.hidden;
  shown.setAttribute("aria-expanded", String(!table.hidden));
  if (!table.hidden) shown.focus();
}

/** Whether letters belong to what has the focus. */
function typing(element) {
  return Boolean(element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog, [role=menu], [role=listbox]"));
}

const rows = () => [...document.querySelectorAll("[data-row]")];

/** The row that has the focus, or holds it; -1 without one. */
const here = (all) => all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));

function step(by) {
  const link = document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]");
  if (panel.dataset.keys === "inquiry") {
    if (link) link.click();
    return;
  }
  const all = rows();
  if (!all.length) return;
  const at = here(all);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Put the focus on a field or button of the row in hand, else of the page. */
function go(selector) {
  const all = rows();
  const row = all[here(all)];
  const target = (row ?? document).querySelector(selector);
  if (!target) return false;
  const closed = target.closest("details:not([open])");
  if (closed) closed.open = true;
  target.focus();
  target.scrollIntoView({ block: "center" });
  return true;
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: () => go("[data-key=r]"),
  n: () => go("[data-key=n]"),
  e: () => go("[data-key=e]"),
  u: () => document.querySelector("[data-key=u]")?.click(),
  x: () => document.activeElement?.closest?.("[data-row]")?.querySelector("input[type=checkbox]")?.click(),
  "?": toggleTable,
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape" && typing(document.activeElement)) {
    document.activeElement.blur();
    return;
  }
  if (off || event.repeat && "rneux?".includes(event.key) || typing(document.activeElement)) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

shown.addEventListener("click", toggleTable);
lever.addEventListener("click", () => {
  off = !off;
  try {
    localStorage.setItem(OFF, off ? "1" : "0");
  } catch {
    // A browser that remembers nothing: it holds for this page.
  }
  label();
});
label();
panel.hidden = false;
