"""Practice (練習): a room beside each municipality where nothing leaves the house (docs/decisions/0027).

The room is a municipality of its own (`fuji-practice`) with the same districts and desks, sample residents and the
same people with the same roles. It has no channel: what it sends arrives on telephones shown in the console
(bot.services.practice_phones). When practice ends, every row of the room is deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.core import practice as rules
from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.db import Base
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import (
    Announcement,
    ApprovalRule,
    Desk,
    District,
    Municipality,
    Poll,
    Resident,
    RoundTable,
    Staff,
    StaffDistrict,
    StaffRole,
)
from bot.services import announcements, audit, staff
from bot.services.keystore import KeyStore
from bot.services.practice_phones import new_user
from bot.services.residents import CONSENT_VERSION

NEIGHBOURS: Final = 12  # in each district: enough for a result (10 answers)
PARTNER: Final = "練習の相手(見本)"
MAX_ID: Final = 32
NOBODYS: Final = "-"  # the hash of no password
_COPIED: Final = ("key", "name", "kana", "position", "facts")


@dataclass(frozen=True)
class Standing:
    """Whether practice is on, and what lies in the room."""

    room: str
    on: bool
    announcements: int = 0
    rounds: int = 0


def standing(session: Session, municipality: str) -> Standing:
    """How it stands with a municipality's room."""
    room = rules.room_of(municipality)
    if session.get(Municipality, room) is None:
        return Standing(room, on=False)
    rows = select(func.count()).select_from(Announcement).where(Announcement.municipality_id == room)
    rounds = select(func.count()).select_from(RoundTable).where(RoundTable.municipality_id == room)
    return Standing(room, True, session.scalar(rows) or 0, session.scalar(rounds) or 0)


def start(session: Session, sealer: Sealer, municipality: str, actor: Actor, now: datetime) -> str:
    """Open the room; returns its id. Raises ConflictError when it is open, BadInputError without districts."""
    real = session.get(Municipality, municipality)
    room = rules.room_of(municipality)
    if real is None or rules.is_room(municipality):
        raise NotFoundError("その市町村は、ここにはありません。")
    if len(room) > MAX_ID:
        raise BadInputError(f"市町村のIDが長すぎて、練習の部屋を作れません({MAX_ID - len(rules.SUFFIX)}文字まで)。")
    if session.get(Municipality, room) is not None:
        raise ConflictError("練習は、もう始まっています。")
    places = session.scalars(
        select(District).where(District.municipality_id == municipality, District.valid_to.is_(None))
    ).all()
    if not places:
        raise BadInputError("先に地区を登録してください。練習には、見本の住民が住む地区が要ります。")
    session.add(
        Municipality(
            id=room, name=f"{real.name}(練習)", code=real.code, languages=list(real.languages),
            facts={**real.facts, "public_name": f"{real.name}(練習)", "sample": True},
            content_version=int(now.timestamp()), weekly_cap=0,
        )
    )  # fmt: skip
    _flush(session, "練習は、もう始まっています。")
    session.add(ApprovalRule(municipality_id=room, hold_minutes=0, wait_hours=4))  # who tries out does not wait
    copies = [District(municipality_id=room, **{name: getattr(one, name) for name in _COPIED}) for one in places]
    session.add_all(copies)
    desks = session.scalars(select(Desk).where(Desk.municipality_id == municipality))
    session.add_all([Desk(municipality_id=room, key=one.key, name=one.name, data=one.data) for one in desks])
    session.flush()
    _neighbours(session, sealer, room, copies, now)
    _partner(session, room, now)
    match_people(session, municipality)
    audit.record(session, municipality, actor, "practice.start", f"municipality:{municipality}", now)
    return room


def match_people(session: Session, municipality: str) -> None:
    """Give everybody the roles in the room that they hold outside, for the districts of the same name."""
    room = rules.room_of(municipality)
    there = {key: number for number, key in _keys(session, room)}
    partner = partner_of(session, room)
    session.execute(delete(StaffDistrict).where(StaffDistrict.municipality_id == room))
    session.execute(delete(StaffRole).where(StaffRole.municipality_id == room, StaffRole.staff_id != partner.id))
    here = dict(_keys(session, municipality))
    links: dict[int, list[int]] = {}
    for link in session.scalars(select(StaffDistrict).where(StaffDistrict.municipality_id == municipality)):
        links.setdefault(link.role_id, []).append(there.get(here[link.district_id], 0))
    for row in session.scalars(select(StaffRole).where(StaffRole.municipality_id == municipality)).all():
        copy = StaffRole(
            staff_id=row.staff_id, municipality_id=room, role=row.role, until=row.until, department=row.department,
            ended_at=row.ended_at,
        )  # fmt: skip
        session.add(copy)
        session.flush()
        session.add_all(
            StaffDistrict(role_id=copy.id, district_id=district, municipality_id=room)
            for district in links.get(row.id, [])
            if district
        )
    session.flush()


