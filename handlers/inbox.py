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
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from bot.core.postback import decode
from bot.errors import UnavailableError
from bot.line.sender import Sender
from bot.models import InboxEvent, Resident
from bot.now import real_now
from bot.services import inbox, outbox, residents
from bot.services.context import Context
from bot.services.intake import EVENT_CONTEXT
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
        """Handle all that waits for one source. Returns at once when another worker holds its lease."""
        database = self._context.database
        try:
            with database.write() as session:
                if not inbox.take_lease(session, source, self.owner, real_now()):
                    return
            while self._step(source):
                pass
            with database.write() as session:
                inbox.give_lease_back(session, source, self.owner)
        except UnavailableError as error:
            # Nothing is lost: the lease runs out and the sweep comes back to it.
            log.warning("inbox.unavailable", municipality=source[0], reason=error.message)

    def _step(self, source: Source) -> bool:
        """One turn. False when nothing is left to do now."""
        municipality = source[0]
        with self._context.database.read() as session:
            work = self._open(inbox.waiting(session, source, real_now()), municipality)
            if work is None:
                return False
            try:
                resident = residents.find_sealed(session, self._context.sealer, municipality, source[1])
                turn = self._turn(session, municipality, resident, work)
                outcome = self._react(turn) if turn else Outcome()
            except UnavailableError:
                raise
            except Exception as error:  # noqa: BLE001  whatever a conversation does wrong must not stop the others
                return self._failed(work, error)
        try:
            sent = self._store(source, work, outcome)
        except UnavailableError:
            raise
        except _TakenOverError:
            return False
        except Exception as error:  # noqa: BLE001  the same
            return self._failed(work, error)
        if sent is not None:
            self._sender.send(sent)
        return True

    def _open(self, rows: Sequence[InboxEvent], municipality: str) -> _Work | None:
        """The next turn's events: one event, or all the texts that waited together."""
        if not rows:
            return None
        taken = [rows[0]]
        for row in rows[1:]:
            if not (taken[-1].kind == row.kind == "message/text"):
                break
            taken.append(row)
        opened = []
        for row in taken:
            assert row.body is not None
            opened.append(json.loads(self._context.sealer.open(row.body, EVENT_CONTEXT + municipality)))
        return _Work(taken, opened)

    def _turn(self, session: Session, municipality: str, resident: Resident | None, work: _Work) -> Turn | None:
        event = _event(work, municipality, list(self._context.sealer.signing_keys("postback")))
        if event is None:
            return None
        state = residents.conversation(session, resident, self._context.clock()) if resident else {}
        return Turn(self._context, session, municipality, self._context.clock(), event, resident, state)

    def _store(self, source: Source, work: _Work, outcome: Outcome) -> int | None:
        """The one write transaction. Returns the outbox id to send, if there is anything to say."""
        now, municipality = self._context.clock(), source[0]
        with self._context.database.write(durable=bool(outcome.messages)) as session:
            if not inbox.still_ours(session, source, self.owner, [row.id for row in work.rows], real_now()):
                raise _TakenOverError
            messages: Sequence[Any] | None = None
            resident = residents.find_sealed(session, self._context.sealer, municipality, source[1])
            if resident is None and (outcome.write or outcome.messages):
                resident = residents.create(session, municipality, source[1], now)
            resident_id = resident.id if resident is not None else None
            if resident is not None:
                if outcome.write:
                    messages = outcome.write(session, resident)
                if not inspect(resident).persistent:  # erased at their own wish: nothing may point at them any more
                    resident_id = None
                elif outcome.state is not None:
                    residents.keep_conversation(session, resident, outcome.state, now)
            inbox.mark_handled(session, [row.id for row in work.rows])
            messages = outcome.messages if messages is None else messages
            if not messages or resident is None:
                return None
            to = outbox.Recipient(municipality, resident_id, work.last.id, work.reply_token, work.last.received_at)
            return outbox.add(session, self._context.sealer, to, messages, outcome.kind, real_now()).id

    def _failed(self, work: _Work, error: Exception) -> bool:
        """Count the failure; the third parks the event. A turn of several texts falls apart into single ones."""
        log.error("inbox.failed", kind=work.last.kind, events=[row.id for row in work.rows], error=type(error).__name__)
        with self._context.database.write() as session:
            inbox.mark_failed(session, [row.id for row in work.rows], type(error).__name__, real_now())
        return True


def _event(work: _Work, municipality: str, keys: list[bytes]) -> Event | None:
    """The turn's event in our words; None for what nobody handles (groups, standby, unknown kinds)."""
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
    )


def _number(message: Any, name: str) -> float | None:
    value = message.get(name) if isinstance(message, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def waiting_too_long(received_at: datetime) -> bool:
    """Whether an event waited so long that its answer will cost a push."""
    return real_now() - received_at > timedelta(seconds=50)
