"""Freezing: at its time an announcement's recipients are fixed in the ledger and in sealed batches, in one transaction.

The state goes from scheduled to sending in the same transaction, by an UPDATE that names the old state: two
processes cannot freeze the same announcement. One query, asked page by page (bot.services.pages), says who gets it, in
which language, and whether at once or with a digest (bot.services.lanes). Who gets it at once goes into sealed batches
and sheets of the ledger, 500 of one language each. A filter that matches nobody stops the send and is never widened.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, insert, literal, null, select, union_all, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.budget_rules import URGENT
from bot.core.moments import moment_of
from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import (
    Announcement,
    AnnouncementBatch,
    AnnouncementText,
    DigestRecipient,
    LedgerSheet,
    Poll,
    Resident,
)
from bot.services import alerts, announcement_checks, audit, batches, budget, groups, lanes, ledger, polls
from bot.services.announcement_reach import recipients, whom_of, why_not
from bot.services.keystore import KeyStore
from bot.services.pages import joined_bytes, joined_ids, pages

TOGETHER = 20 * batches.SIZE  # people opened, sealed and written at a time
QUOTA_TRUSTED = timedelta(hours=1)
LATE = timedelta(minutes=15)  # a clock that was busy or restarted has not missed a time
JAPANESE, PLAIN = "ja", "easy-ja"
POLL_OVER = "このお知らせのアンケートは、もう始められません。"
MISSED = "送る時({when})に動いていなかったため、決めてあったとおり、送りませんでした。"
TOO_FEW = (
    "今月LINEで送れる数が足りないため、送りませんでした(届く人{recipients}人、使える残り{left}通)。"
    "地区をしぼる、来月にする、今週まだ受け取っていない人だけにする、のどれかを選んで、もう一度承認に出せます。"
)


def due(session: Session, now: datetime) -> list[int]:
    """Announcements whose time has come and that may go out at this hour, the earliest first."""
    row = Announcement
    ready = select(row.id, row.urgency, row.at_once).where(row.state == "scheduled", row.send_at <= now)
    found = session.execute(ready.order_by(row.send_at, row.id))
    return [one for one, urgency, at_once in found if at_once or quiet_hours.decent(now, urgency)]


def poll_of(session: Session, announcement_id: int) -> Poll | None:
    """The poll it carries: its key is made before the freezing transaction (polls.prepare_key)."""
    query = select(Poll).join(Announcement, Announcement.poll_id == Poll.id).where(Announcement.id == announcement_id)
    return session.scalar(query)


def freeze(
    session: Session, sealer: Sealer, keystore: KeyStore, announcement_id: int, now: datetime, real_now: datetime
) -> Announcement | None:
    """Fix who gets it, and open its poll; or refuse, with the reason in `comment`. None: another process did.

    The caller commits durably: a lost freeze would be made again with other keys.
    """
    begun = session.execute(
        update(Announcement)
        .where(Announcement.id == announcement_id, Announcement.state == "scheduled")
        .values(state="sending", frozen_at=now, version=Announcement.version + 1)
        .execution_options(synchronize_session=False)
    )
    if begun.rowcount != 1:  # type: ignore[attr-defined]
        return None
    row = session.get(Announcement, announcement_id, populate_existing=True)
    assert row is not None
    problem = _missed(row, now) or _poll_problem(session, row, now)
    problem = problem or announcement_checks.election_stop(session, row, now)  # set after it was approved
    if problem is None:
        to = whom_of(session, row)
        fill(session, sealer, row, recipients(to, now), real_now, lanes.lane_of(session, row, now))
        problem = why_not(to, row.recipients + row.in_digests) or too_many(session, row, now)
    if problem is not None:
        _refuse(session, row, problem, now)
        return row
    if row.poll_id is not None:
        polls.open_poll(session, keystore, polls.get(session, row.municipality_id, row.poll_id), now)
    _record(session, row, "freeze", now)
    return row


def fill(
    session: Session,
    sealer: Sealer,
    row: Announcement,
    who: Sequence[Select[int]],
    real_now: datetime,
    lane: ColumnElement[str] | None = None,
) -> int:
    """Write who gets it (announcement_reach.recipients) into the ledger, and seal batches of those told at once.

    Returns how many those are, as in `row.recipients`; `row.in_digests` are the others. `lane` None: everybody at once.
    """
    session.flush()
    ledger.hold(session, row.municipality_id)
    writer = _Writer(session, sealer, row, real_now)
    variant = _variant(frozenset(_languages(session, row)))
    # A row a person would cost more than all the rest: the database joins a page's ids, and its sealed LINE ids.
    columns = (
        literal(JAPANESE) if variant is None else variant,
        null() if lane is None else lane,
        joined_ids(Resident.id),
        joined_bytes(Resident.line_id, Resident.id),
    )
    kinds = [one for one in (variant, lane) if one is not None]
    # One statement a page: between two, somebody may move from what one asks for to what the other does.
    query = union_all(*(part.with_only_columns(*columns).group_by(*kinds) for part in who))
    for page in pages(session):
        for language, digest, ids, sealed in session.execute(query, page):
            if ids is None or sealed is None:  # nobody on this page
                continue
            resident_ids = json.loads(f"[{ids}]")
            if digest is None:
                writer.at_once(language, resident_ids, sealed)
            else:
                writer.with_digest(language, digest, resident_ids)
    writer.close()
    row.recipients, row.in_digests = writer.now, writer.later
    if row.corrects_id is not None:
        _drop_corrected(session, row)
    return writer.now


def _languages(session: Session, row: Announcement) -> list[str]:
    text = AnnouncementText
    query = select(text.language).where(text.announcement_id == row.id, text.messages.is_not(None))
    return list(session.scalars(query))


def _variant(languages: frozenset[str]) -> ColumnElement[str] | None:
    """Each in their own language as far as it is written; else plain, else Japanese. None: only that is."""
    if not languages:
        return None
    own = (Resident.language.in_(sorted(languages)), Resident.language)
    if PLAIN not in languages:
        return case(own, else_=JAPANESE)
    return case(own, (Resident.language != JAPANESE, PLAIN), else_=JAPANESE)


class _Writer:
    """Puts recipients into batches of one language and into the ledger, as they come."""

    def __init__(self, session: Session, sealer: Sealer, row: Announcement, real_now: datetime) -> None:
        self._session, self._sealer, self._row, self._real_now = session, sealer, row, real_now
        self._left: dict[str, tuple[list[int], bytes]] = {}
        self._position = 0
        self.now = self.later = 0

    def at_once(self, variant: str, ids: list[int], sealed: bytes) -> None:
        """These get it at its time; what does not fill a batch waits for more of its language."""
        kept_ids, kept = self._left.get(variant, ([], b""))
        ids, sealed = kept_ids + ids, kept + sealed
        each, full = len(sealed) // len(ids), len(ids) // batches.SIZE * batches.SIZE
        for at in range(0, full, TOGETHER):
            end = min(full, at + TOGETHER)
            self._write(variant, ids[at:end], sealed[at * each : end * each])
        self._left[variant] = ids[full:], sealed[full * each :]

    def with_digest(self, variant: str, lane: str, ids: list[int]) -> None:
        """These get it with a digest."""
        row, self.later = self._row, self.later + len(ids)
        shared = {
            "announcement_id": row.id, "municipality_id": row.municipality_id, "variant": variant, "lane": lane,
            "frozen_at": row.frozen_at,
        }  # fmt: skip
        self._session.execute(insert(DigestRecipient), [{**shared, "resident_id": one} for one in ids])

    def close(self) -> None:
        """Nobody comes any more: what waits becomes the last batch of its language."""
        for variant, (ids, sealed) in sorted(self._left.items()):
            if ids:
                self._write(variant, ids, sealed)
        self._left.clear()

    def _write(self, variant: str, ids: list[int], sealed: bytes) -> None:
        row, size, wide = self._row, batches.SIZE, batches.ID_BYTES
        raw = batches.line_ids(self._sealer, row.municipality_id, sealed, len(ids))
        shared = {"municipality_id": row.municipality_id, "announcement_id": row.id, "variant": variant}
        sheets, sealed_batches = [], []
        for at in range(0, len(ids), size):
            people = (ids[at : at + size], raw[at * wide : (at + size) * wide])
            sheets.append({**shared, **self._sheet(people[0])})
            sealed_batches.append({**shared, **self._batch(people)})
        connection = self._session.connection()  # rows, not objects
        connection.execute(insert(LedgerSheet), sheets)
        connection.execute(insert(AnnouncementBatch), sealed_batches)
        self.now += len(ids)

    def _sheet(self, ids: list[int]) -> dict[str, Any]:
        return {
            "frozen_at": self._row.frozen_at,
            "first_id": min(ids),
            "last_id": max(ids),
            "resident_ids": json.dumps(ids),
        }

    def _batch(self, people: batches.Opened) -> dict[str, Any]:
        self._position += 1
        return {
            "position": self._position - 1,
            "recipients": batches.pack(self._sealer, self._row.municipality_id, people),
            "count": len(people[0]),
            "retry_key": batches.new_key(),
            "state": "waiting",
            "next_try_at": self._real_now,
        }


def _drop_corrected(session: Session, row: Announcement) -> None:
    """Who still waits for the announcement in a digest gets only its correction."""
    digest = DigestRecipient
    waiting = (digest.announcement_id == row.corrects_id, digest.told_at.is_(None))
    session.execute(delete(digest).where(*waiting).execution_options(synchronize_session=False))


def _missed(row: Announcement, now: datetime) -> str | None:
    """Why an announcement that comes too late by its own rule is not sent any more."""
    if row.at_once or row.send_at is None:
        return None
    late = max(LATE, timedelta(hours=row.late_hours))
    return MISSED.format(when=moment_of(row.send_at)) if now - row.send_at > late else None


def _poll_problem(session: Session, row: Announcement, now: datetime) -> str | None:
    if row.poll_id is None:
        return None
    poll = polls.get(session, row.municipality_id, row.poll_id)
    try:
        polls.check_times(poll, None, now)
    except BadInputError as error:
        return error.message
    return None if poll.state == "draft" else POLL_OVER


def too_many(session: Session, row: Announcement, now: datetime) -> str | None:
    """Why LINE would stop in the middle, or the reserve be used up; sending to nobody is better than to some."""
    left = budget.quota(session, row.municipality_id, now, plans=False)
    fresh = left.read_at is not None and now - left.read_at <= QUOTA_TRUSTED
    if left.limit is None or not fresh:
        return None
    needed = row.recipients + row.in_digests + groups.cost_of(session, row)
    # What is only planned for later must not stop this one; what is being sent beside it may.
    kept = 0 if row.urgency in URGENT else left.reserve
    most = max(0, left.limit - left.used - kept - max(0, left.going_out - row.recipients))
    return None if needed <= most else TOO_FEW.format(recipients=needed, left=most)


def _refuse(session: Session, row: Announcement, problem: str, now: datetime) -> None:
    ledger.erase(session, row.id)
    session.execute(delete(AnnouncementBatch).where(AnnouncementBatch.announcement_id == row.id))
    row.state, row.comment = "refused", problem[:400]
    row.frozen_at = row.messages = row.approver_id = row.approved_at = None
    row.recipients = row.in_digests = 0
    subject = f"announcement:{row.id}"
    alerts.raise_alert(session, row.municipality_id, "refused", f"「{row.title}」: {problem}"[:300], now, subject)
    _record(session, row, "refuse", now)


def _record(session: Session, row: Announcement, act: str, now: datetime) -> None:
    details = {"recipients": row.recipients, "in_digests": row.in_digests} if act == "freeze" else {"why": row.comment}
    audit.record(session, row.municipality_id, SYSTEM, f"announcement.{act}", f"announcement:{row.id}", now, details)
