/**
 * Draws LINE messages: in the simulator's phone and in the staff console's previews.
 *
 *   renderMessage(message, { onAction(action, event), resolveUrl(url) }) -> HTMLElement
 *   renderQuickReplies(items, { onAction, resolveUrl }) -> HTMLElement | null
 *
 * `message` is a message object of the Messaging API. What LINE would refuse is drawn as a red box with its place.
 * Web links open in a new tab at `resolveUrl(url)` unless `onAction` calls `event.preventDefault()`.
 */

import { COLUMNS, own, TEMPLATES, whyAction, whyFields, whyMessage } from "./flex_check.js";
import { control, lines, linked, make, picture, refusal, tappable } from "./flex_dom.js";
import { drawContainer, drawVideo, scroller } from "./flex_parts.js";
import { drawSticker } from "./flex_stickers.js";
import { COLOUR, IMAGEMAP_WIDTH, TEMPLATE } from "./flex_table.js";

const context = (options = {}) => ({ onAction: () => {}, resolveUrl: (url) => url, ...options });

/** One message as an element; never throws on a message of any shape. */
export function renderMessage(message, options) {
  const ctx = context(options);
  const fault = whyMessage(message);
  const drawn = fault ? refusal("", fault) : attempt(message, ctx);
  drawn.classList.add("lm", `lm-of-${fault ? "refused" : message.type}`);
  return drawn;
}

/** A shape that no check foresaw (a number where an object belongs) must not blank the whole chat. */
function attempt(message, ctx) {
  try {
    return DRAW[message.type](message, ctx);
  } catch (error) {
    return refusal("", `形が正しくありません(${error.message})`);
  }
}

/** The row of quick replies, or null without any. */
export function renderQuickReplies(items, options) {
  if (!items?.length) return null;
  const ctx = context(options);
  const row = make("div", "lm lm-quick");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "返信の候補");
  items.slice(0, 13).forEach((item, index) => {
    const fault = item?.type === "action" ? whyAction(item.action, "quick") : `知らない種類です(${item?.type})`;
    row.append(fault ? refusal(`/quickReply/items/${index}`, fault) : quickReply(item, ctx));
  });
  if (items.length > 13) row.append(refusal("/quickReply/items/13", "候補は13個までです"));
  return row;
}

/** The default marks of the three kinds that have one (24 x 24, drawn as lines). */
const QUICK_MARKS = {
  camera: "M3 8h4l2-3h6l2 3h4v12H3z M12 17a4 4 0 1 0 0-8a4 4 0 0 0 0 8z",
  cameraRoll: "M3 4h18v16H3z M3 17l6-6 4 4 3-3 5 5 M16 9h.01",
  location: "M12 22c5-6 7-9 7-12a7 7 0 0 0-14 0c0 3 2 6 7 12z M12 12.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
};

function quickReply({ imageUrl, action }, ctx) {
  const mark = QUICK_MARKS[action.type];
  const icon = imageUrl ? picture(imageUrl, ctx) : mark && lines(mark, "lm-quick-mark");
  return control(action, ctx, "lm-quick-reply", icon || null, action.label);
}

function drawPlainText(message, ctx) {
  const bubble = make("div", "lm-words");
  bubble.dir = "auto";
  bubble.append(...withEmojis(message, ctx));
  return bubble;
}

const FACE = "M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18z M8.5 9.5v1 M15.5 9.5v1 M8 14.5q4 4 8 0";

function lineEmoji() {
  const face = lines(FACE, "lm-emoji");
  face.removeAttribute("aria-hidden");
  face.setAttribute("role", "img");
  face.setAttribute("aria-label", "絵文字");
  return face;
}

/** LINE's own emoji stand at a `$`; we have no pictures of them, so a face holds the place. */
function withEmojis({ text, emojis = [] }, ctx) {
  const places = [...emojis].sort((one, other) => one.index - other.index);
  const wrong = places.find(({ index }) => text[index] !== "$");
  if (wrong) return [refusal("/emojis", `${wrong.index}文字目に $ がありません`)];
  const pieces = [];
  let from = 0;
  for (const { index } of places) {
    pieces.push(...linked(text.slice(from, index), ctx), lineEmoji());
    from = index + 1;
  }
  return [...pieces, ...linked(text.slice(from), ctx)];
}

