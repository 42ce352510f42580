"""Days as tables write them -> days of the calendar, with what had to be assumed said aloud.

Read are ISO days, 2026/8/5, 20260805, 令和8年8月5日, R8.8.5, 8月5日 (the nearest such day, by its weekday where one is
given), m/d/yy, a spreadsheet's day number, several days (9月4日、18日), ranges, 「8月16日まで」 and repeated days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from bot.now import jst
from content.formats import patterns_in
from content.formats.clocks_in import CLOCK, NOTHING, plain

_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?(?:\.0+)?(?:Z|\+09:00)?)?")
_ERAS: Final = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_SERIAL: Final = re.compile(r"[34567]\d{4}(?:\.\d+)?")
_SERIAL_FROM: Final = date(1899, 12, 30)  # Excel's day 0, with its leap year 1900 that never was
_SHORT: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{1,2}|\d{4})")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?P<zone>Z|[+-]\d{2}:?\d{2})?")
_HOLIDAY: Final = r"(?:\s*[・、,/]?\s*(?:祝日?|休日?|振休|振替休日))?"
_WEEKDAY: Final = (
    rf"(?:\s*\(?\s*(?P<weekday>[月火水木金土日])(?:曜日?)?{_HOLIDAY}\s*\)|\s*(?P<weekday2>[月火水木金土日])曜日?)?"
)
_YEAR: Final = (
    r"(?:(?:(?P<era>令和|平成|昭和|[RHS])\s*\.?\s*(?P<era_year>\d{1,2}|元)|(?P<year>(?:19|20)\d{2}))"
    r"\s*(?:年度?|[./-])\s*)"
)
_DATE: Final = re.compile(
    rf"(?:{_YEAR}(?P<month>\d{{1,2}})\s*(?:月|[./-])\s*(?P<day>\d{{1,2}})(?!\d)\s*日?"
    rf"|(?<!\d)(?P<month2>\d{{1,2}})\s*月\s*(?P<day2>\d{{1,2}})(?!\d)\s*日?"
    rf"|(?<![\d/])(?P<month3>\d{{1,2}})/(?P<day3>\d{{1,2}})(?![\d/])"
    rf"|(?<!\d)(?P<compact>20\d{{6}})(?!\d)){_WEEKDAY}"
)
_DAY: Final = re.compile(rf"(?P<day>\d{{1,2}})日(?!間|程|目){_WEEKDAY}")
_RANGE: Final = re.compile(r"(?:~|-|から|より|至)")
_UNTIL: Final = re.compile(r"まで|〆切|締切|締め切り|必着")
_AND: Final = re.compile(r"[、,・&と/\n及び並に]+")
_SPACE: Final = re.compile(r"[\s。]+|開催|頃|ごろ|予定|の")
MAX_DAYS: Final = 60
HALF_YEAR: Final = timedelta(days=183)
BEFORE: Final = timedelta(days=240)
AHEAD: Final = timedelta(days=400)
WEEKDAYS: Final = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Days:
    """What a cell says of days. `last` alone: from an unknown day until then. `rule`: repeated days.

    `notes`: what was assumed or is odd; `rest`: words that are no day; `wrong`: what looks like a day and is none;
    `words_of_time`: the times that stood between the days.
    """

    first: date | None = None
    last: date | None = None
    more: tuple[date, ...] = ()
    rule: str | None = None
    notes: tuple[str, ...] = ()
    rest: str = ""
    wrong: str = ""
    words_of_time: str = ""
    open_end: bool = False


@lru_cache(maxsize=16384)
def read(text: str, reference: date) -> Days:
    """Every day of a cell, seen from `reference`."""
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return _whole(int(found[1]), int(found[2]), int(found[3]), text)
    if text in NOTHING:
        return Days()
    if found := _MOMENT.fullmatch(text):
        return _moment(text, zoned=bool(found["zone"]))
    return _unusual(text) or _Scan(plain(text), reference).read()


def _unusual(text: str) -> Days | None:
    """A spreadsheet's day number, a day in American style, repeated days."""
    if _SERIAL.fullmatch(text):
        day = _SERIAL_FROM + timedelta(days=int(float(text)))
        return Days(day, notes=(f"表計算の日付の数{text}を{_said(day)}と読みました",))
    if found := _SHORT.fullmatch(plain(text)):
        return _month_first(found, text)
    named = patterns_in.rule(text)
    return Days(rule=named) if named else None


