"""The Japan Meteorological Agency's warnings: one XML telegram in, what holds in which municipality out. Pure.

Read by name, not by telegram number: 気象警報・注意報 (VPWW53, VPWW54 and their successors, whose names begin with
レベル2 to レベル5) and 土砂災害警戒情報 (VXWW50). Source: 気象庁防災情報XMLフォーマット 技術資料.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.errors import BadInputError

MOST_BYTES: Final = 5_000_000  # the largest telegram of warnings has about 1 MB
JST: Final = timezone(timedelta(hours=9))
NOT_XML: Final = "XMLとして読めません。途中で切れていないか、気象庁の電文のファイルかを確かめてください。"

# The level that a name stands for (警戒レベル相当: 内閣府・気象庁), the strongest word first.
_LEVELS: Final = (("特別警報", 5), ("危険警報", 4), ("警戒情報", 4), ("注意報", 2), ("警報", 3))
_LEVEL_WORD: Final = re.compile(r"^レベル\s*([2-5])\s*")
_CITY: Final = re.compile(r"\d{7}")
_OFF: Final = frozenset({"解除", "なし", "発表警報・注意報はなし"})


@dataclass(frozen=True, slots=True)
class WeatherWarning:
    """One warning in force: its name without the level (大雨警報) and its level, 2 to 5."""

    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Area:
    """A municipality, or a part of one, with what is in force there (nothing: all of it was withdrawn)."""

    name: str
    code: str  # seven digits: the municipality's five, then two for a part of it
    warnings: tuple[WeatherWarning, ...]

    def belongs_to(self, municipality_code: str) -> bool:
        """Whether it lies in the municipality with this code (six digits with check digit, or five)."""
        return self.code[:5] == municipality_code[:5]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: the item's number from 1, the element, and why."""

    row: int
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Telegram:
    """A telegram as it was sent. `status`: 通常, 訓練 or 試験; `act`: 発表, 訂正 or 取消."""

    title: str
    family: str  # "weather" or "landslide": each tells of its own warnings only
    status: str
    act: str
    office: str
    reported_at: datetime
    headline: str
    areas: tuple[Area, ...]
    problems: tuple[Problem, ...] = ()

    def of(self, municipality_code: str) -> tuple[Area, ...]:
        """The areas of one municipality."""
        return tuple(area for area in self.areas if area.belongs_to(municipality_code))


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the agency's Atom feed: a telegram that can be fetched."""

    id: str
    title: str
    link: str
    updated: datetime
    office: str
    content: str


def telegram(data: bytes) -> Telegram:
    """Read one telegram. Raises BadInputError, in Japanese, for whatever is not one about warnings."""
    root = _tree(data)
    if _local(root) == "feed":
        raise BadInputError("これは電文の一覧(フィード)です。一覧の中の、電文のXMLを選んでください。")
    if _local(root) != "Report":
        raise BadInputError("気象庁の電文(Report)ではありません。気象庁防災情報XMLのファイルを選んでください。")
    title = _text(root, "Control", "Title")
    family = "landslide" if "土砂災害警戒情報" in title else "weather"
    if family == "weather" and not ("警報" in title or "注意報" in title):
        raise BadInputError(f"「{title or '題のない電文'}」は、気象の警報・注意報の電文ではありません。")
    areas, problems = _areas(root, family)
    return Telegram(
        title=title,
        family=family,
        status=_text(root, "Control", "Status") or "通常",
        act=_text(root, "Head", "InfoType") or "発表",
        office=_text(root, "Control", "PublishingOffice"),
        reported_at=_moment(_text(root, "Head", "ReportDateTime")),
        headline=_text(root, "Head", "Headline", "Text"),
        areas=areas,
        problems=problems,
    )


