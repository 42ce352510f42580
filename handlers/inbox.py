"""Works on the inbox: one source's waiting events, oldest first, each exactly once in effect.

A lease on the source (real time, renewed in each write) keeps two workers apart; before anything is
stored, the write transaction checks again that lease and event are still ours. A failing event is tried
three times, then parked, and the later ones go on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from bot.core.postback import Postback, decode
from bot.errors import UnavailableError
from bot.line.render import Message
from bot.line.sender import Sender
from bot.models import InboxEvent, Resident
from bot.now import real_now
from bot.services import groups, inbox, outbox, residents
from bot.services.context import Context
from bot.services.intake import EVENT_CONTEXT
from handlers.chat import groups as group_chat
from handlers.chat.groups import GroupOutcome, GroupTurn
from handlers.chat.turn import Event, Outcome, Turn

log = structlog.get_logger(__name__)

Source = tuple[str, bytes]
React = Callable[[Turn], Outcome]


class _TakenOverError(Exception):
    """Lease or events went to another worker meanwhile: what was computed here is thrown away."""


@dataclass(frozen=True)
class _Work:
    """The events that make one turn, opened."""

    rows: list[InboxEvent]
    raw: list[dict[str, Any]]

    @property
    def last(self) -> InboxEvent:
        return self.rows[-1]

    @property
    def in_group(self) -> bool:
        """Whether it was said in a group (or an old room), not to the bot alone."""
        source = self.raw[-1].get("source")
        return isinstance(source, dict) and source.get("type") in ("group", "room")

    @property
    def reply_token(self) -> str | None:
        if any(raw.get("mode") == "standby" for raw in self.raw):
            return None
        tokens = [raw.get("replyToken") for raw in self.raw]
        return next((token for token in reversed(tokens) if isinstance(token, str) and token), None)


class InboxWorker:
    """Turns a source's events into outcomes. `react` is the chat (handlers.chat.registry.react)."""

    def __init__(self, context: Context, sender: Sender, react: React) -> None:
        self._context, self._sender, self._react = context, sender, react
        self.owner = uuid.uuid4().hex

    def work(self, source: Source) -> None:
        """Handle all that waits for one source. Returns at once when another worker holds its lease.

        Three write transactions a turn: lease and events; the turn's effect; LINE's answer together with
        the next events (or the lease given back).
        """
        try:
            with self._context.database.write() as session:
                if not inbox.take_lease(session, source, self.owner, real_now()):
                    return
                rows = self._next(session, source)
            while rows:
                rows = self._step(source, rows)
        except UnavailableError as error:
            # Nothing is lost: the lease runs out and the sweep comes back to it.
            log.warning("inbox.unavailable", municipality=source[0], reason=error.message)

    def _next(self, session: Session, source: Source) -> Sequence[InboxEvent]:
        """What waits now; when nothing does, the lease is given back in the same transaction."""
        rows = inbox.waiting(session, source, real_now())
        if not rows:
            inbox.give_lease_back(session, source, self.owner)
        session.flush()
        session.expunge_all()
        return rows

    def _step(self, source: Source, rows: Sequence[InboxEvent]) -> Sequence[InboxEvent]:
        """One turn; returns the events that wait after it."""
        rows = _together(rows)
        try:
            work = self._open(rows, source[0])
            if work.in_group:
                request = self._store_group(source, work, self._decide_group(source, work))
            else:
                request = self._store(source, work, self._decide(source, work))
        except UnavailableError:
            raise
        except _TakenOverError:
            return []
        except Exception as error:  # noqa: BLE001  whatever a conversation does wrong must not stop the others
            return self._failed(source, rows, error)
        if request is not None:
            return self._sender.send_claimed(request, lambda session: self._next(session, source))
        with self._context.database.write() as session:
            return self._next(session, source)

    def _open(self, rows: Sequence[InboxEvent], municipality: str) -> _Work:
        opened = []
        for row in rows:
            assert row.body is not None
            opened.append(json.loads(self._context.sealer.open(row.body, EVENT_CONTEXT + municipality)))
        return _Work(list(rows), opened)

    def _decide(self, source: Source, work: _Work) -> Outcome:
        """The conversation's decision: reading only."""
        with self._context.database.read() as session:
            resident = residents.find_sealed(session, self._context.sealer, source[0], source[1])
            turn = self._turn(session, source[0], resident, work)
            return self._react(turn) if turn else Outcome()

    def _turn(self, session: Session, municipality: str, resident: Resident | None, work: _Work) -> Turn | None:
        event = _event(work, municipality, list(self._context.sealer.signing_keys("postback")))
        if event is None:
            return None
        state = residents.conversation(session, resident, self._context.clock()) if resident else {}
        return Turn(self._context, session, municipality, self._context.clock(), event, resident, state)

    def _store(self, source: Source, work: _Work, outcome: Outcome) -> outbox.Request | None:
        """The one write transaction of a turn. Returns the request to send, if there is anything to say."""
        now, municipality, sealer = self._context.clock(), source[0], self._context.sealer
        ids = [row.id for row in work.rows]
        # A push has a retry key that must survive a power cut; a reply's token works once anyway.
        with self._context.database.write(durable=work.reply_token is None and bool(outcome.messages)) as session:
            if not inbox.take_events(session, source, self.owner, ids, real_now()):
                raise _TakenOverError
            if outcome.about:
                inbox.note_about(session, work.last.id, outcome.about)
            resident = residents.find_sealed(session, sealer, municipality, source[1])
            if resident is None and (outcome.write or outcome.messages):
                resident = residents.create(session, municipality, source[1], now)
            messages: Sequence[Message] | None = None
            if resident is not None and outcome.write:
                messages = outcome.write(session, resident)
            # Erased at their own wish: nothing may point at them any more.
            stays = resident is not None and inspect(resident).persistent
            if resident is not None and stays and outcome.state is not None:
                residents.keep_conversation(session, resident, outcome.state, now)
            messages = outcome.messages if messages is None else messages
            if not messages or resident is None:
                return None
            to = outbox.Recipient(
                municipality, resident.id if stays else None, work.last.id, work.reply_token, work.last.received_at
            )
            return outbox.add_claimed(
                session, sealer, to, messages, outcome.kind, self._sender.owner, self._sender.at()
            )

    def _decide_group(self, source: Source, work: _Work) -> GroupOutcome:
        """What is said in a group: reading only."""
        sealer = self._context.sealer
        with self._context.database.read() as session:
            group = groups.find(session, sealer, source[0], source[1])
            turn = GroupTurn(
                self._context, session, source[0], self._context.clock(), work.last.kind, _addressed(work),
                _button(work, source[0], list(sealer.signing_keys("postback"))), group,
            )  # fmt: skip
            return group_chat.react(turn)

    def _store_group(self, source: Source, work: _Work, outcome: GroupOutcome) -> outbox.Request | None:
        """The one write transaction of a group's turn."""
        now, municipality, sealer = self._context.clock(), source[0], self._context.sealer
        with self._context.database.write() as session:
            if not inbox.take_events(session, source, self.owner, [row.id for row in work.rows], real_now()):
                raise _TakenOverError
            if outcome.leaves:
                groups.left(session, sealer, municipality, source[1])
                return None
            group = groups.find(session, sealer, municipality, source[1])
            if outcome.joins or (group is None and outcome.messages):
                group = groups.joined(session, sealer, municipality, source[1], now)
            if group is None or not outcome.messages:
                return None
            if outcome.write:
                outcome.write(session, group)
            to = outbox.Recipient(
                municipality, None, work.last.id, work.reply_token, work.last.received_at, group_id=group.id
            )
            # A push to a group costs a message for each member: what misses its reply is not worth that.
            return outbox.add_claimed(
                session, sealer, to, outcome.messages, "vote", self._sender.owner, self._sender.at()
            )

    def _failed(self, source: Source, rows: Sequence[InboxEvent], error: Exception) -> Sequence[InboxEvent]:
        """Count the failure; the third parks the event. A turn of several texts falls apart into single ones."""
        ids = [row.id for row in rows]
        log.error("inbox.failed", kind=rows[-1].kind, events=ids, error=type(error).__name__)
        with self._context.database.write() as session:
            inbox.mark_failed(session, ids, type(error).__name__, real_now())
            session.flush()
            return self._next(session, source)


