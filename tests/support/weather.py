"""Telegrams of warnings as the weather agency writes them, made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

Kinds = Sequence[tuple[str, str]]  # name, status
FUJI, TOMIOKA, ELSEWHERE = ("富士市", "2221000"), ("富岡市", "1021000"), ("静岡市北部", "2210001")


def telegram(
    at: datetime, areas: Mapping[tuple[str, str], Kinds], title: str = "気象警報・注意報（Ｈ２７）", **head: str
) -> bytes:
    """One telegram; `head` may have status (通常), act (発表)."""
    items = "".join(_item(area, kinds) for area, kinds in areas.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Report xmlns="http://xml.kishou.go.jp/jmaxml1/"><Control><Title>{title}</Title>
<Status>{head.get("status", "通常")}</Status><PublishingOffice>静岡地方気象台</PublishingOffice></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><ReportDateTime>{at.isoformat()}</ReportDateTime>
<InfoType>{head.get("act", "発表")}</InfoType><Headline><Text>見本</Text></Headline></Head>
<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/meteorology1/">
<Warning type="気象警報・注意報（府県予報区等）"><Item><Kind><Name>波浪警報</Name><Code>07</Code><Status>発表</Status></Kind>
<Area><Name>静岡県</Name><Code>220000</Code></Area></Item></Warning>
<Warning type="気象警報・注意報（市町村等）">{items}</Warning></Body></Report>""".encode()


def _item(area: tuple[str, str], kinds: Kinds) -> str:
    name, code = area
    said = (
        "".join(
            f"<Kind><Name>{escape(kind)}</Name><Code>00</Code><Status>{status}</Status></Kind>"
            for kind, status in kinds
        )
        or "<Kind><Status>発表警報・注意報はなし</Status></Kind>"
    )
    return f"<Item>{said}<Area><Name>{name}</Name><Code>{code}</Code></Area></Item>"


FEED = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>高頻度（随時）</title>
{entries}</feed>"""


def feed(entries: Sequence[tuple[str, str, datetime]]) -> bytes:
    """An Atom feed of telegrams: title, link, updated."""
    lines = (
        f"<entry><title>{title}</title><id>{link}</id><updated>{at.isoformat()}</updated>"
        f"<author><name>静岡地方気象台</name></author><link type='application/xml' href='{link}'/>"
        "<content type='text'>【静岡県気象警報・注意報】見本</content></entry>"
        for title, link, at in entries
    )
    return FEED.format(entries="".join(lines)).encode()
