"""The rich menus: what they hold in each language, which are made at LINE, who still has to be linked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, exists, func, select, update
from sqlalchemy.orm import Session

from bot.core import postback
from bot.core.sealing import Sealer
from bot.line import menu_picture
from bot.models import OfficerLink, Resident, RichMenu
from bot.models.resident import MENU_DIFFERS
from content.phrases import SERVED, phrases

DEFAULT: Final = "ja"  # the one everybody has who was not linked to another
LANGUAGES: Final = tuple(SERVED)
AREAS: Final = (
    ("ask", "ask.prompt"),
    ("activities", "activities.list"),
    ("voice", "voice.show"),
    ("announcements", "announcements.list"),
    ("settings", "settings.show"),
    ("language", "language.menu"),
)
"""The six areas: icon (and phrase `menu.<name>`), and the action of its button."""
OFFICER: Final = "officer"  # the menu of linked officers, kept like one more language; Japanese only
OFFICER_AREAS: Final = (
    ("approve", "officer.waiting", "承認待ち"),
    ("rain", "officer.rain", "雨の日の連絡"),
    ("summary", "officer.summary", "今日のまとめ"),
    ("ask", "ask.prompt", "聞く"),
    ("activities", "activities.list", "行事"),
    ("settings", "home.menu", "住民のメニュー"),
)


@dataclass(frozen=True)
class Menu:
    """One menu as it is to be at LINE; `digest` changes whenever picture or areas do."""

    language: str
    body: dict[str, Any]
    picture: bytes
    digest: str


def wanted(municipality: str, language: str, sealer: Sealer) -> Menu:
    """The menu of a language. Its buttons are signed with the current key, so a new key makes a new menu."""
    say = phrases(DEFAULT if language == OFFICER else language).say
    shown = OFFICER_AREAS if language == OFFICER else [(name, act, say(f"menu.{name}")) for name, act in AREAS]
    key = next(sealer.signing_keys("postback"))
    areas = []
    for position, (_, action, label) in enumerate(shown):
        left, top, width, height = menu_picture.bounds(position)
        data = postback.encode(action, {}, municipality, key)
        areas.append(
            {
                "bounds": {"x": left, "y": top, "width": width, "height": height},
                "action": {"type": "postback", "label": label, "data": data, "displayText": label},
            }
        )
    body = {
        "size": {"width": menu_picture.WIDTH, "height": menu_picture.HEIGHT},
        "selected": True,
        "name": f"entaku {municipality} {language}",
        "chatBarText": say("menu.bar"),
        "areas": areas,
    }
    picture = menu_picture.draw(tuple((name, label.removeprefix("🌐 ")) for name, _, label in shown))
    seed = json.dumps(body, sort_keys=True, ensure_ascii=False).encode() + picture
    return Menu(language, body, picture, hashlib.sha256(seed).hexdigest())


def needed(session: Session, municipality: str) -> tuple[str, ...]:
    """The menus this municipality needs: one a language, and the officers' once somebody is linked."""
    linked_one = select(OfficerLink.staff_id).where(OfficerLink.municipality_id == municipality).limit(1)
    return (*LANGUAGES, OFFICER) if session.scalar(linked_one) is not None else LANGUAGES


def made(session: Session, municipality: str, language: str) -> RichMenu | None:
    """The menu of this language that exists at LINE."""
    return session.get(RichMenu, (municipality, language))


def digests(session: Session, municipality: str) -> dict[str, str]:
    """What the menus that exist at LINE were made of, by language."""
    query = select(RichMenu.language, RichMenu.digest).where(RichMenu.municipality_id == municipality)
    return dict(session.execute(query).all())


def remember(session: Session, municipality: str, menu: Menu, line_menu_id: str, now: datetime) -> str | None:
    """A new menu exists at LINE; returns the id of the one it replaces. Who had that one is to be linked anew."""
    old = made(session, municipality, menu.language)
    before = old.line_menu_id if old is not None else None
    session.merge(
        RichMenu(
            municipality_id=municipality, language=menu.language, line_menu_id=line_menu_id, digest=menu.digest,
            made_at=now,
        )
    )  # fmt: skip
    if menu.language != DEFAULT:
        session.execute(
            update(Resident)
            .where(Resident.municipality_id == municipality, Resident.menu_language == menu.language)
            .values(menu_language=None)
        )
    return before


def to_link(session: Session, municipality: str, limit: int) -> list[tuple[Resident, str]]:
    """Active residents whose menu at LINE is not theirs, oldest first, with the menu they are to have."""
    shown = func.coalesce(Resident.menu_language, DEFAULT)
    wanted = _menu_of()
    # First the few for whom it can be so: this is asked every few seconds, and a city has half a million residents.
    others = select(Resident.id).where(Resident.municipality_id == municipality, MENU_DIFFERS)
    officers = select(OfficerLink.resident_id).where(OfficerLink.municipality_id == municipality)
    query = (
        select(Resident, wanted)
        .where(Resident.id.in_(others.union(officers)), Resident.state == "active", shown != wanted)
        .where(Resident.municipality_id == municipality)
        .order_by(Resident.id)
        .limit(limit)
    )
    return [(resident, menu) for resident, menu in session.execute(query)]


def linked(session: Session, resident_id: int, language: str) -> None:
    """LINE shows this menu to the resident now."""
    session.execute(update(Resident).where(Resident.id == resident_id).values(menu_language=language))


def _menu_of() -> Any:
    """An officer's own; else that of the language. Languages without a menu of their own have やさしい日本語."""
    officer = exists().where(OfficerLink.resident_id == Resident.id)
    return case((officer, OFFICER), (Resident.language.in_(LANGUAGES), Resident.language), else_="easy-ja")
