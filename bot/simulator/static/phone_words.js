/** Times as a reader in Japan sees them, and a message in one line. */

const JST = { timeZone: "Asia/Tokyo" };
const HOUR = new Intl.DateTimeFormat("ja-JP", { ...JST, hour: "2-digit", minute: "2-digit" });
const SECOND = new Intl.DateTimeFormat("ja-JP", { ...JST, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const PARTS = new Intl.DateTimeFormat("ja-JP", { ...JST, month: "numeric", day: "numeric", weekday: "short" });
const YEAR = new Intl.DateTimeFormat("ja-JP", { ...JST, year: "numeric", month: "numeric", day: "numeric" });

/** 18:05 */
export const hour = (at) => HOUR.format(new Date(at));
/** 18:05:09 */
export const second = (at) => SECOND.format(new Date(at));
/** The day of a moment in Japan, to compare days with. */
export const dayKey = (at) => YEAR.format(new Date(at));

/** 11月28日(土) */
export function day(at) {
  const parts = Object.fromEntries(PARTS.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${parts.month}月${parts.day}日(${parts.weekday})`;
}

const KINDS = { sticker: "スタンプ", image: "写真", video: "動画", audio: "音声", location: "場所", imagemap: "画像" };

/** What a chat list or a notice shows of a message. */
export function inOneLine(message) {
  const text = message?.altText ?? message?.text ?? KINDS[message?.type] ?? "メッセージ";
  return text.replace(/\s+/g, " ").slice(0, 120);
}
