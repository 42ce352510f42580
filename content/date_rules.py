"""The rules behind `content.dates`: what people say for days, as patterns, and how each is read from a given today."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from content import calendar_words as words

Range = tuple[date, date]
Reader = Callable[[re.Match[str], date], Range | None]

_WEEKDAY = r"(?P<weekday>[月火水木金土日])(?:曜(?:日(?!曜))?|よう日?|ようび?)"
_WEEK = r"(?P<week>先週|前の週|今週|来週|再来週|さ来週|次の週|翌週)"
_YEAR_WORD = r"(?P<year_word>今年|来年|再来年|去年|昨年|ことし)の?"
_MONTH = rf"(?:(?P<month_word>先月|今月|来月|再来月|さ来月|翌月)|(?:{_YEAR_WORD})?(?P<month>\d{{1,2}})月)"
_ERA = r"(?P<era>令和|平成|昭和|[rhs](?=\d))\s*(?P<era_year>\d{1,2}|元)年?"
_YEAR = rf"(?:{_ERA}|(?P<year>(?:19|20)\d\d)年?|{_YEAR_WORD})"
_TO = r"\s*(?:\([^)]{1,3}\))?\s*(?:から|~|〜|-|・|、|,|と|か|及び|および|または|and|to|a|至)\s*"

# A number of days is no day of the month: 1日も早く, 3日三晩. What may follow one that is.
_AFTER_DAY = (
    r"(?=の(?!流れ|過ごし|生活|量)|に|は|から|まで|と|か|って|で|なら|[\s、,。?!(~・〜]|$"
    r"|午|朝|夜|昼|頃|ごろ|以降|行事|イベント|何|開)"
)


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
    number = int(match["day"])
    ahead = 0 if number >= today.day else 1
    if number > words.month(*words.month_after(today, ahead))[1].day:
        ahead += 1  # the coming month has no such day; of two neighbours one has 31
    year, month = words.month_after(today, ahead)
    first = date(year, month, number)
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


def _rest_of_year(match: re.Match[str], today: date) -> Range:
    if "度" not in match[0]:
        return today, date(today.year, 12, 31)
    last = date(today.year + (today.month > 3), 3, 31)
    return (last if match[0].endswith("末") else today), last


def _fiscal(match: re.Match[str], today: date) -> Range:
    year = today.year - (today.month < 4) + {"今": 0, "来": 1, "昨": -1, "前": -1}[match["which"]]
    return date(year, 4, 1), date(year + 1, 3, 31)


def _nth_weekday(match: re.Match[str], today: date) -> Range:
    nths = [
        {"最終": 5, "最後の": 5, "最初の": 1}.get(nth) or int(nth.strip("第"))
        for nth in re.findall(r"第?\d|最終|最後の|最初の", match["nth"])
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


def _week_of_month(match: re.Match[str], today: date) -> Range:
    """12月第2週: the first week is the one that the 1st lies in."""
    first = words.month(*_month_of(match, today))[0]
    start = first + timedelta(days=7 * (int(match["number"]) - 1) - first.weekday())
    return start, start + timedelta(days=6)


def _week_start(match: re.Match[str], today: date) -> date:
    ahead = {"先": -1, "前": -1, "今": 0, "来": 1, "次": 1, "翌": 1, "再": 2, "さ": 2}[match["week"][0]]
    return today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)


def _week_days(match: re.Match[str], today: date) -> Range:
    start = _week_start(match, today)
    first = start + timedelta(days=words.WEEKDAYS.index(match["weekday"]))
    last = match.groupdict().get("last_weekday")
    end = start + timedelta(days=words.WEEKDAYS.index(last)) if last else first
    return min(first, end), max(first, end)


def _week_letters(match: re.Match[str], today: date) -> Range | None:
    """来週の月・水, 今週の金土日: in the week's order, else they are another word (土木)."""
    named = [words.WEEKDAYS.index(letter) for letter in re.findall(r"[月火水木金土日]", match["letters"])]
    start = _week_start(match, today)
    if named != sorted(set(named)):
        return None
    return start + timedelta(days=named[0]), start + timedelta(days=named[-1])


def _working_days(match: re.Match[str], today: date) -> Range:
    start = _week_start(match, today)
    return start, start + timedelta(days=4)


def _after_weekend(match: re.Match[str], today: date) -> Range:
    del match
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday


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
    if match.groupdict().get("twice"):
        first += timedelta(days=7)
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
        year, month = words.month_after(today, count * (12 if match["unit"] == "年" else 1))
        day = date(year, month, min(today.day, words.month(year, month)[1].day))
    return (today, day) if match["within"] else (day, day)


