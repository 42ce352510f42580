"""What goes over when a district becomes part of another: everything that is still to come, nothing that was."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CursorResult, Select, delete, select, update
from sqlalchemy.orm import Session

from bot.models import (
    Announcement,
    AnnouncementDistrict,
    Circular,
    CircularItem,
    CircularRule,
    Desk,
    District,
    Entry,
    GroupChat,
    NeighbourhoodAssociation,
    Resident,
    ResidentDistrict,
    RoleHolder,
    StaffDistrict,
    StaffRole,
)

MAX_ASSOCIATION: Final = 40
# A table of population is of its day and its area: it stays with the district it was counted for.
STAYS: Final = ("population",)


def move(session: Session, old: District, new: District) -> dict[str, Any]:
    """Everything still to come of `old` becomes `new`'s; how many of what, for the record."""
    moved = {
        "residents": _residents(session, old, new),
        "interests": _interests(session, old, new),
        "roles": _roles(session, old, new),
        "announcements": _announcements(session, old, new),
        "associations": _associations(session, old, new),
        "groups": _set(session, GroupChat, old, new),
        "entries": _entries(session, old, new),
    }
    _set(session, RoleHolder, old, new)
    _circulars(session, old, new)
    _desks(session, old)
    _names(old, new)
    session.flush()
    return moved


def _set(session: Session, model: Any, old: District, new: District) -> int:
    """Rows of a table whose district is `old` belong to `new` from now on."""
    of = (model.municipality_id == old.municipality_id, model.district_id == old.id)
    return _changed(session, update(model).where(*of).values(district_id=new.id))


def _residents(session: Session, old: District, new: District) -> int:
    of = (Resident.municipality_id == old.municipality_id, Resident.home_district_id == old.id)
    return _changed(session, update(Resident).where(*of).values(home_district_id=new.id))


def _interests(session: Session, old: District, new: District) -> int:
    """Who lives in `new` or follows it already does not follow it twice."""
    of = ResidentDistrict
    mine = of.municipality_id == old.municipality_id
    follows: Select[Any] = select(of.resident_id).where(mine, of.district_id == new.id)
    at_home = select(Resident.id).where(
        Resident.municipality_id == old.municipality_id, Resident.home_district_id == new.id
    )
    _changed(session, delete(of).where(mine, of.district_id == old.id, of.resident_id.in_(follows)))
    _changed(session, delete(of).where(mine, of.district_id.in_((old.id, new.id)), of.resident_id.in_(at_home)))
    return _changed(session, update(of).where(mine, of.district_id == old.id).values(district_id=new.id))


def _roles(session: Session, old: District, new: District) -> int:
    """A role for either covers both: the one for what is to come, the other for its records."""
    query = (
        select(StaffDistrict.role_id, StaffDistrict.district_id)
        .join(StaffRole, StaffRole.id == StaffDistrict.role_id)
        .where(
            StaffRole.municipality_id == old.municipality_id,
            StaffRole.ended_at.is_(None),
            StaffDistrict.district_id.in_((old.id, new.id)),
        )
    )
    covered: dict[int, set[int]] = {}
    for role, district in session.execute(query):
        covered.setdefault(role, set()).add(district)
    for role, districts in covered.items():
        for district in {old.id, new.id} - districts:
            session.add(StaffDistrict(role_id=role, district_id=district, municipality_id=old.municipality_id))
    return len(covered)


def _announcements(session: Session, old: District, new: District) -> int:
    """Only those whose recipients are not fixed yet; what was sent stays as it was."""
    of = AnnouncementDistrict
    mine = (of.municipality_id == old.municipality_id, of.district_id == old.id)
    unsent = select(Announcement.id).where(
        Announcement.municipality_id == old.municipality_id, Announcement.frozen_at.is_(None)
    )
    also = select(of.announcement_id).where(of.municipality_id == old.municipality_id, of.district_id == new.id)
    twice = _changed(
        session, delete(of).where(*mine, of.announcement_id.in_(unsent), of.announcement_id.in_(also))
    )  # fmt: skip
    changed = update(of).where(*mine, of.announcement_id.in_(unsent)).values(district_id=new.id)
    return twice + _changed(session, changed)


def _associations(session: Session, old: District, new: District) -> int:
    """Two of the same name are told apart by where they come from."""
    of = NeighbourhoodAssociation
    mine = of.municipality_id == old.municipality_id
    taken = set(session.scalars(select(of.name).where(mine, of.district_id == new.id)))
    rows = session.scalars(select(of).where(mine, of.district_id == old.id)).all()
    for row in rows:
        if row.name in taken:
            mark = f"(旧{old.name})"
            row.name = row.name[: MAX_ASSOCIATION - len(mark)] + mark
        row.district_id = new.id
    return len(rows)


def _circulars(session: Session, old: District, new: District) -> None:
    """Open issues go on in the new district; where it has one of that day, their items join it."""
    session.execute(
        delete(CircularRule).where(
            CircularRule.municipality_id == old.municipality_id, CircularRule.district_id == old.id
        )
    )
    of = Circular
    opened = select(of).where(of.municipality_id == old.municipality_id, of.state == "open")
    for row in session.scalars(opened.where(of.district_id == old.id)).all():
        there = session.scalar(opened.where(of.district_id == new.id, of.named_on == row.named_on))
        if there is None:
            row.district_id = new.id
        elif row.announcement_id is None and there.announcement_id is None:
            items = update(CircularItem).where(CircularItem.circular_id == row.id)
            session.execute(items.values(circular_id=there.id, position=CircularItem.position + 1000))
            session.flush()
            session.delete(row)
    session.flush()


def _entries(session: Session, old: District, new: District) -> int:
    """What the bot knows of the district is known of the one it became part of."""
    of = (Entry.municipality_id == old.municipality_id, Entry.kind.not_in(STAYS))
    count = 0
    for row in session.scalars(select(Entry).where(*of)):
        keys = row.data.get("districts") or []
        if old.key in keys:
            row.data = {
                **row.data,
                "districts": list(dict.fromkeys(new.key if one == old.key else one for one in keys)),
            }
            count += 1
    return count


def _desks(session: Session, old: District) -> None:
    """Its centre may well stand there on; but it is no longer a district's own desk."""
    for row in session.scalars(select(Desk).where(Desk.municipality_id == old.municipality_id)):
        if row.data.get("district") == old.key:
            row.data = {**row.data, "district": None}
            row.edited = {**row.edited, "district": None}


def _names(old: District, new: District) -> None:
    """Residents go on saying the old name; it means the new district now."""
    added: dict[str, Any] = {}
    for name, more in (
        ("aliases", (old.name, *(old.facts.get("aliases") or ()))),
        ("schools", old.facts.get("schools") or ()),
    ):
        added[name] = [one for one in dict.fromkeys((*(new.facts.get(name) or ()), *more)) if one != new.name]
    new.facts = {**new.facts, **added}
    new.edited = {**new.edited, **added}


def _changed(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0
