"""What people do with a series: set it while the announcement is written, ask for its end, end it, change it; correct.

Setting and changing are approved with the announcement (bot.services.series.begin). An end is asked for by one person
and made by another who may approve.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.permissions import Actor
from bot.core.transitions import possible
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Announcement, AnnouncementSeries
from bot.now import jst
from bot.services import announcements, audit, ledger, series, series_polls
from bot.services.announcement_checks import CORRECTION
from bot.services.announcement_draft import MAX_TITLE, Draft, Particulars
from bot.services.announcement_filters import stored
from bot.services.announcement_lists import district_ids
from content import series_rules
from content.series_rules import Plan

LATE_HOURS = (0, 3, 24, 72)
AT_NIGHT = "くり返しの時刻は、朝7時から夜9時までにしてください。"
GONE = "送ってから60日を過ぎたため、だれに送ったかの記録がありません。新しいお知らせとして書いてください。"


def get(session: Session, municipality: str, series_id: int) -> AnnouncementSeries:
    """A series of a municipality that was written. Raises NotFoundError for anyone else's."""
    row = session.get(AnnouncementSeries, series_id)
    if row is None or row.municipality_id != municipality or series.template(session, row) is None:
        raise NotFoundError("そのくり返しは見つかりません。")
    return row


def listing(session: Session, municipality: str, actor: Actor, now: datetime) -> list[AnnouncementSeries]:
    """What this person may read, the running ones first."""
    query = select(AnnouncementSeries).where(AnnouncementSeries.municipality_id == municipality)
    rows = session.scalars(query.order_by(AnnouncementSeries.id.desc())).all()
    today = jst(now).date()
    mine = [
        row for row in rows if actor.may("announcement.read", municipality, today, districts_of(session, row))
        and series.template(session, row) is not None
    ]  # fmt: skip
    return sorted(mine, key=lambda row: ("running", "draft", "over", "stopped").index(row.state))


def districts_of(session: Session, row: AnnouncementSeries) -> Collection[int]:
    """The districts its announcements go to."""
    first = series.template(session, row)
    return district_ids(session, first) if first is not None else ()


def set_plan(
    session: Session, a: Announcement, actor: Actor, plan: Plan | None, late_hours: int, now: datetime
) -> None:
    """Let a draft come again by this plan (None: only once), and say what becomes of a missed time.

    Raises NotAllowedError, ConflictError, and BadInputError for a plan that is not sound or never fires.
    """
    if late_hours not in LATE_HOURS:
        raise BadInputError("送る時を逃したときのことを選んでください。")
    if plan is not None:
        if a.corrects_id is not None:
            raise BadInputError("訂正は、くり返せません。")
        series_rules.check(plan, now)
        if not quiet_hours.decent(plan.moment(plan.starts_on)):
            raise BadInputError(AT_NIGHT)
    row = series.of(session, a)
    if row is not None and row.state != "draft":
        raise ConflictError("このくり返しは、もう承認されています。変えるときは、くり返しのページから変えてください。")
    # As any change of a draft: what was submitted is asked for anew.
    announcements.narrow(session, a, actor, a.version, now, send_at=a.send_at, filters=stored(a.filters or {}))
    a.late_hours = late_hours
    if plan is None:
        a.series_id = a.series_day = None
        session.flush()
        if row is not None:
            session.delete(row)
    else:
        row = row or AnnouncementSeries(municipality_id=a.municipality_id, state="draft")
        _write(row, plan)
        session.add(row)
        session.flush()
        a.series_id = row.id
        if why := series.set_first(session, a, now):
            raise BadInputError(why)
    session.flush()


def ask_stop(session: Session, row: AnnouncementSeries, actor: Actor, reason: str, now: datetime) -> None:
    """Ask a second person to end it. Raises NotAllowedError, ConflictError, BadInputError (no reason)."""
    _need(session, row, actor, "announcement.submit", now)
    if not reason.strip():
        raise BadInputError("終わりにする理由を書いてください。承認する人が読みます。")
    if row.state != "running":
        raise ConflictError("このくり返しは、いま動いていません。")
    row.stop_asked_by, row.stop_reason = actor.id, reason.strip()[:200]
    _record(session, row, actor, "ask_stop", now)


def stop(session: Session, row: AnnouncementSeries, actor: Actor, now: datetime) -> None:
    """The second person's yes: what was made and not yet sent is not sent. Raises NotAllowedError, ConflictError."""
    _second(session, row, actor, now)
    series.stop(session, row)
    _record(session, row, actor, "stop", now)