def _together(rows: Sequence[InboxEvent]) -> list[InboxEvent]:
    """The events of the next turn: one event, or all the texts that waited together."""
    taken = [rows[0]]
    for row in rows[1:]:
        if not (taken[-1].kind == row.kind == "message/text"):
            break
        taken.append(row)
    return taken


def _event(work: _Work, municipality: str, keys: list[bytes]) -> Event | None:
    """The turn's event in our words; None for what nobody handles (standby, unknown kinds)."""
    raw, row = work.raw[-1], work.last
    source = raw.get("source")
    if not isinstance(source, dict) or source.get("type") != "user" or raw.get("mode", "active") != "active":
        return None
    message = raw.get("message") if isinstance(raw.get("message"), dict) else {}
    posted = raw.get("postback") if isinstance(raw.get("postback"), dict) else {}
    data = posted.get("data") if posted else None
    params = posted.get("params") if posted and isinstance(posted.get("params"), dict) else {}
    texts = [str(item["message"].get("text", "")) for item in work.raw if row.kind == "message/text"]
    return Event(
        kind=row.kind,
        text="\n".join(texts),
        postback=decode(data, municipality, keys) if isinstance(data, str) else None,
        params={str(name): str(value) for name, value in params.items()} if params else {},
        latitude=_number(message, "latitude"),
        longitude=_number(message, "longitude"),
        unblocked=bool(raw.get("follow", {}).get("isUnblocked")) if isinstance(raw.get("follow"), dict) else False,
        redelivered=bool(raw.get("deliveryContext", {}).get("isRedelivery"))
        if isinstance(raw.get("deliveryContext"), dict)
        else False,
        received_at=row.received_at,
        event_at=row.event_at,
        message_ids=_message_ids(work.raw),
    )


def _message_ids(raw: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """LINE's ids of the messages themselves, or of the one that was taken back."""
    parts = [item.get("message") or item.get("unsend") for item in raw]
    ids = [part.get("id") or part.get("messageId") for part in parts if isinstance(part, dict)]
    return tuple(one for one in ids if isinstance(one, str))


def _addressed(work: _Work) -> str | None:
    """What the texts of a turn say to the bot; None when none of them mentions it."""
    found = [group_chat.addressed(raw.get("message") or {}) for raw in work.raw if isinstance(raw.get("message"), dict)]
    said = [one.text for one in found if one is not None]
    return "\n".join(said) if said else None


def _button(work: _Work, municipality: str, keys: list[bytes]) -> Postback | None:
    posted = work.raw[-1].get("postback")
    data = posted.get("data") if isinstance(posted, dict) else None
    return decode(data, municipality, keys) if isinstance(data, str) else None


def _number(message: Any, name: str) -> float | None:
    value = message.get(name) if isinstance(message, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
