"""Dates as people say them, from an injected now: 「今度の土日」「来月の第2土曜」「R8.4.1」「お盆」.

Conventions: weeks start on Monday; 週末 is Saturday and Sunday, what is left of it when it has begun;
今度の日曜 on a Sunday is the next one; 今月中 is today to the month's end; a month already past this
year means next year's. What only looks like a date (1丁目2番地, 500円, 3年生, 四日市) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.now import jst
from content import calendar_words as words
from content.search import tokens

Range = tuple[date, date]
Reader = Callable[[re.Match[str], date], Range | None]


@dataclass(frozen=True)
class Said:
    """The days meant, both inclusive, and the words that said so; `at` is the time of day when one was said.

    `rest` is the text without those words.
    """

    first: date
    last: date
    words: str
    at: time | None = None
    rest: str = ""


def find(text: str, now: datetime) -> Said | None:
    """The first date or range of dates that a text says, seen from `now`; None when it says none."""
    today = jst(now).date()
    whole = words.western_numbers(words.spoken(tokens.fold(text)))
    plain = _NOT_DATES.sub(lambda match: "\n" * len(match[0]), whole)  # as long as before
    for pattern, read in _RULES:
        for match in pattern.finditer(plain):
            found = _try(read, match, today)
            if found:
                rest = f"{whole[: match.start()]} {whole[match.end() :]}".strip()
                return Said(*found, match[0].strip(), time_of_day(text), rest)
    return None


def time_of_day(text: str) -> time | None:
    """The time of day a text says (午後3時半 = 15:30); None when it says none."""
    match = _TIME.search(words.western_numbers(tokens.fold(text)))
    if not match:
        return None
    hour = int(match["hour"] or match["clock"])
    minute = 30 if match["half"] else int(match["minute"] or match["second"] or 0)
    if match["part"] in words.AFTERNOON and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _try(read: Reader, match: re.Match[str], today: date) -> Range | None:
    try:
        return read(match, today)
    except (ValueError, OverflowError):  # 2月30日, 99月: not a date
        return None


_TIME = re.compile(
    r"(?P<part>午前|午後|朝|昼の?|夕方の?|夜の?|晩の?|am|pm)?\s*"
    r"(?:(?P<hour>\d{1,2})時(?!間)(?:(?P<half>半)|(?P<minute>\d{1,2})分)?|(?<!\d)(?P<clock>\d{1,2}):(?P<second>\d{2})(?!\d))"
)
_NOT_DATES = re.compile(
    r"\d+(?:丁目|番地?|号|円|年生|年間|日間|回|人|歳|才|階|時間|分|本|個|枚|名|世帯|地区|次|%|期|組|区|班|位|割)"
    r"|\d+か?月(?:間|分|号|おき|ごと|に\d)|\d+年度?(?:前|以上|ぶり|目|に\d)|\d+日(?:に?\d+回|に\d|おき|ごと|以内に|目|市|町|坊|分|あたり|ぶり|も?かか)"
    r"|\d+[-]\d+[-]\d+(?=番|号|$|[^\d])(?<!\d{4}-\d{2}-\d{2})(?<!\d{4}-\d-\d{2})|\d{2,4}-\d{2,4}-\d{4}"
    r"|\d+分の\d+|\d/\d(?=以|補|助|に(?:減|す)|ずつ|の(?:補|助|額))"
    r"|毎(?:週|月|年)の?第?[\d・、と]*(?:[月火水木金土日]曜日?|\d+日)?"
    r"|日曜(?:大工|学校|市)|土曜学校|正月(?:飾|かざ)り?|お?盆踊り?|ぼんおどり|クリスマス(?:会|ツリー|飾り)"
    r"|五月(?:人形|雨|晴)|\d月(?:人形|生まれ)|明日香|年末調整|休日(?:当番|夜間|診療)|祝日法"
)

_WEEKDAY = r"(?P<weekday>[月火水木金土日])(?:曜日?|よう日?|ようび?)"
_WEEK = r"(?P<week>先週|前の週|今週|来週|再来週|さ来週|次の週|翌週)"
_YEAR_WORD = r"(?P<year_word>今年|来年|再来年|去年|昨年|ことし)の?"
_MONTH = rf"(?:(?P<month_word>先月|今月|来月|再来月|さ来月|翌月)|(?:{_YEAR_WORD})?(?P<month>\d{{1,2}})月)"
_ERA = r"(?P<era>令和|平成|昭和|[rhs](?=\d))\s*(?P<era_year>\d{1,2}|元)年?"
_YEAR = rf"(?:{_ERA}|(?P<year>(?:19|20)\d\d)年?|{_YEAR_WORD})"
_TO = r"\s*(?:\([^)]{1,3}\))?\s*(?:から|~|-|・|、|,|と|か|及び|および|または|and|to|a|至)\s*"


def _year_of(match: re.Match[str], today: date) -> int | None:
    said = match.groupdict()
    if said.get("era"):
        start = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}[said["era"]]
        return start + (1 if said["era_year"] == "元" else int(said["era_year"]))
    if said.get("year"):
        return int(said["year"])
    if said.get("year_word"):
        return today.year + {"今年": 0, "ことし": 0, "来年": 1, "再来年": 2, "去年": -1, "昨年": -1}[said["year_word"]]
    return None


def _month_of(match: re.Match[str], today: date) -> tuple[int, int]:
    word = match.groupdict().get("month_word")
    if word:
        ahead = {"先月": -1, "今月": 0, "来月": 1, "翌月": 1, "再来月": 2, "さ来月": 2}[word]
        return words.month_after(today, ahead)
    month, year = int(match["month"]), _year_of(match, today)
    return (year or (today.year + (month < today.month)), month)


def _day(match: re.Match[str], today: date) -> Range:
    year, month = _month_of(match, today)
    first = date(year, month, int(match["day"]))
    last = match.groupdict().get("last_day")
    if not last:
        return first, first
    last_month = match.groupdict().get("last_month")
    end = date(year, int(last_month) if last_month else month, int(last))
    return (first, end) if end >= first else (first, end.replace(year=year + 1))


def _bare_days(match: re.Match[str], today: date) -> Range | None:
    year, month = words.month_after(today, 0 if int(match["day"]) >= today.day else 1)
    first = date(year, month, int(match["day"]))
    last = date(year, month, int(match["last_day"])) if match.groupdict().get("last_day") else first
    return (first, last) if last >= first else None


def _part_of_month(match: re.Match[str], today: date) -> Range:
    year, month = _month_of(match, today)
    first, last = words.month(year, month)
    part = words.month_part(match["part"])
    if part == "rest":
        return max(first, today) if (today.year, today.month) == (year, month) else first, last
    if part == "end":
        return last, last
    assert isinstance(part, tuple)
    return first.replace(day=part[0]), (last if part[1] > 28 else first.replace(day=part[1]))


def _whole_month(match: re.Match[str], today: date) -> Range:
    year, month = _month_of(match, today)
    if match.groupdict().get("last_month"):
        end = int(match["last_month"])
        return words.month(year, month)[0], words.month(year + (end < month), end)[1]
    return words.month(year, month)


def _year_only(match: re.Match[str], today: date) -> Range:
    year = _year_of(match, today)
    assert year is not None
    if match["fiscal"]:
        return date(year, 4, 1), date(year + 1, 3, 31)
    return date(year, 1, 1), date(year, 12, 31)


def _month_end(match: re.Match[str], today: date) -> Range:
    del match
    last = words.month(today.year, today.month)[1]
    return last, last


def _fiscal(match: re.Match[str], today: date) -> Range:
    year = today.year - (today.month < 4) + {"今": 0, "来": 1, "昨": -1, "前": -1}[match["which"]]
    return date(year, 4, 1), date(year + 1, 3, 31)


def _nth_weekday(match: re.Match[str], today: date) -> Range:
    nths = [
        5 if nth in {"最終", "最後の"} else int(nth.strip("第"))
        for nth in re.findall(r"第?\d|最終|最後の", match["nth"])
    ]
    said = match.groupdict()
    weekday = words.WEEKDAYS.index(match["weekday"])
    if said.get("month_word") or said.get("month"):
        found = [words.nth_weekday(*_month_of(match, today), nth, weekday) for nth in nths]
        return min(found), max(found)
    for ahead in range(3):
        for nth in sorted(nths):
            try:
                day = words.nth_weekday(*words.month_after(today, ahead), nth, weekday)
            except ValueError:
                continue
            if day >= today:
                return day, day
    raise ValueError(match[0])


def _week_start(match: re.Match[str], today: date) -> date:
    ahead = {"先": -1, "前": -1, "今": 0, "来": 1, "次": 1, "翌": 1, "再": 2, "さ": 2}[match["week"][0]]
    return today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)


def _week_days(match: re.Match[str], today: date) -> Range:
    start = _week_start(match, today)
    first = start + timedelta(days=words.WEEKDAYS.index(match["weekday"]))
    last = match.groupdict().get("last_weekday")
    end = start + timedelta(days=words.WEEKDAYS.index(last)) if last else first
    return min(first, end), max(first, end)


def _week_whole(match: re.Match[str], today: date) -> Range:
    start = _week_start(match, today)
    return start, start + timedelta(days=6)


def _weekend_of_week(match: re.Match[str], today: date) -> Range:
    saturday = _week_start(match, today) + timedelta(days=5)
    sunday = saturday + timedelta(days=1)
    return (max(saturday, today), sunday) if saturday <= today <= sunday else (saturday, sunday)


def _weekend(match: re.Match[str], today: date) -> Range:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5)
    if today < saturday:
        return saturday, saturday + timedelta(days=1)
    if match.groupdict().get("next"):
        return saturday + timedelta(days=7), saturday + timedelta(days=8)
    return today, saturday + timedelta(days=1)


def _weekday(match: re.Match[str], today: date) -> Range:
    def coming(name: str, *, after: date, strictly: bool) -> date:
        ahead = (words.WEEKDAYS.index(name) - after.weekday()) % 7
        return after + timedelta(days=ahead or (7 if strictly else 0))

    first = coming(match["weekday"], after=today, strictly=bool(match.groupdict().get("next")))
    last = match.groupdict().get("last_weekday")
    return first, coming(last, after=first, strictly=False) if last else first


def _relative_day(match: re.Match[str], today: date) -> Range:
    day = today + timedelta(days=words.RELATIVE_DAYS[match["word"]])
    return day, day


def _distance(match: re.Match[str], today: date) -> Range:
    count = int(match["count"])
    if match["unit"] == "日":
        day = today + timedelta(days=count)
    elif match["unit"] == "週間":
        day = today + timedelta(weeks=count)
    else:
        year, month = words.month_after(today, count)
        day = date(year, month, min(today.day, words.month(year, month)[1].day))
    return (today, day) if match["within"] else (day, day)


def _season(match: re.Match[str], today: date) -> Range:
    ahead = {None: None, "今年": 0, "ことし": 0, "この": 0, "来年": 1, "再来年": 2, "去年": -1, "昨年": -1}[
        match["which"]
    ]
    return words.season(match["season"], today, ahead)


def _holiday(match: re.Match[str], today: date) -> Range | None:
    return words.holiday_named(match["holiday"], today)


def _next_holiday(match: re.Match[str], today: date) -> Range | None:
    return words.next_holidays(today, run=3 if "連休" in match[0] else 1)


def _rules() -> list[tuple[re.Pattern[str], Reader]]:
    last = rf"(?:{_TO}(?:(?P<last_month>\d{{1,2}})月)?(?P<last_day>\d{{1,2}})日)?"
    table: list[tuple[str, Reader]] = [
        (rf"{_YEAR}(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日{last}", _day),
        (r"(?P<era>令和|平成|[rhs])\s*(?P<era_year>\d{1,2})[./](?P<month>\d{1,2})[./](?P<day>\d{1,2})(?!\d)", _day),
        (r"(?<!\d)(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)", _day),
        (rf"{_MONTH}の?(?P<nth>(?:第\d|最終|最後の)(?:[・、と,]第?\d)*)の?{_WEEKDAY}", _nth_weekday),
        (rf"{_MONTH}の?(?P<day>\d{{1,2}})日{last}", _day),
        (
            rf"(?<![\d/])(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})(?![\d/])(?:{_TO}(?:(?P<last_month>\d{{1,2}})/)?(?P<last_day>\d{{1,2}})(?![\d/]))?",
            _day,
        ),
        (rf"(?P<nth>(?:第\d|最終|最後の)(?:[・、と,]第?\d)*)の?{_WEEKDAY}", _nth_weekday),
        (
            rf"{_MONTH}の?(?P<part>上旬|中旬|下旬|半ば|なかば|中頃|中ごろ|前半|後半|初め|はじめ|始め|初旬|頭|末|終わり|終わりごろ|いっぱい|中(?!止|央|心|学|旬|の))",
            _part_of_month,
        ),
        (rf"{_YEAR}の?(?P<month>\d{{1,2}})月", _whole_month),
        (rf"{_WEEK}の?{_WEEKDAY}(?:{_TO}(?P<last_weekday>[月火水木金土日])(?:曜日?|よう日?))?", _week_days),
        (rf"{_WEEK}の?(?:週?末|土日|土・日|土曜?と日曜?)", _weekend_of_week),
        (rf"{_WEEK}(?!間)", _week_whole),
        (r"(?P<next>今度の?|次の?|こんどの?)?(?:週末|土日|土・日|土曜日?[と・]日曜日?)", _weekend),
        (
            rf"(?P<next>今度の?|次の?|こんどの?)?{_WEEKDAY}(?:{_TO}(?P<last_weekday>[月火水木金土日])(?:曜日?))?",
            _weekday,
        ),
        (rf"(?P<word>{'|'.join(sorted(words.RELATIVE_DAYS, key=len, reverse=True))})", _relative_day),
        (r"(?<!\d)(?P<count>\d{1,3})(?P<unit>日|週間|か月)(?:後|(?P<within>以内))", _distance),
        (rf"(?:(?P<which>今年|ことし|この|来年|再来年|去年|昨年)の?)?(?P<season>{words.SEASON_PATTERN})", _season),
        (r"(?P<which>今年|ことし|この|来年|再来年|去年|昨年)の?(?P<season>春|夏|秋|冬)(?!祭|まつ|休)", _season),
        (rf"(?P<holiday>{words.HOLIDAY_PATTERN})", _holiday),
        (r"(?:今度|次|こんど)の?(?:祝日|\d?連休)|(?<!大型)\d?連休", _next_holiday),
        (rf"{_MONTH}(?!\d)(?:{_TO}(?P<last_month>\d{{1,2}})月)?", _whole_month),
        (r"月末", _month_end),
        (r"(?P<which>今|来|昨|前)年度", _fiscal),
        (rf"{_YEAR}(?P<fiscal>度)?", _year_only),
        (rf"(?<![\d/.:月])(?P<day>\d{{1,2}})日(?!曜)(?:{_TO}(?P<last_day>\d{{1,2}})日)?", _bare_days),
    ]
    return [(re.compile(pattern), read) for pattern, read in table]


_RULES = _rules()
