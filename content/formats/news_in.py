"""RSS 2.0, RSS 1.0 (RDF) and Atom -> news: drafts that a person reads before residents do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

from bot.errors import BadInputError
from bot.now import jst
from content.formats import opening
from content.formats.rows_in import MAX_BODY, MAX_TITLE, City, Ident, Note, RowRead, hashed
from content.packs_model import SAMPLE_MARK, Entry, Source

MAX_ITEMS: Final = 1000
KEPT_DAYS: Final = timedelta(days=90)  # news answers so long, unless staff say otherwise
_NOT_A_FEED: Final = "RSSかAtomのフィードではありません。フィードのアドレス(.rss、.xml、.rdf)を確かめてください。"
_ENCODING: Final = re.compile(rb"\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9_-]+)")
_OLDER: Final = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp",
}  # fmt: skip
_TAG: Final = re.compile(r"<[^>]{0,2000}>")
_BREAK: Final = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d)\b[^>]{0,200}>", re.IGNORECASE)


def rows(stream: BinaryIO, city: City) -> tuple[str, Iterator[RowRead]]:
    """(form, rows): one row an item. Raises BadInputError."""
    root = _root(stream.read(opening.MAX_BYTES))
    name = _local(root)
    if name not in {"rss", "RDF", "feed"}:
        raise BadInputError(_NOT_A_FEED)
    items = [one for one in root.iter() if _local(one) in {"item", "entry"}][:MAX_ITEMS]
    form = {"rss": "RSS 2.0", "RDF": "RSS 1.0", "feed": "Atom"}[name]
    return form, (_row(number, item, city) for number, item in enumerate(items, 1))


def _root(data: bytes) -> Element:
    """The document, without any declaration that could make it grow (XML bombs)."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        found = fromstring(_in_utf8(data), forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInputError(
            "XMLに、ふつうのフィードにはない宣言(DOCTYPE)があります。このファイルは読みません。"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(_NOT_A_FEED) from error
    assert isinstance(found, Element)
    return found


def _in_utf8(data: bytes) -> bytes | str:
    """The document, as text where it says to be Shift_JIS or EUC-JP, which the parser does not know."""
    said = _ENCODING.match(data[:200])
    name = said[1].decode().casefold() if said else ""
    return data.decode(_OLDER[name]) if name in _OLDER else data


def _row(number: int, item: Element, city: City) -> RowRead:
    title = plain_text(_text(item, "title")).replace("\n", " ").strip()
    if not title:
        return RowRead(number, number, None, None, (Note("title", "題(title)がありません"),))
    link = _link(item)
    said = _text(item, "content") or _text(item, "encoded") or _text(item, "description") or _text(item, "summary")
    day, notes = _day(item)
    known = _text(item, "guid") or _text(item, "id") or link
    body = plain_text(said)[:MAX_BODY] or title
    source = Source(city.source.title, link if re.match(r"https?://\S+\Z", link) else None, day)
    entry = Entry(
        id="", imported=True, kind="guide", title=title[:MAX_TITLE], body=body, source=source, keywords=("お知らせ",),
        valid_to=(day or city.today) + KEPT_DAYS, checked_on=day, sample=SAMPLE_MARK in title, draft=True,
    )  # fmt: skip
    where = hashed(str(day))
    return RowRead(number, number, entry, Ident(known[:200] or None, hashed(title), where), (), tuple(notes))


def _day(item: Element) -> tuple[date | None, list[Note]]:
    """The day of an item: pubDate (RFC 822), dc:date, updated or published (ISO 8601)."""
    for name in ("pubDate", "date", "published", "updated"):
        text = _text(item, name)
        if not text:
            continue
        try:
            moment = parsedate_to_datetime(text) if name == "pubDate" else datetime.fromisoformat(text)
        except (ValueError, TypeError):
            return None, [Note(name, f"「{text[:40]}」は日時として読めないので、日なしで取り込みました")]
        return (jst(moment) if moment.tzinfo else moment).date(), []
    return None, []


def _link(item: Element) -> str:
    """RSS writes the address as text, Atom in href (rel alternate, or none)."""
    for one in item:
        if _local(one) == "link":
            if one.text and one.text.strip():
                return one.text.strip()
            if one.get("rel", "alternate") == "alternate" and one.get("href"):
                return str(one.get("href")).strip()
    return ""


def _text(item: Element, name: str) -> str:
    """The text of the item's child of that name: of the feed's own words first, else whatever its namespace."""
    own = item.tag.rpartition("}")[0]
    named = [one for one in item if _local(one) == name]
    found = next((one for one in named if one.tag.rpartition("}")[0] == own), named[0] if named else None)
    return "" if found is None else "".join(found.itertext()).strip()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def plain_text(text: str) -> str:
    """HTML as text: tags out, line breaks kept, entities read."""
    broken = _BREAK.sub("\n", text)
    bare = html.unescape(_TAG.sub("", broken)).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