function drawTextV2({ text, substitution = {} }, ctx) {
  const bubble = make("div", "lm-words");
  bubble.dir = "auto";
  for (const piece of text.split(/(\{\{|\}\}|\{\w+\})/g).filter(Boolean)) {
    if (piece === "{{" || piece === "}}") bubble.append(piece[0]);
    else if (/^\{\w+\}$/.test(piece)) bubble.append(substitute(piece.slice(1, -1), substitution));
    else bubble.append(...linked(piece, ctx));
  }
  return bubble;
}

function substitute(key, substitution) {
  const type = substitution[key]?.type;
  if (type === "emoji") return lineEmoji();
  if (type === "mention") return make("span", "lm-mention", `@${key}`);
  return refusal(`/substitution/${key}`, "置きかえる内容がありません");
}

function drawImageMessage({ originalContentUrl, previewImageUrl }, ctx) {
  const link = control({ type: "uri", uri: originalContentUrl }, ctx, "lm-photo", picture(previewImageUrl, ctx));
  link.setAttribute("aria-label", "写真を開く");
  return link;
}

function drawVideoMessage({ originalContentUrl, previewImageUrl }, ctx) {
  const video = { url: originalContentUrl, previewUrl: previewImageUrl, aspectRatio: "16:9" };
  return make("div", "lm-film", drawVideo(video, { pointer: "", ctx }));
}

function drawAudio({ originalContentUrl, duration }, ctx) {
  const seconds = Math.round(duration / 1000);
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const button = make("button", "lm-audio", make("span", "lm-audio-mark"), make("span", "lm-audio-bar"), length);
  button.type = "button";
  button.setAttribute("aria-label", `音声を再生 ${length}`);
  const sound = new Audio();
  sound.preload = "none";
  sound.addEventListener("ended", () => button.classList.remove("lm-on"));
  button.addEventListener("click", () => {
    if (button.classList.toggle("lm-on")) {
      sound.src ||= ctx.resolveUrl(originalContentUrl);
      sound.play().catch(() => button.classList.remove("lm-on"));
    } else sound.pause();
  });
  return button;
}

/** A place, with a map drawn by hand; a tap opens the Geospatial Information Authority's map. */
function drawLocation({ title, address, latitude, longitude }, ctx) {
  const uri = `https://maps.gsi.go.jp/#16/${latitude}/${longitude}/`;
  const map = make("div", "lm-map", make("span", "lm-pin"));
  const words = make("div", "lm-place", make("strong", "", title), make("span", "", address));
  return control({ type: "uri", uri }, ctx, "lm-location", map, words);
}

function drawImagemap(message, ctx) {
  const { baseUrl, altText, baseSize, actions } = message;
  if (baseSize.width !== IMAGEMAP_WIDTH) return refusal("/baseSize/width", `幅は ${IMAGEMAP_WIDTH} です`);
  const map = make("div", "lm-imagemap", picture(`${baseUrl}/${IMAGEMAP_WIDTH}`, ctx));
  map.querySelector("img").alt = altText;
  map.style.aspectRatio = `${baseSize.width} / ${baseSize.height}`;
  actions.forEach((action, index) => {
    const asAction = action.type === "uri" ? { ...action, uri: action.linkUri } : action;
    const { area, linkUri, ...bare } = asAction;
    const fault = area ? whyAction(bare, "area") : "area がありません";
    const part = fault ? refusal(`/actions/${index}`, fault) : control(bare, ctx, "lm-area");
    if (!fault) part.setAttribute("aria-label", bare.label ?? bare.text ?? "開く");
    if (area) placeArea(part, area, baseSize);
    map.append(part);
  });
  return map;
}

/** Puts `element` over `area` (pixels from the top left) of a picture of `size`, in percent. */
export function placeArea(element, area, size) {
  element.style.left = `${(area.x / size.width) * 100}%`;
  element.style.top = `${(area.y / size.height) * 100}%`;
  element.style.width = `${(area.width / size.width) * 100}%`;
  element.style.height = `${(area.height / size.height) * 100}%`;
}

function drawTemplate({ template }, ctx) {
  const fields = own(TEMPLATES, template.type);
  const fault = fields ? whyFields(template, fields) : `知らないテンプレートです(${template.type})`;
  return fault ? refusal("/template", fault) : TEMPLATE_DRAW[template.type](template, ctx);
}

