/** The phone page: which resident holds the phone, what arrives for them, and the rest of the screen around it. */

import { make } from "./flex_dom.js";
import { api } from "./phone_api.js";
import { ChatView } from "./phone_chat.js";
import { fillTray, RichMenu, wireComposer } from "./phone_foot.js";
import { Clock, Traffic, wireNeighbours } from "./phone_panel.js";
import { drawPeople, listed, nextName } from "./phone_people.js";
import { makePress } from "./phone_press.js";
import { askName, Ring, toast, wireDrawers } from "./phone_things.js";
import { Unread } from "./phone_unread.js";
import { inOneLine } from "./phone_words.js";

const $ = (id) => document.getElementById(id);
const ACCOUNT_COLOURS = ["#0017c1", "#197a4b", "#8b3200", "#4d4d4d"];
const DISTRICTS = { fuji: "今泉", tomioka: "東富岡" };
const HELD = "entaku-phone-held";
const UNREACHED = "ボットに届きません。ボットが動いているか確かめて、もう一度送ってください。";
const UNPLUGGED = "電話がつながりません。つながるまで、くり返し試しています。";
const AGAIN_MS = 2_000;
const CLOCK_MS = 15_000;
/** A rich menu changes without an event: a new language's menu is linked after the answer has gone out. */
const MENU_MS = 4_000;
/** A crowd's list (a load test's) is not fetched for every message. */
const CROWD = 200;
const CROWD_MS = 5_000;

/** What the page knows: `current` is {channel, user, shown}: who holds the phone, and the last entry on it. */
const state = { config: null, channels: [], current: null, started: false };
const later = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS));

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

/** A control call for the holder of the phone. Gives the answer, "gone" for a button no longer there, or null. */
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
const unread = new Unread(() => clock.now());

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

function more(open) {
  $("more").hidden = !open;
  $("open-more").setAttribute("aria-expanded", String(open));
}

