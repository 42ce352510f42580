"""An issue of the circular on paper: A4, each item on its own page, the same text as in LINE, a QR code to its page."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from bot.core.moments import date_of
from bot.models import Circular, CircularItem, District, Municipality
from bot.services import circulars
from bot.services.announcement_card import particulars_of
from bot.services.announcement_print import Sheet
from bot.services.poll_print import qr


def item_url(home: str, item: CircularItem) -> str:
    """Its public page. `home` is the installation's own address, ending with /."""
    return f"{home}m/{item.municipality_id}/circulars/{item.circular_id}/items/{item.id}"


def paragraphs(text: str) -> tuple[str, ...]:
    """A text by its empty lines."""
    return tuple(part.strip("\n") for part in re.split(r"\n[ \t\u3000]*\n", text) if part.strip())


def sheets(session: Session, row: Circular, home: str) -> list[Sheet]:
    """The items in their order."""
    return [sheet(session, row, item, home) for item in circulars.items_of(session, row)]


def sheet(session: Session, row: Circular, item: CircularItem, home: str) -> Sheet:
    """One item on paper."""
    city, link = session.get_one(Municipality, row.municipality_id), item_url(home, item)
    return Sheet(
        city=str(city.facts.get("public_name") or city.name),
        sender=item.sender,
        title=item.title,
        where=session.get_one(District, row.district_id).name,
        day=date_of(row.issue_on),
        paragraphs=paragraphs(item.body),
        facts=tuple(particulars_of(item)),
        link=link,
        qr=qr(link),
        sample=bool(city.facts.get("sample")),
        language="ja",
    )
