"""Moments as residents and staff read them: date, weekday and time of Japan. Pure."""

from __future__ import annotations

from datetime import date, datetime

from bot.now import jst
from content import calendar_text

WEEKDAYS = "月火水木金土日"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_of(moment: datetime, language: str = "ja") -> str:
    """12月10日(木) · 12月10日(木曜日) in easy-ja · Thursday 10 December in English, so in every other language."""
    local = jst(moment)
    if language not in ("ja", "easy-ja", "en"):
        return calendar_text.day(local.date(), language)
    if language == "en":
        return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    return date_of(local.date(), "曜日" if language == "easy-ja" else "")


def date_of(day: date, after: str = "") -> str:
    """12月25日(金); `after` follows the weekday."""
    return f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]}{after})"


def time_of(moment: datetime, language: str = "ja") -> str:
    """午後5時 · 午前8時30分 · 正午; 5 pm · 8:30 am · noon in English; 17:00 in other languages."""
    local = jst(moment)
    japanese = language in ("ja", "easy-ja")
    if (local.hour, local.minute) == (12, 0):
        return "正午" if language == "ja" else "昼の12時" if japanese else "noon" if language == "en" else "12:00"
    if japanese:
        half, hour = ("午前", local.hour) if local.hour < 12 else ("午後", local.hour - 12)
        return f"{half}{hour}時" + (f"{local.minute}分" if local.minute else "")
    if language != "en":
        return f"{local.hour}:{local.minute:02}"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{(local.hour - 1) % 12 + 1}{minutes} {'am' if local.hour < 12 else 'pm'}"


def moment_of(moment: datetime, language: str = "ja") -> str:
    """12月10日(木)午後5時 · Thursday 10 December, 5 pm."""
    mark = "" if language == "ja" else " " if language == "easy-ja" else ", "
    return day_of(moment, language) + mark + time_of(moment, language)
