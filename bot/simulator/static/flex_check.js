/**
 * What may stand where in a LINE message: the fields of each component and the form of each value.
 *
 * LINE answers 400 to a message it does not understand. `why(...)` finds the same faults, so that a preview shows
 * the refusal instead of a guess. Each function gives "" when all is well, else a sentence in Japanese.
 */

const GAP_WORDS = ["none", "xs", "sm", "md", "lg", "xl", "xxl"];
const FONT_WORDS = ["xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"];
const PX = /^\d+(\.\d+)?px$/;
const PERCENT = /^\d+(\.\d+)?%$/;
const COLOUR = /^#([0-9a-f]{6}|[0-9a-f]{8})$/i;
const SCHEMES = /^(https?:\/\/|tel:|line:\/\/)/i;

const bad = (value) => `値が正しくありません(${JSON.stringify(value)})`;
const test = (ok) => (value) => (ok(value) ? "" : bad(value));
const oneOf = (...words) => test((value) => words.includes(value));
const string = test((value) => typeof value === "string");
const bool = test((value) => typeof value === "boolean");
const whole = test((value) => Number.isInteger(value) && value >= 0);
const number = test((value) => typeof value === "number" && Number.isFinite(value));
const colour = test((value) => COLOUR.test(value));
const measure = (words, ...forms) =>
  test((value) => words.includes(value) || (typeof value === "string" && forms.some((form) => form.test(value))));
const anything = () => "";
const list = test((value) => Array.isArray(value));

/** Text of 1 to `most` units as `count` counts them: UTF-16 units, but labels and spoken texts by what a reader sees. */
const words = (most, count = (text) => text.length) => (value) => {
  if (typeof value !== "string" || value === "") return "文字がありません";
  return count(value) <= most ? "" : `長すぎます(${count(value)}文字。${most}文字まで)`;
};
const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
const graphemes = (text) => [...segmenter.segment(text)].length;
const said = (most) => words(most, graphemes);
const https = (value) => {
  if (typeof value !== "string" || !/^https:\/\/[!-.0-~][!-~]*$/i.test(value)) return "https:// のアドレスではありません";
  return value.length <= 2000 ? "" : "アドレスが2000文字を超えています";
};
const ratio = (value) => {
  const [, width, height] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value) ?? [];
  const inRange = [width, height].every((side) => side >= 1 && side <= 100000);
  return inRange && Number(height) <= Number(width) * 3 ? "" : bad(value);
};
const angle = test((value) => /^\d+(\.\d+)?deg$/.test(value) && parseFloat(value) < 360);
const part = test((value) => /^\d+(\.\d+)?%$/.test(value) && parseFloat(value) <= 100);

const PLACE = {
  position: oneOf("relative", "absolute"),
  offsetTop: measure(GAP_WORDS, PX, PERCENT),
  offsetBottom: measure(GAP_WORDS, PX, PERCENT),
  offsetStart: measure(GAP_WORDS, PX, PERCENT),
  offsetEnd: measure(GAP_WORDS, PX, PERCENT),
};
const MARGIN = { margin: measure(GAP_WORDS, PX) };
const ALIGN = oneOf("start", "center", "end");
const GRAVITY = oneOf("top", "center", "bottom");
const LETTERS = {
  size: measure(FONT_WORDS, PX),
  color: colour,
  weight: oneOf("regular", "bold"),
  style: oneOf("normal", "italic"),
  decoration: oneOf("none", "underline", "line-through"),
};
const PADDING = measure(GAP_WORDS, PX, PERCENT);
const LENGTH = measure([], PX, PERCENT);

