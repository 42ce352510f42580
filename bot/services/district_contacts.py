"""Whom a district's people turn to: the council, the centre and its desk, as staff keep them.

What staff change stands over the pack (`District.edited`, `Desk.edited`) and is what residents are told from then on.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Desk, District, Municipality
from bot.now import jst
from bot.services import audit, entry_editing
from content.packs_json import desk_from, desk_json
from content.packs_model import Desk as Known
from content.packs_model import Source

RIGHT: Final = "district.contact"
MAX_LINE, MAX_NOTE = 80, 400
CHANGED_MEANWHILE: Final = (
    "あなたが開いたあとで、ほかの人が連絡先を直しました。いまの内容を確かめて、もう一度直してください。"
)
ASK_THE_PAGE: Final = "電話番号は市の公式ページで確認してください。"
PHONE: Final = re.compile(r"0\d{1,4}-\d{1,4}-\d{3,4}")
_DESK_FIELDS: Final = ("phone", "fax", "hours", "url", "note")
_EMPTY: Final[dict[str, Any]] = {"note": "", "translations": {}}  # what a field that is gone reads as; else None
_DISTRICT_FIELDS: Final = ("council", "centre", "address")


@dataclass(frozen=True)
class Contact:
    """What the form shows and takes; empty: not known, and residents are not told one."""

    council: str = ""
    centre: str = ""
    address: str = ""
    phone: str = ""
    fax: str = ""
    hours: str = ""
    url: str = ""
    note: str = ""  # what the bot says when somebody asks for the centre

    @property
    def seen(self) -> str:
        """A short mark of what stands here, to know whether somebody changed it meanwhile."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def desk_of(session: Session, row: District) -> Desk | None:
    """The district's own desk: its centre's."""
    desks = session.scalars(select(Desk).where(Desk.municipality_id == row.municipality_id).order_by(Desk.id))
    return next((desk for desk in desks if desk.data.get("district") == row.key), None)


def of(session: Session, row: District) -> Contact:
    """What is known now."""
    return _contact(row, desk_of(session, row))


def of_all(session: Session, municipality: str, rows: Sequence[District]) -> list[tuple[District, Contact]]:
    """The same for many districts at once."""
    desks: dict[str, Desk] = {}
    for desk in session.scalars(select(Desk).where(Desk.municipality_id == municipality).order_by(Desk.id)):
        if key := desk.data.get("district"):
            desks.setdefault(key, desk)
    return [(row, _contact(row, desks.get(row.key))) for row in rows]


def _contact(row: District, desk: Desk | None) -> Contact:
    known = {name: row.facts.get(name) or "" for name in _DISTRICT_FIELDS}
    if desk is not None:
        known |= {name: desk.data.get(name) or "" for name in _DESK_FIELDS}
    return Contact(**known)


def problems(new: Contact) -> dict[str, str]:
    """What has to be mended, by field."""
    found = {}
    for name, label in (("council", "協議会の名前"), ("centre", "センターの名前")):
        if not getattr(new, name):
            found[name] = f"{label}を入れてください。"
    for name in ("council", "centre", "address", "hours"):
        if len(getattr(new, name)) > MAX_LINE:
            found[name] = f"{MAX_LINE}文字までにしてください。"
    for name, label in (("phone", "電話番号"), ("fax", "FAX番号")):
        if (value := getattr(new, name)) and not PHONE.fullmatch(value):
            found[name] = f"{label}を、市外局番から、-で区切って入れてください(例: 0545-00-0000)。"
    if new.url and not re.fullmatch(r"https://[^\s<>\"']{4,200}", new.url):
        found["url"] = "ページの住所は https:// で始まるものにしてください。"
    if len(new.note) > MAX_NOTE:
        found["note"] = f"{MAX_NOTE}文字までにしてください(いま{len(new.note)}文字)。"
    return found


def tidy(new: Contact) -> Contact:
    """Without surrounding space; numbers in half width; with a number, nobody is sent to look for one."""
    values = {name: value.strip() for name, value in asdict(new).items()}
    for name in ("phone", "fax"):
        values[name] = number(values[name])
    if values["phone"]:
        values["note"] = values["note"].replace(ASK_THE_PAGE, "").strip()
    return Contact(**values)


def number(typed: str) -> str:
    """A telephone number in half width, with plain hyphens and without space."""
    return re.sub(r"[ー―‐−–—]", "-", unicodedata.normalize("NFKC", typed)).replace(" ", "")


def change(session: Session, row: District, actor: Actor, new: Contact, seen: str, now: datetime) -> bool:
    """Keep what staff made sure of today; False when nothing differs.

    Raises NotAllowedError, BadInputError, and ConflictError when somebody else changed it since `seen`.
    """
    today = jst(now).date()
    if not actor.may(RIGHT, row.municipality_id, today, (row.id,)):
        raise NotAllowedError("この地区の連絡先を直す役割がありません。")
    if row.valid_to is not None:
        raise ConflictError("この地区は、もう終わっています。")
    new = tidy(new)
    if found := problems(new):
        raise BadInputError(next(iter(found.values())))
    old = of(session, row)
    if old.seen != seen:
        raise ConflictError(CHANGED_MEANWHILE)
    differs = [name for name, value in asdict(new).items() if value != getattr(old, name)]
    if not differs:
        return False
    mine: dict[str, Any] = {name: getattr(new, name) for name in _DISTRICT_FIELDS if name in differs}
    row.facts, row.edited = {**row.facts, **mine}, {**row.edited, **mine}
    _desk(session, row, actor, new, now)
    entry_editing.raise_version(session, row.municipality_id)
    told = {"fields": differs}
    audit.record(session, row.municipality_id, actor, "district.contact", f"district:{row.id}", now, told)
    return True


def _desk(session: Session, row: District, actor: Actor, new: Contact, now: datetime) -> None:
    desk = desk_of(session, row)
    today = jst(now).date()
    city = session.get_one(Municipality, row.municipality_id)
    source = Source(f"{city.name}の担当者の確認", None, today)
    if desk is None:
        known = Known(f"centre-{row.key}", new.centre, source, district=row.key, family="centre")
        desk = Desk(municipality_id=row.municipality_id, key=known.id, name=known.name, data={}, edited={})
        session.add(desk)
    else:
        known = desk_from(desk.data)
    known = replace(
        known, name=new.centre, source=source, checked_on=today, note=new.note, phone=new.phone or None,
        fax=new.fax or None, hours=new.hours or None, url=new.url or None,
    )  # fmt: skip
    if desk.data.get("note", "") != known.note or desk.name != known.name:
        known = replace(known, translations={})  # they say what no longer holds
    before: dict[str, Any] = dict(desk.data)
    desk.name, desk.data = known.name, desk_json(known)
    changed = {name: value for name, value in desk.data.items() if before.get(name) != value}
    gone = {name: _EMPTY.get(name) for name in before if name not in desk.data}
    desk.edited = {**(desk.edited or {}), **gone, **changed}
    session.flush()
    entry_editing.of_desk(session, row.municipality_id, known, actor, now)