def _whole(year: int, month: int, day: int, text: str) -> Days:
    try:
        return Days(date(year, month, day))
    except ValueError:
        return Days(wrong=text)


def _moment(text: str, *, zoned: bool) -> Days:
    """2026-08-05T10:00:00+09:00: the day and the time as people in Japan read them."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Days(wrong=text)
    moment = jst(moment) if zoned else moment
    return Days(moment.date(), words_of_time=f"{moment:%H:%M}")


def _month_first(found: re.Match[str], text: str) -> Days:
    """8/5/26, as spreadsheets in American style write it; 26/8/5 when the first number is no month."""
    one, two, three = (int(part) for part in found.groups())
    if len(found[3]) == 4 or one <= 12:
        year, month, day = (three if len(found[3]) == 4 else 2000 + three), one, two
    else:
        year, month, day = 2000 + one, two, three
    made = _whole(year, month, day, text)
    if made.first is None:
        return made
    return replace(made, notes=(f"「{text}」を{_said(made.first)}と読みました",))


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # day, range, until, and, time, word
    text: str
    day: date | None = None


class _Scan:
    """One cell read from left to right."""

    def __init__(self, text: str, reference: date) -> None:
        self._text, self._reference = text, reference
        self._last: date | None = None
        self._notes: list[str] = []
        self._wrong = ""

    def read(self) -> Days:
        tokens = _joined(list(self._tokens()))
        if self._wrong:
            return Days(wrong=self._wrong)
        rest = " ".join(one.text for one in tokens if one.kind == "word").strip()
        times = " ".join(one.text for one in tokens if one.kind == "time")
        days = self._days([one for one in tokens if one.kind in {"day", "range", "until", "and"}])
        return replace(days, notes=tuple(self._notes), rest=rest, words_of_time=times)

    def _tokens(self) -> Iterator[_Token]:
        at, words = 0, ""
        text = self._text
        while at < len(text):
            token, size = self._next(at)
            if self._wrong:
                return
            if token is None:
                words += text[at]
                at += 1
                continue
            if words.strip():
                yield _Token("word", words.strip())
            words = ""
            if token.kind != "space":
                yield token
            at += size
        if words.strip():
            yield _Token("word", words.strip())

    def _next(self, at: int) -> tuple[_Token | None, int]:
        text = self._text
        if text[at] in "※(【[":
            return self._aside(at)
        if found := _DATE.match(text, at):
            return self._date(found)
        if self._last and (found := _DAY.match(text, at)):
            return self._day_alone(found)
        if found := CLOCK.match(text, at):
            return _Token("time", found[0]), len(found[0])
        for kind, pattern in (("range", _RANGE), ("until", _UNTIL), ("and", _AND), ("space", _SPACE)):
            if found := pattern.match(text, at):
                return _Token(kind, found[0]), len(found[0])
        return None, 0

    def _aside(self, at: int) -> tuple[_Token | None, int]:
        """A note to its end of line, or what stands in brackets: text, but for a lone weekday or 祝."""
        text = self._text
        if text[at] == "※":
            end = len(text)
        else:
            close = {"(": ")", "【": "】", "[": "]"}[text[at]]
            found = text.find(close, at)
            end = found + 1 if found >= 0 else len(text)
        aside = text[at:end]
        if re.fullmatch(r"\((?:祝日?|休日?|[月火水木金土日][・,]?祝?)\)", aside):
            return _Token("space", aside), len(aside)
        return _Token("word", aside), len(aside)

    def _date(self, found: re.Match[str]) -> tuple[_Token | None, int]:
        said = found.groupdict()
        weekday = said["weekday"] or said["weekday2"]
        if said["compact"]:
            number = said["compact"]
            year: int | None = int(number[:4])
            month, day = int(number[4:6]), int(number[6:])
        else:
            year = self._year(said)
            month = int(said["month"] or said["month2"] or said["month3"])
            day = int(said["day"] or said["day2"] or said["day3"])
        try:
            made = date(year, month, day) if year else self._without_year(month, day, weekday)
        except ValueError:
            self._wrong = found[0].strip()
            return None, 0
        if year:
            self._check_weekday(made, weekday)
        self._last = made
        return _Token("day", found[0], made), len(found[0])

    def _year(self, said: dict[str, str | None]) -> int | None:
        if said["era"]:
            return _ERAS[said["era"]] + (1 if said["era_year"] == "元" else int(said["era_year"] or 0))
        return int(said["year"]) if said["year"] else None

    def _day_alone(self, found: re.Match[str]) -> tuple[_Token | None, int]:
        assert self._last
        before = self._last
        try:
            made = before.replace(day=int(found["day"]))
            if made < before:
                made = (before.replace(day=28) + timedelta(days=4)).replace(day=int(found["day"]))
        except ValueError:
            self._wrong = found[0]
            return None, 0
        self._check_weekday(made, found["weekday"] or found["weekday2"])
        self._last = made
        return _Token("day", found[0], made), len(found[0])

    def _without_year(self, month: int, day: int, weekday: str | None) -> date:
        """After another day of the cell: the next such day. Else the nearest, of the given weekday where one fits."""
        if self._last:
            made = date(self._last.year, month, day)
            if made < self._last - HALF_YEAR:
                made = date(self._last.year + 1, month, day)
            self._check_weekday(made, weekday)
            return made
        near = [one for year in range(-1, 2) if (one := _maybe(self._reference.year + year, month, day))]
        if not near:
            near = [one for year in range(-4, 5) if (one := _maybe(self._reference.year + year, month, day))]
        if not near:
            raise ValueError(f"{month}/{day}")
        near.sort(key=lambda one: abs((one - self._reference).days))
        fitting = [one for one in near if weekday and WEEKDAYS[one.weekday()] == weekday and self._is_near(one)]
        made = (fitting or near)[0]
        self._notes.append(f"年が書いてないので、{made.year}年の{made.month}月{made.day}日と読みました")
        self._check_weekday(made, weekday)
        return made

    def _is_near(self, day: date) -> bool:
        """A list is of the year to come, with some of what is over: only there a weekday may choose the year."""
        return -BEFORE <= day - self._reference <= AHEAD

    def _check_weekday(self, day: date, weekday: str | None) -> None:
        real = WEEKDAYS[day.weekday()]
        if weekday and weekday != real:
            self._notes.append(f"{_said(day)}は{real}曜日ですが、({weekday})と書いてあります。どちらかを直してください")

    def _days(self, tokens: list[_Token]) -> Days:
        """Ranges, ends and lists. Several ranges become single days, as long as they are few."""
        spans: list[tuple[date, date | None, bool]] = []
        for at, token in enumerate(tokens):
            if token.day is None:
                continue
            before = tokens[at - 1].kind if at else ""
            after = tokens[at + 1].kind if at + 1 < len(tokens) else ""
            if before == "range" and spans and spans[-1][1] is None and at >= 2:
                first = spans[-1][0]
                spans[-1] = (first, token.day, False)
            elif (before == "range" and at == 1) or (after == "until" and not spans and at == 0):
                return Days(last=token.day)
            else:
                spans.append((token.day, None, after == "range" and at + 2 >= len(tokens)))
        if not spans:
            return Days()
        if len(spans) == 1:
            first, last, opened = spans[0]
            return Days(first, last, open_end=opened)
        return self._several(spans)

    def _several(self, spans: list[tuple[date, date | None, bool]]) -> Days:
        days: list[date] = []
        for first, last, _ in spans:
            length = ((last or first) - first).days
            if not 0 <= length <= MAX_DAYS:
                self._wrong = self._text
                return Days(wrong=self._text)
            days += [first + timedelta(days=ahead) for ahead in range(length + 1)]
        days = sorted(set(days))
        if len(days) > MAX_DAYS:
            return Days(wrong=self._text)
        return Days(days[0], more=tuple(days[1:]))


def _maybe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _joined(tokens: list[_Token]) -> list[_Token]:
    """A wave between two times belongs to them; a line break beside a wave says nothing."""
    found: list[_Token] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].kind if at else ""
        after = tokens[at + 1].kind if at + 1 < len(tokens) else ""
        if token.kind == "range" and before == after == "time":
            found.append(_Token("time", "~"))
        elif not (token.kind == "and" and "range" in {before, after}):
            found.append(token)
    return found
