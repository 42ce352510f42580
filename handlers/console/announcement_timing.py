"""What an announcement's page says of its time: moved out of the night, in digests, late, coming again, corrected."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import digests
from bot.core.moments import date_of
from bot.models import Announcement, AnnouncementSeries
from bot.services import lanes, schedules, series
from bot.services.lanes import Lanes
from content import series_rules
from handlers.console.access import now


@dataclass(frozen=True)
class Timing:
    """What a page says of the time: moved out of the night, in digests, late, coming again, corrected."""

    note: str | None
    late: str
    lanes: Lanes | None
    digest_at: tuple[tuple[str, int], ...]  # when, how many
    over_cap_at: str
    series: AnnouncementSeries | None
    words: str
    dates: tuple[str, ...]
    corrects: Announcement | None
    corrections: tuple[Announcement, ...]


def of(db: Session, row: Announcement) -> Timing:
    """Everything about an announcement's time."""
    moment = now()
    open_ = row.frozen_at is None and row.state not in ("cancelled", "stopped")
    found = lanes.forecast(db, row, moment) if open_ else None
    at = max(schedules.send_time(row, moment), moment)
    later = tuple((digests.when(lane, at), number) for lane, number in (found.later if found else {}).items())
    again = series.of(db, row)
    plan = series.plan_of(again) if again else None
    corrections = select(Announcement).where(
        Announcement.corrects_id == row.id, Announcement.municipality_id == row.municipality_id
    )
    return Timing(
        note=schedules.note(row, moment),
        late=schedules.late_words(row.late_hours),
        lanes=found,
        digest_at=later,
        over_cap_at=digests.when(digests.next_lane(at), at),
        series=again,
        words=series_rules.in_words(plan) if plan else "",
        dates=tuple(date_of(one.day) for one in series.coming(again, moment)) if again else (),
        corrects=db.get(Announcement, row.corrects_id) if row.corrects_id is not None else None,
        corrections=tuple(db.scalars(corrections.order_by(Announcement.id))),
    )
