"""The form for coming again and for missed times, and corrections."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import date, time, timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.core.transitions import possible
from bot.errors import BadInputError, ConflictError
from bot.models import Announcement, AnnouncementSeries
from bot.now import jst
from bot.services import schedules, series, series_acts
from content import series_rules
from content.series_rules import Plan
from handlers.console import forms, rule_fields
from handlers.console.access import context, now, person, right
from handlers.console.announcements import readable
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
REPEATS = {"once": "1回だけ"} | rule_fields.REPEATS
HOLIDAYS = {"keep": "そのまま送る", "previous": "その前の平日に送る", "next": "その次の平日に送る"}
USUAL_LENGTH = timedelta(days=180)
_WRITTEN = re.compile(r"(?:(\d{4})[-/年.])?(\d{1,2})[-/月.](\d{1,2})日?(?:\([月火水木金土日]\))?", re.ASCII)


@right("announcement.write", keeps=True)
def when(municipality: str, announcement_id: int) -> Answer:
    """Coming again, and what becomes of a missed time; the next dates stand on the announcement's page afterwards."""
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        again = series.of(db, row)
    if "change" not in possible(row.state):
        flash("承認されたお知らせの送り方は変えられません。", "warn")
        return _to_announcement(municipality, announcement_id)
    if request.method == "GET":
        return _page(_stored(row, again), row)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    plan, late = _read(fields)
    if fields.errors:
        return _page(fields, row), 400
    try:
        with context().database.write() as db:
            changing = readable(db, municipality, announcement_id)
            series_acts.set_plan(db, changing, person().actor, plan, late, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _page(fields, row), error.status
    flash("送り方を決めました。内容を確かめて、承認に出してください。", "good")
    return _to_announcement(municipality, announcement_id)


@right("announcement.write")
def correct(municipality: str, announcement_id: int) -> Response:
    """A correction to the same people: a draft with 【訂正】, to be written and approved like any other."""
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            new_id = series_acts.correct(db, row, person().actor, now()).id
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _to_announcement(municipality, announcement_id)
    flash("訂正の下書きを作りました。直して、承認に出してください。同じ人に、すぐに送られます。", "good")
    return redirect(url_for("console.announcements_edit", municipality=municipality, announcement_id=new_id))


# --- the form -------------------------------------------------------------------------------------


def _read(fields: Fields) -> tuple[Plan | None, int]:
    late = fields.one_of("late", "送る時を逃したとき", map(str, series_acts.LATE_HOURS))
    kind = fields.one_of("repeat", "くり返し方", REPEATS)
    hours = int(late) if "late" not in fields.errors else 0
    if kind not in REPEATS or kind == "once":
        return None, hours
    rule = rule_fields.read(fields, kind)
    at, first, last = _clock(fields), fields.day("first", "始めの日"), fields.day("last", "終わりの日")
    holiday = fields.one_of("holiday", "祝日のとき", HOLIDAYS)
    exceptions = _exceptions(fields, first or jst(now()).date())
    months = tuple(series_rules.month_break(month) for month in fields.numbers("months") if 1 <= month <= 12)
    if fields.errors or at is None or first is None or last is None:
        return None, hours
    return Plan(rule, at, first, last, holiday, months, exceptions), hours


def _clock(fields: Fields) -> time | None:
    try:
        return time.fromisoformat(fields.value("at").strip()).replace(tzinfo=None)
    except ValueError:
        fields.errors["at"] = "送る時刻を選んでください(例: 18:00)。"
        return None


def _exceptions(fields: Fields, first: date) -> frozenset[date]:
    words = re.split(r"[\s、,]+", unicodedata.normalize("NFKC", fields.value("exceptions")).strip())
    found = {word: _day(word, first) for word in words if word}
    if wrong := "、".join(word for word, day in found.items() if day is None):
        fields.errors["exceptions"] = (
            f"「{wrong[:40]}」が日として読めません。2027-01-03 か 1月3日 のように書いてください。"
        )
    return frozenset(day for day in found.values() if day is not None)


def _day(word: str, first: date) -> date | None:
    """2027-01-03, 2027/1/3, 1月3日(日) or 1/3: without a year the next such day from `first` on."""
    match = _WRITTEN.fullmatch(word)
    if match is None:
        return None
    for year in (int(match[1]),) if match[1] else range(first.year, first.year + 3):
        with suppress(ValueError):
            day = date(year, int(match[2]), int(match[3]))
            if match[1] or day >= first:
                return day
    return None


def _stored(row: Announcement, again: AnnouncementSeries | None) -> Fields:
    today = jst(now()).date()
    values: dict[str, str | list[str]] = {
        "late": str(row.late_hours), "repeat": "once", "every": "1", "at": "18:00", "holiday": "keep", "weekday": "SU",
        "month_day": "1", "first": str(today), "last": str(today + USUAL_LENGTH), "nths": ["1"], "weekdays": [],
    }  # fmt: skip
    if again is None:
        return Fields.of(values)
    values |= {"at": again.at, "holiday": again.holiday, "first": str(again.starts_on), "last": str(again.ends_on)}
    values |= {"months": [str(int(first[:2])) for first, _ in again.breaks], "exceptions": "\n".join(again.exceptions)}
    return Fields.of(values | rule_fields.shown(again.rule))


def _page(fields: Fields, row: Announcement) -> str:
    return render_template(
        "console/announcement_when.html", fields=fields, row=row, repeats=REPEATS, holidays=HOLIDAYS,
        nths=rule_fields.NTHS, codes=rule_fields.WEEKDAYS,
        late=[(hours, schedules.late_words(hours)) for hours in series_acts.LATE_HOURS],
    )  # fmt: skip


def _to_announcement(municipality: str, announcement_id: int) -> Response:
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))