def _season(match: re.Match[str], today: date) -> Range:
    ahead = {
        None: None,
        "今年": 0,
        "ことし": 0,
        "この": 0,
        "今": 0,
        "来": 1,
        "来年": 1,
        "再来年": 2,
        "去年": -1,
        "昨年": -1,
    }[match["which"]]
    return words.season(match["season"], today, ahead)


def _holiday(match: re.Match[str], today: date) -> Range | None:
    year = _year_of(match, today)
    start = today if year is None else date(year, 1, 1)
    return words.holiday_named(match["holiday"], start)


def _next_holiday(match: re.Match[str], today: date) -> Range | None:
    run = 3 if "連休" in match[0] else 1
    return words.next_holidays(today, run, begun=run > 1 and not match["next"])


def _table() -> list[tuple[re.Pattern[str], Reader]]:
    last = rf"(?:{_TO}(?:(?P<last_month>\d{{1,2}})月)?(?P<last_day>\d{{1,2}})日)?"
    table: list[tuple[str, Reader]] = [
        (rf"{_YEAR}(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日{last}", _day),
        (r"(?P<era>令和|平成|[rhs])\s*(?P<era_year>\d{1,2})[./](?P<month>\d{1,2})[./](?P<day>\d{1,2})(?!\d)", _day),
        (r"(?<!\d)(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)", _day),
        (rf"{_MONTH}の?(?P<nth>(?:第\d|最終|最後の|最初の)(?:[・、と,]第?\d)*)の?{_WEEKDAY}", _nth_weekday),
        (rf"{_MONTH}の?第(?P<number>[1-5])週(?!間)", _week_of_month),
        (rf"{_MONTH}の?(?P<day>\d{{1,2}})日{last}", _day),
        (rf"{_MONTH}(?P<day>\d{{1,2}})\s*[・、,~〜-]\s*(?P<last_day>\d{{1,2}})日", _day),
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
        (rf"{_WEEK}の?(?P<letters>[月火水木金土日](?:[・、と,]?[月火水木金土日])+)(?![一-鿿・])", _week_letters),
        (rf"{_WEEK}の?平日", _working_days),
        (rf"{_WEEK}(?!間)", _week_whole),
        (r"週明け", _after_weekend),
        (r"(?P<next>今度の?|次の?|こんどの?)?(?:週末|土日|土・日|土曜日?[と・]日曜日?)", _weekend),
        (
            rf"(?P<next>(?P<twice>次の(?=次))?(?:今度の?|次の?|こんどの?))?{_WEEKDAY}(?:{_TO}(?P<last_weekday>[月火水木金土日])(?:曜日?))?",
            _weekday,
        ),
        (rf"(?P<word>{'|'.join(sorted(words.RELATIVE_DAYS, key=len, reverse=True))})", _relative_day),
        (r"(?<!\d)(?P<count>\d{1,3})(?P<unit>日|週間|か月|年)(?:後|(?P<within>以内))", _distance),
        (rf"(?:(?P<which>今年|ことし|この|来年|再来年|去年|昨年)の?)?(?P<season>{words.SEASON_PATTERN})", _season),
        (r"(?P<which>今年|ことし|この|来年|再来年|去年|昨年|今|来)の?(?P<season>春|夏|秋|冬)(?!祭|まつ|休)", _season),
        (rf"(?:{_YEAR}の?)?(?P<holiday>{words.HOLIDAY_PATTERN})", _holiday),
        (r"(?P<next>今度|次|こんど)の?(?:祝日|\d?連休)|(?<!大型)\d?連休", _next_holiday),
        (rf"{_MONTH}(?!\d)(?:{_TO}(?P<last_month>\d{{1,2}})月)?", _whole_month),
        (r"月末", _month_end),
        (r"(?:今年|ことし)中|年内|(?:今)?年度(?:中|内|末)", _rest_of_year),
        (r"(?P<which>今|来|昨|前)年度", _fiscal),
        (rf"(?:{_ERA}|(?P<year>(?:19|20)\d\d)年|{_YEAR_WORD})(?P<fiscal>度)?", _year_only),
        (rf"(?<![\d/.:月])(?P<day>\d{{1,2}})日(?:{_TO}(?P<last_day>\d{{1,2}})日)?{_AFTER_DAY}", _bare_days),
    ]
    return [(re.compile(pattern), read) for pattern, read in table]


RULES = _table()
