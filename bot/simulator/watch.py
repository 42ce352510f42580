"""What a careful client must never do (line-platform.md 7), noted with the reason. Must stay empty.

Not noted, because the client could not know better: a retry after a rate 429; one identical retry of a
key or reply token whose answer went to a connection that has since closed (the process behind it may
have died with the answer unread); blocks whose webhook had not been answered before the call.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Any

from .call import Call
from .clock import iso
from .http import Connection
from .records import Channel, Entry, Token, User
from .state import State

RETRY_WINDOW_MS = 24 * 3600 * 1000
REPEAT_MS = 10 * 60 * 1000
MINUTE_MS = 60_000
TOO_MANY_A_MINUTE = 20
FIRST_GAP_MS = 100
LONGEST_GAP_MS = 2000
BLOCK_GRACE_MS = 1000
FREE_REPLY_MS = 50_000
QUOTA_READS_A_MINUTE = 60
RATE_LIMIT_TEXT = "The API rate limit has been exceeded. Try again later."
"""Least pause before retry n is 100 ms x 2^(n-1), at most 2 s; a client knows of a block a second after it
answered the webhook; a token is surely good for 50 s; the quota is not to be polled: (assumption), all."""


@dataclass(slots=True)
class _Attempt:
    """What a client tried under one key or token; `final` is the last answer that must not be retried."""

    digest: bytes
    first_at: int
    last_at: int
    connection: Connection
    tries: int = 0
    final: int | None = None

    def heard(self) -> bool:
        """Whether the client has surely read a final answer."""
        return self.final is not None and self.connection.open


class Watch:
    """Keeps the violations (stored, so that they survive too) and what is needed to see them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys: dict[tuple[str, str], _Attempt] = {}
        self._tokens: dict[str, _Attempt] = {}
        self._reads: dict[str, deque[int]] = defaultdict(deque)
        self._repeats = _Repeats()
        self._recent = _Recent()
        self.strict_rate = False
        self.found: list[dict[str, Any]] = [json.loads(body) for _, body in state.store.read("SELECT * FROM violation")]

    def reset(self) -> None:
        """Forgets everything."""
        self._keys.clear()
        self._tokens.clear()
        self._reads.clear()
        self._repeats = _Repeats()
        self._recent = _Recent()
        self.found.clear()

    def note(self, channel: Channel, kind: str, explanation: str, **facts: Any) -> None:
        """Notes one violation."""
        with self._state.lock:
            row = {"at": iso(self._state.clock.ms()), "channel": channel.id, "kind": kind, "explanation": explanation}
            row.update(facts)
            self._state.store.write(("INSERT INTO violation (body) VALUES (?)", (json.dumps(row, ensure_ascii=False),)))
            self.found.append(row)

    # -- retry keys --------------------------------------------------------------------------------

    def keyed(self, call: Call) -> None:
        """Before a request with a retry key is decided."""
        place = (call.channel.id, call.key)
        with self._state.lock:
            before = self._keys.get(place) or self._from_store(place)
            call.retried = before is not None
            if before is None:
                before = self._keys[place] = _Attempt(call.digest, call.at, call.at, call.request.connection)
            else:
                self._judge_retry(call, before)
            before.tries += 1
            before.last_at = call.at
            before.final = None
            before.connection = call.request.connection

    def _from_store(self, place: tuple[str, str]) -> _Attempt | None:
        """A key accepted before the simulator itself was restarted."""
        entry = self._state.keys.get(place)
        if entry is None:
            return None
        closed = Connection()
        closed.open = False
        attempt = self._keys[place] = _Attempt(entry.digest, entry.at, entry.at - LONGEST_GAP_MS, closed, 1, 200)
        return attempt

    def _judge_retry(self, call: Call, before: _Attempt) -> None:
        facts = {"retryKey": call.key, "requestId": call.request_id}
        if before.digest != call.digest:
            self.note(call.channel, "key_reused", "a retry key came again with another body", **facts)
        if call.at - before.first_at > RETRY_WINDOW_MS:
            self.note(call.channel, "retry_too_late", "a retry key came again after 24 hours: a new request", **facts)
        if before.heard():
            text = f"a request was repeated though it had been answered {before.final}"
            self.note(call.channel, "retry_after_answer", text, **facts)
        gap = min(FIRST_GAP_MS * 2 ** (before.tries - 1), LONGEST_GAP_MS)
        if before.final is None and before.tries and call.at - before.last_at < gap:
            text = f"retry {before.tries} came {call.at - before.last_at} ms after the last attempt, not {gap}"
            self.note(call.channel, "retry_too_fast", text, **facts)

    def key_answered(self, call: Call, status: int | None, message: str) -> None:
        """After the answer is ready; `status` is None when a fault keeps it from the client."""
        attempt = self._keys.get((call.channel.id, call.key))
        if attempt is None or attempt.connection is not call.request.connection:
            return  # a later try has taken over: what this one would have said reaches nobody
        with self._state.lock:
            attempt.last_at = self._state.clock.ms()
            if status is not None and status < 500 and message != RATE_LIMIT_TEXT:
                attempt.final = status
            elif message == RATE_LIMIT_TEXT:
                attempt.tries = 0

    # -- reply tokens ------------------------------------------------------------------------------

    def token_tried(self, call: Call, name: str, token: Token | None, *, late: bool) -> None:
        """Before a reply is decided; `late`: the token has expired."""
        facts = {"requestId": call.request_id}
        with self._state.lock:
            before = self._tokens.get(name)
            if token is None:
                self.note(call.channel, "reply_token_unknown", "a reply token that was never given out", **facts)
            elif late:
                self.note(call.channel, "reply_token_late", "a reply token was used after its minute", **facts)
            elif token.used and before is not None and before.heard():
                self.note(call.channel, "reply_token_reused", "a reply token was used twice", **facts)
            self._touch_token(call, name)

    def _touch_token(self, call: Call, name: str) -> _Attempt:
        attempt = self._tokens.get(name)
        if attempt is None:
            attempt = self._tokens[name] = _Attempt(call.digest, call.at, call.at, call.request.connection)
        attempt.tries += 1
        attempt.final = None
        attempt.connection = call.request.connection
        return attempt

    def token_answered(self, call: Call, name: str, status: int | None) -> None:
        """After a reply's answer is ready, also one that a fault made up; `status` as for `key_answered`."""
        with self._state.lock:
            attempt = self._tokens.get(name) or self._touch_token(call, name)
            if status is not None and status < 500 and attempt.connection is call.request.connection:
                attempt.final = status

    # -- sends -------------------------------------------------------------------------------------

    def sending(self, call: Call, users: list[User]) -> None:
        """Before a push or multicast is committed: blockers the client knew of."""
        if call.retried:
            return
        knew = [u for u in users if u.blocked and u.block_heard_at and u.block_heard_at + BLOCK_GRACE_MS <= call.at]
        text = "a message to somebody who had blocked the account, as its webhook said"
        self._note_users(call, "sent_to_blocker", text, [user.n for user in knew])

    def _note_users(self, call: Call, kind: str, text: str, users: list[int]) -> None:
        """One violation for a request, naming the first of the users it concerns."""
        if users:
            who = self._state.numbered[users[0]].id
            self.note(call.channel, kind, text, userId=who, users=len(users), requestId=call.request_id)

    def pushed(self, call: Call, user: User) -> None:
        """Before a push is committed: a reply would have been free."""
        token = self._state.last_token.get(user.n)
        if user.size:  # talk in a group is not addressed to the account: a reply to it would be out of place
            return
        if token is None or token.used or token.token in self._tokens:
            return
        if call.at - token.sent_at <= FREE_REPLY_MS and not call.retried:
            text = "a push to somebody whose reply token was still good and unused: the reply is free"
            self.note(call.channel, "push_instead_of_reply", text, userId=user.id, requestId=call.request_id)

    def committed(self, call: Call, entry: Entry) -> None:
        """After a push or multicast is committed: repeats and floods."""
        text = "the same messages came to a user under another key within 10 minutes"
        self._note_users(call, "sent_twice", text, self._repeats.add(entry))
        text = f"more than {TOO_MANY_A_MINUTE} messages to one user in a minute"
        self._note_users(call, "too_many", text, self._recent.add(entry))

    # -- the rest ----------------------------------------------------------------------------------

    def quota_read(self, call: Call) -> None:
        """The quota was asked for; polling it is noted."""
        with self._state.lock:
            reads = self._reads[call.channel.id]
            reads.append(call.at)
            while reads and call.at - reads[0] > MINUTE_MS:
                reads.popleft()
            if len(reads) == QUOTA_READS_A_MINUTE + 1:
                self.note(
                    call.channel, "quota_polled", f"more than {QUOTA_READS_A_MINUTE} reads of the quota in a minute"
                )


