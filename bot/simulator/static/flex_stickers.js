/**
 * The phone's own stickers: one round face in eight moods, drawn here. They go out under ids of LINE's sendable
 * stickers (package 446), because a bot sees only the ids; any other sticker shows its ids.
 */

import { make, shape } from "./flex_dom.js";

const OPEN = "M34 46v7 M66 46v7";
const SMILE = "M40 62q10 10 20 0";
const HAPPY = "M28 51q6-8 12 0 M60 51q6-8 12 0";
const SHUT = "M28 49q6 6 12 0 M60 49q6 6 12 0";

/** packageId, stickerId, words, face colour, eyes, mouth, extra strokes. */
export const STICKERS = [
  ["446", "1988", "こんにちは", "#ffe380", OPEN, SMILE, "M84 34q6-6 3-14 M90 40q9-5 8-15"],
  ["446", "1989", "ありがとう", "#ffc199", HAPPY, "M40 61q10 12 20 0z", "M12 22q4-7 8 0q4-7 8 0q0 7-8 12q-8-5-8-12z"],
  ["446", "1990", "わかりました", "#c2e5d1", OPEN, SMILE, "M76 22l6 7 12-14"],
  ["446", "1991", "いいですね", "#c5d7fb", HAPPY, SMILE, "M14 16v12 M8 22h12 M86 14v10 M81 19h10"],
  ["446", "1992", "行きます", "#ffd43d", OPEN, "M42 60h16q-2 12-8 12t-8-12z", "M80 24h14 M88 18l6 6-6 6"],
  ["446", "1993", "ごめんなさい", "#d9e6ff", SHUT, "M42 66q8-7 16 0", "M76 40q-5 8 0 10q5-2 0-10z"],
  ["446", "1994", "？", "#e6f5ec", OPEN, "M44 65h12", "M80 20q0-7 7-7t7 7q0 5-7 8v4 M87 38v1"],
  ["446", "1995", "おやすみ", "#e8f1fe", SHUT, "M46 64q4 4 8 0", "M76 14h10l-10 12h10 M90 30h6l-6 8h6"],
].map(([packageId, stickerId, words, colour, ...strokes]) => ({ packageId, stickerId, words, colour, strokes }));

function face({ colour, words, strokes }) {
  const svg = shape("svg", { viewBox: "0 0 100 122", class: "lm-face", "aria-hidden": "true" });
  svg.append(shape("circle", { cx: 50, cy: 54, r: 38, fill: colour, stroke: "#333333", "stroke-width": 3 }));
  svg.append(shape("ellipse", { cx: 27, cy: 62, rx: 5, ry: 3, fill: "#ff9696", opacity: 0.7 }));
  svg.append(shape("ellipse", { cx: 73, cy: 62, rx: 5, ry: 3, fill: "#ff9696", opacity: 0.7 }));
  const line = { fill: "none", stroke: "#333333", "stroke-width": 3.5, "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const path of strokes) svg.append(shape("path", { d: path, ...line }));
  const text = shape("text", { x: 50, y: 114, "text-anchor": "middle", class: "lm-face-words" });
  text.textContent = words;
  svg.append(text);
  return svg;
}

/** A sticker message: one of ours, or a plain card that names its ids. */
export function drawSticker({ packageId, stickerId }) {
  const known = STICKERS.find((one) => one.packageId === packageId && one.stickerId === stickerId);
  const drawn = make("div", "lm-sticker", known ? face(known) : make("span", "", "スタンプ"));
  if (!known) drawn.append(make("small", "", `${packageId} / ${stickerId}`));
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `スタンプ ${known?.words ?? `${packageId} / ${stickerId}`}`);
  return drawn;
}
