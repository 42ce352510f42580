/** Messages drawn as on the phone: those that are stored, and the one that is being written. */

import { renderMessage, renderQuickReplies } from "/static/flex.js";

const options = { onAction: (action, event) => event?.preventDefault?.(), resolveUrl: (url) => url };

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
  const reach = document.getElementById("reach");
  aside.hidden = false;

  const preview = async () => {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    const { messages, error } = await answer.json();
    if (messages) draw(screen, messages);
    note.textContent = error ?? "";
  };
  const count = async () => {
    const data = new FormData(form);
    const query = new URLSearchParams({ audience: data.get("audience") ?? "" });
    data.getAll("districts").forEach((district) => query.append("districts", district));
    if (data.get("audience") !== "city" && !query.has("districts")) {
      reach.textContent = "";
      return;
    }
    const answer = await fetch(`${form.dataset.reach}?${query}`);
    if (!answer.ok) return;
    const { recipients, remaining, lacks } = await answer.json();
    const people = recipients.toLocaleString("ja-JP");
    const left = remaining === null ? "" : `(今月の残り ${remaining.toLocaleString("ja-JP")}通)`;
    reach.textContent = lacks
      ? `いま送ると ${people}人。今月の残りでは、あと${lacks.toLocaleString("ja-JP")}通足りません。`
      : `いま送ると ${people}人に届き、${people}通を使います${left}。`;
  };
  let waiting;
  const later = (work) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => work().catch(() => {}), 400);
  };
  form.addEventListener("input", (event) => {
    const counted = form.dataset.reach && ["districts", "audience"].includes(event.target.name);
    later(counted ? () => Promise.all([count(), preview()]) : preview);
  });
  Promise.all([form.dataset.reach ? count() : null, preview()]).catch(() => {});
}
