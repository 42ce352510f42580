"""LINE groups of neighbourhood associations: which district and association they chose, and what is sent to them.

Nothing is kept of who is in a group or what is said there: only the group's sealed id, its district, its association
and LINE's count of its members. Leaving erases all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer
from bot.models import Announcement, AnnouncementDistrict, GroupChat, GroupNotice, NeighbourhoodAssociation
from bot.services import outbox
from bot.services.announcement_filters import in_neighbourhoods, stored
from bot.services.outbox import At, Recipient

NAME_CHARS: Final = 40


def find(session: Session, sealer: Sealer, municipality: str, line_id: bytes) -> GroupChat | None:
    """The group with this sealed id, also one sealed under an older key."""
    plain = sealer.open_id(line_id, municipality)
    every = sealer.all_sealed_ids(plain, municipality)
    query = select(GroupChat).where(GroupChat.municipality_id == municipality, GroupChat.line_id.in_(every))
    return session.scalar(query)


def joined(session: Session, sealer: Sealer, municipality: str, line_id: bytes, now: datetime) -> GroupChat:
    """The bot was invited; a group that had it before begins anew."""
    row = find(session, sealer, municipality, line_id)
    if row is None:
        row = GroupChat(municipality_id=municipality, line_id=line_id, state="active", joined_at=now)
        session.add(row)
    row.state, row.joined_at, row.district_id, row.neighbourhood, row.members = "active", now, None, None, None
    session.flush()
    return row


def left(session: Session, sealer: Sealer, municipality: str, line_id: bytes) -> None:
    """The bot was removed: the group is erased, with what waits for it."""
    row = find(session, sealer, municipality, line_id)
    if row is not None:
        session.execute(delete(GroupChat).where(GroupChat.id == row.id, GroupChat.municipality_id == municipality))


def choose(row: GroupChat, district_id: int) -> None:
    """The group's district; its association is asked for anew."""
    row.district_id, row.neighbourhood = district_id, None


def choose_association(row: GroupChat, name: str | None) -> None:
    """The group's association (町内会・区); None: what is for the whole district only."""
    row.neighbourhood = name[:NAME_CHARS] if name else None


def associations(session: Session, municipality: str, district_id: int) -> Sequence[str]:
    """The associations of a district by name, as its 部数表 has them."""
    of = NeighbourhoodAssociation
    mine = (of.municipality_id == municipality, of.district_id == district_id)
    return session.scalars(select(of.name).where(*mine).order_by(of.position, of.id)).all()


def uncounted(session: Session, before: datetime, most: int = 20) -> Sequence[GroupChat]:
    """Groups whose members LINE has not been asked for since `before`."""
    old = or_(GroupChat.counted_at.is_(None), GroupChat.counted_at < before)
    return session.scalars(
        select(GroupChat).where(GroupChat.state == "active", old).order_by(GroupChat.id).limit(most)
    ).all()


def is_for_groups(row: Announcement) -> bool:
    """Whether groups get it. Narrowed by anything about people it never does: everybody would read it there."""
    return row.to_groups and stored(row.filters or {}).for_groups


def cost_of(session: Session, row: Announcement) -> int:
    """What an announcement's groups cost; 0 where it is not for groups."""
    if not is_for_groups(row):
        return 0
    of = AnnouncementDistrict
    districts = session.scalars(select(of.district_id).where(of.announcement_id == row.id)).all()
    query = select(func.coalesce(func.sum(func.coalesce(GroupChat.members, 1)), 0))
    return int(session.scalars(query.where(*_of(row, districts))).one())


def any_waiting(session: Session) -> bool:
    """Whether `hand_out` would hand out anything: asked every few seconds, without keeping anybody from writing."""
    return next(_waiting(session), None) is not None


def hand_out(session: Session, sealer: Sealer, at: At) -> int:
    """Put what is being sent, and is for groups too, into the outbox: each announcement to each group once."""
    found = list(_waiting(session))
    for row, group in found:
        assert row.messages is not None
        session.add(
            GroupNotice(
                announcement_id=row.id, group_id=group.id, municipality_id=row.municipality_id,
                members=group.members or 1,
            )
        )  # fmt: skip
        session.flush()
        to = Recipient(row.municipality_id, None, urgency=row.urgency, group_id=group.id)
        outbox.add_body(session, sealer, to, row.messages, "receipt", at)
    return len(found)


def _waiting(session: Session) -> Iterator[tuple[Announcement, GroupChat]]:
    """What is being sent and is for groups too, with each group that was not given it yet."""
    if session.scalar(select(GroupChat.id).limit(1)) is None:
        return
    sending = select(Announcement).where(
        Announcement.to_groups,
        Announcement.state.in_(("sending", "sent")),
        Announcement.frozen_at.is_not(None),
        Announcement.messages.is_not(None),
    )
    for row in session.scalars(sending.order_by(Announcement.id.desc()).limit(50)).all():
        if is_for_groups(row):
            of = AnnouncementDistrict
            districts = set(session.scalars(select(of.district_id).where(of.announcement_id == row.id)))
            told = select(GroupNotice.group_id).where(GroupNotice.announcement_id == row.id)
            wanted = select(GroupChat).where(*_of(row, districts), GroupChat.id.not_in(told))
            for group in session.scalars(wanted.where(GroupChat.joined_at <= row.frozen_at)).all():
                yield row, group


def counts(session: Session, municipality: str) -> dict[int | None, int]:
    """Groups by district (None: none chosen yet)."""
    query = select(GroupChat.district_id, func.count()).where(
        GroupChat.municipality_id == municipality, GroupChat.state == "active"
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(GroupChat.district_id))}


def _of(row: Announcement, district_ids: Collection[int]) -> list[ColumnElement[bool]]:
    """The groups an announcement is for: of its districts, and of its associations where it names some."""
    found = [
        and_(
            GroupChat.municipality_id == row.municipality_id,
            GroupChat.state == "active",
            GroupChat.district_id.is_not(None),
        )
    ]
    if row.audience != "city":
        found.append(GroupChat.district_id.in_(list(district_ids)))
    if names := stored(row.filters or {}).neighbourhoods:
        found.append(in_neighbourhoods(GroupChat.neighbourhood, names))
    return found
