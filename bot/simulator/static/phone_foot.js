/** The foot of the phone: the words to send (with Japanese input), stickers and places, and the rich menu. */

import { make } from "./flex_dom.js";
import { placeArea } from "./flex.js";
import { drawSticker, STICKERS } from "./flex_stickers.js";

/** Real places (designated evacuation sites of the Geospatial Information Authority's list), by channel. */
const PLACES = {
  fuji: [
    ["今泉小学校", "静岡県富士市今泉3-17-1", 35.162403, 138.697866],
    ["吉原小学校", "静岡県富士市高嶺町6-1", 35.157954, 138.682869],
    ["鷹岡小学校", "静岡県富士市久沢2-3-1", 35.190877, 138.648818],
    ["田子浦小学校", "静岡県富士市中丸98", 35.138612, 138.670734],
  ],
  tomioka: [
    ["富岡小学校", "群馬県富岡市富岡1359", 36.258928, 138.895412],
    ["黒岩小学校", "群馬県富岡市下黒岩1870-1", 36.281449, 138.883111],
    ["高瀬小学校", "群馬県富岡市中高瀬761", 36.245222, 138.878888],
    ["妙義小学校", "群馬県富岡市妙義町諸戸150", 36.289796, 138.779332],
  ],
};

/**
 * Sends the words of `field` through `send(text)`. Enter sends and Shift+Enter breaks the line, but Enter that ends
 * a conversion of Japanese input never sends (`isComposing`, and key code 229 where a browser reports only that).
 */
export function wireComposer(form, field, button, send) {
  const able = () => { button.disabled = field.value.trim() === ""; };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    able();
    send(text);
    field.focus();
  });
  field.addEventListener("input", able);
  field.addEventListener("keydown", (event) => {
    const converting = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || converting) return;
    event.preventDefault();
    form.requestSubmit();
  });
  able();
}

/** Fills the tray for a channel. `act(verb, body)` sends a sticker, a place or a photo. */
export function fillTray(tray, channel, act) {
  const stickers = make("div", "stickers", ...STICKERS.map((one) => {
    const button = make("button", "lm", drawSticker(one));
    button.type = "button";
    button.setAttribute("aria-label", `スタンプ ${one.words}`);
    button.addEventListener("click", () => act("sticker", { packageId: one.packageId, stickerId: one.stickerId }));
    return button;
  }));
  const places = make("div", "places", ...(PLACES[channel] ?? []).map(([title, address, latitude, longitude]) =>
    push(title, () => act("location", { title, address, latitude, longitude }))));
  const photo = make("div", "places", push("写真を1枚送る", () => act("image", {})));
  tray.replaceChildren(
    make("h3", "", "スタンプ"), stickers, make("h3", "", "場所"), places, byHand(act), make("h3", "", "写真"), photo,
  );
}

function push(text, onClick) {
  const button = make("button", "", text);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
}

function byHand(act) {
  const [latitude, longitude] = ["緯度", "経度"].map((name) => {
    const input = make("input");
    input.inputMode = "decimal";
    input.required = true;
    input.pattern = "-?\\d{1,3}(\\.\\d+)?";
    return [make("label", "", name, input), input];
  });
  const send = make("button", "tray-send", "この場所を送る");
  const form = make("form", "by-hand", latitude[0], longitude[0], send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const where = { latitude: Number(latitude[1].value), longitude: Number(longitude[1].value) };
    act("location", { ...where, title: "選んだ場所", address: `${where.latitude}, ${where.longitude}` });
  });
  return form;
}

/** The rich menu: its bar, and its picture with tappable areas. `onAction(action)` is told what was tapped. */
export class RichMenu {
  constructor({ bar, toggle, menu, keyboard, field }, onAction) {
    Object.assign(this, { bar, toggle, menu, field, onAction });
    this.id = null;
    toggle.addEventListener("click", () => this.open(this.menu.hidden));
    // As on a phone, where the keyboard takes the menu's place.
    field.addEventListener("focus", () => this.open(false));
    keyboard.addEventListener("click", () => {
      this.open(false);
      field.focus();
    });
  }

  /** Shows `richMenu` (the simulator's object, or null); a menu already shown keeps being open or closed. */
  show(richMenu) {
    const id = richMenu && `${richMenu.richMenuId} ${richMenu.imageUrl}`;
    if (id === this.id) return;
    this.id = id;
    this.bar.hidden = !richMenu;
    this.menu.replaceChildren();
    this.open(Boolean(richMenu?.selected));
    if (!richMenu) return;
    this.toggle.textContent = richMenu.chatBarText;
    this.menu.style.aspectRatio = `${richMenu.size.width} / ${richMenu.size.height}`;
    const image = make("img");
    image.alt = "";
    if (richMenu.imageUrl) image.src = richMenu.imageUrl;
    this.menu.append(image, ...richMenu.areas.map((area, index) => this.#area(area, index, richMenu.size)));
  }

  #area({ bounds, action }, index, size) {
    const button = make("button");
    button.type = "button";
    button.setAttribute("aria-label", action.label || action.displayText || action.text || `メニュー ${index + 1}`);
    placeArea(button, bounds, size);
    button.addEventListener("click", (event) => this.onAction(action, event));
    return button;
  }

  open(open) {
    this.menu.hidden = !open || this.bar.hidden;
    this.toggle.setAttribute("aria-expanded", String(!this.menu.hidden));
  }
}
