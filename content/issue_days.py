"""発行日: the days on which a district's circular comes out, shifted over holidays and breaks. Pure.

A rule is content.recurrence's line in one of three forms: `FREQ=MONTHLY;BYDAY=1TH,3TH`,
`FREQ=MONTHLY;BYMONTHDAY=5,20`, `FREQ=WEEKLY;BYDAY=TH`. A day that is a public holiday or lies in a break moves to the
working day before or after it, or is left out. A 第5木曜 that a month does not have is left out (RFC 5545).
Days are days of Asia/Tokyo.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.errors import BadInputError
from content import recurrence

SHIFTS: Final = ("before", "after", "skip")
# お盆 and 年末年始 as most offices keep them; a district may set its own. First and last day, month-day.
BREAKS: Final = (("08-13", "08-16"), ("12-29", "01-03"))
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES: Final = "月火水木金土日"
SHIFT_WORDS: Final = {
    "before": "その前の平日に出します",
    "after": "その次の平日に出します",
    "skip": "その回は休みます",
}
_BREAK_NAMES: Final = {"08": "お盆", "12": "年末年始", "01": "年末年始"}
_MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
# The longest run without a working day is a break beside a weekend and a holiday or two.
LONGEST_SHIFT: Final = timedelta(days=31)
LOOKED_AHEAD: Final = timedelta(days=400)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class IssueRule:
    """When the circular comes out. `breaks` are (first, last) as month-day, a last before its first is next year's."""

    rule: str
    shift: str = "before"
    breaks: tuple[tuple[str, str], ...] = BREAKS


@dataclass(frozen=True)
class IssueDay:
    """One 発行日: the day that the rule names and the day it comes out."""

    named: date
    day: date


def of_weekdays(numbers: Sequence[int], weekday: int) -> str:
    """The rule of 第n weekdays (0 = Monday) of each month; -1 is the last one, 0 every one."""
    if 0 in numbers:
        return f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}"
    return "FREQ=MONTHLY;BYDAY=" + ",".join(f"{number}{WEEKDAYS[weekday]}" for number in numbers)


def of_month_days(days: Sequence[int]) -> str:
    """The rule of the same days each month; -1 is the last day."""
    return "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(str(day) for day in days)


def check(rule: IssueRule, today: date) -> None:
    """Raise BadInputError unless the rule is one of the three forms and names a day in the next year."""
    parsed = recurrence.parse(rule.rule)
    plain = not parsed.until and not parsed.by_month and parsed.interval == 1
    if not plain or parsed.frequency not in ("WEEKLY", "MONTHLY") or bool(parsed.by_day) == bool(parsed.by_month_day):
        raise BadInputError("発行日は、第何の何曜日か、毎月の何日かで決めてください。")
    if rule.shift not in SHIFTS:
        raise BadInputError("祝日や休みに当たるときのことを選んでください。")
    if any(not _MONTH_DAY.fullmatch(part) for pair in rule.breaks for part in pair):
        raise BadInputError("休みの期間は、08-13 のように、月と日で書いてください。")
    if not upcoming(rule, today, 1):
        raise BadInputError("この決め方では、1年のあいだに発行日がありません。")


def upcoming(rule: IssueRule, today: date, count: int) -> list[IssueDay]:
    """The next days, today included, within the next 400 days."""
    return between(rule, today, today + LOOKED_AHEAD)[:count]


def between(rule: IssueRule, start: date, end: date) -> list[IssueDay]:
    """The days on which an issue comes out from `start` to `end`, both included; of two on one day the first."""
    parsed = recurrence.parse(rule.rule)
    found: dict[date, IssueDay] = {}
    named = start - LONGEST_SHIFT
    while named <= end + LONGEST_SHIFT:
        if recurrence.matches(parsed, named):
            day = shifted(rule, named)
            if day is not None and start <= day <= end:
                found.setdefault(day, IssueDay(named, day))
        named += _DAY
    return [found[day] for day in sorted(found)]


def shifted(rule: IssueRule, named: date) -> date | None:
    """The day an issue comes out that the rule names for this day; None when it is left out."""
    if not off(rule, named):
        return named
    if rule.shift == "skip":
        return None
    step = -_DAY if rule.shift == "before" else _DAY
    day = named + step
    while off(rule, day) or day.weekday() >= 5:
        if abs(day - named) >= LONGEST_SHIFT:  # a break as long as a month: the issue is left out
            return None
        day += step
    return day


def off(rule: IssueRule, day: date) -> bool:
    """Whether nothing comes out that day: a public holiday, or a break of the district."""
    import jpholiday

    return bool(jpholiday.is_holiday(day)) or any(_inside(day, *pair) for pair in rule.breaks)


def in_words(rule: IssueRule) -> str:
    """毎月 第1・第3木曜日 … as people say it, with what happens over holidays and breaks."""
    breaks = "・".join(
        f"{_BREAK_NAMES.get(first[:2], '休み')}({_said(first)}から{_said(last)})" for first, last in rule.breaks
    )
    when = "・".join(part for part in ("祝日", breaks) if part)
    return f"{days_in_words(rule)}。{when}に当たるときは、{SHIFT_WORDS[rule.shift]}。"


def days_in_words(rule: IssueRule) -> str:
    """Only the days: 毎月 第1・第3木曜日 · 毎月 5日・末日 · 毎週 木曜日."""
    parsed = recurrence.parse(rule.rule)
    if parsed.by_month_day:
        return "毎月 " + "・".join("末日" if day == -1 else f"{day}日" for day in parsed.by_month_day)
    weekday = NAMES[parsed.by_day[0][1]]
    if not parsed.by_day[0][0]:
        return f"毎週 {weekday}曜日"
    numbers = "・".join("最後の" if nth == -1 else f"第{nth}" for nth, _ in parsed.by_day)
    return f"毎月 {numbers}{weekday}曜日" + ("(第5はある月だけ)" if any(nth == 5 for nth, _ in parsed.by_day) else "")


def _inside(day: date, first: str, last: str) -> bool:
    here = f"{day:%m-%d}"
    return first <= here <= last if first <= last else here >= first or here <= last


def _said(month_day: str) -> str:
    month, day = month_day.split("-")
    return f"{int(month)}月{int(day)}日"
