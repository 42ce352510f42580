/** Draws a Flex Message's inside: bubbles, carousels, boxes and what stands in boxes, by LINE's layout rules. */

import { FIELDS, whyAction, whyComponent, whyFields } from "./flex_check.js";
import { control, make, picture, refusal, shrinkToFit, tappable } from "./flex_dom.js";
import { BORDER, BUBBLE, BUTTON_HEIGHT, COLOUR, FONT, GAP, ICON, IMAGE, LINE_HEIGHT } from "./flex_table.js";

const css = (value, words) => (Object.hasOwn(words, value) ? `${words[value]}px` : value);
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };
const ALIGN = { start: "flex-start", center: "center", end: "flex-end" };
const BLOCKS = ["header", "hero", "body", "footer"];

/** A Flex container (bubble or carousel) at `pointer` of the message. */
export function drawContainer(container, pointer, ctx) {
  if (container?.type === "bubble") return drawBubble(container, pointer, ctx);
  if (container?.type === "carousel") return drawCarousel(container, pointer, ctx);
  return refusal(pointer, `知らない入れ物です(${container?.type})`);
}

function drawCarousel(carousel, pointer, ctx) {
  const fault = whyFields(carousel, FIELDS.carousel) || whyBubbles(carousel.contents);
  if (fault) return refusal(pointer, fault);
  const row = make("div", "lm-carousel");
  carousel.contents.forEach((bubble, index) => {
    const drawn = drawBubble(bubble, `${pointer}/contents/${index}`, ctx);
    if (!bubble.body) drawn.classList.add("lm-own-height");
    row.append(drawn);
  });
  return scroller(row);
}

function whyBubbles(bubbles) {
  if (bubbles.length < 1 || bubbles.length > 12) return `吹き出しは1から12個です(${bubbles.length})`;
  if (bubbles.some((bubble) => bubble?.type !== "bubble")) return "bubble だけを並べられます";
  const sizes = new Set(bubbles.map((bubble) => bubble.size ?? "mega"));
  if (sizes.size > 1) return `大きさがそろっていません(${[...sizes].join(", ")})`;
  return bubbles.some((bubble) => bubble.hero?.type === "video") ? "動画は並べられません" : "";
}

/** A row that scrolls sideways; reachable by keyboard, as its own area. */
export function scroller(row) {
  row.tabIndex = 0;
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "横に動かせます");
  return row;
}

function drawBubble(bubble, pointer, ctx) {
  const bare = BLOCKS.some((name) => bubble[name]) ? "" : "header, hero, body, footer のどれもありません";
  const fault = whyFields(bubble, FIELDS.bubble) || bare || whyStyles(bubble.styles) || whyOfAction(bubble.action);
  if (fault) return refusal(pointer, fault);
  const size = BUBBLE[bubble.size ?? "mega"];
  const drawn = make("div", "lm-bubble");
  drawn.dir = bubble.direction ?? "ltr";
  drawn.style.setProperty("--lm-width", `${size.width}px`);
  drawn.style.borderRadius = `${size.corner}px`;
  BLOCKS.filter((name) => bubble[name]).forEach((name, index) => {
    drawn.append(drawBlock({ bubble, name, size, first: index === 0, pointer: `${pointer}/${name}` }, ctx));
  });
  return tappable(drawn, bubble.action, ctx);
}

const whyOfAction = (action) => (action ? whyAction(action) : "");

function whyStyles(styles) {
  if (!styles) return "";
  const fault = whyFields(styles, FIELDS.styles, []);
  const faults = BLOCKS.map((name) => (styles[name] ? whyFields(styles[name], FIELDS.blockStyle, []) : ""));
  return fault || faults.find(Boolean) || "";
}

function drawBlock({ bubble, name, size, first, pointer }, ctx) {
  const style = bubble.styles?.[name] ?? {};
  const block = make("div", `lm-block lm-${name}`);
  if (style.backgroundColor) block.style.backgroundColor = style.backgroundColor;
  if (style.separator && !first) block.style.borderTop = `1px solid ${style.separatorColor ?? COLOUR.separator}`;
  const part = bubble[name];
  const drawn = drawComponent(part, { pointer, parent: name === "hero" ? "hero" : "block", ctx });
  if (name !== "hero" && drawn.classList.contains("lm-box")) {
    const wide = size.padding[name === "body" && bubble.footer ? "bodyAboveFooter" : name];
    if (part.paddingAll === undefined) padUnless(drawn, part, wide);
  }
  block.append(drawn);
  return block;
}

