"""What an announcement's page says of its time: moved out of the night, in digests, late, coming again, corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import crowding, digests
from bot.core.moments import date_of
from bot.models import Announcement, AnnouncementSeries
from bot.models.announcement import CHOSEN
from bot.now import jst
from bot.services import agenda, announcement_lists, lanes, schedules, series
from bot.services.lanes import Lanes
from content import series_rules
from handlers.console.access import now, person, place

FEW: Final = 4  # districts that are named


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
    crowded: tuple[str, ...]  # where residents would get too much with it, in words


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
        crowded=tuple(_crowded(db, row)) if open_ else (),
    )


def _crowded(db: Session, row: Announcement) -> Iterator[str]:
    """Whom it would give too much in its week or on its day; nothing for what is not counted."""
    if row.audience in CHOSEN or lanes.always_at_once(db, row):
        return
    here, moment = place(), now()
    at = max(schedules.send_time(row, moment), moment)
    day, mine = jst(at).date(), announcement_lists.district_ids(db, row)
    look = agenda.Look(here.id, person().actor, moment, day, day)
    this = crowding.Send(at, frozenset(mine), row.title)
    every = [one.id for one in here.districts]
    cap = lanes.cap_of(db, here.id)
    for crowd in agenda.crowds(db, look, mine or every, (this,), but=row.id):
        names = [here.district_name(one) for one in crowd.places or mine]
        whom = "・".join(names) if 0 < len(names) <= FEW else f"{len(names) or len(every)}の地区"
        others = "、".join(f"「{name}」" for name in crowd.names if name != row.title)
        same = f"同じ日に{others}があります。" if others else ""
        if crowd.over:
            yield f"{date_of(day)}に送ると、{whom}では7日間に{crowd.week}件になります(決まりは{cap}件)。{same}"
        else:
            yield f"{date_of(day)}には、{whom}で{crowd.day_count}件になります。{same}"
