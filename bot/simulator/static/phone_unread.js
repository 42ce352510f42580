/** What each resident has seen, what is unread, what came last, and which pushes still have to ring. */

import { inOneLine } from "./phone_words.js";

const SEEN = "entaku-phone-seen";
const KEPT = 200;
/** A push that is older did not arrive just now: the page was closed, or another resident held the phone. */
const RINGS_FOR_MS = 120_000;

export class Unread {
  /** `now()` is the simulator's time in ms. */
  constructor(now) {
    this.now = now;
    this.seen = stored();
    this.counts = new Map();
    this.lines = new Map();
    this.rung = new Map();
  }

  seenBy(userId) {
    return Number(this.seen.get(userId) ?? 0);
  }

  of(userId) {
    return { unread: this.counts.get(userId) ?? 0, last: this.lines.get(userId) ?? "" };
  }

  total() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The resident takes the phone: nothing is unread any more. */
  open(userId) {
    this.counts.delete(userId);
  }

  /** Notes new entries of a chat; `held` means on the screen now. Gives the push that should ring, or null. */
  note(userId, entries, held) {
    const latest = entries.findLast((entry) => entry.messages.length);
    if (latest) this.lines.set(userId, inOneLine(latest.messages.at(-1)));
    const fresh = entries.filter((entry) => entry.from === "bot" && entry.n > this.seenBy(userId));
    if (held) this.#see(userId, entries);
    else this.counts.set(userId, fresh.reduce((sum, entry) => sum + entry.messages.length, 0));
    const pushed = fresh.findLast((entry) => entry.via !== "reply");
    if (!pushed || pushed.n <= (this.rung.get(userId) ?? 0)) return null;
    this.rung.set(userId, pushed.n);
    return this.now() - pushed.at < RINGS_FOR_MS ? pushed : null;
  }

  #see(userId, entries) {
    if (!entries.length) return;
    this.seen.delete(userId);
    this.seen.set(userId, entries.at(-1).n);
    localStorage.setItem(SEEN, JSON.stringify(Object.fromEntries([...this.seen].slice(-KEPT))));
  }
}

function stored() {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(SEEN) ?? "{}")));
  } catch {
    return new Map();
  }
}
