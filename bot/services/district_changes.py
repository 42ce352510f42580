"""Districts that change: renamed, merged, newly made. Decided ahead, carried out by the clock on their day.

Nothing that was sent or said is rewritten: it stays with the district it belonged to, which then has a last day and a
successor. What is still to come (residents, roles, announcements not yet sent, entries) goes over to the successor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM, Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import District, DistrictChange, DistrictName
from bot.now import jst
from bot.services import audit, district_moving, entry_editing

MAX_NAME: Final = 20
RIGHT: Final = "district.change"
_KANA: Final = re.compile(r"[ぁ-ゖー・ ]+")
_KEY: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class Wish:
    """What is to become of a district on a day: a new name with its reading, or another district it joins."""

    takes_effect_on: date
    name: str = ""
    kana: str = ""
    into_id: int | None = None


@dataclass(frozen=True)
class NewDistrict:
    """A district that did not exist before. `key` is the word in addresses (`imaizumi`)."""

    name: str
    kana: str
    key: str
    council: str
    centre: str


def get(session: Session, municipality: str, district_id: int) -> District:
    """One district, ended or not. Raises NotFoundError for anybody else's."""
    row = session.get(District, district_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その地区は、この市町村にはありません。")
    return row


def former_names(session: Session, row: District) -> Sequence[DistrictName]:
    """What the district was called before, the latest first."""
    of = DistrictName
    query = select(of).where(of.municipality_id == row.municipality_id, of.district_id == row.id)
    return session.scalars(query.order_by(of.until.desc(), of.id.desc())).all()


def changes(session: Session, municipality: str, district_id: int | None = None) -> Sequence[DistrictChange]:
    """What was decided for the municipality or for one of its districts, the latest day first."""
    of = DistrictChange
    query = select(of).where(of.municipality_id == municipality)
    if district_id is not None:
        query = query.where((of.district_id == district_id) | (of.into_id == district_id))
    return session.scalars(query.order_by(of.takes_effect_on.desc(), of.id.desc())).all()


def create(session: Session, municipality: str, actor: Actor, new: NewDistrict, now: datetime) -> District:
    """A new district, from today. Raises NotAllowedError, BadInputError, ConflictError."""
    _allow(actor, municipality, now)
    name, kana = _named(new.name, new.kana)
    if not _KEY.fullmatch(new.key):
        raise BadInputError("ページの住所に使う名前は、半角の英小文字で始め、英小文字・数字・-で書いてください。")
    _unused(session, municipality, name, new.key)
    last = session.scalar(select(func.max(District.position)).where(District.municipality_id == municipality)) or 0
    row = District(
        municipality_id=municipality, key=new.key, name=name, kana=kana, position=last + 1,
        facts={"council": new.council.strip(), "centre": new.centre.strip()}, valid_from=jst(now).date(),
        edited={"name": name, "kana": kana},
    )  # fmt: skip
    session.add(row)
    session.flush()
    entry_editing.raise_version(session, municipality)
    audit.record(session, municipality, actor, "district.create", f"district:{row.id}", now, {"name": name})
    return row


def plan(session: Session, row: District, actor: Actor, wish: Wish, now: datetime) -> DistrictChange:
    """Decide a renaming or a merging. It happens on its day; today's is carried out within a minute.

    Raises NotAllowedError, BadInputError, and ConflictError when something is planned for the district already.
    """
    _allow(actor, row.municipality_id, now)
    if row.valid_to is not None:
        raise ConflictError("この地区は、もう終わっています。")
    if wish.takes_effect_on < jst(now).date():
        raise BadInputError("変わる日は、今日かそれより先の日にしてください。")
    if any(one.state == "planned" for one in changes(session, row.municipality_id, row.id)):
        raise ConflictError("この地区には、もう決まっている変更があります。先に、それを取りやめてください。")
    made = DistrictChange(
        municipality_id=row.municipality_id, district_id=row.id, takes_effect_on=wish.takes_effect_on,
        planned_by=actor.name[:60], planned_at=now, kind="rename" if wish.into_id is None else "merge",
    )  # fmt: skip
    if wish.into_id is None:
        made.name, made.kana = _named(wish.name, wish.kana)
        if (made.name, made.kana) == (row.name, row.kana):
            raise BadInputError("いまと同じ名前です。新しい名前を入れてください。")
        _unused(session, row.municipality_id, made.name, None, besides=row.id)
    else:
        into = get(session, row.municipality_id, wish.into_id)
        if into.id == row.id or into.valid_to is not None:
            raise BadInputError("いっしょになる先の地区を選んでください。")
        made.into_id = into.id
    session.add(made)
    session.flush()
    details: dict[str, Any] = {"kind": made.kind, "on": made.takes_effect_on.isoformat()}
    audit.record(session, row.municipality_id, actor, "district.plan", f"district:{row.id}", now, details)
    return made


def cancel(session: Session, municipality: str, actor: Actor, change_id: int, now: datetime) -> None:
    """Take a decision back before its day. Raises NotAllowedError, NotFoundError, ConflictError."""
    _allow(actor, municipality, now)
    made = session.get(DistrictChange, change_id)
    if made is None or made.municipality_id != municipality:
        raise NotFoundError("その変更は、ありません。")
    if made.state != "planned":
        raise ConflictError("その変更は、もう行われたか、取りやめられています。")
    made.state = "cancelled"
    audit.record(session, municipality, actor, "district.cancel", f"district:{made.district_id}", now)


def due(session: Session, now: datetime) -> list[int]:
    """Changes whose day has come in Japan, in the order they were decided."""
    of = DistrictChange
    query = select(of.id).where(of.state == "planned", of.takes_effect_on <= jst(now).date())
    return list(session.scalars(query.order_by(of.takes_effect_on, of.id)))


def carry_out(session: Session, change_id: int, now: datetime) -> None:
    """Do it, in the caller's one transaction. Doing it twice is no error."""
    made = session.get(DistrictChange, change_id, with_for_update=True)
    if made is None or made.state != "planned":
        return
    row = session.get_one(District, made.district_id)
    if made.kind == "rename":
        assert made.name is not None
        assert made.kana is not None
        _rename(session, row, made.name, made.kana, made.takes_effect_on)
    else:
        into = session.get_one(District, made.into_id)
        if into.valid_to is not None:  # it ended meanwhile: to where that one went
            into = last_of(session, into)
        made.moved = district_moving.move(session, row, into)
        row.valid_to, row.successor_id = made.takes_effect_on - timedelta(days=1), into.id
    made.state, made.done_at = "done", now
    entry_editing.raise_version(session, row.municipality_id)
    audit.record(session, row.municipality_id, SYSTEM, f"district.{made.kind}", f"district:{row.id}", now, made.moved)


def last_of(session: Session, row: District) -> District:
    """Where a district's people are today: itself, or the end of the chain of its successors."""
    seen = {row.id}
    while row.successor_id is not None and row.successor_id not in seen:
        row = session.get_one(District, row.successor_id)
        seen.add(row.id)
    return row


def _rename(session: Session, row: District, name: str, kana: str, since: date) -> None:
    session.add(
        DistrictName(
            municipality_id=row.municipality_id, district_id=row.id, name=row.name, kana=row.kana,
            until=since - timedelta(days=1),
        )
    )  # fmt: skip
    said = [one for one in (*(row.facts.get("aliases") or ()), row.name) if one != name]
    aliases = list(dict.fromkeys(said))
    row.name, row.kana = name, kana
    row.facts = {**row.facts, "aliases": aliases}
    row.edited = {**row.edited, "name": name, "kana": kana, "aliases": aliases}


def _named(name: str, kana: str) -> tuple[str, str]:
    name, kana = " ".join(name.split()), " ".join(kana.split())
    if not name or len(name) > MAX_NAME:
        raise BadInputError(f"地区の名前を、{MAX_NAME}文字までで入れてください。")
    if not _KANA.fullmatch(kana) or len(kana) > 3 * MAX_NAME:
        raise BadInputError("読みがなを、ひらがなで入れてください。")
    return name, kana


def _unused(session: Session, municipality: str, name: str, key: str | None, besides: int | None = None) -> None:
    of = District
    for row in session.scalars(select(of).where(of.municipality_id == municipality, of.id != (besides or 0))):
        if row.name == name and row.valid_to is None:
            raise ConflictError(f"「{name}」という地区が、もうあります。")
        if key is not None and row.key == key:
            raise ConflictError(f"ページの住所に使う名前「{key}」は、もう使われています。別の名前にしてください。")


def _allow(actor: Actor, municipality: str, now: datetime) -> None:
    if not actor.may(RIGHT, municipality, jst(now).date()):
        raise NotAllowedError("地区の名前や組み合わせを変える役割がありません。市の担当か管理者にご相談ください。")
