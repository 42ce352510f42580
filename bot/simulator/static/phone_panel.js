/** The side panel: the clock, the neighbours, and the record of what went over the wire. */

import { make } from "./flex_dom.js";
import { api } from "./phone_api.js";
import { day, hour, second } from "./phone_words.js";

const KEPT = 150;
const element = (id) => document.getElementById(id);

/** The simulator's time, ticking here between two looks at it. */
export class Clock {
  constructor(onMinute) {
    this.ahead = 0;
    this.onMinute = onMinute;
    setInterval(() => this.draw(), 1000);
    for (const button of document.querySelectorAll("[data-advance]")) {
      button.addEventListener("click", () => this.#advance(button));
    }
  }

  async read() {
    const before = Date.now();
    const { now } = await api.clock();
    this.ahead = new Date(now).getTime() - before;
    this.draw();
  }

  now() {
    return Date.now() + this.ahead;
  }

  draw() {
    const now = this.now();
    element("clock").textContent = `${day(now)} ${second(now)}`;
    element("clock").dateTime = new Date(now).toISOString();
    element("phone-time").textContent = hour(now);
  }

  async #advance(button) {
    button.disabled = true;
    try {
      await api.advance(Number(button.dataset.advance));
      await this.read();
    } catch (error) {
      this.onMinute(error);
    } finally {
      button.disabled = false;
    }
  }
}

/** 「近所の12人に答えてもらう」: twelve people of the district, then their answers to the open poll. */
export function wireNeighbours(channelOf) {
  const result = element("neighbours-result");
  const button = element("neighbours");
  button.addEventListener("click", async () => {
    const district = element("district").value.trim();
    if (!district) {
      result.textContent = "地区の名前を入れてください。";
      element("district").focus();
      return;
    }
    button.disabled = true;
    result.textContent = "答えてもらっています。";
    try {
      const came = await api.neighbours(channelOf(), district, 12);
      const answered = await api.neighboursAnswer(channelOf(), district);
      result.textContent = neighboursSaid(came, answered);
    } catch (error) {
      result.textContent = error.status === 0 ? "つながりません。もう一度お試しください。" : `できませんでした。${error.message}`;
    } finally {
      button.disabled = false;
    }
  });
}

function neighboursSaid(came, answered) {
  const count = answered?.answered ?? 0;
  if (count) return `${count}人が答えました。`;
  const people = came.userIds.length - (came.unfinished ?? 0);
  return people > 0
    ? `近所の${people}人がそろいました。アンケートが届いたら、もう一度押してください。`
    : "近所の人の登録に、ボットが答えませんでした。ボットが動いているか確かめてください。";
}

/** The record of one account's traffic, newest first. */
export class Traffic {
  constructor() {
    this.list = element("traffic");
    this.channel = "";
    this.after = 0;
    this.busy = false;
  }

  async follow(channel) {
    if (channel !== this.channel) {
      this.channel = channel;
      this.after = 0;
      this.list.replaceChildren();
    }
    await this.read();
  }

  async read() {
    if (this.busy || !this.channel) return;
    this.busy = true;
    const asked = this.channel;
    try {
      const rows = await api.traffic(asked, this.after);
      if (asked === this.channel) this.#add(rows);
    } finally {
      this.busy = false;
    }
  }

  #add(rows) {
    for (const row of rows) {
      this.after = Math.max(this.after, row.n);
      this.list.prepend(record(row));
    }
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    element("traffic-empty").hidden = this.list.children.length > 0;
  }
}

/** What a request is, in words; the address stands in the details. */
const NAMES = [
  [/\/message\/reply$/, "返信"],
  [/\/message\/push$/, "1人に送信"],
  [/\/message\/multicast$/, "まとめて送信"],
  [/\/message\/quota/, "送れる数を確認"],
  [/\/message\/validate/, "送る前の検査"],
  [/\/chat\/loading/, "入力中の表示"],
  [/\/richmenu/, "メニュー"],
  [/\/profile/, "名前を確認"],
];

function named(row) {
  if (row.direction === "webhook") return "ボットへの知らせ";
  return NAMES.find(([pattern]) => pattern.test(row.path))?.[1] ?? `${row.method} ${row.path}`;
}

function record(row) {
  const up = row.direction === "webhook";
  const way = make("span", "way", up ? "↑" : "↓");
  way.setAttribute("role", "img");
  way.setAttribute("aria-label", up ? "電話からボットへ" : "ボットから電話へ");
  const accepted = row.status >= 200 && row.status < 300;
  const code = make("span", `code${accepted ? "" : " bad"}`, row.status ? String(row.status) : "届かず");
  const summary = make("summary", "", make("time", "time", second(row.at)), way, make("span", "what", named(row)), code);
  const details = make("details", up ? "up" : "down", summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(make("pre", "", JSON.stringify({ ...row, at: new Date(row.at).toISOString() }, null, 2)));
  });
  return make("li", "", details);
}
