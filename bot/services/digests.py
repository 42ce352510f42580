"""Digests (まとめ): several announcements in one request, read from the ledger, told exactly once.

Who waits are rows of the ledger (DigestRecipient) that nobody was told of. Marking them told and putting
the message into the outbox is one transaction, resident by resident; from there the outbox keeps its promise.
What is shown are the announcements' own messages as approved: one overview, then as many as one request holds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core import digests, postback
from bot.core.sealing import Sealer
from bot.line.limits import MAX_MESSAGES, LineJson
from bot.line.render import Card, Tap, dump, render
from bot.models import Announcement, AnnouncementText, DigestRecipient, Resident
from bot.services import outbox
from bot.services.announcement_reach import may_receive
from bot.services.outbox import At, Recipient
from content.phrases import phrases

AT_ONCE: Final = 50  # residents a transaction
TITLES: Final = 12  # named in the overview
SHOWN_STATES: Final = ("sending", "sent")


@dataclass(frozen=True)
class Item:
    """One announcement as this resident gets it."""

    sender: str
    title: str
    messages: list[LineJson]


def due_lanes(now: datetime) -> dict[str, datetime]:
    """Every digest with its latest time: what was frozen before then is to be told."""
    return {lane: digests.last(lane, now) for lane in digests.AT}


def waiting(session: Session, now: datetime, limit: int = AT_ONCE) -> list[tuple[str, int]]:
    """Municipality and resident of those whose digest is due, by resident."""
    got = DigestRecipient
    query = (
        select(got.municipality_id, got.resident_id)
        .where(_untold(), _due(now))
        .group_by(got.municipality_id, got.resident_id)
        .order_by(got.resident_id)
        .limit(limit)
    )
    return [(city, resident) for city, resident in session.execute(query)]


def tell(session: Session, sealer: Sealer, municipality: str, resident_id: int, at: At) -> bool:
    """Tell one resident of everything that is due: the rows are marked and the message stored; False: nothing to say.

    What was called off meanwhile is left out; who left or paused gets nothing and is not asked again.
    """
    got = DigestRecipient
    mine = (got.municipality_id == municipality, got.resident_id == resident_id, _untold(), _due(at.now))
    ids = list(session.scalars(select(got.announcement_id).where(*mine).with_for_update(skip_locked=True)))
    marked = session.execute(
        update(got).where(*mine, got.announcement_id.in_(ids)).values(told_at=at.now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    resident = session.scalar(select(Resident).where(Resident.id == resident_id, may_receive()))
    if not marked.rowcount or resident is None:  # type: ignore[attr-defined]
        return False
    items = _items(session, municipality, resident_id, ids)
    if not items:
        return False
    body = _body(sealer, resident, items)
    to = Recipient(municipality, resident_id)
    outbox.add_body(session, sealer, to, body, "receipt", at)
    return True


def choose(session: Session, resident: Resident, frequency: str, now: datetime) -> None:
    """How often this resident wants to hear; what waits already comes with the new digest (at once: the next one)."""
    resident.frequency = frequency
    lane = digests.next_lane(now) if frequency == "at_once" else frequency
    got = DigestRecipient
    mine = (got.municipality_id == resident.municipality_id, got.resident_id == resident.id, _untold())
    session.execute(update(got).where(*mine).values(lane=lane).execution_options(synchronize_session=False))


def still_waiting(session: Session, municipality: str) -> int:
    """Messages that digests will still cost: one a resident."""
    got = DigestRecipient
    query = select(func.count(got.resident_id.distinct())).where(got.municipality_id == municipality, _untold())
    return session.scalar(query) or 0


def waiting_lanes(session: Session, municipality: str) -> list[str]:
    """The digests that somebody waits for."""
    got = DigestRecipient
    lanes = select(got.lane).where(got.municipality_id == municipality, _untold()).distinct()
    return sorted(session.scalars(lanes))


def _untold() -> Any:
    return DigestRecipient.told_at.is_(None)


def _due(now: datetime) -> Any:
    got = DigestRecipient
    return or_(*(and_(got.lane == lane, got.frozen_at < last) for lane, last in due_lanes(now).items()))


def _items(session: Session, municipality: str, resident_id: int, ids: Sequence[int]) -> list[Item]:
    """In the order they were sent; with the resident's language as it was fixed."""
    got, text = DigestRecipient, AnnouncementText
    query = (
        select(Announcement, text)
        .join(got, and_(got.announcement_id == Announcement.id, got.resident_id == resident_id))
        .outerjoin(text, and_(text.announcement_id == Announcement.id, text.language == got.variant))
        .where(Announcement.id.in_(ids), Announcement.municipality_id == municipality)
        .where(Announcement.state.in_(SHOWN_STATES))
        .order_by(Announcement.frozen_at, Announcement.id)
    )
    found = []
    for row, own in session.execute(query):
        messages = (own.messages if own is not None else None) or row.messages
        if messages is not None:
            found.append(Item(row.sender, own.title if own is not None else row.title, json.loads(messages)))
    return found


def _body(sealer: Sealer, resident: Resident, items: Sequence[Item]) -> bytes:
    """At most five messages: the overview, then whole announcements while they fit. One alone needs no overview."""
    if len(items) == 1:
        return dump(items[0].messages)
    shown: list[LineJson] = []
    whole = 0
    for item in items:
        if len(shown) + len(item.messages) > MAX_MESSAGES - 1:
            break
        shown += item.messages
        whole += 1
    messages = [*render([_overview(sealer, resident, items, len(items) - whole)]), *shown]
    # Only the last message's choices are shown by LINE.
    return dump([{k: v for k, v in one.items() if k != "quickReply"} for one in messages[:-1]] + messages[-1:])


def _overview(sealer: Sealer, resident: Resident, items: Sequence[Item], left: int) -> Card:
    say = phrases(resident.language).say
    lines = [f"{number}. {item.title} ({item.sender})" for number, item in enumerate(items[:TITLES], 1)]
    notes = (say("digest.more", count=left),) if left else ()
    key = next(sealer.signing_keys("postback"))
    label = say("digest.open")
    button = Tap(label, postback.encode("announcements.list", {}, resident.municipality_id, key), label)
    title = say("digest.title", count=len(items))
    return Card(title, ("\n".join(lines),), notes=notes, buttons=(button,), alt="\n".join((title, *lines)))