/** The block's own padding, for the sides that the box leaves open. */
function padUnless(drawn, box, wide) {
  const [top, end, bottom = top] = wide.includes(" ") ? wide.split(" ") : [wide, wide];
  const sides = { paddingTop: top, paddingInlineEnd: end, paddingBottom: bottom, paddingInlineStart: end };
  const given = { paddingInlineEnd: box.paddingEnd, paddingInlineStart: box.paddingStart, ...box };
  for (const [side, value] of Object.entries(sides)) {
    if (given[side] === undefined) drawn.style[side] = value;
  }
}

/** One component below `parent` (a layout, hero or block); a red box where LINE would refuse it. */
function drawComponent(component, place) {
  const fault = whyComponent(component, place.parent);
  if (fault) return refusal(place.pointer, fault);
  const drawn = DRAW[component.type](component, place);
  flow(drawn, component, place);
  put(drawn, component);
  return drawn;
}

/** A child's share of its parent's main axis. */
function flow(drawn, component, { parent }) {
  const row = parent === "horizontal" || parent === "baseline";
  if (!row && parent !== "vertical") return;
  const sized = row && component.type === "box" && (component.width || component.height);
  const byLayout = component.type === "filler" || (row && !["icon", "separator"].includes(component.type)) ? 1 : 0;
  const flex = component.flex ?? (sized ? 0 : byLayout);
  const basis = row && flex > 0 ? "0px" : "auto";
  drawn.style.flex = `${flex} 0 ${component.type === "filler" ? "0px" : basis}`;
}

function put(drawn, component) {
  if (component.position === "absolute") drawn.style.position = "absolute";
  const sides = { offsetTop: "top", offsetBottom: "bottom", offsetStart: "insetInlineStart", offsetEnd: "insetInlineEnd" };
  for (const [field, side] of Object.entries(sides)) {
    if (component[field] !== undefined) drawn.style[side] = css(component[field], GAP);
  }
}

function drawBox(box, { pointer, ctx }) {
  const drawn = make("div", `lm-box lm-${box.layout}`);
  const style = drawn.style;
  const plain = ["width", "maxWidth", "height", "maxHeight", "backgroundColor", "justifyContent", "alignItems"];
  for (const field of plain) if (box[field] !== undefined) style[field] = box[field];
  const gaps = {
    paddingAll: "padding", paddingTop: "paddingTop", paddingBottom: "paddingBottom",
    paddingStart: "paddingInlineStart", paddingEnd: "paddingInlineEnd", cornerRadius: "borderRadius",
  };
  for (const [field, name] of Object.entries(gaps)) if (box[field] !== undefined) style[name] = css(box[field], GAP);
  if (box.borderWidth) style.border = `${css(box.borderWidth, BORDER)} solid ${box.borderColor ?? COLOUR.separator}`;
  if (box.background) style.backgroundImage = gradient(box.background);
  fill(drawn, box, pointer, ctx);
  return tappable(drawn, box.action, ctx);
}

function gradient({ angle, startColor, centerColor, centerPosition, endColor }) {
  const middle = centerColor ? `${centerColor} ${centerPosition ?? "50%"}, ` : "";
  return `linear-gradient(${angle}, ${startColor}, ${middle}${endColor})`;
}

/** Draws the children with the gap before each: its own margin, else the box's spacing (not beside a filler). */
function fill(drawn, box, pointer, ctx) {
  const side = box.layout === "vertical" ? "marginTop" : "marginInlineStart";
  let before = null;
  box.contents.forEach((child, index) => {
    const part = drawComponent(child, { pointer: `${pointer}/contents/${index}`, parent: box.layout, ctx });
    drawn.append(part);
    if (child?.position === "absolute") return;
    const besideFiller = before?.type === "filler" || child?.type === "filler";
    const spacing = before && !besideFiller ? box.spacing : undefined;
    const gap = child?.margin ?? spacing;
    if (gap !== undefined) part.style[side] = css(gap, GAP);
    before = child ?? {};
  });
}

function letters(style, part) {
  if (part.size !== undefined) style.fontSize = css(part.size, FONT);
  if (part.color !== undefined) style.color = part.color;
  if (part.weight !== undefined) style.fontWeight = part.weight === "bold" ? "700" : "400";
  if (part.style !== undefined) style.fontStyle = part.style;
  if (part.decoration !== undefined) style.textDecoration = part.decoration;
}

