"""Last year's announcement as the beginning of this year's: its dates are taken out and named, never kept. Pure."""

from __future__ import annotations

import re
from typing import Final

_DIGITS = "[0-9０-９]"
_YEAR = rf"(?:(?:令和|平成)\s?(?:{_DIGITS}{{1,2}}|元)|20{_DIGITS}{{2}}|２０{_DIGITS}{{2}})\s?年"
_WEEKDAY = r"\s?[(（][月火水木金土日](?:曜日?)?(?:[・、/]?祝日?)?[)）]"
_DATE = re.compile(
    rf"(?:{_YEAR}\s?)?{_DIGITS}{{1,2}}\s?月\s?{_DIGITS}{{1,2}}\s?日(?P<weekday>{_WEEKDAY})?|"
    rf"(?<![0-9０-９./-]){_DIGITS}{{1,2}}[/／]{_DIGITS}{{1,2}}{_WEEKDAY}|"
    rf"(?P<year>{_YEAR})(?P<term>度?)"
)
DAY: Final = "〇月〇日(〇)"


def without_dates(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with 〇月〇日(〇) for every date and 〇〇年 for every year, and the dates that stood there."""
    found: list[str] = []

    def replace(match: re.Match[str]) -> str:
        found.append(match[0].strip())
        return f"〇〇年{match['term']}" if match["year"] else DAY

    return _DATE.sub(replace, text), tuple(dict.fromkeys(found))
