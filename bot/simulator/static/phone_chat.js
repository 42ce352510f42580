/** Draws one resident's chat: date pills, bubbles, times, read marks, and the quick replies of the last message. */

import { make } from "./flex_dom.js";
import { renderMessage, renderQuickReplies } from "./flex.js";
import { day, dayKey, hour } from "./phone_words.js";

const STAYS = ["camera", "cameraRoll", "location", "datetimepicker"];
const WIDE = ["flex", "template", "imagemap"];
/** What a button shows in the chat is no message of its own, and cannot be taken back. */
const ECHOES = ["postback", "quick"];
const REMARKS = {
  follow: "友だちになりました", unfollow: "ブロックしました", block: "ブロックしました", unblock: "ブロックを解除しました",
};

/**
 * One chat's view. `hooks`: onAction(action, source), resolveUrl(url), onUnsend(messageId).
 * `source` is `{quick: true, n}` for a quick reply, else `{n}` (the entry's number).
 */
export class ChatView {
  constructor(log, quickPlace, hooks) {
    this.log = log;
    this.quickPlace = quickPlace;
    this.hooks = hooks;
    this.#keepEndInSight();
    this.clear("", null);
  }

  /** While the reader is at the end, growing rows and an opening menu leave the last message in sight. */
  #keepEndInSight() {
    const { log } = this;
    let before = 0;
    log.addEventListener("scroll", () => {
      if (log.scrollHeight - log.scrollTop - log.clientHeight < 24) this.atEnd = true;
      else if (log.scrollTop < before) this.atEnd = false;
      before = log.scrollTop;
    });
    this.sizes = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
  }

  /** Empties the view for another account; `face` makes the account's round picture. */
  clear(accountName, face) {
    this.accountName = accountName;
    this.face = face;
    this.day = "";
    this.last = null;
    this.typing = null;
    this.atEnd = true;
    this.log.setAttribute("aria-busy", "true");  // what was said before is not read aloud
    this.sizes.disconnect();
    this.sizes.observe(this.log);
    this.log.replaceChildren();
    this.quickPlace.replaceChildren();
  }

  /** Adds entries of the timeline, oldest first, and goes to the end, or to the start of an answer longer than the screen. */
  add(entries) {
    if (!entries.length) return;
    this.log.querySelector(".empty")?.remove();
    const before = this.last && this.log.lastElementChild;
    for (const entry of entries) this.#addEntry(entry);
    const newest = entries.findLast((entry) => entry.messages.length || entry.via === "quick");
    if (newest) this.#offerQuickReplies(newest);
    this.toEnd();
    const first = before?.isConnected ? before.nextElementSibling : null;
    if (first?.classList.contains("said")) this.#toStartOf(first);
    if (this.atEnd) this.sizes.observe(this.log.lastElementChild);
  }

  /** Goes back to where `row` begins when its end alone would fill the screen. */
  #toStartOf(row) {
    const top = row.getBoundingClientRect().top - this.log.getBoundingClientRect().top;
    if (top >= 0) return;
    this.log.scrollTop += top - 8;
    this.atEnd = false;
  }

  toEnd() {
    this.log.setAttribute("aria-busy", "false");
    this.atEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  showEmpty(text) {
    this.log.setAttribute("aria-busy", "false");
    this.log.replaceChildren(make("p", "empty", text));
  }

  /** The account has seen everything so far: it answered, or took the webhook. */
  markRead() {
    for (const mark of this.log.querySelectorAll(".read[hidden]")) mark.hidden = false;
  }

  /** The three moving dots of the loading animation; they end with the account's next message. */
  showTyping(on) {
    if (on && this.typing) return;
    this.typing?.remove();
    this.typing = null;
    if (!on) return;
    const dots = make("div", "typing", make("i"), make("i"), make("i"));
    dots.setAttribute("role", "img");
    dots.setAttribute("aria-label", "入力中");
    this.typing = make("div", "said", this.face(), make("div", "bubbles", dots));
    this.log.append(this.typing);
    this.toEnd();
  }

  /** A message of the resident that was taken back. */
  retract(messageId) {
    const row = this.log.querySelector(`[data-message="${CSS.escape(messageId)}"]`);
    row?.replaceWith(make("p", "remark", "送信を取り消しました"));
  }

  #addEntry(entry) {
    if (dayKey(entry.at) !== this.day) {
      this.day = dayKey(entry.at);
      this.log.append(make("div", "date", make("span", "", day(entry.at))));
      this.last = null;
    }
    if (entry.from === "bot") this.#addBot(entry);
    else this.#addMine(entry);
    this.last = entry;
  }

  #addBot(entry) {
    this.showTyping(false);
    this.markRead();
    const same = this.last?.from === "bot" && entry.at - this.last.at < 60_000 && !entry.messages[0]?.sender;
    const bubbles = make("div", "bubbles", ...entry.messages.map((message) => this.#bubble(message, entry)));
    const name = entry.messages[0]?.sender?.name;
    const sender = make("span", "sender", name ? `${name}(${this.accountName})` : this.accountName);
    const row = make("div", `said${same ? " more-of-same" : ""}`, ...(same ? [make("span")] : [this.face(), sender]), bubbles);
    this.log.append(row);
  }

  #bubble(message, entry) {
    const drawn = renderMessage(message, {
      resolveUrl: this.hooks.resolveUrl,
      onAction: (action, event) => this.hooks.onAction(action, { n: entry.n }, event),
    });
    const wide = WIDE.includes(message.type) ? " wide" : "";
    return make("div", `one${wide}`, drawn, make("div", "meta", make("time", "", hour(entry.at))));
  }

  #addMine(entry) {
    const rows = entry.messages.map((message) => this.#ownBubble(message, entry)).filter(Boolean);
    if (rows.length) this.log.append(make("div", "mine", make("span", "hidden", "あなた"), ...rows));
    else if (REMARKS[entry.via]) this.log.append(make("p", "remark", REMARKS[entry.via]));
  }

  #ownBubble(message, entry) {
    if (message.type === "unsend" || message.unsent) return make("p", "remark", "送信を取り消しました");
    const drawn = ownMessage(message, this.hooks.resolveUrl);
    if (!drawn) return null;
    const read = make("span", "read", "既読");
    read.hidden = true;
    const one = make("div", "one", drawn, make("div", "meta", read, make("time", "", hour(entry.at))));
    if (message.id && !ECHOES.includes(entry.via)) {
      one.dataset.message = message.id;
      one.append(this.#unsendButton(message.id));
    }
    return one;
  }

  #unsendButton(id) {
    const button = make("button", "unsend", "×");
    button.type = "button";
    button.setAttribute("aria-label", "送信を取り消す");
    button.title = "送信を取り消す";
    button.addEventListener("click", () => this.hooks.onUnsend(id));
    return button;
  }

  #offerQuickReplies(entry) {
    const last = entry.messages.at(-1);
    this.quickPlace.replaceChildren();
    if (entry.from !== "bot" || !last?.quickReply) return;
    const row = renderQuickReplies(last.quickReply.items, {
      resolveUrl: this.hooks.resolveUrl,
      onAction: (action, event) => {
        if (!STAYS.includes(action.type)) this.quickPlace.replaceChildren();
        this.hooks.onAction(action, { n: entry.n, quick: true }, event);
      },
    });
    if (row) this.quickPlace.append(row);
  }
}

/** A resident's own message, drawn from the fields that its kind has. */
function ownMessage(message, resolveUrl) {
  const pick = {
    text: ({ text }) => ({ type: "text", text }),
    sticker: ({ packageId, stickerId }) => ({ type: "sticker", packageId, stickerId }),
    location: ({ title, address, latitude, longitude }) =>
      ({ type: "location", title: title || "場所", address: address || `${latitude}, ${longitude}`, latitude, longitude }),
  }[message.type];
  if (pick) return renderMessage(pick(message), { resolveUrl });
  if (message.type === "image") {
    const photo = make("div", "lm lm-photo lm-map");
    photo.setAttribute("role", "img");
    photo.setAttribute("aria-label", "送った写真");
    return photo;
  }
  return null;
}
