"""Days and times as people read them, per language: 11月28日(土) 午前9時から."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot.now import jst
from content import calendar_names

_JA = "月火水木金土日"
_JAPANESE = {"ja", "easy-ja"}


def day(value: date, language: str, today: date | None = None) -> str:
    """A day with its weekday; the year only when it is not `today`'s, and then always."""
    other_year = today is not None and value.year != today.year
    if language == "ja":
        year = f"{value.year}年" if other_year else ""
        return f"{year}{value.month}月{value.day}日({_JA[value.weekday()]})"
    if language == "easy-ja":
        year = f"{value.year}年 " if other_year else ""
        return f"{year}{value.month}月{value.day}日({_JA[value.weekday()]}曜日)"
    return calendar_names.dated(value, language, weekday=True, year=other_year)


def span(first: date, last: date, language: str, today: date | None = None) -> str:
    """A range of days: one day, two neighbouring days side by side, or from - to; a year of both is said once."""
    start = day(first, language, today)
    if first == last:
        return start
    if language not in _JAPANESE:
        return f"{day(first, language, None if first.year == last.year else today)} - {day(last, language, today)}"
    weekday = _JA[last.weekday()] + ("曜日" if language == "easy-ja" else "")
    short = (
        f"{last.day}日({weekday})"
        if (first.year, first.month) == (last.year, last.month)
        else day(last, language, None if first.year == last.year else today)
    )
    if last - first == timedelta(days=1):
        return f"{start}・{short}"
    return f"{start}から{short}まで" if language == "ja" else f"{start}から {short}まで"


def clock(value: time, language: str) -> str:
    """A time of day: 午前9時, 正午, 午後1時30分, 9:00."""
    if language not in _JAPANESE:
        return f"{value.hour}:{value.minute:02d}"
    if (value.hour, value.minute) == (12, 0):
        return "正午" if language == "ja" else "昼(ひる)の12時"
    half = "午前" if value.hour < 12 else "午後"
    if language == "easy-ja":
        half = "朝(あさ)" if value.hour < 12 else "午後(ごご)" if value.hour < 18 else "夜(よる)"
    hour = value.hour if value.hour < 12 else value.hour - 12
    return f"{half}{hour}時" + (f"{value.minute}分" if value.minute else "")


def moment(starts_at: datetime, ends_at: datetime | None, language: str, *, all_day: bool, today: date) -> str:
    """When something takes place: day, start and, when known, end."""
    start = jst(starts_at)
    text = day(start.date(), language, today)
    if all_day:
        return text
    text += f" {clock(start.timetz(), language)}"
    if ends_at is None or jst(ends_at).date() != start.date() or ends_at == starts_at:
        return text + ("から" if language in _JAPANESE else "")
    end = clock(jst(ends_at).timetz(), language)
    for half in ("午前", "午後"):
        if language == "ja" and half in text and end.startswith(half):
            end = end.removeprefix(half)
    return f"{text}から{end}まで" if language in _JAPANESE else f"{text}-{end}"


def plain(value: date, language: str) -> str:
    """A date without weekday, for sources: 2026年11月22日."""
    if language in _JAPANESE:
        return f"{value.year}年{value.month}月{value.day}日"
    return calendar_names.dated(value, language, weekday=False, year=True)
