"""Activities for everybody: a list, a month, one activity with its dates, and its calendar file.

Numbers of free places are told where people sign up here; who comes is told nobody.
"""

from __future__ import annotations

import calendar as months
import re
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from sqlalchemy import select

from bot.core import answer_text, sign_up_rules
from bot.models import Entry
from bot.now import JST
from bot.services import activities, open_data_out, sign_ups
from bot.services.activities import Dated
from bot.services.calendar_files import activity_file
from bot.services.context import Context
from bot.services.sign_ups import Key
from content.packs_model import Entry as Content
from content.recurrence import Occurrence, occurrences
from handlers.public.site import show
from handlers.public.visiting import Visit, coming, visit

LISTED: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=366)
DATES: Final = 6  # of one activity, on its page
MOST: Final = 60  # dates on one page of the list
MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MONTHS_BACK, MONTHS_AHEAD = 1, 12
A_DAY: Final = 5  # of a month's page; the rest of a day has its own list


def add(pages: Blueprint, context: Context) -> None:
    """Put the pages under /m/<municipality>/activities/."""
    place = "/m/<municipality>/activities/"
    pages.add_url_rule(place, "activities", partial(_list, context))
    pages.add_url_rule(f"{place}month/<month>", "activities_month", partial(_month, context))
    pages.add_url_rule(f"{place}<key>/", "activity", partial(_one, context))
    pages.add_url_rule(f"{place}<key>.ics", "calendar", partial(_calendar, context))


def _list(context: Context, municipality: str) -> Response:
    """What takes place within two months, by day."""
    here, now = visit(context, municipality), context.clock()
    district = _district(here)
    only = _day(request.args["day"]) if request.args.get("day") else None
    begin, end = (_midnight(only), _midnight(only + timedelta(days=1))) if only else (now, now + LISTED)
    if only and not abs((only - here.site.today).days) <= AHEAD.days:
        abort(404)
    found = coming(here.readable.values(), begin, end, (district,) if district else ())
    days: dict[date, list[tuple[Content, Occurrence]]] = {}
    for entry, one in found[:MOST]:
        days.setdefault(max(one.starts_at, begin).astimezone(JST).date(), []).append((entry, one))
    return show(
        context, "public/activities.html", site=here.site, here=here, days=days, district=district,
        more=len(found) > MOST, month=(only or here.site.today).replace(day=1), only=only,
    )  # fmt: skip


def _month(context: Context, municipality: str, month: str) -> Response:
    """A month day by day; a list on a small screen, a calendar on a wide one."""
    here, match = visit(context, municipality), MONTH.fullmatch(month)
    if match is None:
        abort(404)
    first, today = date(int(match[1]), int(match[2]), 1), here.site.today
    apart = (first.year - today.year) * 12 + first.month - today.month
    if not -MONTHS_BACK <= apart <= MONTHS_AHEAD:
        abort(404)
    district = _district(here)
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    days: dict[date, list[tuple[Content, Occurrence]]] = {first + timedelta(days=n): [] for n in range(last.day)}
    for entry, one in coming(here.readable.values(), begin, end, (district,) if district else ()):
        days.setdefault(max(one.starts_at, begin).astimezone(JST).date(), []).append((entry, one))
    return show(
        context, "public/activities_month.html", site=here.site, here=here, days=days, first=first, district=district,
        a_day=A_DAY, before=_neighbour(first, -1) if apart > -MONTHS_BACK else None,
        after=_neighbour(first, 1) if apart < MONTHS_AHEAD else None,
    )  # fmt: skip


def _one(context: Context, municipality: str, key: str) -> Response:
    """One activity: its dates as they stand, the particulars, both ways that lead to it, its source."""
    here, now = visit(context, municipality), context.clock()
    entry = here.readable.get(key)
    if entry is None or entry.activity is None:
        abort(404)
    dates = occurrences(entry, now, now + AHEAD)[:DATES]
    with context.database.read() as session:
        row = session.scalar(select(Entry).where(Entry.municipality_id == municipality, Entry.key == key))
        place = open_data_out.place(session, municipality, context.settings.public_url)
        doors = {one.day: _door(session, Dated(entry, one), municipality, now) for one in dates}
    if row is None:
        abort(404)
    return show(
        context, "public/activity.html", site=here.site, here=here, entry=entry, dates=dates, doors=doors, row=row,
        data=open_data_out.json_ld(place, [(row, entry, dates)]), facts=_facts(here, entry), desk=here.desk_of(entry),
        text=here.text(entry), related=here.related(entry),
    )  # fmt: skip


def _door(session: Any, dated: Dated, municipality: str, now: datetime) -> dict[str, Any] | None:
    """Whether one can sign up here for a date, and how many places are left; None where that is not done here."""
    if not sign_ups.offers(dated):
        return None
    key = Key(municipality, dated.entry.id, dated.occurrence.day)
    return {"why": sign_up_rules.refusal(dated.occurrence, now), "left": sign_ups.free(session, key, dated)}


def _facts(here: Visit, entry: Content) -> list[tuple[str, str, str]]:
    """(label, what the activity says, its language): what is empty is left out."""
    activity, site = entry.activity, here.site
    assert activity is not None
    capacity = site.say("people", count=activity.capacity) if activity.capacity is not None else ""
    place = " ".join(part for part in (activity.place, activity.address) if part)
    rows = [
        ("place", place, "ja"), ("for_whom", _said(here, activity.audience_words), ""),
        ("fee", _said(here, activity.fee), ""), ("capacity", capacity, ""),
        ("how_to_apply", _said(here, activity.how_to_apply), ""), ("organiser", activity.organiser, "ja"),
    ]  # fmt: skip
    return [(site.say(name), said, lang or _lang(here, said)) for name, said, lang in rows if said]


_USUAL: Final = answer_text.VALUES


def _said(here: Visit, words: str) -> str:
    """The usual words in the visit's language, other words as they stand."""
    return here.site.phrase(f"answer.value.{_USUAL[words]}") if words in _USUAL else words


def _lang(here: Visit, said: str) -> str:
    return "ja" if not here.site.japanese and re.search("[ぁ-ヿ一-鿿]", said) else here.site.lang


def _district(here: Visit) -> str:
    """The district that the address asks for; empty: all."""
    wanted = request.args.get("district", "")
    return wanted if here.knowledge.district(wanted) else ""


def _neighbour(first: date, step: int) -> str:
    month = first.month - 1 + step
    return f"{first.year + month // 12}-{month % 12 + 1:02d}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JST)


def _calendar(context: Context, municipality: str, key: str) -> Response:
    """The activity as iCalendar, one date with ?day=2026-12-06."""
    now, host = context.clock(), urlsplit(context.settings.public_url).hostname or "entaku"
    with context.database.read() as session:
        row = session.scalar(select(Entry).where(Entry.municipality_id == municipality, Entry.key == key))
        found = activities.find(session, municipality, key, now)
        if row is None or found is None:
            abort(404)
        content, dates = found
        if "day" in request.args:
            chosen = activities.on(session, municipality, key, _day(request.args["day"]), now)
            dates = [chosen.occurrence] if chosen else []
    if not dates:
        abort(404)
    response = Response(activity_file(row, content, dates, host), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="activity.ics"'
    response.headers["Cache-Control"] = "no-cache"  # it may be called off in a minute
    response.headers["X-Content-Type-Options"] = "nosniff"
    if context.settings.demo:
        response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    response.make_conditional(request)
    return response


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
