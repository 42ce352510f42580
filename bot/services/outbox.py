"""The outbox: messages to single residents. Owns their states, not the sending (bot.line.sender).

Promise (design.md 3): a reply whose outcome is unknown is tried again with the same token within 50 s
(200 = sent now, 400 invalid token = sent before). A reply that was never tried is pushed while under ten
minutes old (emergency texts and receipts: 24 h; the word after a vote never, it would cost the month's quota),
then dropped and counted. Nothing is re-keyed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.sealing import Sealer
from bot.line.render import Message, encode
from bot.models import GroupChat, OutboxMessage, Resident

BODY_CONTEXT, TOKEN_CONTEXT = "outbox.body/", "outbox.token/"
REPLY_FOR = timedelta(seconds=50)
PUSH_FOR: dict[str, timedelta | None] = {
    "vote": None,
    "answer": timedelta(minutes=10),
    "notice": timedelta(minutes=10),
    "receipt": timedelta(hours=24),
    "emergency": timedelta(hours=24),
}
GIVE_UP_AFTER = timedelta(hours=23)  # LINE keeps a retry key 24 h
QUIET_PAUSE = timedelta(seconds=30)  # real time, so that a moved demo clock is noticed
LEASE = timedelta(seconds=20)  # longer than a call's time-outs together
BACKOFF = (1, 2, 5, 15, 60, 300, 900, 1800)  # seconds; the last one repeats


class At(NamedTuple):
    """A moment: `now` is the product's time, which LINE's windows follow; `real` is for leases and pauses."""

    now: datetime
    real: datetime


@dataclass(frozen=True)
class Recipient:
    """Who gets it and how: `reply_token` None means a push from the start; `received_at` in the product's time.

    A push from the start waits for its hours (bot.core.quiet_hours, by `urgency`); an answer to a message never does.
    """

    municipality: str
    resident_id: int | None
    inbox_event_id: int | None = None
    reply_token: str | None = None
    received_at: datetime | None = None
    urgency: str = "normal"
    group_id: int | None = None  # instead of a resident


@dataclass(frozen=True)
class Request:
    """One claimed request to LINE, ready to be sent: everything but the network."""

    id: int
    municipality: str
    via: str  # reply | push
    body: bytes = field(repr=False)
    reply_token: str | None = field(repr=False, default=None)
    to: str | None = field(repr=False, default=None)
    retry_key: str | None = None
    attempt: int = 1


def add(
    session: Session, sealer: Sealer, to: Recipient, messages: Sequence[Message], kind: str, at: At
) -> OutboxMessage:
    """Render once and store the bytes; the sender's sweep sends them after the caller's commit.

    Raises BadInputError when LINE's limits are broken (nothing is stored then).
    """
    return add_body(session, sealer, to, encode(messages), kind, at)


def add_body(session: Session, sealer: Sealer, to: Recipient, body: bytes, kind: str, at: At) -> OutboxMessage:
    """The same for messages that were rendered before: their JSON array's bytes."""
    row = _new(sealer, to, body, kind, at)
    session.add(row)
    session.flush()
    return row


def add_claimed(
    session: Session,
    sealer: Sealer,
    to: Recipient,
    messages: Sequence[Message],
    kind: str,
    owner: str,
    at: At,
) -> Request | None:
    """`add` and `claim` in one: stored as *trying* by this transaction, to be sent at once after its commit.

    None when it is too late for a reply and of no use as a push.
    """
    body = encode(messages)
    row = _new(sealer, to, body, kind, at)
    line_id = _line_id(session, sealer, row)
    session.add(row)
    via = _way(row, line_id, at.now)
    if via is not None:
        row.lease_owner, row.lease_until = owner, at.real + LEASE
        _begin(row, via, at.now)
    session.flush()
    if via is None:
        return None
    return Request(row.id, row.municipality_id, via, body, to.reply_token, line_id, row.retry_key, row.attempts)


def _new(sealer: Sealer, to: Recipient, body: bytes, kind: str, at: At) -> OutboxMessage:
    received, useful = to.received_at or at.now, PUSH_FOR[kind]
    return OutboxMessage(
        municipality_id=to.municipality,
        inbox_event_id=to.inbox_event_id,
        resident_id=to.resident_id,
        group_id=to.group_id,
        kind=kind,
        urgency=to.urgency,
        state="waiting",
        attempts=0,
        body=sealer.seal(body, BODY_CONTEXT + to.municipality),
        reply_token=_seal_token(sealer, to),
        reply_until=received + REPLY_FOR if to.reply_token else None,
        push_until=received + useful if useful else None,
        created_at=at.now,
        next_try_at=at.real,
    )


def _begin(row: OutboxMessage, via: str, now: datetime) -> None:
    """Count a try that is about to be made."""
    row.state, row.via = "trying", via
    row.attempts += 1
    row.first_try_at = row.first_try_at or now
    if via == "push" and row.retry_key is None:
        row.retry_key = str(uuid.uuid4())


