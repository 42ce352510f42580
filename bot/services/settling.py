"""What becomes of a claimed batch: LINE's answers written down, sends called off, announcements ended.

The promise these functions keep stands in bot.services.batches. Staff read the explanations here as they are.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, func, select, update
from sqlalchemy.orm import Session, defer

from bot.core.permissions import SYSTEM
from bot.models import Announcement, AnnouncementBatch
from bot.services import audit, batches

LONGEST_PAUSE = 1800.0
TOKEN_PAUSE = 60.0
NOT_CALLED_PAUSE = 1.0
REFUSALS = {
    400: "LINEがこの内容を受け付けませんでした(400)。本文に、LINEで送れないものがあります。",
    403: "このLINE公式アカウントには、この送り方が許されていません(403)。LINEの契約を確かめてください。",
    404: "LINEの送り先が見つかりません(404)。つなぎ先の設定を確かめてください。",
    413: "LINEに送るには大きすぎます(413)。本文を短くしてください。",
}
REFUSED = "LINEが受け付けませんでした({status})。システムの担当者に伝えてください。"
OUT_OF_QUOTA = "今月LINEで送れる数を使い切ったため、ここで止めました。まだの人には送っていません。"
UNSURE_AND_REFUSED = "LINEの返事が途切れたあとで断られ({status})、届いたかどうかが分かりません。送り直しません。"
UNSURE_AND_STOPPED = "LINEの返事が途切れたあとで今月の数を使い切り、届いたかどうかが分かりません。送り直しません。"


# Said hundreds of times while a large announcement goes out: made once, and of tables, not of objects, which would cost
# more than what they say.
_batch, _announcement = AnnouncementBatch.__table__.c, Announcement.__table__.c
_CLAIMED = (
    select(_batch.id, _batch.announcement_id, _batch.count.label("people"), _batch.lease_owner)
    .where(_batch.id.in_(bindparam("batches", expanding=True)), _batch.state == "trying")
    .order_by(_batch.id)
    .with_for_update()
)
_ACCEPTED = (
    update(AnnouncementBatch.__table__)  # type: ignore[arg-type]
    .where(_batch.id == bindparam("batch"))
    .values(
        state="accepted", status=bindparam("with_status"), request_id=bindparam("request"),
        error=None, recipients=None, lease_owner=None, lease_until=None,
    )
)  # fmt: skip
_COUNTED = (
    update(Announcement.__table__)  # type: ignore[arg-type]
    .where(_announcement.id == bindparam("announcement"))
    .values(accepted=_announcement.accepted + bindparam("people"))
)


def claimed(session: Session, batch_ids: Collection[int]) -> Mapping[int, Row[*tuple[Any, ...]]]:
    """The rows whose outcome is to be recorded, held until the commit; settled ones are left out.

    Each has `id`, `announcement_id`, `people` (how many) and `lease_owner`.
    """
    rows = session.connection().execute(_CLAIMED, {"batches": list(batch_ids)}).all()
    return {row.id: row for row in rows}


def object_of(session: Session, batch_id: int) -> AnnouncementBatch:
    """One batch as an object, for what happens seldom; its recipients are not read."""
    options = [defer(AnnouncementBatch.recipients)]
    return session.get_one(AnnouncementBatch, batch_id, populate_existing=True, options=options)


def accepted(session: Session, answers: Sequence[tuple[int, int | None, str | None]]) -> None:
    """LINE accepted these (id, status, request id), now or before: recipients erased. The caller counts them."""
    if answers:
        parameters = [{"batch": one, "with_status": status, "request": request} for one, status, request in answers]
        session.connection().execute(_ACCEPTED, parameters)


def count_accepted(session: Session, recipients: Mapping[int, int]) -> None:
    """So many recipients more, by announcement; one statement for a whole group of batches."""
    if recipients:
        parameters = [{"announcement": one, "people": people} for one, people in sorted(recipients.items())]
        session.connection().execute(_COUNTED, parameters)


def outcome_open(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """5xx or no answer: it may have been accepted; the same again after a pause."""
    batches.wait(row, real_now, _pause(row.attempts), status, f"LINE: {status or 'no answer'}")


def too_fast(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """429 for the rate: surely not accepted; the same again after a pause."""
    row.unsure -= 1
    batches.wait(row, real_now, _pause(row.attempts), status, f"LINE: {status}")


def token_refused(row: AnnouncementBatch, real_now: datetime, status: int | None) -> None:
    """401: surely not accepted, and LINE wants no key again that it answered with a 4xx: a new one, if that is safe."""
    row.unsure -= 1
    batches.wait(row, real_now, TOKEN_PAUSE, status, f"LINE: {status}")
    if not row.unsure:
        batches.start_anew(row)


def not_called(row: AnnouncementBatch, real_now: datetime) -> None:
    """It was claimed and never called: as if it had not been claimed, but for a short pause."""
    row.unsure -= 1
    row.attempts -= 1
    if row.attempts == 0:
        row.state, row.first_try_at = "waiting", None
    row.next_try_at = max(row.next_try_at, real_now + timedelta(seconds=NOT_CALLED_PAUSE))
    row.lease_owner = row.lease_until = None


def call_off_the_rest(session: Session, announcement_id: int) -> None:
    """What came back uncalled of an announcement that was stopped or cancelled meanwhile stays unsent."""
    row = session.get(Announcement, announcement_id, populate_existing=True)
    if row is not None and row.state in ("stopped", "cancelled"):
        call_off(session, announcement_id, row.comment or OUT_OF_QUOTA, keep=row.state == "stopped")


def refused(row: AnnouncementBatch, status: int | None) -> None:
    """Another 4xx: nobody got it, and trying again by ourselves is no use.

    Its recipients are kept: when the reason is gone a person may send it again (bot.services.resuming). A batch that
    may have been accepted by an attempt before this one is over.
    """
    row.status = status
    row.unsure -= 1
    if row.unsure:
        batches.settle(row, "unknown", UNSURE_AND_REFUSED.format(status=status or "-"))
        return
    recipients = row.recipients
    batches.settle(row, "dead", REFUSALS.get(status or 0, REFUSED.format(status=status or "-")))
    row.recipients = recipients


def out_of_quota(session: Session, row: AnnouncementBatch, status: int | None, now: datetime) -> None:
    """The month's quota is used up: this batch and all that were never tried stay unsent.

    Their recipients are kept: the send can go on (bot.services.resuming). A batch that may have been accepted by an
    attempt before this one is over.
    """
    row.status = status
    row.unsure -= 1
    if row.unsure:
        batches.settle(row, "unknown", UNSURE_AND_STOPPED)
    else:
        recipients = row.recipients
        batches.settle(row, "stopped", OUT_OF_QUOTA)
        row.recipients = recipients
    stopped = session.execute(
        update(Announcement)
        .where(Announcement.id == row.announcement_id, Announcement.state == "sending")
        .values(state="stopped", comment=OUT_OF_QUOTA, version=Announcement.version + 1)
        .execution_options(synchronize_session=False)
    )
    if stopped.rowcount:  # type: ignore[attr-defined]
        unsent = call_off(session, row.announcement_id, OUT_OF_QUOTA, keep=True)
        target = f"announcement:{row.announcement_id}"
        audit.record(session, row.municipality_id, SYSTEM, "announcement.stop", target, now, {"unsent": unsent})


def postpone(session: Session, municipality: str, until: datetime) -> None:
    """Nothing of this municipality is tried before then (its access token is not valid)."""
    waiting = and_(AnnouncementBatch.municipality_id == municipality, AnnouncementBatch.state.in_(batches.OPEN))
    session.execute(
        update(AnnouncementBatch)
        .where(waiting, AnnouncementBatch.next_try_at < until)
        .values(next_try_at=until)
        .execution_options(synchronize_session=False)
    )


def call_off(session: Session, announcement_id: int, why: str, *, keep: bool = False) -> int:
    """Stop every batch that was never tried; returns how many recipients get nothing.

    `keep`: it may go on later, so that the recipients are not erased.
    """
    never = and_(
        AnnouncementBatch.announcement_id == announcement_id,
        AnnouncementBatch.state == "waiting",
        AnnouncementBatch.first_try_at.is_(None),
    )
    unsent = session.scalar(select(func.coalesce(func.sum(AnnouncementBatch.count), 0)).where(never)) or 0
    session.execute(
        update(AnnouncementBatch)
        .where(never)
        .values(state="stopped", error=why[:200], **({} if keep else {"recipients": None}))
        .execution_options(synchronize_session=False)
    )
    return int(unsent)


# --- ending --------------------------------------------------------------------------------------


def open_ones(session: Session, announcement_id: int) -> bool:
    """Whether the outcome of a batch is still open."""
    still = select(AnnouncementBatch.id).where(
        AnnouncementBatch.announcement_id == announcement_id, AnnouncementBatch.state.in_(batches.OPEN)
    )
    return session.scalar(still.limit(1)) is not None


def over(session: Session) -> list[int]:
    """Frozen announcements that wait for nothing but their end to be written down."""
    return list(session.connection().execute(_OVER).scalars())


# Asked twice a second.
_OVER = select(_announcement.id).where(
    _announcement.state.in_(("sending", "stopped", "cancelled")),
    _announcement.finished_at.is_(None),
    ~exists().where(_batch.announcement_id == _announcement.id, _batch.state.in_(batches.OPEN)),
)


def finish(session: Session, announcement_id: int, now: datetime) -> None:
    """Every batch is settled: `sent`, or `stopped` when LINE took none of it or what it refused can be sent again."""
    row = session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True)
    if row is None or row.finished_at is not None or open_ones(session, announcement_id):
        return
    row.finished_at = now
    if row.state == "sending":
        batch = AnnouncementBatch
        bad = (batch.announcement_id == row.id, batch.state.in_(("dead", "unknown")))
        why = session.scalar(select(batch.error).where(*bad).order_by(batch.id).limit(1))
        again = session.scalar(select(batch.error).where(*bad, batch.recipients.is_not(None)).limit(1))
        failed = again is not None or (row.accepted == 0 and why is not None)
        why = again or why
        row.state, row.comment = ("stopped", why) if failed else ("sent", row.comment)
        row.version += 1
    details = {"state": row.state, "accepted": row.accepted, "recipients": row.recipients}
    audit.record(session, row.municipality_id, SYSTEM, "announcement.finish", f"announcement:{row.id}", now, details)


def _pause(attempts: int) -> float:
    """Exponential, doubling from a second to half an hour, spread by a quarter so that batches do not march in step."""
    return min(2.0 ** (attempts - 1), LONGEST_PAUSE) * random.uniform(1.0, 1.25)  # noqa: S311  no secret