def feed(data: bytes) -> tuple[FeedItem, ...]:
    """The telegrams named in the agency's Atom feed; lines that lack an address or a time are left out."""
    root = _tree(data)
    if _local(root) != "feed":
        raise BadInputError("Atomのフィードではありません。気象庁のフィードのアドレスを確かめてください。")
    found = []
    for entry in _all(root, "entry"):
        link = next((one.get("href", "") for one in _all(entry, "link")), "")
        updated = _text(entry, "updated")
        try:
            moment = _moment(updated)
        except BadInputError:
            continue
        if link:
            about = (_text(entry, "author", "name"), _text(entry, "content"))
            found.append(FeedItem(_text(entry, "id") or link, _text(entry, "title"), link, moment, *about))
    return tuple(found)


def level_of(name: str) -> int:
    """The level a warning's name stands for; 0: it names none."""
    plain = unicodedata.normalize("NFKC", name)
    if said := _LEVEL_WORD.match(plain):
        return int(said[1])
    return next((level for word, level in _LEVELS if word in plain), 0)


def _areas(root: Element, family: str) -> tuple[tuple[Area, ...], tuple[Problem, ...]]:
    """What the body says of each municipality; the headline where the body names none."""
    body = next(iter(_all(root, "Body")), None)
    items = [item for block in _all(body, "Warning") for item in _all(block, "Item")] if body is not None else []
    if not any(_CITY.fullmatch(_code(area)) for item in items for area in _of_item(item)):
        head = next(iter(_all(root, "Head")), None)
        blocks = (
            [one for line in _all(head, "Headline") for one in _all(line, "Information")] if head is not None else []
        )
        items = [item for block in blocks for item in _all(block, "Item")]
    found: dict[str, tuple[str, dict[str, WeatherWarning]]] = {}
    problems: list[Problem] = []
    for row, item in enumerate(items, 1):
        for area in _of_item(item):
            code = _code(area)
            if not _CITY.fullmatch(code):
                if not code:
                    problems.append(Problem(row, "Area/Code", "地域の番号がありません。この地域は読みませんでした。"))
                continue  # the prefecture and its parts say the same of many municipalities together
            _, held = found.setdefault(code, (_text(area, "Name"), {}))
            for one in _in_force(item, family, row, problems):
                if one.level > held.get(one.name, one).level or one.name not in held:
                    held[one.name] = one
    return tuple(Area(name, code, tuple(held.values())) for code, (name, held) in found.items()), tuple(problems)


def _in_force(item: Element, family: str, row: int, problems: list[Problem]) -> Iterator[WeatherWarning]:
    for kind in _all(item, "Kind"):
        status = _text(kind, "Status") or _text(kind, "Condition")
        name = _text(kind, "Name")
        if status in _OFF or name in _OFF or not name:
            continue
        if family == "landslide":
            name = "土砂災害警戒情報"
        level = level_of(name)
        if not level:
            problems.append(Problem(row, "Kind/Name", f"「{name}」の強さが分かりません。この警報は読みませんでした。"))
            continue
        yield WeatherWarning(_LEVEL_WORD.sub("", unicodedata.normalize("NFKC", name)), level)


def _of_item(item: Element) -> list[Element]:
    return [*_all(item, "Area"), *(area for areas in _all(item, "Areas") for area in _all(areas, "Area"))]


def _code(area: Element) -> str:
    return _text(area, "Code")


def _tree(data: bytes) -> Element:
    if len(data) > MOST_BYTES:
        raise BadInputError(
            f"ファイルが大きすぎます({len(data) // 1_000_000} MB)。電文は{MOST_BYTES // 1_000_000} MBまでです。"
        )
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInputError(
            "このXMLには、定義や参照(DTD・エンティティ)が入っています。安全のため読みません。"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(NOT_XML) from error
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: Element | None, name: str) -> list[Element]:
    """Its children of this name, whatever their namespace: successors of a format change it."""
    return [] if element is None else [child for child in element if _local(child) == name]


def _text(element: Element, *path: str) -> str:
    for name in path:
        below = _all(element, name)
        if not below:
            return ""
        element = below[0]
    return (element.text or "").strip()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"発表の日時「{text}」が読めません。") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)