/** The buttons of a card, each refused on its own; `most` or `exactly` of them. */
function buttons(actions, { most, exactly, pointer }, ctx) {
  const wrong = exactly ? actions.length !== exactly : actions.length < 1 || actions.length > most;
  if (wrong) return [refusal(pointer, `ボタンは${exactly ? `${exactly}個` : `1から${most}個`}です(${actions.length}個)`)];
  return actions.map((action, index) => {
    const fault = whyAction(action, "template");
    return fault ? refusal(`${pointer}/${index}`, fault) : control(action, ctx, "lm-card-button", action.label);
  });
}

function card(part, { width, shape, most, pointer }, ctx) {
  const over = (part.title || part.thumbnailImageUrl) && part.text.length > 60;
  const fault = over ? "text: 写真か題があるときは60文字までです" : part.defaultAction && whyAction(part.defaultAction);
  if (fault) return refusal(pointer, fault);
  const body = make("div", "lm-card-body");
  if (part.thumbnailImageUrl) body.append(cardPicture(part, shape, ctx));
  const words = make("div", "lm-card-words");
  if (part.title) words.append(make("strong", "", part.title));
  words.append(make("span", "", part.text));
  body.append(words);
  tappable(body, part.defaultAction, ctx);
  const drawn = make("div", "lm-card", body, ...buttons(part.actions, { most, pointer: `${pointer}/actions` }, ctx));
  drawn.style.setProperty("--lm-width", `${width}px`);
  return drawn;
}

function cardPicture(part, { imageAspectRatio = "rectangle", imageSize = "cover" }, ctx) {
  const frame = make("div", "lm-frame", picture(part.thumbnailImageUrl, ctx, imageSize));
  frame.style.aspectRatio = TEMPLATE.ratio[imageAspectRatio];
  frame.style.backgroundColor = part.imageBackgroundColor ?? "#FFFFFF";
  return frame;
}

function drawConfirm(template, ctx) {
  const row = make("div", "lm-confirm-row", ...buttons(template.actions, { exactly: 2, pointer: "/template/actions" }, ctx));
  const words = make("div", "lm-card-words", make("span", "", template.text));
  const drawn = make("div", "lm-card", words, row);
  drawn.style.setProperty("--lm-width", `${TEMPLATE.card}px`);
  return drawn;
}

function columns(template, draw) {
  const { type, columns: all } = template;
  if (all.length < 1 || all.length > 10) return refusal("/template/columns", `列は1から10個です(${all.length})`);
  const row = make("div", "lm-carousel");
  all.forEach((column, index) => {
    const pointer = `/template/columns/${index}`;
    const fault = whyFields(column, COLUMNS[type], []) || (type === "carousel" ? whyUneven(column, all[0]) : "");
    row.append(fault ? refusal(pointer, fault) : draw(column, pointer));
  });
  return scroller(row);
}

function whyUneven(column, first) {
  if (column.actions.length !== first.actions.length) return "ボタンの数がそろっていません";
  const same = (name) => Boolean(column[name]) === Boolean(first[name]);
  return same("title") && same("thumbnailImageUrl") ? "" : "写真と題は、すべての列に置くか、どの列にも置きません";
}

function square(column, pointer, ctx) {
  const fault = whyAction(column.action, "imageColumn");
  if (fault) return refusal(`${pointer}/action`, fault);
  const label = column.action.label && make("span", "lm-square-label", column.action.label);
  const drawn = control(column.action, ctx, "lm-square", picture(column.imageUrl, ctx), label || null);
  drawn.style.setProperty("--lm-width", `${TEMPLATE.square}px`);
  return drawn;
}

const TEMPLATE_DRAW = {
  buttons: (template, ctx) =>
    card(template, { width: TEMPLATE.card, shape: template, most: 4, pointer: "/template" }, ctx),
  confirm: drawConfirm,
  carousel: (template, ctx) =>
    columns(template, (column, pointer) =>
      card(column, { width: TEMPLATE.column, shape: template, most: 3, pointer }, ctx)),
  image_carousel: (template, ctx) => columns(template, (column, pointer) => square(column, pointer, ctx)),
};

function drawFlex({ contents, altText }, ctx) {
  const drawn = make("div", "lm-flex", drawContainer(contents, "/contents", ctx));
  drawn.style.color = COLOUR.text;
  drawn.setAttribute("role", "group");
  drawn.setAttribute("aria-label", altText);
  return drawn;
}

const DRAW = {
  text: drawPlainText,
  textV2: drawTextV2,
  sticker: drawSticker,
  image: drawImageMessage,
  video: drawVideoMessage,
  audio: drawAudio,
  location: drawLocation,
  imagemap: drawImagemap,
  template: drawTemplate,
  flex: drawFlex,
};