/** Fields of every object we draw; a trailing `!` marks a required one. Source: LINE's published API description. */
export const FIELDS = {
  bubble: {
    size: oneOf("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
    direction: oneOf("ltr", "rtl"),
    header: anything, hero: anything, body: anything, footer: anything, styles: anything, action: anything,
  },
  styles: { header: anything, hero: anything, body: anything, footer: anything },
  blockStyle: { backgroundColor: colour, separator: bool, separatorColor: colour },
  carousel: { "contents!": list },
  box: {
    "layout!": oneOf("horizontal", "vertical", "baseline"),
    "contents!": list,
    flex: whole,
    spacing: measure(GAP_WORDS, PX),
    ...MARGIN, ...PLACE,
    backgroundColor: colour, borderColor: colour,
    borderWidth: measure(["none", "light", "normal", "medium", "semi-bold", "bold"], PX),
    cornerRadius: measure(GAP_WORDS, PX),
    width: LENGTH, maxWidth: LENGTH, height: LENGTH, maxHeight: LENGTH,
    paddingAll: PADDING, paddingTop: PADDING, paddingBottom: PADDING, paddingStart: PADDING, paddingEnd: PADDING,
    justifyContent: oneOf("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"),
    alignItems: oneOf("flex-start", "center", "flex-end"),
    background: anything, action: anything,
  },
  linearGradient: {
    "angle!": angle, "startColor!": colour, "endColor!": colour, centerColor: colour, centerPosition: part,
  },
  text: {
    text: string, contents: list, flex: whole, ...LETTERS, align: ALIGN, gravity: GRAVITY,
    wrap: bool, maxLines: whole, lineSpacing: measure([], PX), adjustMode: oneOf("shrink-to-fit"), scaling: bool,
    ...MARGIN, ...PLACE, action: anything,
  },
  span: { text: string, ...LETTERS },
  image: {
    "url!": https, flex: whole, ...MARGIN, ...PLACE, align: ALIGN, gravity: GRAVITY,
    size: measure([...FONT_WORDS, "full"], PX, PERCENT),
    aspectRatio: ratio, aspectMode: oneOf("fit", "cover"), backgroundColor: colour, animated: bool, action: anything,
  },
  icon: {
    "url!": https, size: measure(FONT_WORDS, PX), aspectRatio: ratio, ...MARGIN, ...PLACE, scaling: bool,
  },
  button: {
    "action!": anything, flex: whole, ...MARGIN, ...PLACE, color: colour, gravity: GRAVITY,
    style: oneOf("primary", "secondary", "link"), height: oneOf("md", "sm"),
    adjustMode: oneOf("shrink-to-fit"), scaling: bool,
  },
  separator: { ...MARGIN, color: colour },
  filler: { flex: whole },
  video: { "url!": https, "previewUrl!": https, "altContent!": anything, aspectRatio: ratio, action: anything },
};

const ENVELOPE = { quickReply: anything, sender: anything };
const LOCATION_WORDS = { "title!": words(100), "address!": words(100) };
/** Top-level messages, and the four templates. */
export const MESSAGES = {
  text: { "text!": words(5000), emojis: list, quoteToken: string },
  textV2: { "text!": words(5000), substitution: anything, quoteToken: string },
  sticker: { "packageId!": string, "stickerId!": string, quoteToken: string },
  image: { "originalContentUrl!": https, "previewImageUrl!": https },
  video: { "originalContentUrl!": https, "previewImageUrl!": https, trackingId: string },
  audio: { "originalContentUrl!": https, "duration!": whole },
  location: { ...LOCATION_WORDS, "latitude!": number, "longitude!": number },
  imagemap: {
    "baseUrl!": https, "altText!": words(1500), "baseSize!": anything, "actions!": list, video: anything,
  },
  template: { "altText!": words(1500), "template!": anything },
  flex: { "altText!": words(1500), "contents!": anything },
};
const SHAPE = { imageAspectRatio: oneOf("rectangle", "square"), imageSize: oneOf("cover", "contain") };
const CARD = {
  thumbnailImageUrl: https, imageBackgroundColor: colour, title: words(40), defaultAction: anything, "actions!": list,
};
export const TEMPLATES = {
  buttons: { ...SHAPE, ...CARD, "text!": words(160) },
  confirm: { "text!": words(240), "actions!": list },
  carousel: { ...SHAPE, "columns!": list },
  image_carousel: { "columns!": list },
};
export const COLUMNS = {
  carousel: { ...CARD, "text!": words(120) },
  image_carousel: { "imageUrl!": https, "action!": anything },
};

const address = (value) => {
  if (typeof value !== "string" || !SCHEMES.test(value)) return "使えないアドレスです(http, https, tel, line のみ)";
  return /\s/.test(value) || value.length > 1000 ? "アドレスに空白があるか、1000文字を超えています" : "";
};
const ACTIONS = {
  message: { "text!": said(300) },
  postback: {
    "data!": words(300), displayText: said(300), text: said(300), fillInText: said(300),
    inputOption: oneOf("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
  },
  uri: { "uri!": address, altUri: anything },
  datetimepicker: {
    "data!": words(300), "mode!": oneOf("date", "time", "datetime"), initial: string, min: string, max: string,
  },
  clipboard: { "clipboardText!": words(1000) },
  camera: {}, cameraRoll: {}, location: {},
  richmenuswitch: { "richMenuAliasId!": words(32), "data!": words(300) },
};
/** Where an action stands: the longest label, whether it must be there, and the kinds allowed beside the common ones. */
const PLACES = {
  flex: { label: 40 },
  button: { label: 40, required: true },
  template: { label: 20, required: true },
  imageColumn: { label: 12 },
  quick: { label: 20, required: true, more: ["camera", "cameraRoll", "location"] },
  area: { label: 20 },
};

/** A table's own entry: a type called "constructor" is none. */
export const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);

/** Why `object` breaks `fields`, naming the first fault; `skip` are keys checked elsewhere. */
export function whyFields(object, fields, skip = ["type"]) {
  if (object === null || typeof object !== "object" || Array.isArray(object)) return "部品の形ではありません";
  for (const key of Object.keys(fields)) {
    const name = key.replace("!", "");
    const given = object[name] !== undefined;
    if (!given && key.endsWith("!")) return `${name} がありません`;
    const fault = given ? fields[key](object[name]) : "";
    if (fault) return `${name}: ${fault}`;
  }
  const stranger = Object.keys(object).find((key) => !skip.includes(key) && !own(fields, key) && !own(fields, `${key}!`));
  return stranger ? `知らない項目です(${stranger})` : "";
}

/** Why a whole message is refused; the inside of flex and template is checked where it is drawn. */
export function whyMessage(message) {
  const fields = own(MESSAGES, message?.type);
  return fields ? whyFields(message, { ...fields, ...ENVELOPE }) : `知らないメッセージです(${message?.type})`;
}

/** Why an action is refused at `place` (a key of PLACES). */
export function whyAction(action, place = "flex") {
  const fields = own(ACTIONS, action?.type);
  const { label, required, more = [] } = PLACES[place];
  const elsewhere = ["camera", "cameraRoll", "location", "richmenuswitch"].includes(action?.type);
  if (!fields || (elsewhere && !more.includes(action.type))) return `知らない操作です(${action?.type})`;
  return whyFields(action, { ...fields, [required ? "label!" : "label"]: said(label) });
}

const CHILDREN = {
  horizontal: ["box", "button", "image", "text", "separator", "filler"],
  vertical: ["box", "button", "image", "text", "separator", "filler"],
  baseline: ["icon", "text", "filler"],
  hero: ["box", "image", "video"],
  block: ["box"],
  text: ["span"],
};

/** Why a Flex component is refused below `parent` (a layout, or hero, block, text). */
export function whyComponent(component, parent) {
  const type = component?.type;
  if (!own(FIELDS, type) || ["bubble", "carousel", "styles", "blockStyle", "linearGradient"].includes(type)) {
    return `知らない部品です(${type})`;
  }
  if (!CHILDREN[parent].includes(type)) return `${type} は ${parent} の中に置けません`;
  const fault = whyFields(component, FIELDS[type]);
  if (fault) return fault;
  if (type === "text" && !component.text && !component.contents?.length) return "text がありません";
  if (type === "span" && !component.text) return "text がありません";
  if (component.action !== undefined) {
    const wrong = whyAction(component.action, type === "button" ? "button" : "flex");
    if (wrong) return `action: ${wrong}`;
  }
  return component.background ? whyGradient(component.background) : "";
}

function whyGradient(background) {
  if (background?.type !== "linearGradient") return `background: 知らない種類です(${background?.type})`;
  const fault = whyFields(background, FIELDS.linearGradient);
  return fault ? `background: ${fault}` : "";
}
