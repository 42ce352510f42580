"""Freezing: at its time an announcement's recipients are fixed into sealed batches, in one transaction.

The state goes from scheduled to sending in the same transaction, by an UPDATE that names the old state: two
processes cannot freeze the same announcement. Memory stays flat: recipients are streamed and sealed in
batches of 500. A filter that matches nobody stops the send and is never widened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementBatch, Poll
from bot.services import alerts, audit, batches, polls
from bot.services.announcement_lists import district_ids
from bot.services.announcement_reach import quota, recipients, round_of
from bot.services.keystore import KeyStore

CHUNK = 10_000  # rows fetched at a time
TOGETHER = 20  # batches inserted at a time
QUOTA_TRUSTED = timedelta(hours=1)
NOBODY = "届く人がいないため、送りませんでした。地区と届ける範囲を確かめてください。"
POLL_OVER = "このお知らせのアンケートは、もう始められません。"
TOO_FEW = "今月LINEで送れる数が足りないため、送りませんでした(届く人{recipients}人、残り{left}通)。"


def due(session: Session, now: datetime) -> list[int]:
    """Announcements whose time has come, the earliest first."""
    ready = select(Announcement.id).where(Announcement.state == "scheduled", Announcement.send_at <= now)
    return list(session.scalars(ready.order_by(Announcement.send_at, Announcement.id)))


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
    problem = _poll_problem(session, row, now)
    if problem is None:
        who = recipients(row.municipality_id, row.audience, district_ids(session, row), round_of(session, row.id))
        row.recipients = fill(session, sealer, row, who, real_now)
        problem = too_many(session, row, now) if row.recipients else NOBODY
    if problem is not None:
        _refuse(session, row, problem, now)
        return row
    if row.poll_id is not None:
        polls.open_poll(session, keystore, polls.get(session, row.municipality_id, row.poll_id), now)
    _record(session, row, "freeze", now)
    return row


def fill(session: Session, sealer: Sealer, row: Announcement, who: Select[int, bytes], real_now: datetime) -> int:
    """Stream the recipients (bot.services.announcement_reach) into sealed batches; returns how many there are."""
    # Core, not ORM: rows become nothing but batches, and there may be a hundred thousand of them.
    found = session.connection().execute(who, execution_options={"yield_per": CHUNK})
    rows: list[dict[str, Any]] = []
    position = count = 0
    while people := found.fetchmany(batches.SIZE):
        ids, line_ids = zip(*people, strict=True)
        rows.append(_batch(sealer, row, position, (ids, line_ids), real_now))
        position, count = position + 1, count + len(ids)
        if len(rows) == TOGETHER:
            session.execute(insert(AnnouncementBatch), rows)
            rows = []
    if rows:
        session.execute(insert(AnnouncementBatch), rows)
    return count


def _batch(
    sealer: Sealer, row: Announcement, position: int, people: batches.Recipients, real_now: datetime
) -> dict[str, Any]:
    return {
        "municipality_id": row.municipality_id,
        "announcement_id": row.id,
        "position": position,
        "recipients": batches.pack(sealer, row.municipality_id, people),
        "count": len(people[0]),
        "retry_key": batches.new_key(),
        "state": "waiting",
        "next_try_at": real_now,
    }


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
    """Why LINE would stop in the middle; sending to nobody is better than to some."""
    left = quota(session, row.municipality_id, now)
    fresh = left.read_at is not None and now - left.read_at <= QUOTA_TRUSTED
    # `scheduled` holds this announcement (it is being sent) and later ones, which must not stop it.
    if left.limit is None or not fresh or left.used + row.recipients <= left.limit:
        return None
    return TOO_FEW.format(recipients=row.recipients, left=max(0, left.limit - left.used))


def _refuse(session: Session, row: Announcement, problem: str, now: datetime) -> None:
    session.execute(delete(AnnouncementBatch).where(AnnouncementBatch.announcement_id == row.id))
    row.state, row.comment = "refused", problem[:400]
    row.frozen_at = row.messages = row.approver_id = row.approved_at = None
    row.recipients = 0
    subject = f"announcement:{row.id}"
    alerts.raise_alert(session, row.municipality_id, "refused", f"「{row.title}」: {problem}"[:300], now, subject)
    _record(session, row, "refuse", now)


def _record(session: Session, row: Announcement, act: str, now: datetime) -> None:
    details = {"recipients": row.recipients} if act == "freeze" else {"why": row.comment}
    audit.record(session, row.municipality_id, SYSTEM, f"announcement.{act}", f"announcement:{row.id}", now, details)
