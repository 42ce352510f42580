"""Dates as people say them, from an injected now: 「今度の土日」「来月の第2土曜」「R8.4.1」「お盆」.

Conventions: weeks start on Monday; 週末 is Saturday and Sunday, what is left of it when it has begun;
今度の日曜 on a Sunday is the next one; 今月中 is today to the month's end; a month already past this
year means next year's. What only looks like a date (1丁目2番地, 500円, 3年生, 四日市) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.now import jst
from content import calendar_words as words
from content.date_rules import RULES, Range, Reader
from content.search import tokens


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
    found = next(_matches(plain, today), None)
    if found is None:
        return None
    found = _with_neighbours(plain, whole, found, today)
    rest = f"{whole[: found.start]} {whole[found.end :]}".strip()
    return Said(*found.days, whole[found.start : found.end].strip(), time_of_day(text), rest)


@dataclass(frozen=True)
class _Found:
    """A date and where the text says it."""

    days: Range
    start: int
    end: int


def _matches(plain: str, today: date) -> Iterator[_Found]:
    """Every date in a text, those of the more telling rules first."""
    for pattern, read in RULES:
        for match in pattern.finditer(plain):
            days = _try(read, match, today)
            if days:
                yield _Found(days, match.start(), match.end())


def _with_neighbours(plain: str, whole: str, found: _Found, today: date) -> _Found:
    """A date and what it is joined to: 今日から日曜まで, あしたあさって, 12月と1月, 明日から3日間."""
    lasting = _LASTING.match(whole, found.end)
    if lasting:
        days = int(lasting["count"]) * (7 if lasting["unit"] == "週" else 1)
        return _Found((found.days[0], found.days[0] + timedelta(days=days - 1)), found.start, lasting.end())
    for other in _matches(plain, today):
        first, second = sorted((found, other), key=lambda one: one.start)
        joined = _JOINED.fullmatch(plain, first.end, second.start) if first.end <= second.start else None
        if joined is None or second.days[1] < first.days[0]:
            continue
        apart = second.days[0] - first.days[1]
        if not joined[0].strip("() 月火水木金土日"):  # side by side: あしたあさって, and nothing longer
            if apart != timedelta(days=1) or first.days[0] != first.days[1] or second.days[0] != second.days[1]:
                continue
        elif "から" not in joined[0] and apart > _NEAR:
            continue
        return _Found((first.days[0], max(first.days[1], second.days[1])), first.start, second.end)
    return found


def time_of_day(text: str) -> time | None:
    """The time of day a text says (午後3時半 = 15:30); None when it says none."""
    match = _TIME.search(words.western_numbers(tokens.fold(text)))
    if not match:
        return None
    if match["noon"]:
        return time(12)
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
    r"(?:(?P<hour>\d{1,2})時(?!間)(?:(?P<half>半)|(?P<minute>\d{1,2})分)?|(?<!\d)(?P<clock>\d{1,2}):(?P<second>\d{2})(?!\d)|(?P<noon>正午))"
)
_NEAR = timedelta(days=7)
_JOINED = re.compile(r"\s*(?:\([月火水木金土日]\)\s*)?(?:から|~|〜|・|と|か|や)?\s*")
_LASTING = re.compile(r"(?:\([月火水木金土日]\))?から(?P<count>\d{1,2})(?P<unit>日|週)間")
_NOT_DATES = re.compile(
    r"\d+(?:丁目|番地?|号|円|年生|年間|日間|回|人|歳|才|階|時間|分|本|個|枚|名|世帯|地区|次|%|期|組|区|班|位|割)"
    r"|\d+(?:日|週間|か月)前|\d+泊\d+日|\d+日(?:酔|月|大根|坊主|乗|券|分|締)|(?<!月)1日(?:体験|限り|講座|教室|コース|券)"
    r"|週\d日|[先今来]月号|\d月(?:晴|雨|堂|病|台|朔|寺)|今日的|明日への|年度版|[月火水木金土日]曜日?(?:以外|断食|サスペンス|劇場)|明日葉|今日子|元日本|海の日(?:焼|差|傘)|山の日(?:当|差|陰)|[月火水木金土日]曜会|\d/\d(?=サイズ|カップ|拍子)"
    r"|\d+か?月(?:間|分|号|おき|ごと|に\d)|\d+年度?(?:前|以上|ぶり|目|に\d)|\d+日(?:に?\d+回|に\d|おき|ごと|以内に|目|市|町|坊|分|あたり|ぶり|も?かか)"
    r"|\d+[-]\d+[-]\d+(?=番|号|$|[^\d])(?<!\d{4}-\d{2}-\d{2})(?<!\d{4}-\d-\d{2})|\d{2,4}-\d{2,4}-\d{4}"
    r"|\d+分の\d+|\d/\d(?=以|補|助|に(?:減|す)|ずつ|の(?:補|助|額))"
    r"|毎(?:週|月|年)の?第?[\d・、と]*(?:[月火水木金土日]曜日?|\d+日)?"
    r"|日曜(?:大工|学校|市)|土曜学校|正月(?:飾|かざ)り?|お?盆踊り?|ぼんおどり|クリスマス(?:会|ツリー|飾り)"
    r"|五月(?:人形|雨|晴)|\d月(?:人形|生まれ)|明日香|年末調整|休日(?:当番|夜間|診療)|祝日法"
)
