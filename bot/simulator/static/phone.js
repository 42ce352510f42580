/** The phone page: which resident holds the phone, what arrives for them, and the rest of the screen around it. */

import { make } from "./flex_dom.js";
import { api } from "./phone_api.js";
import { ChatView } from "./phone_chat.js";
import { fillTray, RichMenu, wireComposer } from "./phone_foot.js";
import { Clock, Traffic, wireNeighbours } from "./phone_panel.js";
import { drawPeople, listed } from "./phone_people.js";
import { makePress } from "./phone_press.js";
import { askName, Ring, toast, wireDrawers } from "./phone_things.js";
import { inOneLine } from "./phone_words.js";

const $ = (id) => document.getElementById(id);
const ACCOUNT_COLOURS = ["#0017c1", "#197a4b", "#8b3200", "#4d4d4d"];
const NAMES = ["はな", "けん", "さくら", "たろう", "マリア", "ミン", "ゆき", "ひろし"];
const DISTRICTS = { fuji: "今泉", tomioka: "富岡" };
const SEEN = "entaku-phone-seen";
const HELD = "entaku-phone-held";
const UNREACHED = "ボットに届きません。ボットが動いているか確かめて、もう一度送ってください。";
const UNPLUGGED = "電話がつながりません。つながるまで、くり返し試しています。";
const AGAIN_MS = 2000;
/** A push that is older did not arrive just now: the page was closed, or another resident held the phone. */
const RINGS_FOR_MS = 120_000;

/** What the page knows. `seen`, `unread` and `last` go by user id; `current` is {channel, user, shown}. */
const state = { config: null, channels: [], current: null, seen: readSeen(), unread: new Map(), last: new Map() };

function readSeen() {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(SEEN) ?? "{}")));
  } catch {
    return new Map();
  }
}

function see(user, n) {
  state.seen.delete(user);
  state.seen.set(user, n);
  localStorage.setItem(SEEN, JSON.stringify(Object.fromEntries([...state.seen].slice(-200))));
}

const channelOf = (id) => state.channels.find((channel) => channel.id === id);
const userOf = (held) => channelOf(held.channel)?.users.find((one) => one.userId === held.user);
const isHeld = (channel, user) => state.current?.channel === channel && state.current.user === user;

/** The bot's public address is the product's here; every other address stays as it is. */
function resolveUrl(url) {
  const from = state.config.publicUrl?.replace(/\/$/, "");
  const within = from && (url === from || ["/", "?", "#"].some((next) => url.startsWith(from + next)));
  return within ? state.config.productUrl.replace(/\/$/, "") + url.slice(from.length) : url;
}

/** The account's round picture: 円, as in 円卓. */
function accountFace(channel) {
  const face = make("span", "face", "円");
  face.style.setProperty("--account", ACCOUNT_COLOURS[state.channels.indexOf(channel) % ACCOUNT_COLOURS.length]);
  face.setAttribute("aria-hidden", "true");
  return face;
}

/* -- what the resident does ------------------------------------------------------------------ */

function notice(text) {
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").hidden = !text;
}

function explain(error) {
  if (error.status === 0) notice(UNPLUGGED);
  else toast(error.message);
}

/** A control call for the resident who holds the phone. Gives the answer, "gone" for a button no longer there, or null. */
async function act(verb, body) {
  const { channel, user } = state.current;
  try {
    const answer = await api.act(channel, user, verb, body);
    const reached = typeof answer?.status !== "number" || (answer.status >= 200 && answer.status < 300);
    notice(reached ? "" : UNREACHED);
    await refresh(channel, user);
    if (reached && isHeld(channel, user)) chat.markRead();
    return answer;
  } catch (error) {
    if (verb === "tap" && error.status === 404) return "gone";
    explain(error);
    return null;
  }
}

const chat = new ChatView($("log"), $("quick"), {
  resolveUrl,
  onAction: (action, source, event) => press(action, source, event),
  onUnsend: async (messageId) => { if (await act("unsend", { messageId })) chat.retract(messageId); },
});
const menu = new RichMenu(
  { bar: $("menu-bar"), toggle: $("menu-toggle"), menu: $("menu"), keyboard: $("to-keyboard"), field: $("words") },
  (action, event) => press(action, { menu: true }, event),
);
const press = makePress({ act, resolveUrl, menu, openTray: () => tray(true), typeHere });
const ring = new Ring($("ring"), $("phone"), $("sound"));
const traffic = new Traffic();
const clock = new Clock(explain);

