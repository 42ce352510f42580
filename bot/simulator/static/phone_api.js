/** The simulator's control calls, as the phone page uses them. Paths and shapes: the simulator's `/_sim`. */

/** A refused or failed call; `status` 0 means that the simulator itself cannot be reached. */
export class CallFailed extends Error {
  constructor(status, body) {
    super(body?.message ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

async function call(method, path, body, signal) {
  let response;
  try {
    response = await fetch(`/_sim/${path}`, {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallFailed(0, null);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new CallFailed(response.status, answer);
  return answer;
}

const at = (channel, ...rest) => [channel, ...rest].map(encodeURIComponent).join("/");

export const api = {
  config: () => call("GET", "config"),
  users: (channel) => call("GET", at(channel, "users")),
  addUser: (channel, name) => call("POST", at(channel, "users"), { name }),
  chat: (channel, user, after) => call("GET", `${at(channel, "chat", user)}?after=${after}`),
  events: (channel, after, signal) => call("GET", `${at(channel, "events")}?after=${after}`, undefined, signal),
  richMenu: (channel, user) => call("GET", at(channel, "richmenu", user)),
  traffic: (channel, after) => call("GET", `${at(channel, "traffic")}?after=${after}`),
  /** follow, block, unblock, say, tap, postback, sticker, location, image, unsend. */
  act: (channel, user, verb, body = {}) => call("POST", at(channel, "users", user, verb), body),
  neighbours: (channel, district, count) => call("POST", at(channel, "neighbours"), { district, count }),
  neighboursAnswer: (channel, district) => call("POST", at(channel, "neighbours", "answer"), { district }),
  clock: () => call("GET", "clock"),
  advance: (seconds) => call("POST", "clock", { advance_s: seconds }),
};
