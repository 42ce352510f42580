"""The words checks are written in: a report of problems, lengths as LINE counts them, simple value checks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ZWJ = 0x200D
HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?\Z")
PIXELS = re.compile(r"\d+(\.\d+)?px\Z")
PERCENT = re.compile(r"\d+(\.\d+)?%\Z")
PERCENT_ENCODED = re.compile(r"[\x21-\x7e]+\Z")


@dataclass(slots=True)
class Report:
    """The problems found so far, in LINE's shape: [{"message", "property"}].

    `flex` holds the index of the first message whose Flex contents are wrong: LINE then words its
    answer differently and gives pointers into the container.
    """

    details: list[dict[str, str]] = field(default_factory=list)
    flex: int | None = None
    unknown: list[str] = field(default_factory=list)

    def add(self, where: str, message: str) -> None:
        self.details.append({"message": message, "property": where})


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as LINE counts texts (🍎 is 2)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Length in grapheme clusters, near enough for labels: joiners, marks, flags and skin tones join."""
    count = 0
    joined = False
    flag = False
    for char in text:
        code = ord(char)
        mark = unicodedata.category(char) in ("Mn", "Me", "Mc") or 0x1F3FB <= code <= 0x1F3FF
        regional = 0x1F1E6 <= code <= 0x1F1FF
        if code != ZWJ and not mark and not joined and not (regional and flag):
            count += 1
        flag = regional and not flag
        joined = code == ZWJ
    return count


def text_between(
    report: Report,
    holder: dict[str, Any],
    name: str,
    where: str,
    *,
    most: int,
    least: int = 1,
    by_grapheme: bool = False,
) -> None:
    """Checks a required text's length (`least` 0: it may be empty, but not missing)."""
    value = holder.get(name)
    if value is None or (value == "" and least):
        report.add(f"{where}.{name}", "May not be empty")
    elif not isinstance(value, str):
        report.add(f"{where}.{name}", "must be a string")
    elif not least <= (graphemes(value) if by_grapheme else utf16(value)) <= most:
        report.add(f"{where}.{name}", f"Length must be between {least} and {most}")


def optional_text(
    report: Report, holder: dict[str, Any], name: str, where: str, *, most: int, by_grapheme: bool = False
) -> None:
    """The same for a text that may be missing."""
    if holder.get(name) is not None:
        text_between(report, holder, name, where, most=most, least=0, by_grapheme=by_grapheme)


def one_of(report: Report, holder: dict[str, Any], name: str, where: str, values: tuple[str, ...]) -> None:
    """Checks an optional choice."""
    value = holder.get(name)
    if value is not None and value not in values:
        report.add(f"{where}.{name}", f"Must be one of the following values: [{', '.join(values)}]")


def https_url(report: Report, holder: dict[str, Any], name: str, where: str, *, required: bool = True) -> None:
    """Checks a URL of a picture, film or sound: https, percent-encoded, at most 2000 characters."""
    value = holder.get(name)
    if value is None:
        if required:
            report.add(f"{where}.{name}", "May not be empty")
        return
    if not is_https(value):
        report.add(f"{where}.{name}", "must be a percent-encoded https URL of at most 2000 characters")


def is_https(value: Any) -> bool:
    """Whether LINE would take it for a picture's address."""
    if not isinstance(value, str) or len(value) > 2000 or not PERCENT_ENCODED.match(value):
        return False
    parts = _split(value)
    return parts is not None and parts[0] == "https" and bool(parts[1])


def link_scheme(value: str) -> str:
    """The scheme of a link ("" when it is no link)."""
    parts = _split(value)
    return parts[0] if parts else ""


def _split(value: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc


def whole(value: Any, least: int, most: int) -> bool:
    """Whether it is a whole number in the range (True and False are not numbers)."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def number(value: Any, least: float, most: float) -> bool:
    """Whether it is a number in the range."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def unknown_fields(report: Report, holder: dict[str, Any], known: frozenset[str], where: str) -> None:
    """Notes fields LINE does not know. Outside Flex LINE takes them (assumption); a careful client has none."""
    report.unknown.extend(f"{where}.{name}" for name in holder.keys() - known)
