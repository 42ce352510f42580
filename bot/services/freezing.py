"""Freezing: at its time an announcement's recipients are fixed in the ledger and in sealed batches, in one transaction.

The state goes from scheduled to sending in the same transaction, by an UPDATE that names the old state: two
processes cannot freeze the same announcement. One INSERT ... SELECT writes the ledger: who, in which language,
and whether at once or with a digest (bot.services.lanes). Who gets it at once is streamed and sealed in batches
of 500 of one language, so that memory stays flat. A filter that matches nobody stops the send and is never widened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, insert, literal, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from bot.core import quiet_hours
from bot.core.budget_rules import URGENT
from bot.core.moments import moment_of
from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import (
    Announcement,
    AnnouncementBatch,
    AnnouncementRecipient,
    AnnouncementText,
    Poll,
    Resident,
)
from bot.services import alerts, announcement_checks, audit, batches, budget, groups, lanes, polls
from bot.services.announcement_reach import recipients, whom_of, why_not
from bot.services.keystore import KeyStore

CHUNK = 10_000  # rows fetched at a time
TOGETHER = 20  # batches inserted at a time
QUOTA_TRUSTED = timedelta(hours=1)
LATE = timedelta(minutes=15)  # a clock that was busy or restarted has not missed a time
NOW = "now"
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
    who: Select[int, bytes],
    real_now: datetime,
    lane: ColumnElement[str] | None = None,
) -> int:
    """Write who gets it (bot.services.announcement_reach) into the ledger and seal batches of those it goes to at once.

    Returns how many those are, as in `row.recipients`; `row.in_digests` are the others. `lane` None: everybody at once.
    """
    languages = frozenset(_languages(session, row))
    ledger = _write_ledger(session, row, who, _variant(languages), lane)
    count = position = 0
    for variant in sorted(languages | {JAPANESE}):
        number, position = _seal(session, sealer, row, (variant, position), real_now)
        count += number
    row.recipients, row.in_digests = count, ledger - count
    if row.corrects_id is not None:
        _drop_corrected(session, row)
    return count


def _languages(session: Session, row: Announcement) -> list[str]:
    text = AnnouncementText
    query = select(text.language).where(text.announcement_id == row.id, text.messages.is_not(None))
    return list(session.scalars(query))


def _variant(languages: frozenset[str]) -> ColumnElement[str]:
    """Each in their own language as far as it is written; else in plain Japanese, else in Japanese."""
    if not languages:
        return literal(JAPANESE)
    own = (Resident.language.in_(sorted(languages)), Resident.language)
    if PLAIN not in languages:
        return case(own, else_=JAPANESE)
    return case(own, (Resident.language != JAPANESE, PLAIN), else_=JAPANESE)


def _write_ledger(
    session: Session, row: Announcement, who: Select[int, bytes], variant: ColumnElement[str],
    lane: ColumnElement[str] | None,
) -> int:  # fmt: skip
    """One statement for everybody; returns how many."""
    ledger = AnnouncementRecipient
    at = literal(row.frozen_at, ledger.__table__.c.frozen_at.type)
    values = (
        literal(row.id),
        Resident.id,
        literal(row.municipality_id),
        variant,
        literal(NOW) if lane is None else lane,
        at,
    )
    columns = ["announcement_id", "resident_id", "municipality_id", "variant", "lane", "frozen_at"]
    session.flush()
    query = insert(ledger).from_select(columns, who.with_only_columns(*values), include_defaults=False)
    written = session.execute(query.execution_options(preserve_rowcount=True))
    return int(written.rowcount)  # type: ignore[attr-defined]


def _seal(
    session: Session, sealer: Sealer, row: Announcement, at: tuple[str, int], real_now: datetime
) -> tuple[int, int]:
    """Stream those of one variant who get it at once into sealed batches; their number, and the next position."""
    (variant, position), count = at, 0
    ledger = AnnouncementRecipient
    # Without the column's type: its conversion (bytes to bytes) costs more than the rest of reading a row.
    query = (
        select(Resident.id, type_coerce(Resident.line_id, NullType()))
        .join(ledger, ledger.resident_id == Resident.id)
        .where(ledger.announcement_id == row.id, ledger.lane == NOW, ledger.variant == variant)
        .order_by(ledger.resident_id)
    )
    # Core, not ORM: rows become nothing but batches, and there may be a hundred thousand of them.
    # SQLite's cursor gives rows as they are asked for; PostgreSQL's client would take them all at once.
    streamed = {} if session.get_bind().dialect.name == "sqlite" else {"yield_per": CHUNK}
    found = session.connection().execute(query, execution_options=streamed)
    rows: list[dict[str, Any]] = []
    while people := found.fetchmany(batches.SIZE):
        ids, line_ids = zip(*people, strict=True)
        rows.append(_batch(sealer, row, (variant, position), (ids, line_ids), real_now))
        position, count = position + 1, count + len(ids)
        if len(rows) == TOGETHER:
            session.execute(insert(AnnouncementBatch), rows)
            rows = []
    if rows:
        session.execute(insert(AnnouncementBatch), rows)
    return count, position


def _drop_corrected(session: Session, row: Announcement) -> None:
    """Who still waits for the announcement in a digest gets only its correction."""
    ledger = AnnouncementRecipient
    waiting = (ledger.announcement_id == row.corrects_id, ledger.lane != NOW, ledger.told_at.is_(None))
    session.execute(delete(ledger).where(*waiting).execution_options(synchronize_session=False))


def _batch(
    sealer: Sealer, row: Announcement, at: tuple[str, int], people: batches.Recipients, real_now: datetime
) -> dict[str, Any]:
    variant, position = at
    return {
        "municipality_id": row.municipality_id,
        "announcement_id": row.id,
        "position": position,
        "variant": variant,
        "recipients": batches.pack(sealer, row.municipality_id, people),
        "count": len(people[0]),
        "retry_key": batches.new_key(),
        "state": "waiting",
        "next_try_at": real_now,
    }


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
    for table in (AnnouncementBatch, AnnouncementRecipient):
        session.execute(delete(table).where(table.announcement_id == row.id))
    row.state, row.comment = "refused", problem[:400]
    row.frozen_at = row.messages = row.approver_id = row.approved_at = None
    row.recipients = row.in_digests = 0
    subject = f"announcement:{row.id}"
    alerts.raise_alert(session, row.municipality_id, "refused", f"「{row.title}」: {problem}"[:300], now, subject)
    _record(session, row, "refuse", now)


def _record(session: Session, row: Announcement, act: str, now: datetime) -> None:
    details = {"recipients": row.recipients, "in_digests": row.in_digests} if act == "freeze" else {"why": row.comment}
    audit.record(session, row.municipality_id, SYSTEM, f"announcement.{act}", f"announcement:{row.id}", now, details)
