/** Small helpers of the drawing: elements, the red box, and what makes an element tappable. */

/** An element with a class and children (strings become text, never HTML). */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing (SVG). */
export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** A small drawing of lines in the colour of the text, on a field of 24 x 24; not spoken. */
export function lines(path, className) {
  const svg = shape("svg", { viewBox: "0 0 24 24", class: className, "aria-hidden": "true" });
  const pen = { fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  svg.append(shape("path", { d: path, ...pen }));
  return svg;
}

/** The red box: the place (a JSON pointer into the message) and the reason. */
export function refusal(pointer, why) {
  const box = make("div", "lm-refusal", make("strong", "", "表示できない部品です"), make("code", "", pointer || "/"), why);
  box.setAttribute("role", "note");
  return box;
}

/** A picture that leaves its place empty when it cannot load, as LINE does. */
export function picture(url, ctx, fit = "cover") {
  const image = make("img", "lm-picture");
  image.alt = "";
  image.decoding = "async";
  image.style.objectFit = fit;
  image.addEventListener("error", () => { image.style.visibility = "hidden"; });
  image.src = ctx.resolveUrl(url);
  return image;
}

const isPage = (action) => action.type === "uri" && /^https?:/i.test(action.uri);

function openPage(event, action, ctx) {
  if (!event.defaultPrevented && isPage(action)) window.open(ctx.resolveUrl(action.uri), "_blank", "noopener");
}

/** The native element for an action: a link for pages, else a button. */
export function control(action, ctx, className, ...children) {
  const page = isPage(action);
  const element = make(page ? "a" : "button", className, ...children);
  if (page) {
    element.href = ctx.resolveUrl(action.uri);
    element.target = "_blank";
    element.rel = "noopener";
  } else {
    element.type = "button";
  }
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    ctx.onAction(action, event);
  });
  return element;
}

/** Makes any drawn element tappable as a whole; an inner action wins, because its click goes no further. */
export function tappable(element, action, ctx) {
  if (!action) return element;
  element.classList.add("lm-tap");
  element.tabIndex = 0;
  element.setAttribute("role", isPage(action) ? "link" : "button");
  if (action.label) element.setAttribute("aria-label", action.label);
  const press = (event) => {
    event.stopPropagation();
    ctx.onAction(action, event);
    openPage(event, action, ctx);
  };
  element.addEventListener("click", press);
  element.addEventListener("keydown", (event) => {
    if (event.target !== element || (event.key !== "Enter" && event.key !== " ")) return;
    press(event);
    event.preventDefault();
  });
  return element;
}

/** Shrinks the letters of `element` until its one line fits, and again whenever its width changes. */
export function shrinkToFit(element, pixels) {
  const fit = () => {
    element.style.fontSize = `${pixels}px`;
    const natural = element.scrollWidth;
    if (natural > element.clientWidth && element.clientWidth > 0) {
      element.style.fontSize = `${Math.max(1, Math.floor((pixels * element.clientWidth * 10) / natural) / 10)}px`;
    }
  };
  let width = -1;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    fit();
  }).observe(element);
}

/** Plain text with its addresses as links; `ctx.resolveUrl` says where they lead. */
export function linked(text, ctx) {
  const pieces = text.split(/(https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+)/g);
  return pieces.filter(Boolean).map((piece) => {
    if (!/^https?:\/\//.test(piece)) return piece;
    const link = control({ type: "uri", uri: piece }, ctx, "lm-link", piece);
    return link;
  });
}
