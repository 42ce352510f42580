"""Series: the days on which an announcement comes again, from a rule, a period, holidays and breaks. Pure.

The rule is content.recurrence's line (RFC 5545: nth weekdays, days of the month, `-1` from its end). A day that lies
in a break of the year or is an exception falls out. A public holiday (祝日; `jpholiday`) stays, or moves to the
working day before or after it; what would move out of the period or into a break falls out. Days of Asia/Tokyo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.errors import BadInputError
from bot.now import JST, jst
from content import recurrence
from content.recurrence import Rule

HOLIDAYS: Final = ("keep", "previous", "next")
LONGEST: Final = timedelta(days=2 * 366)  # a series is approved anew after two years at the latest
MOST_EXCEPTIONS: Final = 40
NAMES: Final = "月火水木金土日"
CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# The longest run of days off: 年末年始 or ゴールデンウィーク with the weekends around it.
_FURTHEST: Final = 14
_MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_DAY: Final = timedelta(days=1)
_HOLIDAY_WORDS: Final = {
    "previous": "祝日のときは、その前の平日に送ります",
    "next": "祝日のときは、その次の平日に送ります",
}


@dataclass(frozen=True)
class Plan:
    """A series' days. `breaks`: first and last day of a year as month-day, both included; may reach over new year."""

    rule: str
    at: time
    starts_on: date
    ends_on: date
    holiday: str = "keep"
    breaks: tuple[tuple[str, str], ...] = ()
    exceptions: frozenset[date] = frozenset()

    def moment(self, day: date) -> datetime:
        """When it goes out on a day."""
        return datetime.combine(day, self.at, JST)


@dataclass(frozen=True)
class Date:
    """The day that the rule names (what an announcement is made for, once), and the day it goes out."""

    named: date
    day: date


def dates(plan: Plan) -> Iterator[Date]:
    """Every date of the series, in the order of the days they are named for; of two on one day the first."""
    rule, seen = recurrence.parse(plan.rule), set[date]()
    named = plan.starts_on
    while named <= plan.ends_on:
        if recurrence.matches(rule, named, plan.starts_on) and (day := _goes_out(plan, named)) and day not in seen:
            seen.add(day)
            yield Date(named, day)
        named += _DAY


def coming(plan: Plan, now: datetime, count: int) -> list[Date]:
    """The next dates whose time is still to come, by the day they go out."""
    found = sorted((one for one in dates(plan) if plan.moment(one.day) > now), key=lambda one: one.day)
    return found[:count]


def check(plan: Plan, now: datetime) -> None:
    """Raise BadInputError, saying why and what to change, unless the series is sound and has a date to come."""
    recurrence.parse(plan.rule)
    if plan.ends_on < plan.starts_on:
        raise BadInputError("終わりの日が、始めの日より前です。終わりの日を直してください。")
    if plan.ends_on - plan.starts_on > LONGEST:
        raise BadInputError("くり返しは、2年までです。そのあとは、内容を見直して、もう一度承認を受けてください。")
    if plan.holiday not in HOLIDAYS or len(plan.exceptions) > MOST_EXCEPTIONS:
        raise BadInputError("祝日のときと、送らない日を確かめてください。")
    if any(not _MONTH_DAY.fullmatch(part) for pair in plan.breaks for part in pair):
        raise BadInputError("休む期間は、08-01 のように、月と日で書いてください。")
    if not coming(plan, now, 1):
        raise BadInputError(f"この決め方では、1回も送られません。{_why_never(plan, now)}")


def _why_never(plan: Plan, now: datetime) -> str:
    if plan.moment(plan.ends_on) <= now:
        return "終わりの日が、もう過ぎています。"
    rule, named = recurrence.parse(plan.rule), []
    day = max(plan.starts_on, jst(now).date())
    while day <= plan.ends_on:
        named += [day] if recurrence.matches(rule, day, plan.starts_on) else []
        day += _DAY
    if not named:
        return (
            "始めから終わりの日までに、当てはまる日がありません。曜日や日にちを直すか、終わりの日を先にしてください。"
        )
    if all(_in_break(plan, day) for day in named):
        return "当てはまる日が、すべて休みの期間に入っています。休みの期間を短くしてください。"
    return "当てはまる日が、休みや「送らない日」に入るか、もう過ぎています。"


