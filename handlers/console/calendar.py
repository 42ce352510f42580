"""The calendar of all districts: a month by days, what goes out, what is due, where a resident would get too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import render_template, request

from bot.core.crowding import Crowd
from bot.core.small_numbers import Cells
from bot.models import District
from bot.services import agenda, agenda_dates, head_counts, lanes
from bot.services.agenda import Event, Look
from handlers.console.access import context, my_districts, now, person, right
from handlers.console.home import page_of

# kind -> (its name in the filter, the tag's words, its look)
KINDS: Final = {
    "announcement": ("お知らせ", "お知らせ", "wait"),
    "circular": ("回覧", "回覧", "wait"),
    "series": ("くり返すお知らせ", "くり返し", "wait"),
    "reminder": ("前もっての知らせ", "知らせ", "plain"),
    "activity": ("行事", "行事", "done"),
    "poll": ("アンケートの締切", "アンケート", "warn"),
    "round": ("円卓会議", "円卓会議", "go"),
    "answer": ("返事の期限", "返事", "warn"),
    "holiday": ("祝日", "祝日", "plain"),
}
FARTHEST: Final = 24  # months back and ahead
A_DAY: Final = 6  # events of a day that the month shows, sends before the rest; the day's own page shows all


@dataclass(frozen=True)
class Day:
    """One day of the month: its events with their pages, and who gets too much on it."""

    day: date
    events: tuple[tuple[Event, str | None], ...]
    crowds: tuple[Crowd, ...]
    holiday: str
    more: int = 0  # events that are not shown here


@right("announcement.read")
def month(municipality: str) -> str:
    """A month (or one day of it), of all one's districts or of one, everything or one kind."""
    today = person().today
    first, last, one_day = _span(today)
    mine = my_districts("announcement.read")
    chosen = next((one for one in mine if one.key == request.args.get("district", "")), None)
    kind = request.args.get("kind", "") if request.args.get("kind", "") in KINDS else ""
    look = Look(municipality, person().actor, now(), first, last)
    with context().database.read() as db:
        events = agenda_dates.everything(db, look)
        crowds = agenda.crowds(db, look, _places(mine, chosen)) if last >= today else []
        cap = lanes.cap_of(db, municipality)
        people = head_counts.by_district(db, municipality, [one.id for one in mine]) if crowds else None
    shown, names = [one for one in events if _wanted(one, chosen, kind)], {one.id: one.name for one in mine}
    this = first.replace(day=1)
    return render_template(
        "console/calendar.html",
        first=first,
        days=_days(look, shown, crowds, None if one_day else A_DAY),
        one_day=one_day,
        today=today,
        kinds=KINDS,
        kind=kind,
        chosen=chosen,
        districts=mine,
        before=_before(this, today),
        after=_after(this, today),
        cap=cap,
        crowds=[(one, whom(one, names), _people(one, people)) for one in crowds],
        count=len(shown),
    )


def whom(crowd: Crowd, names: dict[int, str]) -> str:
    """Whose residents get it, in words."""
    if crowd.places is None:
        return "どの地区も"
    listed = [names[one] for one in crowd.places if one in names]
    return "・".join(listed) if len(listed) <= 4 else f"{'・'.join(listed[:3])}など{len(listed)}地区"


def _people(crowd: Crowd, people: Cells[int] | None) -> int | None:
    """How many live there, as far as the small-number rule lets it be said."""
    if people is None:
        return None
    found = [people.counts.get(one) for one in crowd.places or people.counts]
    return None if None in found else sum(number for number in found if number is not None)


def _places(mine: Sequence[District], chosen: District | None) -> list[int]:
    return [chosen.id] if chosen is not None else [one.id for one in mine]


def _wanted(event: Event, chosen: District | None, kind: str) -> bool:
    if event.kind == "holiday":
        return kind in ("", "holiday")
    if kind and event.kind != kind:
        return False
    return chosen is None or not event.districts or chosen.id in event.districts


def _days(look: Look, events: Sequence[Event], crowds: Sequence[Crowd], most: int | None) -> list[Day]:
    found = []
    for number in range((look.last - look.first).days + 1):
        day = look.first + timedelta(days=number)
        here = [one for one in events if one.day == day]
        holiday = next((one.title for one in here if one.kind == "holiday"), "")
        events_here = [one for one in here if one.kind != "holiday"]
        chosen = sorted(events_here, key=lambda one: agenda.KINDS.index(one.kind))[:most]
        rows = tuple((one, page_of(one)) for one in events_here if one in chosen)
        too_much = tuple(one for one in crowds if one.day == day)
        found.append(Day(day, rows, too_much, holiday, len(events_here) - len(rows)))
    return found


def _span(today: date) -> tuple[date, date, bool]:
    """First and last day that are asked for, and whether it is one day only."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
        if abs(_apart(day, today)) <= FARTHEST:
            return day, day, True
    except ValueError:
        pass
    first = _month(request.args.get("month", ""), today)
    return first, _next(first) - timedelta(days=1), False


def _month(text: str, today: date) -> date:
    """The first day of `2026-11`; this month for anything else, and not farther than two years."""
    try:
        wanted = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return wanted if abs(_apart(wanted, today)) <= FARTHEST else today.replace(day=1)


def _apart(one: date, other: date) -> int:
    return (one.year - other.year) * 12 + one.month - other.month


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _before(first: date, today: date) -> date | None:
    earlier = (first - timedelta(days=1)).replace(day=1)
    return earlier if _apart(earlier, today) >= -FARTHEST else None


def _after(first: date, today: date) -> date | None:
    return _next(first) if _apart(_next(first), today) <= FARTHEST else None
