"""LINE's webhook sender: events, signatures, redelivery by the simulator's time, and the mischief of real networks."""

from __future__ import annotations

import json
import logging
import random
import secrets
import threading
import time
from array import array
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .counters import Counters
from .records import Channel, Entry, Token, User, message_id
from .state import State
from .watch import Watch
from .wire import Outcome, Wire, sign

REDELIVERY_MS = (10_000, 60_000, 300_000)
"""When an event without a 2xx is sent again, after each failure (assumption: LINE publishes no schedule)."""
TOKEN_LIFE_MS = 20 * 60 * 1000
EVENTS = ("follow", "unfollow", "unsend", "postback", "join", "leave")
"""What is an event of its own kind; everything else a user does is a message."""
BATCH_WAIT_SECONDS = 0.3
TICK_SECONDS = 0.2
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALTERED = b" "
log = logging.getLogger(__name__)


def ulid(ms: int) -> str:
    """A ULID: 48 bits of time, 80 random bits, in Crockford's base 32."""
    value = (ms << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


@dataclass(slots=True)
class Act:
    """What a user does: the event's own fields, what the chat shows of it, and whether it carries a reply token."""

    via: str
    event: dict[str, Any]
    shown: list[dict[str, Any]] = field(default_factory=list)
    token: bool = True


@dataclass(slots=True)
class Done:
    """What became of an act."""

    outcome: Outcome
    event_id: str
    message_id: str | None

    def json(self) -> dict[str, Any]:
        """The control calls' answer."""
        answer: dict[str, Any] = {"status": self.outcome.status, "ms": self.outcome.ms, "eventId": self.event_id}
        if self.message_id:
            answer["messageId"] = self.message_id
        if self.outcome.reason:
            answer["reason"] = self.outcome.reason
        return answer


class Sender:
    """Sends webhooks and keeps sending what was not taken. `start` begins the redelivery thread."""

    def __init__(self, state: State, watch: Watch, counters: Counters, public_url: str, product_url: str) -> None:
        self._state = state
        self._watch = watch
        self._counters = counters
        self._public, self._product = public_url.rstrip("/"), product_url.rstrip("/")
        self._wire = Wire()
        self._batches: dict[str, list[tuple[dict[str, Any], Future[Outcome]]]] = {}
        self._batch_lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(4, "redelivery")

    def start(self) -> None:
        """Begins redelivering."""
        self._thread = threading.Thread(target=self._run, name="redelivery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes the connections."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5)
        self._pool.shutdown(wait=True)
        self._wire.close()

    def reset(self) -> None:
        """Forgets what waits in a batch."""
        with self._batch_lock:
            self._batches.clear()

    # -- events ------------------------------------------------------------------------------------

    def act(self, channel: Channel, user: User, act: Act) -> Done:
        """A user does something: it is remembered, then the webhook goes out; returns once that is answered."""
        event, sent_id = self._record(channel, user, act)
        outcome = self._emit(channel, event)
        if outcome.ok and act.via == "unfollow":
            self._heard_block(user)
        return Done(outcome, event["webhookEventId"], sent_id)

    def _record(self, channel: Channel, user: User, act: Act) -> tuple[dict[str, Any], str | None]:
        state = self._state
        with state.lock:
            now, n = state.clock.ms(), state.number()
            event: dict[str, Any] = {
                "type": act.via if act.via in EVENTS else "message",
                "mode": "active",
                "timestamp": now,
                "source": user.source,
                "webhookEventId": ulid(now),
                "deliveryContext": {"isRedelivery": False},
                **act.event,
            }
            more = [state.save_user(user)]
            if act.token:
                event["replyToken"] = secrets.token_hex(16)
                more.append(state.save_token(Token(event["replyToken"], channel.id, user.n, now, now)))
            sent_id = None
            if event["type"] == "message":
                sent_id = event["message"]["id"] = message_id(n)
                user.wrote_at = now
                more[0] = state.save_user(user)
            shown = [{**message, "id": message_id(n, i)} for i, message in enumerate(act.shown)]
            text = json.dumps(shown, ensure_ascii=False)
            entry = Entry(
                n, channel.id, now, "user", act.via, event["webhookEventId"], "", array("I", [user.n]), text, 0, b""
            )
            state.accept(entry, *more)
        return event, sent_id

    def _heard_block(self, user: User) -> None:
        with self._state.lock:
            user.block_heard_at = self._state.clock.ms() if user.blocked else 0
            self._state.store.write(self._state.save_user(user))

    def _emit(self, channel: Channel, event: dict[str, Any]) -> Outcome:
        if channel.batch > 1:
            return self._emit_in_batch(channel, event)
        if channel.shuffle:
            time.sleep(random.random() * 0.15)  # noqa: S311 events overtake each other
        return self._deliver(channel, [event])

    def _emit_in_batch(self, channel: Channel, event: dict[str, Any]) -> Outcome:
        future: Future[Outcome] = Future()
        with self._batch_lock:
            waiting = self._batches.setdefault(channel.id, [])
            waiting.append((event, future))
            full = len(waiting) >= channel.batch
        if full:
            self._flush(channel)
        try:
            return future.result(BATCH_WAIT_SECONDS)
        except TimeoutError:
            self._flush(channel)
            return future.result(30)

    def _flush(self, channel: Channel) -> None:
        with self._batch_lock:
            waiting = self._batches.pop(channel.id, [])
        if not waiting:
            return
        events = [event for event, _ in waiting]
        if channel.shuffle:
            random.shuffle(events)
        outcome = self._deliver(channel, events)
        for _, future in waiting:
            future.set_result(outcome)

    def _deliver(self, channel: Channel, events: list[dict[str, Any]]) -> Outcome:
        """One POST of these events (and its duplicates); what is not taken is kept for redelivery."""
        body = json.dumps({"destination": channel.botUserId, "events": events}, ensure_ascii=False).encode()
        copies = [self._pool.submit(self.post, channel, body) for _ in range(channel.duplicate)]
        outcome = self.post(channel, body)
        for copy in copies:
            copy.result()
        if not outcome.ok and channel.redelivery:
            with self._state.lock:
                now = self._state.clock.ms()
                rows = [(e["webhookEventId"], channel.id, json.dumps(e), 0, now + REDELIVERY_MS[0]) for e in events]
                self._state.store.write_many("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?)", rows)
        return outcome

    # -- posts -------------------------------------------------------------------------------------

    def post(self, channel: Channel, body: bytes, signature: str = "good", url: str | None = None) -> Outcome:
        """One signed POST to `url` or the channel's webhook.

        `signature`: good, bad, missing, other (another secret) or altered (a byte added after signing).
        """
        if channel.down:
            outcome = Outcome(0, 0, "could_not_connect")
        else:
            outcome = self._wire.post(self.address(url or channel.webhook), *_signed(channel, body, signature))
        self._counters.webhook(channel.id, outcome.kind)
        self._counters.traffic(
            {
                "at": self._state.clock.ms(),
                "channel": channel.id,
                "direction": "webhook",
                "method": "POST",
                "path": url or channel.webhook,
                "status": outcome.status,
                "ms": outcome.ms,
                "reason": outcome.reason,
                "request": body,
                "response": b"",
            }
        )
        if outcome.reason == "request_timeout":
            text = f"a webhook was not answered within 2 seconds ({outcome.ms} ms)"
            self._watch.note(channel, "slow_webhook", text)
        return outcome

    def address(self, url: str) -> str:
        """Where a webhook really goes: the product's own port stands behind its public address."""
        if self._public and url.startswith(self._public + "/"):
            return self._product + url.removeprefix(self._public)
        return url

    # -- redelivery --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self.redeliver_due()
            except Exception:
                log.exception("redelivery failed; it goes on at the next tick")

    def redeliver_due(self) -> int:
        """Sends again what is due by the simulator's time; returns how many events."""
        with self._state.lock:
            now = self._state.clock.ms()
            rows = list(self._state.store.read(f"SELECT * FROM pending WHERE due <= {now} ORDER BY due"))  # noqa: S608
        list(self._pool.map(self._redeliver, rows))
        return len(rows)

    def _redeliver(self, row: tuple[Any, ...]) -> None:
        event_id, channel_id, text, attempt, _due = row
        channel = self._state.channels.get(channel_id)
        if channel is None or not channel.redelivery:
            self._keep(("DELETE FROM pending WHERE id = ?", (event_id,)))
            return
        event = json.loads(text)
        event["deliveryContext"]["isRedelivery"] = True
        self._renew_token(event.get("replyToken"))
        body = json.dumps({"destination": channel.botUserId, "events": [event]}, ensure_ascii=False).encode()
        outcome = self.post(channel, body)
        if outcome.ok and event["type"] == "unfollow":
            user = self._state.user(channel_id, event["source"]["userId"])
            if user is not None:
                self._heard_block(user)
        if outcome.ok or attempt + 1 >= len(REDELIVERY_MS):
            self._keep(("DELETE FROM pending WHERE id = ?", (event_id,)))
        else:
            due = self._state.clock.ms() + REDELIVERY_MS[attempt + 1]
            self._keep(("UPDATE pending SET attempt = ?, due = ? WHERE id = ?", (attempt + 1, due, event_id)))

    def _renew_token(self, name: str | None) -> None:
        """A redelivered event's token is good for another minute, unless used or 20 minutes after the event."""
        with self._state.lock:
            token = self._state.tokens.get(name or "")
            now = self._state.clock.ms()
            if token is not None and not token.used and now - token.event_at <= TOKEN_LIFE_MS:
                token.sent_at = now
                self._state.store.write(self._state.save_token(token))

    def _keep(self, statement: tuple[str, tuple[Any, ...]]) -> None:
        with self._state.lock:
            self._state.store.write(statement)


def _signed(channel: Channel, body: bytes, signature: str) -> tuple[bytes, str | None]:
    if signature == "missing":
        return body, None
    if signature == "other":
        return body, sign(channel.secret + "x", body)
    if signature == "bad":
        return body, sign(channel.secret, body + b"x")
    if signature == "altered":
        return body + ALTERED, sign(channel.secret, body)
    return body, sign(channel.secret, body)