def keep(session: Session, row: AnnouncementSeries, actor: Actor, now: datetime) -> None:
    """It goes on after all. Raises NotAllowedError, ConflictError."""
    _need(session, row, actor, "announcement.submit", now)
    if row.stop_asked_by is None:
        raise ConflictError("終わりにする頼みは、出ていません。")
    row.stop_asked_by = row.stop_reason = None
    _record(session, row, actor, "keep", now)


def change(session: Session, row: AnnouncementSeries, actor: Actor, now: datetime) -> Announcement:
    """A draft of the series anew: when it is approved, it takes the place of this one, which runs until then."""
    _need(session, row, actor, "announcement.write", now)
    if row.state != "running":
        raise ConflictError("このくり返しは、いま動いていません。")
    first = series.template(session, row)
    assert first is not None
    if (there := _being_changed(session, row)) is not None:
        return there
    begins = series.coming(row, now, 1)
    at = series.plan_of(row).moment(begins[0].day) if begins else now + timedelta(days=1)
    poll = series_polls.again(session, first, at)
    draft = announcements.draft(
        session, row.municipality_id, actor, _as_draft(session, first), now, poll.id if poll else None
    )
    draft.late_hours, draft.buttons = first.late_hours, series_polls.buttons(first, poll)
    if draft.series_id is None:
        new = AnnouncementSeries(municipality_id=row.municipality_id, state="draft", replaces_id=row.id)
        _write(new, replace(series.plan_of(row), starts_on=max(row.starts_on, jst(now).date())))
        session.add(new)
        session.flush()
        draft.series_id = new.id
    _record(session, row, actor, "change", now)
    return draft


def _being_changed(session: Session, row: AnnouncementSeries) -> Announcement | None:
    """The draft that is to take its place, when there is one already."""
    query = select(AnnouncementSeries).where(
        AnnouncementSeries.replaces_id == row.id, AnnouncementSeries.state == "draft"
    )
    new = session.scalar(query.order_by(AnnouncementSeries.id.desc()).limit(1))
    written = series.template(session, new) if new is not None else None
    return written if written is not None and "change" in possible(written.state) else None


def correct(session: Session, a: Announcement, actor: Actor, now: datetime) -> Announcement:
    """A draft of its correction, to the same people. Raises NotAllowedError, ConflictError, BadInputError."""
    if a.state != "sent":
        raise ConflictError("訂正は、送り終わったお知らせに出せます。")
    if not ledger.is_kept(session, a.municipality_id, a.id):
        raise BadInputError(GONE)
    title = a.title if a.title.startswith(CORRECTION) else CORRECTION + a.title
    draft = replace(_as_draft(session, a), title=title[:MAX_TITLE], send_at=None)
    row = announcements.draft(session, a.municipality_id, actor, draft, now)
    row.corrects_id = a.id
    session.flush()
    audit.record(session, a.municipality_id, actor, "announcement.correct", f"announcement:{a.id}", now)
    return row


def _as_draft(session: Session, a: Announcement) -> Draft:
    """What was written, to be written again."""
    return Draft(
        a.title, a.body, a.sender, a.audience, tuple(district_ids(session, a)), a.send_at, a.kind, a.urgency,
        Particulars(**(a.particulars or {})), tuple(a.buttons or ()), stored(a.filters or {}), a.to_groups,
    )  # fmt: skip


def _write(row: AnnouncementSeries, plan: Plan) -> None:
    row.rule, row.at, row.holiday = plan.rule, f"{plan.at:%H:%M}", plan.holiday
    row.starts_on, row.ends_on = plan.starts_on, plan.ends_on
    row.breaks = [list(pair) for pair in plan.breaks]
    row.exceptions = [day.isoformat() for day in sorted(plan.exceptions)]


def _second(session: Session, row: AnnouncementSeries, actor: Actor, now: datetime) -> None:
    _need(session, row, actor, "announcement.approve", now)
    if row.stop_asked_by is None or row.state != "running":
        raise ConflictError("終わりにする頼みは、出ていません。")
    if row.stop_asked_by == actor.id:
        raise NotAllowedError("自分が頼んだことは承認できません。ほかの人に頼んでください。")


def _need(session: Session, row: AnnouncementSeries, actor: Actor, right: str, now: datetime) -> None:
    if not actor.may(right, row.municipality_id, jst(now).date(), districts_of(session, row)):
        raise NotAllowedError("この地区のお知らせを扱う権限がありません。")


def _record(session: Session, row: AnnouncementSeries, actor: Actor, act: str, now: datetime) -> None:
    details = {"reason": row.stop_reason} if row.stop_reason else None
    audit.record(session, row.municipality_id, actor, f"series.{act}", f"series:{row.id}", now, details)