class _Repeats:
    """Who got which content lately. The set answers the common case (nobody twice) without a search."""

    def __init__(self) -> None:
        self._sent: dict[int, deque[Entry]] = defaultdict(deque)
        self._seen: dict[int, set[int]] = defaultdict(set)

    def add(self, entry: Entry) -> list[int]:
        """Users who got the same messages within 10 minutes before."""
        content = hash((entry.channel, entry.messages))
        sent, seen = self._sent[content], self._seen[content]
        while sent and entry.at - sent[0].at > REPEAT_MS:
            seen.difference_update(sent.popleft().users)
        twice = [n for n in entry.users if n in seen]
        sent.append(entry)
        seen.update(entry.users)
        return twice


class _Recent:
    """How many messages each user got in the last minute."""

    def __init__(self) -> None:
        self._window: deque[tuple[int, array[int]]] = deque()
        self._count: Counter[int] = Counter()

    def add(self, entry: Entry) -> list[int]:
        """Users for whom this request is the first too many."""
        while self._window and entry.at - self._window[0][0] > MINUTE_MS:
            _, users = self._window.popleft()
            self._count.subtract(users)
            for n in users:
                if self._count[n] <= 0:
                    del self._count[n]
        self._window.append((entry.at, entry.users))
        self._count.update(entry.users)
        return [n for n in entry.users if self._count[n] == TOO_MANY_A_MINUTE + 1]