def end(session: Session, municipality: str, actor: Actor, now: datetime) -> None:
    """Close the room: every row of it is deleted; `forget_keys` comes after the commit. Raises ConflictError."""
    room = rules.room_of(municipality)
    row = session.get(Municipality, room)
    if row is None or rules.is_room(municipality):
        raise ConflictError("練習は、もう終わっています。")
    session.expunge_all()
    for table in reversed(Base.metadata.sorted_tables):
        if "municipality_id" in table.columns:
            session.execute(delete(table).where(table.c.municipality_id == room))
    session.execute(delete(Municipality).where(Municipality.id == room))
    audit.record(session, municipality, actor, "practice.end", f"municipality:{municipality}", now)


def forget_keys(keystore: KeyStore, municipality: str) -> None:
    """Destroy the keys of the room's polls and voices. No transaction may be open."""
    begins = f"{rules.room_of(municipality)}/"
    for name in keystore.everything():
        if name.startswith(begins):
            keystore.destroy(name)


def partner_of(session: Session, room: str) -> Staff:
    """The sample second person of a room. Raises NotFoundError outside one."""
    found = session.scalar(select(Staff).where(Staff.municipality_id == room, Staff.name == PARTNER))
    if found is None:
        raise NotFoundError("練習は、まだ始まっていません。")
    return found


def approve_all(session: Session, sealer: Sealer, room: str, now: datetime) -> tuple[int, str]:
    """The sample second person says yes to what waits; returns how many, and why the last one could not be."""
    actor = staff.actor(session, partner_of(session, room))
    done, why = 0, ""
    waiting = select(Announcement).where(Announcement.municipality_id == room, Announcement.state == "submitted")
    for row in session.scalars(waiting).all():
        try:
            with session.begin_nested():
                announcements.approve(session, row, actor, row.version, now, sealer=sealer)
            done += 1
        except (BadInputError, ConflictError) as error:
            why = error.message
    return done, why


def close_now(session: Session, room: str, now: datetime) -> int:
    """Let what takes answers end now instead of on its day; returns how many."""
    if not rules.is_room(room):
        raise NotFoundError("これは、練習の中だけで使えます。")
    polls = update(Poll).where(Poll.municipality_id == room, Poll.state == "open", Poll.closes_at > now)
    rounds = update(RoundTable).where(
        RoundTable.municipality_id == room, RoundTable.state == "listening", RoundTable.closes_at > now
    )
    counts = [session.execute(each.values(closes_at=now)).rowcount for each in (polls, rounds)]  # type: ignore[attr-defined]
    return sum(counts)


def neighbours(session: Session, room: str, district_id: int | None = None) -> list[Resident]:
    """The sample residents, or those of a district, in the order they were made."""
    query = select(Resident).where(Resident.municipality_id == room).order_by(Resident.id)
    return list(session.scalars(query.where(Resident.home_district_id == district_id) if district_id else query))


def number_of(rows: Sequence[Resident], resident: Resident) -> int:
    """Which telephone of its district this is, from 1."""
    seen: Counter[int | None] = Counter()
    for row in rows:
        seen[row.home_district_id] += 1
        if row.id == resident.id:
            return seen[row.home_district_id]
    return 0


def _flush(session: Session, taken: str) -> None:
    """Write the new row; somebody may have made it in the same moment."""
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(taken) from None


def _neighbours(session: Session, sealer: Sealer, room: str, places: Sequence[District], now: datetime) -> None:
    session.add_all(
        Resident(
            municipality_id=room, line_id=sealer.seal_id(new_user(), room), home_district_id=place.id, followed_at=now,
            consent_version=CONSENT_VERSION, consented_at=now,
        )
        for place in places
        for _ in range(NEIGHBOURS)
    )  # fmt: skip
    session.flush()


def _partner(session: Session, room: str, now: datetime) -> None:
    """An account nobody can sign in with, so that one person alone can try the second one's yes."""
    person = Staff(
        municipality_id=room, email=f"partner@{room}.invalid", name=PARTNER, password_hash=NOBODYS, active=False,
        created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    session.add(StaffRole(staff_id=person.id, municipality_id=room, role="city"))


def _keys(session: Session, municipality: str) -> list[tuple[int, str]]:
    rows = session.execute(select(District.id, District.key).where(District.municipality_id == municipality))
    return [(number, key) for number, key in rows]