function drawText(text, { pointer, ctx }) {
  const lines = make("div", `lm-letters ${text.wrap ? "lm-wrap" : "lm-one-line"}`);
  const drawn = make("div", "lm-text", lines);
  letters(lines.style, { size: "md", color: COLOUR.text, ...text });
  lines.style.textAlign = text.align ?? "start";
  drawn.style.justifyContent = GRAVITY[text.gravity ?? "top"];
  if (text.contents?.length) lines.append(...text.contents.map((span, at) => drawSpan(span, `${pointer}/contents/${at}`)));
  else lines.textContent = text.text;
  if (text.lineSpacing) spaceLines(lines, text.lineSpacing);
  if (text.wrap && text.maxLines) {
    lines.classList.add("lm-clamp");
    lines.style.webkitLineClamp = String(text.maxLines);
  }
  if (text.adjustMode) shrinkToFit(lines, parseFloat(css(text.size ?? "md", FONT)));
  return tappable(drawn, text.action, ctx);
}

/** Adds `gap` between lines only: the half that CSS puts above the first and below the last is taken back. */
function spaceLines(lines, gap) {
  lines.style.lineHeight = `calc(${LINE_HEIGHT}em + ${gap})`;
  lines.style.marginBlock = `calc(${gap} / -2)`;
}

function drawSpan(span, pointer) {
  const fault = whyComponent(span, "text");
  if (fault) return refusal(pointer, fault);
  const drawn = make("span", "", span.text);
  letters(drawn.style, span);
  return drawn;
}

const slashed = (ratio) => (ratio ?? "1:1").replace(":", " / ");

function drawImage(image, { parent, ctx }) {
  const frame = make("div", "lm-frame", picture(image.url, ctx, image.aspectMode === "cover" ? "cover" : "contain"));
  const size = image.size ?? "md";
  const width = size === "full" ? "100%" : css(size, IMAGE);
  frame.style.aspectRatio = slashed(image.aspectRatio);
  if (image.backgroundColor) frame.style.backgroundColor = image.backgroundColor;
  const drawn = make("div", "lm-image", frame);
  const share = parent === "horizontal" && image.flex === 0 && width.endsWith("%");
  if (share) drawn.style.width = width;
  frame.style.width = share ? "100%" : width;
  drawn.style.alignItems = ALIGN[image.align ?? "center"];
  drawn.style.justifyContent = GRAVITY[image.gravity ?? "top"];
  return tappable(drawn, image.action, ctx);
}

function drawIcon(icon, { ctx }) {
  const drawn = make("div", "lm-icon", picture(icon.url, ctx, "contain"));
  drawn.style.height = css(icon.size ?? "md", ICON);
  drawn.style.aspectRatio = slashed(icon.aspectRatio);
  return drawn;
}

function drawButton(button, { ctx }) {
  const style = button.style ?? "link";
  const label = make("span", "lm-label", button.action.label);
  const inner = control(button.action, ctx, `lm-button lm-${style}`, label);
  inner.style.height = `${BUTTON_HEIGHT[button.height ?? "md"]}px`;
  const field = style === "link" ? "color" : "backgroundColor";
  inner.style[field] = button.color ?? COLOUR[style];
  if (style !== "link") inner.style.color = COLOUR[`${style}Text`];
  if (button.adjustMode) shrinkToFit(label, FONT.md);
  const drawn = make("div", "lm-button-place", inner);
  drawn.style.justifyContent = GRAVITY[button.gravity ?? "top"];
  return drawn;
}

function drawSeparator(separator) {
  const drawn = make("div", "lm-separator");
  drawn.style.backgroundColor = separator.color ?? COLOUR.separator;
  return drawn;
}

/** A hero video: its preview with a play mark; a tap plays it in place. */
export function drawVideo(video, { pointer, ctx }) {
  const fault = video.action && video.action.type !== "uri" ? "動画の操作は uri だけです" : whyOfAction(video.action);
  if (fault) return refusal(`${pointer}/action`, fault);
  const play = make("button", "lm-play", picture(video.previewUrl, ctx), make("span", "lm-play-mark"));
  play.type = "button";
  play.setAttribute("aria-label", "動画を再生");
  const frame = make("div", "lm-frame lm-video", play);
  frame.style.width = "100%";
  frame.style.aspectRatio = slashed(video.aspectRatio);
  play.addEventListener("click", (event) => {
    event.stopPropagation();
    const film = make("video", "lm-picture");
    film.controls = true;
    film.src = ctx.resolveUrl(video.url);
    film.setAttribute("playsinline", "");
    play.replaceWith(film);
    film.play().catch(() => {});
  });
  return frame;
}

const DRAW = {
  box: drawBox,
  text: drawText,
  image: drawImage,
  icon: drawIcon,
  button: drawButton,
  separator: drawSeparator,
  filler: () => make("div", "lm-filler"),
  video: drawVideo,
};
