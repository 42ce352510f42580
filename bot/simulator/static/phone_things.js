/** Small things of the phone: the ring of a push, a short note, a copied text, a chosen moment, the drawers. */

import { make } from "./flex_dom.js";

const $ = (id) => document.getElementById(id);
const RING_MS = 7000;
const NOTE_MS = 4000;
const SOUND = "entaku-phone-sound";
const MOMENTS = { date: ["date", "日にちを選ぶ"], time: ["time", "時刻を選ぶ"], datetime: ["datetime-local", "日時を選ぶ"] };

/** A push arrived: a notice at the top of the phone, the title of the tab, and a sound for those who want it. */
export class Ring {
  constructor(place, phone, sound) {
    Object.assign(this, { place, phone, sound });
    this.title = document.title;
    this.unread = 0;
    this.ringing = "";
    sound.checked = localStorage.getItem(SOUND) === "on";
    sound.addEventListener("change", () => {
      localStorage.setItem(SOUND, sound.checked ? "on" : "off");
      if (sound.checked) this.#chime();
    });
  }

  /** Rings with the account's `face`, a line of text, and what to do when it is pressed. */
  ring({ face, name, text, onPress }) {
    const button = make("button", "", face, make("strong", "", name), make("span", "", text));
    button.type = "button";
    button.addEventListener("click", () => {
      this.#quiet();
      onPress();
    });
    this.place.replaceChildren(button);
    this.place.hidden = false;
    this.phone.classList.remove("ringing");
    requestAnimationFrame(() => this.phone.classList.add("ringing"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#quiet(), RING_MS);
    this.ringing = name;
    this.#showTitle();
    if (this.sound.checked) this.#chime();
  }

  /** The tab's title with the number of unread messages. */
  count(unread) {
    this.unread = unread;
    this.#showTitle();
  }

  #quiet() {
    this.place.hidden = true;
    this.ringing = "";
    this.#showTitle();
  }

  #showTitle() {
    const unread = this.unread ? `(${this.unread}) ` : "";
    document.title = this.ringing ? `お知らせ ${this.ringing}` : unread + this.title;
  }

  #chime() {
    const audio = new AudioContext();
    [[880, 0], [1175, 0.16]].forEach(([pitch, start]) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.14, audio.currentTime + start);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.35);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + 0.4);
    });
    setTimeout(() => audio.close(), 1000);
  }
}

let noteTimer = 0;

/** A short note near the foot of the phone. */
export function toast(text) {
  $("toast").textContent = text;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { $("toast").textContent = ""; }, NOTE_MS);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("コピーしました");
  } catch {
    toast(`コピーできませんでした: ${text}`);
  }
}

/** Asks for a name; "" when the dialog is left. */
export function askName(suggestion) {
  const input = $("newcomer-name");
  input.value = suggestion;
  return ask($("newcomer"), $("newcomer-cancel"), input);
}

/** A datetimepicker's dialog: `{date}`, `{time}` or `{datetime}`, or null when it is left. */
export async function askMoment({ mode, initial, min, max }) {
  const [kind, title] = MOMENTS[mode];
  const input = $("pick-value");
  $("pick-title").textContent = title;
  input.type = kind;
  const local = (value) => value?.replace("t", "T") ?? "";
  input.min = local(min);
  input.max = local(max);
  input.value = local(initial);
  const value = await ask($("pick"), $("pick-cancel"), input);
  return value ? { [mode]: value } : null;
}

function ask(dialog, cancel, input) {
  return new Promise((resolve) => {
    cancel.onclick = () => dialog.close("");
    dialog.onclose = () => resolve(dialog.returnValue === "ok" ? input.value.trim() : "");
    dialog.returnValue = "";
    dialog.showModal();
    input.select?.();
  });
}

/** The lists that slide in on a narrow window; Escape and the × close them and give the focus back. */
export function wireDrawers() {
  for (const name of ["people", "panel"]) {
    const opener = $(`open-${name}`);
    const drawer = $(name);
    const close = () => {
      if (!drawer.classList.contains("open")) return;
      drawer.classList.remove("open");
      opener.setAttribute("aria-expanded", "false");
      opener.focus();
    };
    opener.addEventListener("click", () => {
      drawer.classList.add("open");
      opener.setAttribute("aria-expanded", "true");
      drawer.querySelector("[data-close]").focus();
    });
    drawer.querySelector("[data-close]").addEventListener("click", close);
    drawer.addEventListener("close-drawer", close);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  }
}
