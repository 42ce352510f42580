"""Times of day as tables write them: 13:30, 13：30, 午後1時半, 正午, ①10:00 ②14:00, 0.5625 of a day."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Final

CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
NOTHING: Final = frozenset(
    {
        "",
        "-",
        "ー",
        "―",
        "－",
        "—",
        "なし",
        "無し",
        "無",
        "未定",
        "*",
        "・",
        "/",
        "n/a",
        "N/A",
        "NULL",
        "null",
        "不明",
        "--",
    }
)
_TO: Final = re.compile(r"\s*(?:~|-|から|より|至)\s*(?:翌(?:日|朝)?の?\s*)?")
MAX_LEFT: Final = 8  # letters beside a time; with more the cell is a sentence, and stays one
_PLAIN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")
_WAVES: Final = re.compile(r"[〜～~−－–—―‐]|(?<=[\d)日時分半])ー(?=\s*[(\d午正平令])")
_MARKER: Final = re.compile(f"[{CIRCLED}]|(?<!\\d)\\(\\d\\)(?=\\s*\\d)")
CLOCK: Final = re.compile(
    r"(?:(?P<half_day>午前|午後|AM|PM|am|pm)\s*)?"
    r"(?:(?P<hour>\d{1,2})\s*(?::\s*(?P<minute>\d{2})(?::\d{2})?(?!\d)|時(?!間)\s*(?:(?P<minutes>\d{1,2})\s*分(?!間)|(?P<half>半))?)"
    r"(?:\s*(?P<after>AM|PM|am|pm))?|(?P<noon>正午))"
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a cell says of times. `sessions`: several, one after another; `rest`: words that are no time."""

    start: time | None = None
    end: time | None = None
    sessions: tuple[tuple[time, time | None], ...] = ()
    rest: str = ""
    wrong: str = ""  # what looks like a time and is none
    odd: str = ""  # how it was read, where the writing is unusual


def plain(text: str) -> str:
    """NFKC with circled numbers kept apart from the digits after them, and one sign for every wave dash."""
    if text.isascii():
        return text.strip()
    marked = "".join(f"\n{sign}" if sign in CIRCLED else sign for sign in text)
    kept = "".join(sign if sign in CIRCLED else unicodedata.normalize("NFKC", sign) for sign in marked)
    return _WAVES.sub("~", kept).strip()


@lru_cache(maxsize=8192)
def read(text: str) -> Clocks:
    """Every time of a cell. A range (9:00~17:00) gives start and end; several lines or ①② give sessions."""
    text = text.strip()
    if found := _PLAIN.fullmatch(text):
        return Clocks(time(int(found[1]), int(found[2])))
    if text in NOTHING:
        return Clocks()
    if unusual := _spreadsheet(text):
        return unusual
    words = plain(text)
    main, note = _without_notes(words)
    spans, wrong = _spans(main)
    left = _left(main)
    rest = " ".join(part for part in (left, note) if part)
    if not spans or len(left) > MAX_LEFT:
        return Clocks(rest=text, wrong=wrong)
    first, last = spans[0], spans[-1]
    odd = "24:00を23:59と読みました" if re.search(r"24\s*(?::00|時)", main) else ""
    if len(spans) == 1:
        return Clocks(first[0], first[1], (), rest, wrong, odd)
    return Clocks(first[0], last[1], tuple(spans), rest, wrong, odd)


def _spreadsheet(text: str) -> Clocks | None:
    """0.5625 as spreadsheets store 13:30, and 1330."""
    if re.fullmatch(r"0?\.\d+", text):
        minutes = round(float(text) * 24 * 60)
        if minutes < 24 * 60:
            found = time(minutes // 60, minutes % 60)
            return Clocks(found, odd=f"表計算の数{text}を{found:%H:%M}と読みました")
    if re.fullmatch(r"(?:[01]?\d|2[0-3])[0-5]\d", text):
        found = time(int(text[:-2]), int(text[-2:]))
        return Clocks(found, odd=f"{text}を{found:%H:%M}と読みました")
    return None


def _without_notes(words: str) -> tuple[str, str]:
    """The times themselves, and what a ※ or brackets say beside them."""
    main, sign, note = words.partition("※")
    notes = [f"※{note.strip()}"] if sign else []
    for bracket in re.findall(r"\([^)]*\)", main):
        if CLOCK.search(bracket) or not re.fullmatch(r"\([月火水木金土日祝・\s\d]{1,5}\)", bracket):
            notes.insert(0, bracket)
    return re.sub(r"\([^)]*\)", " ", main).strip(), " ".join(notes)


def _spans(main: str) -> tuple[list[tuple[time, time | None]], str]:
    found: list[tuple[time, time | None]] = []
    wrong, before = "", 0
    for match in CLOCK.finditer(main):
        clock = clock_of(match)
        between = main[before : match.start()]
        if clock is None:
            wrong = wrong or match[0].strip()
        elif found and found[-1][1] is None and _TO.fullmatch(between):
            found[-1] = (found[-1][0], _same_half(found[-1][0], clock, match))
        else:
            found.append((clock, None))
        before = match.end()
    return found, wrong


def _same_half(start: time, end: time, match: re.Match[str]) -> time:
    """午後1時~3時: the end is in the same half of the day."""
    said = match["half_day"] or match["after"]
    later = end.hour < 12 <= start.hour and not said and (end.hour + 12, end.minute) > (start.hour, start.minute)
    return end.replace(hour=end.hour + 12) if later else end


def clock_of(match: re.Match[str]) -> time | None:
    """The time of a match of CLOCK; None for 25:00. 24:00 is a minute earlier."""
    if match["noon"]:
        return time(12, 0)
    hour = int(match["hour"])
    minute = 30 if match["half"] else int(match["minute"] or match["minutes"] or 0)
    half = (match["half_day"] or match["after"] or "").upper()
    if half in {"午後", "PM"} and hour < 12:
        hour += 12
    elif half in {"午前", "AM"} and hour == 12:
        hour = 0
    if (hour, minute) == (24, 0):
        return time(23, 59)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _left(main: str) -> str:
    """What no time has taken, without the signs between times."""
    left = CLOCK.sub(" ", _MARKER.sub(" ", main))
    return re.sub(r"[\s~、,・/-]+|から|まで|より|頃|ごろ|開始|終了|開演|開場|予定", " ", left).strip()