def due(session: Session, real_now: datetime, limit: int = 100) -> list[int]:
    """Ids of messages to be tried now: waiting ones, and tried ones whose lease ran out or whose time has come."""
    return list(session.scalars(_DUE, {"real_now": real_now, "most": limit}))


# Asked every second: made once.
_DUE = (
    select(OutboxMessage.id)
    .where(
        OutboxMessage.state.in_(("waiting", "trying")),
        OutboxMessage.next_try_at <= bindparam("real_now"),
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < bindparam("real_now")),
    )
    .order_by(OutboxMessage.next_try_at)
    .limit(bindparam("most"))
)


def clear_leases(session: Session) -> None:
    """Give back every lease: only for the start of an installation's only process."""
    session.execute(update(OutboxMessage).where(OutboxMessage.lease_until.is_not(None)).values(lease_until=None))


def claim(session: Session, sealer: Sealer, message_id: int, owner: str, at: At) -> Request | None:
    """Take one message for sending and mark it *trying*; None when it is not to be sent (any more).

    The caller commits before it calls LINE, so that a crash never leaves a try unrecorded.
    """
    free = or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < at.real)
    taken = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.state.in_(("waiting", "trying")), free)
        .values(lease_owner=owner, lease_until=at.real + LEASE)
    )
    row = session.get(OutboxMessage, message_id, populate_existing=True)
    if taken.rowcount != 1 or row is None:  # type: ignore[attr-defined]
        return None
    line_id = _line_id(session, sealer, row)
    via = _way(row, line_id, at.now)
    if via is None:
        return None
    if _must_wait(row, at.now):
        row.next_try_at, row.lease_owner, row.lease_until = at.real + QUIET_PAUSE, None, None
        return None
    _begin(row, via, at.now)
    session.flush()
    assert row.body is not None
    token = sealer.open(row.reply_token, TOKEN_CONTEXT + row.municipality_id).decode() if row.reply_token else None
    body = sealer.open(row.body, BODY_CONTEXT + row.municipality_id)
    return Request(row.id, row.municipality_id, via, body, token, line_id, row.retry_key, row.attempts)


def _way(row: OutboxMessage, line_id: str | None, now: datetime) -> str | None:
    """reply, push, or None after settling the row as no longer to be sent."""
    replying = row.via in (None, "reply")
    if replying and row.reply_token and row.reply_until and now <= row.reply_until:
        return "reply"
    if row.via == "reply":  # tried, outcome never learnt: a push might be a second copy
        finish(row, "unknown", "no answer to the reply within 50 s")
        return None
    if row.via == "push" and row.first_try_at and now > row.first_try_at + GIVE_UP_AFTER:
        finish(row, "unknown", "no answer within 23 h")
        return None
    if row.via is None and (line_id is None or row.push_until is None or now > row.push_until):
        finish(row, "dropped", "too late to be of use" if line_id else "the resident has left")
        return None
    return "push"


def _must_wait(row: OutboxMessage, now: datetime) -> bool:
    """Whether it is news that would come in the quiet hours; what may be out already is tried on."""
    return row.inbox_event_id is None and row.first_try_at is None and not quiet_hours.decent(now, row.urgency)


def succeeded(row: OutboxMessage, request_id: str | None) -> None:
    """LINE accepted it (now or before): body and token are erased."""
    row.request_id = request_id
    finish(row, "settled", None)


def try_later(row: OutboxMessage, real_now: datetime, why: str) -> None:
    """The outcome is unknown or LINE is busy: the same bytes again after a pause."""
    pause = BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
    row.next_try_at = real_now + timedelta(seconds=pause)
    row.error = why[:200]
    row.lease_owner = row.lease_until = None


def reply_refused(row: OutboxMessage, real_now: datetime) -> None:
    """The reply token was not valid at its very first try: nothing was sent, so a push may follow."""
    row.via, row.reply_token, row.reply_until = None, None, None
    row.first_try_at = None
    try_later(row, real_now, "reply token not valid")
    row.next_try_at = real_now


def finish(row: OutboxMessage, state: str, why: str | None) -> None:
    """Settle, drop or bury a message; what it said and its token are erased either way."""
    row.state, row.error = state, why
    row.body = row.reply_token = None
    row.lease_owner = row.lease_until = None


def _line_id(session: Session, sealer: Sealer, row: OutboxMessage) -> str | None:
    resident = session.get(Resident, row.resident_id) if row.resident_id else None
    whom = session.get(GroupChat, row.group_id) if row.group_id else resident
    if whom is None or whom.state != "active":
        return None
    return sealer.open_id(whom.line_id, row.municipality_id)


def _seal_token(sealer: Sealer, to: Recipient) -> bytes | None:
    return sealer.seal(to.reply_token.encode(), TOKEN_CONTEXT + to.municipality) if to.reply_token else None
