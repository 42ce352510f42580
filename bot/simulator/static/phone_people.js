/** The list of residents of each account, with what came last and how much is unread. */

import { make } from "./flex_dom.js";

/** So many are listed of each account; a load test's thousands are only counted. */
const MOST_LISTED = 40;
/** The neighbours of the panel's button are a crowd: counted, not listed. */
const NEIGHBOUR = /^近所さん/;

/** Those of an account's users that the list shows, the one who holds the phone always among them. */
export function listed(users, held) {
  const persons = users.filter(({ name }) => !NEIGHBOUR.test(name));
  const first = persons.slice(0, MOST_LISTED);
  const holder = users.find(({ userId }) => userId === held);
  return holder && !first.includes(holder) ? [...first, holder] : first;
}
const HEADS = ["#d9e6ff", "#c2e5d1", "#fff0b3", "#ffdfca", "#ffdada", "#c5d7fb"];

const NAMES = ["はな", "けん", "さくら", "たろう", "マリア", "ミン", "ゆき", "ひろし"];

/** A name for the next resident of an account, not yet taken there; `from` starts further down the list. */
export function nextName({ users, total }, from = 0) {
  const free = [...NAMES.slice(from), ...NAMES].find((name) => !users.some((one) => one.name === name));
  return free ?? `住民${total + 1}`;
}

/** A steady colour for a resident's round picture. */
export function headColour(userId) {
  const sum = [...userId].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 9973, 7);
  return HEADS[sum % HEADS.length];
}

/**
 * Draws the list into `place`. `channels`: [{id, name, users, total}]; `of(user)` gives {unread, last};
 * `onPick(channel, user)` and `onAdd(channel)` are told what was pressed.
 */
export function drawPeople(place, { channels, current, of, onPick, onAdd }) {
  const focused = document.activeElement?.dataset?.resident;
  place.replaceChildren(...channels.map((channel) => {
    const list = make("ul", "", ...channel.users.map((user) => {
      const chosen = current?.channel === channel.id && current.user === user.userId;
      return make("li", "", resident(user, chosen, of(user), () => onPick(channel.id, user.userId)));
    }));
    const add = make("button", "add", "+ 住民を追加");
    add.type = "button";
    add.addEventListener("click", () => onAdd(channel.id));
    const rest = channel.total - channel.users.length;
    const more = rest > 0 ? make("p", "side-note", `ほかに${rest.toLocaleString("ja-JP")}人います。`) : null;
    const section = make("section", "city", make("h2", "", channel.name), list, more, add);
    section.setAttribute("aria-label", channel.name);
    return section;
  }));
  if (focused) place.querySelector(`[data-resident="${CSS.escape(focused)}"]`)?.focus();
}

function resident(user, chosen, { unread, last }, onPick) {
  const head = make("span", "head", [...user.name][0] ?? "住");
  head.style.setProperty("--head", headColour(user.userId));
  head.setAttribute("aria-hidden", "true");
  const state = user.blocked ? "ブロック中" : last || (user.friend ? "" : "まだ友だちではありません");
  const words = make("span", "", make("span", "who", user.name), make("span", "last", state));
  const badge = unread ? make("span", "badge", unread > 99 ? "99+" : String(unread)) : null;
  badge?.setAttribute("aria-label", `未読${unread}件`);
  const button = make("button", "resident", head, words, badge);
  button.type = "button";
  button.dataset.resident = user.userId;
  if (chosen) button.setAttribute("aria-current", "true");
  button.addEventListener("click", onPick);
  return button;
}
