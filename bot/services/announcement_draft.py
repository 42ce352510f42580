"""What a person types for an announcement, tidied and checked field by field."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import BadInputError
from bot.models import District
from bot.models.announcement import AUDIENCES

MAX_SENDER, MAX_TITLE, MAX_BODY = 60, 60, 1500


@dataclass(frozen=True)
class Draft:
    """What a person writes. `send_at` None: as soon as it is approved. `district_ids` is empty for the whole city."""

    title: str
    body: str
    sender: str
    audience: str
    district_ids: tuple[int, ...] = ()
    send_at: datetime | None = None


def tidied(session: Session, municipality: str, new: Draft) -> Draft:
    """The draft, tidied. Raises BadInputError naming every field to mend."""
    title, sender, body = _one_line(new.title), _one_line(new.sender), lines(new.body)
    problems = [
        f"{name}を書いてください。" if not text else f"{name}は{most}文字までです(いま{len(text)}文字)。"
        for name, text, most in (("差出人", sender, MAX_SENDER), ("見出し", title, MAX_TITLE), ("本文", body, MAX_BODY))
        if not 1 <= len(text) <= most
    ]
    if new.audience not in AUDIENCES:
        problems.append("届ける範囲を選んでください。")
    districts = tuple(sorted(set(new.district_ids))) if new.audience != "city" else ()
    known = select(District.id).where(District.municipality_id == municipality, District.id.in_(districts))
    if new.audience != "city" and (not districts or len(session.scalars(known).all()) != len(districts)):
        problems.append("届ける地区を1つ以上選んでください。")
    if problems:
        raise BadInputError("".join(problems))
    return replace(new, title=title, sender=sender, body=body, district_ids=districts)


def _one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in text).split())


def lines(text: str) -> str:
    """The text with plain newlines and without control characters (PostgreSQL stores no NUL)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc").strip()
