"""An announcement on paper: A4, the same text as in LINE, with a QR code to its public page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.core.moments import day_of
from bot.models import Announcement, Municipality
from bot.services import announcement_archive
from bot.services.announcement_card import in_language, particulars_of
from bot.services.poll_print import qr


@dataclass(frozen=True)
class Sheet:
    """Everything that is printed, in its order."""

    city: str
    sender: str
    title: str
    where: str
    day: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    link: str
    qr: str  # the link as SVG
    sample: bool
    language: str


def page_url(home: str, row: Announcement) -> str:
    """Its public page. `home` is the installation's own address, ending with /."""
    return f"{home}m/{row.municipality_id}/announcements/{row.id}"


def sheet(session: Session, row: Announcement, home: str, language: str = "ja") -> Sheet:
    """An announcement on paper, in Japanese or a language it was written in."""
    city = session.get_one(Municipality, row.municipality_id)
    words = in_language(session, row, language)
    told = row.frozen_at or row.send_at
    districts = announcement_archive.names(session, row.municipality_id, [row.id]).get(row.id, [])
    link = page_url(home, row)
    return Sheet(
        city=str(city.facts.get("public_name") or city.name),
        sender=row.sender,
        title=words.title,
        where="・".join(districts) or "市全体",
        day=day_of(told, words.language) if told else "",
        paragraphs=tuple(part.strip("\n") for part in re.split(r"\n[ \t　]*\n", words.body) if part.strip()),
        facts=tuple(particulars_of(row)) if words.language == "ja" else (),
        link=link,
        qr=qr(link),
        sample=bool(city.facts.get("sample")),
        language=words.language,
    )