function typeHere(text) {
  menu.open(false);
  if (text) $("words").value = text;
  $("words").dispatchEvent(new Event("input"));
  $("words").focus();
}

function tray(open) {
  $("tray").hidden = !open;
  $("open-trays").setAttribute("aria-expanded", String(open));
  if (open) menu.open(false);
}

async function befriend(verb) {
  more(false);
  await act(verb, {});
  await loadUsers(channelOf(state.current.channel));
  showStanding();
}

function more(open) {
  $("more").hidden = !open;
  $("open-more").setAttribute("aria-expanded", String(open));
}

/* -- what is shown ----------------------------------------------------------------------------- */

async function loadUsers(channel) {
  const users = await api.users(channel.id);
  channel.total = users.length;
  channel.users = listed(users, state.current?.user);
}

function drawList() {
  drawPeople($("people-list"), {
    channels: state.channels,
    current: state.current,
    of: ({ userId }) => ({ unread: state.unread.get(userId) ?? 0, last: state.last.get(userId) ?? "" }),
    onPick: (channel, user) => hold(channel, user).catch(explain),
    onAdd: (channel) => addResident(channelOf(channel)).catch(explain),
  });
  const unread = [...state.unread.values()].reduce((sum, count) => sum + count, 0);
  $("unread-all").textContent = unread > 99 ? "99+" : String(unread);
  $("unread-all").hidden = !unread;
  $("open-people").setAttribute("aria-label", unread ? `住民を選ぶ(未読${unread}件)` : "住民を選ぶ");
  ring.count(unread);
}

/** Friend, blocked or neither: which of the screens is there. */
function showStanding() {
  const user = userOf(state.current);
  const channel = channelOf(state.current.channel);
  const friend = Boolean(user?.friend) && !user?.blocked;
  $("account-name").textContent = channel.name;
  $("resident-name").textContent = `${user?.name ?? "住民"}さんの電話`;
  $("account-face").replaceWith(Object.assign(accountFace(channel), { id: "account-face" }));
  $("befriend-face").replaceWith(Object.assign(accountFace(channel), { id: "befriend-face", className: "face large" }));
  $("befriend-name").textContent = channel.name;
  $("befriend").hidden = friend;
  $("log").hidden = !friend;
  $("foot").hidden = !friend;
  $("befriend-hint").textContent = user?.blocked
    ? "ブロックしています。お知らせは届きません。"
    : "まず『友だち追加』を押してください。";
  $("follow").textContent = user?.blocked ? "ブロックを解除する" : "友だち追加";
  $("block").hidden = !friend;
  drawList();
}

/** Gives the phone to another resident. */
async function hold(channelId, userId) {
  const channel = channelOf(channelId);
  state.current = { channel: channelId, user: userId, shown: 0 };
  localStorage.setItem(HELD, JSON.stringify([channelId, userId]));
  $("district").value = DISTRICTS[channelId] ?? "";
  chat.clear(channel.name, () => accountFace(channel));
  notice("");
  tray(false);
  more(false);
  $("people").dispatchEvent(new Event("close-drawer"));
  fillTray($("tray"), channelId, (verb, body) => {
    tray(false);
    act(verb, body);
  });
  menu.show(null);
  state.unread.delete(userId);
  showStanding();
  await Promise.all([refresh(channelId, userId), traffic.follow(channelId)]);
  if (isHeld(channelId, userId) && !state.current.shown) chat.showEmpty("まだ何も届いていません。");
}

/** Fetches what is new for a resident: into the chat for the holder of the phone, else as unread. */
function refresh(channelId, userId) {
  const before = refreshing.get(userId) ?? Promise.resolve();
  const next = before.catch(() => {}).then(() => refreshNow(channelId, userId));
  refreshing.set(userId, next);
  return next;
}
const refreshing = new Map();

async function refreshNow(channelId, userId) {
  const held = isHeld(channelId, userId) ? state.current : null;
  const after = held ? held.shown : Number(state.seen.get(userId) ?? 0);
  const entries = await api.chat(channelId, userId, after);
  if (held && held === state.current) {
    chat.add(entries.filter((entry) => entry.n > held.shown));
    held.shown = Math.max(held.shown, ...entries.map((entry) => entry.n));
    await showMenu(held);
  }
  note(channelId, userId, entries, Boolean(held));
}

async function showMenu(held) {
  const richMenu = await api.richMenu(held.channel, held.user);
  if (held === state.current) menu.show(richMenu);
}

