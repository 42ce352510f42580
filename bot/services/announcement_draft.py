"""What a person types for an announcement, tidied and checked field by field."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import BadInputError
from bot.models import District
from bot.models.announcement import AUDIENCES, CHOSEN, KINDS, URGENCIES
from bot.services import announcement_checks, announcement_filters
from bot.services.announcement_filters import EVERYBODY, Filters

MAX_SENDER, MAX_TITLE, MAX_BODY = 60, 60, 1500
MAX_PARTICULAR, MAX_BUTTONS = 80, 4
# They turn the direction of writing for whatever follows (UAX 9): a date or an address reads backwards.
TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BUTTONS = ("poll", "activity", "map", "share", "page")


@dataclass(frozen=True)
class Particulars:
    """What stands as text beside a picture or a paper, each on one line; empty ones are left out."""

    date: str = ""
    place: str = ""
    audience: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Draft:
    """What a person writes. `send_at` None: as soon as it is approved. `district_ids` is empty for the whole city."""

    title: str
    body: str
    sender: str
    audience: str
    district_ids: tuple[int, ...] = ()
    send_at: datetime | None = None
    kind: str = "other"
    urgency: str = "normal"
    particulars: Particulars = Particulars()
    # As stored: {"kind": "poll", "poll"}, {"kind": "activity", "key", "day"}, or map, share, page with their "base".
    buttons: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    filters: Filters = EVERYBODY
    to_groups: bool = False

    def written(self) -> dict[str, Any]:
        """Kind, urgency, particulars, buttons and whether groups get it, as columns."""
        stands = {name: text for name, text in asdict(self.particulars).items() if text}
        return {
            "kind": self.kind, "urgency": self.urgency, "particulars": stands, "buttons": list(self.buttons),
            "to_groups": self.to_groups and self.audience not in CHOSEN,
        }  # fmt: skip


def tidied(session: Session, municipality: str, new: Draft) -> Draft:
    """The draft, tidied. Raises BadInputError naming every field to mend."""
    title, sender, body = one_line(new.title), one_line(new.sender), lines(new.body)
    problems = [
        f"{name}を書いてください。" if not text else f"{name}は{most}文字までです(いま{len(text)}文字)。"
        for name, text, most in (("差出人", sender, MAX_SENDER), ("見出し", title, MAX_TITLE), ("本文", body, MAX_BODY))
        if not 1 <= len(text) <= most
    ]
    if new.audience not in (*AUDIENCES, *CHOSEN):
        problems.append("届ける範囲を選んでください。")
    districts, unfit = _places(session, municipality, new)
    problems += unfit
    particulars = Particulars(**{name: one_line(text) for name, text in asdict(new.particulars).items()})
    problems += _unfit(new, particulars)
    if new.to_groups and not new.filters.for_groups:
        problems.append(
            "グループにも届けるお知らせは、町内会・区だけでしぼれます。ほかのしぼり方をやめるか、"
            "「グループにも届ける」を外してください。"
        )
    if problems:
        raise BadInputError("".join(problems))
    announcement_checks.wording(title, body, *asdict(particulars).values())
    return replace(new, title=title, sender=sender, body=body, particulars=particulars, district_ids=districts)


def _unfit(new: Draft, particulars: Particulars) -> list[str]:
    """What is wrong with kind, urgency, particulars and buttons."""
    found = []
    if new.kind not in KINDS or new.urgency not in URGENCIES:
        found.append("お知らせの種類を選んでください。")
    if any(len(text) > MAX_PARTICULAR for text in asdict(particulars).values()):
        found.append(f"日時・場所・対象・連絡先は、それぞれ{MAX_PARTICULAR}文字までです。")
    if new.urgency == "emergency" and (new.filters.topics or new.filters.untold_days):
        found.append("緊急のお知らせは、話題や、受け取った日でしぼれません。みんなに届きます。")
    kinds = [one.get("kind") for one in new.buttons]
    if len(kinds) > MAX_BUTTONS or len(set(kinds)) < len(kinds) or not set(kinds) <= set(BUTTONS):
        found.append(f"ボタンは{MAX_BUTTONS}つまで、同じものは1つまでです。")
    if "map" in kinds and not particulars.place:
        found.append("地図のボタンを付けるときは、場所を書いてください。")
    return found


def _places(session: Session, municipality: str, new: Draft) -> tuple[tuple[int, ...], list[str]]:
    """Its districts and what is wrong with whom it goes to. Those who took part come with their own districts."""
    try:
        announcement_filters.checked(session, municipality, new.audience, new.filters)
        if new.audience == "took_part":
            return tuple(sorted(announcement_filters.of_part(session, municipality, new.filters))), []
    except BadInputError as error:
        return (), [error.message]
    if new.audience == "city":
        return (), []
    districts = tuple(sorted(set(new.district_ids)))
    known = select(District.id).where(District.municipality_id == municipality, District.id.in_(districts))
    found = bool(districts) and len(session.scalars(known).all()) == len(districts)
    return districts, [] if found else ["届ける地区を1つ以上選んでください。"]


def one_line(text: str) -> str:
    """The text without line breaks, control characters and space around it."""
    kept = (char for char in text if char not in TURNERS)
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in kept).split())


def lines(text: str) -> str:
    """The text with plain newlines and without control characters (PostgreSQL stores no NUL)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (char for char in text if char not in TURNERS)
    return "".join(char for char in kept if char == "\n" or unicodedata.category(char) != "Cc").strip()