async function befriend(verb) {
  const buttons = [$("follow"), $("block")];
  more(false);
  for (const button of buttons) button.disabled = true; // a double click is one press
  try {
    await act(verb, {});
    await loadUsers(channelOf(state.current.channel));
    showStanding();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/* -- what is shown ----------------------------------------------------------------------------- */

async function loadUsers(channel) {
  const users = await api.users(channel.id);
  channel.loadedAt = Date.now();
  channel.total = users.length;
  channel.users = listed(users, state.current?.user);
}

function drawList() {
  drawPeople($("people-list"), {
    channels: state.channels,
    current: state.current,
    of: ({ userId }) => unread.of(userId),
    onPick: (channel, user) => hold(channel, user).catch(explain),
    onAdd: (channel) => addResident(channelOf(channel)).catch(explain),
  });
  const count = unread.total();
  $("unread-all").textContent = count > 99 ? "99+" : String(count);
  $("unread-all").hidden = !count;
  $("open-people").setAttribute("aria-label", count ? `住民を選ぶ(未読${count}件)` : "住民を選ぶ");
  ring.count(count);
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
  for (const id of ["log", "foot", "block"]) $(id).hidden = !friend;
  $("befriend").hidden = friend;
  $("befriend-hint").textContent = user?.blocked
    ? "ブロックしています。お知らせは届きません。"
    : "まず『友だち追加』を押してください。";
  $("follow").textContent = user?.blocked ? "ブロックを解除する" : "友だち追加";
  drawList();
}

/** Gives the phone to another resident. */
async function hold(channelId, userId) {
  const channel = channelOf(channelId);
  state.current = { channel: channelId, user: userId, shown: 0 };
  localStorage.setItem(HELD, `${channelId} ${userId}`);
  $("district").value = DISTRICTS[channelId] ?? "";
  chat.clear(channel.name, () => accountFace(channel));
  notice("");
  tray(false);
  more(false);
  menu.show(null);
  $("people").dispatchEvent(new Event("close-drawer"));
  fillTray($("tray"), channelId, (verb, body) => {
    tray(false);
    act(verb, body);
  });
  unread.open(userId);
  showStanding();
  await Promise.all([refresh(channelId, userId), traffic.follow(channelId)]);
  if (isHeld(channelId, userId) && !state.current.shown) chat.showEmpty("まだ何も届いていません。");
}

async function addResident(channel) {
  const name = await askName(nextName(channel));
  if (!name) return;
  const { userId } = await api.addUser(channel.id, name);
  state.current = { channel: channel.id, user: userId, shown: 0 };
  await loadUsers(channel);
  await hold(channel.id, userId);
}

/* -- what arrives ------------------------------------------------------------------------------ */

const refreshing = new Map();

/** Fetches what is new for a resident, one fetch after another: into the chat on the screen, or as unread. */
function refresh(channelId, userId) {
  const before = refreshing.get(userId) ?? Promise.resolve();
  const next = before.catch(() => {}).then(() => refreshNow(channelId, userId));
  refreshing.set(userId, next);
  return next;
}

async function refreshNow(channelId, userId) {
  const held = isHeld(channelId, userId) ? state.current : null;
  const entries = await api.chat(channelId, userId, held ? held.shown : unread.seenBy(userId));
  if (held && held === state.current) {
    chat.add(entries);
    held.shown = Math.max(held.shown, ...entries.map((entry) => entry.n));
    await showMenu(held);
  }
  const pushed = unread.note(userId, entries, Boolean(held));
  if (pushed && state.started) ringFor(channelId, userId, pushed);
  drawList();
}

async function showMenu(held) {
  const richMenu = await api.richMenu(held.channel, held.user);
  if (held === state.current) menu.show(richMenu);
}

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

/** Waits for one account's events for ever; a broken line is said, and tried again. */
async function listen(channel) {
  for (;;) {
    try {
      const { last, users, typing } = await api.events(channel.id, channel.last);
      channel.last = last;
      if ($("notice").textContent === UNPLUGGED) notice("");
      if (!last) await later();
      await arrived(channel, users, typing ?? []);
    } catch (error) {
      explain(error);
      await later();
    }
  }
}

async function arrived(channel, users, typing) {
  const here = state.current.channel === channel.id;
  const known = channel.users.map(({ userId }) => userId);
  for (const userId of known.filter((one) => users.includes(one))) await refresh(channel.id, userId);
  if (here) chat.showTyping(typing.includes(state.current.user));
  if (!users.length) return;
  if (channel.total < CROWD || Date.now() - channel.loadedAt > CROWD_MS) await loadUsers(channel);
  if (!here) return drawList();
  showStanding();
  await traffic.follow(state.current.channel);
}

/* -- the start --------------------------------------------------------------------------------- */

async function prepareChannel(channel) {
  await loadUsers(channel);
  if (!channel.users.length) {
    await api.addUser(channel.id, nextName(channel, state.channels.indexOf(channel)));
    await loadUsers(channel);
  }
  // Listening goes on from here, before any chat is fetched: what comes in between is in one of the two.
  channel.last = (await api.events(channel.id, 0)).last;
}

/** Whoever held the phone last, if still there; else the first account's first resident. */
function holderBefore() {
  const [channelId, userId] = (localStorage.getItem(HELD) ?? "").split(" ");
  const there = channelOf(channelId)?.users.some((one) => one.userId === userId);
  const first = state.channels[0];
  return there ? [channelId, userId] : [first.id, first.users[0].userId];
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
  setInterval(() => clock.read().catch(() => {}), CLOCK_MS);
  setInterval(() => state.current && showMenu(state.current).catch(() => {}), MENU_MS);
}

async function start() {
  state.config = await api.config();
  state.channels = state.config.channels.map((channel) => ({ ...channel, users: [], total: 0 }));
  if (!state.channels.length) throw new Error("まだ相手のアカウントがありません。");
  for (const channel of state.channels) await prepareChannel(channel);
  await clock.read();
  await hold(...holderBefore());
  for (const channel of state.channels) {
    for (const other of channel.users) if (!isHeld(channel.id, other.userId)) await refresh(channel.id, other.userId);
  }
  state.started = true;
  for (const channel of state.channels) listen(channel);
}

async function startUntilItWorks() {
  wire();
  for (;;) {
    try {
      return await start();
    } catch (error) {
      explain(error);
      await later();
    }
  }
}

startUntilItWorks();
