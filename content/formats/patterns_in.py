"""Repeated days in words -> the rules of `content.recurrence`: 毎週土曜, 第1・3金曜, 毎月15日, 13Mo (GIF 444)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from content.formats.clocks_in import plain

_DAYS: Final = dict(zip("月火水木金土日", ("MO", "TU", "WE", "TH", "FR", "SA", "SU"), strict=True))
_GIF: Final = {"Mo": "MO", "Tu": "TU", "We": "WE", "Th": "TH", "Fr": "FR", "Sa": "SA", "Su": "SU"}
_LIST: Final = r"[月火水木金土日](?:[・、,と及び]*[月火水木金土日])*(?![一-龥]*祭)"
_DAY: Final = rf"(?P<days>{_LIST})(?:曜日?)?(?:[・、]?祝日?)?"
_SPAN: Final = re.compile(r"(?:毎週)?(?P<first>[月火水木金土日])(?:曜日?)?[~から]+(?P<last>[月火水木金土日])曜日?")
_WEEKLY: Final = re.compile(rf"毎週(?:の)?{_DAY}")
_ALTERNATE: Final = re.compile(rf"隔週(?:の)?{_DAY}")
_NTH: Final = re.compile(
    rf"(?:毎月|(?P<month>\d{{1,2}})月の?)?(?P<nths>第[1-5](?:週?[・、,.と及び]+第?[1-5])*)(?:週目?)?の?{_DAY}"
)
_LAST: Final = re.compile(rf"(?:毎月)?(?:の)?最終(?:週)?の?{_DAY}")
_MONTHLY: Final = re.compile(r"毎月の?(?P<numbers>\d{1,2}日?(?:[・、,と]\d{1,2}日?)*)日?(?!曜)")
_GIF_FORM: Final = re.compile(r"([0-7]+)((?:Mo|Tu|We|Th|Fr|Sa|Su)+)")


@lru_cache(maxsize=4096)
def rule(text: str) -> str | None:
    """The rule that a text names and nothing else (times and 開催 may stand beside it); None when there is more."""
    words = plain(text)
    if gif := _gif(words.replace(" ", "")):
        return gif
    words = re.sub(r"[\s()「」]|曜日?は|開催|実施|に?行います|です|。$", "", words)
    for pattern, read in _READERS:
        match = pattern.fullmatch(words)
        if match:
            return read(match)
    return None


def _gif(words: str) -> str | None:
    """GIF 444: 0 = every week, 1-5 = the nth, 6 = the last, 7 = every other week; then Mo..Su."""
    match = _GIF_FORM.fullmatch(words)
    if not match:
        return None
    days = [_GIF[one] for one in re.findall("..", match[2])]
    if match[1] == "0":
        return f"FREQ=WEEKLY;BYDAY={','.join(days)}"
    if match[1] == "7":
        return f"FREQ=WEEKLY;INTERVAL=2;BYDAY={','.join(days)}"
    if set(match[1]) & {"0", "7"}:
        return None
    nths = ["-1" if one == "6" else one for one in match[1]]
    return f"FREQ=MONTHLY;BYDAY={','.join(nth + day for nth in nths for day in days)}"


def _named(match: re.Match[str]) -> list[str]:
    return [_DAYS[letter] for letter in match["days"] if letter in _DAYS]


def _weekly(match: re.Match[str]) -> str:
    return f"FREQ=WEEKLY;BYDAY={','.join(_named(match))}"


def _alternate(match: re.Match[str]) -> str:
    return f"FREQ=WEEKLY;INTERVAL=2;BYDAY={','.join(_named(match))}"


def _nth(match: re.Match[str]) -> str | None:
    nths = re.findall(r"[1-5]", match["nths"])
    days = ",".join(nth + day for nth in nths for day in _named(match))
    if match["month"]:
        return f"FREQ=YEARLY;BYMONTH={int(match['month'])};BYDAY={days}" if 1 <= int(match["month"]) <= 12 else None
    return f"FREQ=MONTHLY;BYDAY={days}"


def _last(match: re.Match[str]) -> str:
    return f"FREQ=MONTHLY;BYDAY={','.join(f'-1{day}' for day in _named(match))}"


def _monthly(match: re.Match[str]) -> str | None:
    numbers = [int(one) for one in re.findall(r"\d+", match["numbers"])]
    return f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, numbers))}" if all(1 <= n <= 31 for n in numbers) else None


def _span(match: re.Match[str]) -> str | None:
    letters = "月火水木金土日"
    first, last = letters.index(match["first"]), letters.index(match["last"])
    return f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[one] for one in letters[first : last + 1])}" if first < last else None


_READERS: Final = (
    (re.compile("毎日"), lambda _match: "FREQ=DAILY"),
    (re.compile("(?:毎週)?平日(?:のみ)?"), lambda _match: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    (re.compile("(?:毎週)?土日"), lambda _match: "FREQ=WEEKLY;BYDAY=SA,SU"),
    (_SPAN, _span),
    (_WEEKLY, _weekly),
    (_ALTERNATE, _alternate),
    (_NTH, _nth),
    (_LAST, _last),
    (_MONTHLY, _monthly),
)