function note(channelId, userId, entries, held) {
  const fromBot = entries.filter((entry) => entry.from === "bot");
  const latest = entries.findLast((entry) => entry.messages.length);
  if (latest) state.last.set(userId, inOneLine(latest.messages.at(-1)));
  const fresh = fromBot.filter((entry) => entry.n > Number(state.seen.get(userId) ?? 0));
  if (held && entries.length) see(userId, entries.at(-1).n);
  if (!held) state.unread.set(userId, fresh.reduce((sum, entry) => sum + entry.messages.length, 0));
  const pushed = fresh.findLast((entry) => entry.via !== "reply");
  if (pushed && pushed.n > (rung.get(userId) ?? 0)) {
    rung.set(userId, pushed.n);
    if (started && clock.now() - new Date(pushed.at).getTime() < RINGS_FOR_MS) ringFor(channelId, userId, pushed);
  }
  drawList();
}
const rung = new Map();
let started = false;

function ringFor(channelId, userId, entry) {
  const channel = channelOf(channelId);
  const who = channel.users.find((one) => one.userId === userId);
  ring.ring({
    face: accountFace(channel),
    name: isHeld(channelId, userId) ? channel.name : `${channel.name} → ${who?.name ?? "住民"}さん`,
    text: inOneLine(entry.messages[0]),
    onPress: () => hold(channelId, userId).catch(explain),
  });
}

const nextName = ({ users, total }) => NAMES.find((name) => !users.some((one) => one.name === name)) ?? `住民${total + 1}`;

async function addResident(channel) {
  const name = await askName(nextName(channel));
  if (!name) return;
  const { userId } = await api.addUser(channel.id, name);
  state.current = { channel: channel.id, user: userId, shown: 0 };
  await loadUsers(channel);
  await hold(channel.id, userId);
}

/* -- what arrives ------------------------------------------------------------------------------ */

/** Waits for one account's events for ever; a broken line is said, and tried again. */
async function listen(channel) {
  for (;;) {
    try {
      const { last, users, typing } = await api.events(channel.id, channel.last ?? 0);
      const first = channel.last === undefined;
      channel.last = last;
      if ($("notice").textContent === UNPLUGGED) notice("");
      if (!last) await later();
      if (first || !users.length) continue;
      await loadUsers(channel);
      await arrived(channel, users, typing ?? []);
    } catch (error) {
      explain(error);
      await later();
    }
  }
}

const later = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS));

async function arrived(channel, users, typing) {
  for (const { userId } of channel.users) {
    if (users.includes(userId)) await refresh(channel.id, userId);
  }
  if (state.current?.channel !== channel.id) return;
  chat.showTyping(typing.includes(state.current.user));
  showStanding();
  await traffic.follow(channel.id);
}

/* -- the start --------------------------------------------------------------------------------- */

async function prepareChannel(channel) {
  await loadUsers(channel);
  if (!channel.users.length) {
    await api.addUser(channel.id, NAMES[state.channels.indexOf(channel) % NAMES.length]);
    await loadUsers(channel);
  }
}

function wire() {
  wireComposer($("composer"), $("words"), $("send"), (text) => act("say", { text }));
  wireNeighbours(() => state.current.channel);
  wireDrawers();
  $("follow").addEventListener("click", () => befriend(userOf(state.current)?.blocked ? "unblock" : "follow"));
  $("block").addEventListener("click", () => befriend("block"));
  $("open-more").addEventListener("click", () => more($("more").hidden));
  $("open-trays").addEventListener("click", () => tray($("tray").hidden));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#more, #open-more")) more(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") [more, tray].forEach((close) => close(false));
  });
  setInterval(() => clock.read().catch(() => {}), 15_000);
  // A rich menu changes without an event: a new language's menu is linked after the answer has gone out.
  setInterval(() => state.current && showMenu(state.current).catch(() => {}), 4_000);
}

async function start() {
  state.config = await api.config();
  state.channels = state.config.channels.map((channel) => ({ ...channel, users: [], total: 0 }));
  for (const channel of state.channels) await prepareChannel(channel);
  const [channelId, userId] = JSON.parse(localStorage.getItem(HELD) ?? "[]");
  const before = channelOf(channelId)?.users.some((one) => one.userId === userId);
  const first = state.channels[0];
  await clock.read();
  await hold(before ? channelId : first.id, before ? userId : first.users[0].userId);
  for (const channel of state.channels) for (const { userId: other } of channel.users.slice(0, 12)) {
    if (!isHeld(channel.id, other)) await refresh(channel.id, other);
  }
  started = true;
  for (const channel of state.channels) listen(channel);
}

async function startUntilItWorks() {
  wire();
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      explain(error);
      await later();
    }
  }
}

startUntilItWorks();
