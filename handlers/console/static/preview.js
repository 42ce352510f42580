/** Messages drawn as on the phone: those that are stored, and the one that is being written. */

import { renderMessage, renderQuickReplies } from "/static/flex.js";

// Our own pictures are at the public address; here they come from the address this page came from.
const home = document.querySelector("[data-home]")?.dataset.home;
const resolveUrl = (url) => (home && url.startsWith(home) ? new URL(url.slice(home.length), `${location.origin}/`).href : url);
const options = { onAction: (action, event) => event?.preventDefault?.(), resolveUrl };

function draw(screen, messages) {
  const drawn = messages.map((message) => renderMessage(message, options));
  const replies = messages.length ? renderQuickReplies(messages.at(-1).quickReply?.items, options) : null;
  screen.replaceChildren(...drawn, ...(replies ? [replies] : []));
}

document.querySelectorAll("[data-messages]").forEach((screen) => {
  const messages = JSON.parse(screen.dataset.messages);
  if (messages.length) draw(screen, messages);
});

const form = document.querySelector("form[data-preview]");
if (form) {
  const aside = document.querySelector(".phone.live");
  const screen = document.getElementById("live");
  const note = document.getElementById("live-note");
  const days = document.getElementById("live-dates");
  aside.hidden = false;

  const preview = async () => {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    const { messages, dates, error } = await answer.json().catch(() => ({ error: "見え方を出せませんでした。" }));
    if (messages) draw(screen, messages);
    if (days) days.replaceChildren(...(dates ?? []).map((date) => Object.assign(document.createElement("li"), { textContent: date })));
    note.textContent = error ?? "";
  };
  let waiting;
  const later = (work) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => work().catch(() => {}), 400);
  };
  form.addEventListener("input", () => later(preview));
  preview().catch(() => {});
}