def _goes_out(plan: Plan, named: date) -> date | None:
    if named in plan.exceptions or _in_break(plan, named):
        return None
    if plan.holiday == "keep" or not is_holiday(named):
        return named
    step = _DAY if plan.holiday == "next" else -_DAY
    day = named
    for _ in range(_FURTHEST):
        day += step
        if day.weekday() < 5 and not is_holiday(day):
            inside = plan.starts_on <= day <= plan.ends_on and not _in_break(plan, day)
            return day if inside and day not in plan.exceptions else None
    return None


def is_holiday(day: date) -> bool:
    """Whether it is a public holiday of Japan."""
    import jpholiday

    return bool(jpholiday.is_holiday(day))


def _in_break(plan: Plan, day: date) -> bool:
    here = f"{day:%m-%d}"
    return any(first <= here <= last if first <= last else here >= first or here <= last for first, last in plan.breaks)


# --- words ---------------------------------------------------------------------------------------


def month_break(month: int) -> tuple[str, str]:
    """A whole month off."""
    return f"{month:02}-01", f"{month:02}-{(31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]}"


def in_words(plan: Plan) -> str:
    """毎月 第3日曜日の午後6時、2027年3月31日まで。8月は休み。"""
    clock = f"{plan.at.hour}時" + (f"{plan.at.minute}分" if plan.at.minute else "")
    end = f"{plan.ends_on.year}年{plan.ends_on.month}月{plan.ends_on.day}日まで"
    parts = [f"{days_in_words(recurrence.parse(plan.rule))} {clock}、{end}"]
    parts += [_HOLIDAY_WORDS[plan.holiday]] if plan.holiday in _HOLIDAY_WORDS else []
    parts += [f"{_break_words(*pair)}は休みます" for pair in plan.breaks]
    parts += (
        ["送らない日: " + "・".join(f"{day.month}月{day.day}日" for day in sorted(plan.exceptions))]
        if plan.exceptions
        else []
    )
    return "。".join(parts) + "。"


def days_in_words(rule: Rule) -> str:
    """毎週 月・木曜日 · 2週ごと 木曜日 · 毎月 第1・第3日曜日 · 毎月 末日 · 毎年 4月 1日."""
    every = {"DAILY": "毎日", "WEEKLY": "毎週", "MONTHLY": "毎月", "YEARLY": "毎年"}[rule.frequency]
    if rule.interval > 1:
        every = (
            f"{rule.interval}"
            + {"DAILY": "日", "WEEKLY": "週", "MONTHLY": "か月", "YEARLY": "年"}[rule.frequency]
            + "ごと"
        )
    months = "・".join(f"{month}月" for month in rule.by_month)
    days = "・".join(
        "末日" if day == -1 else f"{day}日" if day > 0 else f"末日の{-day - 1}日前" for day in rule.by_month_day
    )
    numbers = "・".join(_nth(nth) for nth in dict.fromkeys(nth for nth, _ in rule.by_day) if nth)
    weekdays = "・".join(NAMES[weekday] for weekday in dict.fromkeys(weekday for _, weekday in rule.by_day))
    return " ".join(part for part in (every, months, days, f"{numbers}{weekdays}曜日" if weekdays else "") if part)


def _nth(number: int) -> str:
    return f"第{number}" if number > 0 else "最後の" if number == -1 else f"最後から{-number}番目の"


def _break_words(first: str, last: str) -> str:
    month = int(first[:2])
    if (first, last) == month_break(month):
        return f"{month}月"
    return f"{month}月{int(first[3:])}日から{int(last[:2])}月{int(last[3:])}日まで"
