"""Liaison slips (連絡票): an announcement to holders of a post, with a date for the answer and a named confirmation.

The announcement goes to exactly the holders (audience `holders`, filter `posts`) through the ordinary approval and
delivery. Who confirmed is shown to staff by post and association, with the name the holder gave for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotFoundError
from bot.models import Announcement, Resident, RoleHolder, Slip, SlipAnswer
from bot.models.resident import HOLDERS
from bot.models.slip import DOORS
from bot.now import JST, jst
from bot.services import announcement_checks, announcements, associations, audit, erasing, holders
from bot.services.announcement_draft import lines
from bot.services.announcement_filters import Filters
from bot.services.announcements import Draft
from bot.services.circulars import need

MAX_BODY, MAX_FORWARD, MAX_NAME = 1000, 100, 40
REMIND_BEFORE: Final = timedelta(days=2)
REMIND_AT: Final = time(9)
OPEN_AFTER: Final = timedelta(days=14)  # a late confirmation is still one
NAMES_KEPT: Final = timedelta(days=90)  # what staff entered by hand, after the date for the answer
DOOR_WORDS: Final = {"line": "LINE", "paper": "紙", "telephone": "電話", "desk": "窓口"}


@dataclass(frozen=True)
class NewSlip:
    """What a person writes. `send_at` None: as soon as it is approved; `forward` "": nothing to pass on."""

    title: str
    body: str
    sender: str
    district_id: int
    posts: tuple[str, ...]
    reply_on: date
    forward: str = ""
    send_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One line of the list: a post, whose name was given for it, and whether and how it was confirmed."""

    association: str
    post: str
    unit: str | None
    name: str | None
    in_line: bool
    door: str | None = None
    at: datetime | None = None

    @property
    def title(self) -> str:
        return holders.title(self.association, self.unit, self.post)


@dataclass(frozen=True)
class ByHand:
    """A confirmation that came by paper, telephone or at the desk."""

    association_id: int
    post: str
    door: str
    unit: str = ""
    name: str = ""


def write(session: Session, municipality: str, actor: Actor, new: NewSlip, now: datetime) -> Announcement:
    """A new slip as a draft. The same form posted twice gives the first one. Raises as announcements.draft."""
    new = _tidied(new, now)
    need(actor, "slip.write", municipality, new.district_id, now)
    told = announcements.draft(session, municipality, actor, _draft(new), now)
    if session.get(Slip, told.id) is None:
        session.add(Slip(announcement_id=told.id, municipality_id=municipality, **_values(new)))
    session.flush()
    return told


def change(session: Session, slip: Slip, actor: Actor, new: NewSlip, version: int, now: datetime) -> None:
    """Rewrite one that is not approved. Raises as announcements.change."""
    new = _tidied(new, now)
    need(actor, "slip.write", slip.municipality_id, slip.district_id, now)
    need(actor, "slip.write", slip.municipality_id, new.district_id, now)
    told = announcements.get(session, slip.municipality_id, slip.announcement_id)
    announcements.change(session, told, actor, _draft(new), version, now)
    for name, value in _values(new).items():
        setattr(slip, name, value)
    session.flush()


def get(session: Session, municipality: str, announcement_id: int) -> Slip:
    """One slip of a municipality. Raises NotFoundError for anyone else's."""
    slip = session.get(Slip, announcement_id)
    if slip is None or slip.municipality_id != municipality:
        raise NotFoundError("その連絡票は見つかりません。")
    return slip


def listing(
    session: Session, municipality: str, district_ids: Sequence[int], limit: int = 100
) -> list[tuple[Announcement, Slip]]:
    """The slips of these districts, the newest first."""
    query = select(Announcement, Slip).join(Slip, Slip.announcement_id == Announcement.id)
    mine = (Slip.municipality_id == municipality, Slip.district_id.in_(district_ids))
    rows = session.execute(query.where(*mine).order_by(Announcement.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def roll(session: Session, slip: Slip, now: datetime) -> list[Row]:
    """Everybody the slip is for: holders in LINE, what came in by other doors, associations without anybody in LINE."""
    answers = session.scalars(
        select(SlipAnswer).where(SlipAnswer.announcement_id == slip.announcement_id).order_by(SlipAnswer.at)
    ).all()
    of_holder = {(one.resident_id, one.post): one for one in answers if one.resident_id is not None}
    today = jst(now).date()
    linked = [
        one for one in holders.linked(session, slip.municipality_id, slip.district_id, today) if one.post in slip.posts
    ]
    found = []
    for one in linked:
        answer = of_holder.get((one.resident_id, one.post))
        said = (answer.door, answer.at) if answer is not None else (None, None)
        found.append(Row(one.neighbourhood or "", one.post, one.unit, one.name, True, *said))
    places = associations.listing(session, slip.municipality_id, slip.district_id)
    names = {place.id: place.name for place in places}
    held = {(one.resident_id, one.post) for one in linked}
    others = [one for one in answers if (one.resident_id, one.post) not in held]
    for other in others:
        where = names.get(other.association_id or 0, "")
        found.append(Row(where, other.post, other.unit, other.name, other.door == "line", other.door, other.at))
    there = {row.association for row in found}
    found += [
        Row(place.name, post, None, None, False) for place in places if place.name not in there for post in slip.posts
    ]
    order = {place.name: at for at, place in enumerate(places)}
    return sorted(
        found, key=lambda row: (order.get(row.association, len(order)), HOLDERS.index(row.post), row.unit or "")
    )


def open_for(session: Session, resident: Resident, now: datetime) -> list[tuple[Announcement, Slip, bool]]:
    """The slips for this resident's posts that were sent and not long over; whether each is confirmed."""
    mine = holders.of_resident(session, resident, jst(now).date())
    if not mine:
        return []
    query = select(Announcement, Slip).join(Slip, Slip.announcement_id == Announcement.id)
    current = Slip.reply_on >= jst(now).date() - OPEN_AFTER
    sent = Announcement.state.in_(("sending", "sent"))
    places = {one.district_id for one in mine}
    rows = session.execute(
        query.where(
            Slip.municipality_id == resident.municipality_id, Slip.district_id.in_(places), current, sent
        ).order_by(Slip.reply_on, Announcement.id)
    )
    answered = set(session.scalars(select(SlipAnswer.announcement_id).where(SlipAnswer.resident_id == resident.id)))
    return [(told, slip, told.id in answered) for told, slip in rows if _post_for(slip, mine) is not None]


def confirm(session: Session, announcement_id: int, resident: Resident, now: datetime) -> str:
    """確認しました by tap: `confirmed`, `again` (it was before), `not_yours` (no post, another district, no slip)."""
    slip = session.get(Slip, announcement_id)
    if slip is None or slip.municipality_id != resident.municipality_id:
        return "not_yours"
    post = _post_for(slip, holders.of_resident(session, resident, jst(now).date()))
    if post is None:
        return "not_yours"
    same = (SlipAnswer.announcement_id == announcement_id, SlipAnswer.resident_id == resident.id)
    if session.scalar(select(SlipAnswer.id).where(*same)) is not None:
        return "again"
    try:
        with session.begin_nested():
            session.add(
                SlipAnswer(
                    municipality_id=slip.municipality_id, announcement_id=announcement_id,
                    association_id=post.association_id, post=post.post, unit=post.unit, resident_id=resident.id,
                    door="line", at=now,
                )
            )  # fmt: skip
    except IntegrityError:  # two taps at the same moment
        return "again"
    return "confirmed"


def enter(session: Session, slip: Slip, actor: Actor, given: ByHand, now: datetime) -> None:
    """Write down a confirmation by hand. Raises BadInputError, NotFoundError."""
    need(actor, "slip.write", slip.municipality_id, slip.district_id, now)
    place = associations.get(session, slip.municipality_id, given.association_id)
    if place.district_id != slip.district_id:
        raise NotFoundError("その町内会・区は、この地区にありません。")
    told = announcements.get(session, slip.municipality_id, slip.announcement_id)
    if told.frozen_at is None:
        raise BadInputError("まだ送っていない連絡票には、確認を書けません。")
    if given.post not in slip.posts or given.door not in DOORS or given.door == "line":
        raise BadInputError("役と、どうやって確認したか(紙・電話・窓口)を選んでください。")
    name, unit = " ".join(given.name.split()), " ".join(given.unit.split())
    if len(name) > MAX_NAME or len(unit) > holders.MAX_UNIT:
        raise BadInputError(f"名前は{MAX_NAME}文字、組は{holders.MAX_UNIT}文字までです。")
    session.add(
        SlipAnswer(
            municipality_id=slip.municipality_id, announcement_id=slip.announcement_id, association_id=place.id,
            post=given.post, unit=unit or None, door=given.door, name=name or None, at=now,
        )
    )  # fmt: skip
    session.flush()
    target, details = f"announcement:{slip.announcement_id}", {"door": given.door, "post": given.post}
    audit.record(session, slip.municipality_id, actor, "slip.enter", target, now, details)


def due_reminders(session: Session, now: datetime) -> list[Slip]:
    """Slips whose reminder is due: two days before the answer, at nine, once."""
    query = (
        select(Slip)
        .join(Announcement, Announcement.id == Slip.announcement_id)
        .where(Slip.reminded_at.is_(None), Announcement.state == "sent", Slip.reply_on >= jst(now).date())
    )
    return [slip for slip in session.scalars(query.order_by(Slip.announcement_id)) if remind_at(slip) <= now]


def remind_at(slip: Slip) -> datetime:
    """When those who have not confirmed are reminded."""
    return datetime.combine(slip.reply_on - REMIND_BEFORE, REMIND_AT, JST)


def claim_reminder(session: Session, slip: Slip, now: datetime) -> list[Resident]:
    """Take the reminder of a slip; returns whom to tell: who got it, holds the post still and has not confirmed.

    [] when another clock was first.
    """
    taken = session.execute(
        update(Slip)
        .where(Slip.announcement_id == slip.announcement_id, Slip.reminded_at.is_(None))
        .values(reminded_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return []
    answered = select(SlipAnswer.resident_id).where(
        SlipAnswer.announcement_id == slip.announcement_id, SlipAnswer.resident_id.is_not(None)
    )
    today = jst(now).date()
    holds = select(RoleHolder.resident_id).where(
        RoleHolder.municipality_id == slip.municipality_id, RoleHolder.district_id == slip.district_id,
        RoleHolder.post.in_(slip.posts), or_(RoleHolder.until.is_(None), RoleHolder.until >= today),
    )  # fmt: skip
    query = select(Resident).where(
        Resident.municipality_id == slip.municipality_id, Resident.id.in_(holds), Resident.id.not_in(answered),
        Resident.state == "active", Resident.paused_at.is_(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Resident.id)))


def forget_names(session: Session, now: datetime) -> int:
    """Erase the names that staff entered by hand, 90 days after the date for the answer."""
    old = select(Slip.announcement_id).where(Slip.reply_on < jst(now - NAMES_KEPT).date())
    named = (SlipAnswer.announcement_id.in_(old), SlipAnswer.name.is_not(None))
    return erasing.carry_out(session, update(SlipAnswer).where(*named).values(name=None))


def _post_for(slip: Slip, mine: Sequence[RoleHolder]) -> RoleHolder | None:
    """The post by which somebody may answer a slip."""
    return next((one for one in mine if one.district_id == slip.district_id and one.post in slip.posts), None)


def _tidied(new: NewSlip, now: datetime) -> NewSlip:
    problems = []
    today = jst(now).date()
    earliest = jst(new.send_at).date() if new.send_at is not None else today
    if not earliest <= new.reply_on <= today + timedelta(days=366):
        problems.append("返事の期限は、送る日から1年のあいだの日にしてください。")
    posts = tuple(post for post in HOLDERS if post in new.posts)
    if not posts:
        problems.append("どの役の人に送るかを、1つ以上選んでください。")
    forward = " ".join(new.forward.split())
    if len(forward) > MAX_FORWARD:
        problems.append(f"組へ回す文は{MAX_FORWARD}文字までです(いま{len(forward)}文字)。")
    if len(lines(new.body)) > MAX_BODY:
        problems.append(f"本文は{MAX_BODY}文字までです(いま{len(lines(new.body))}文字)。")
    if problems:
        raise BadInputError("".join(problems))
    announcement_checks.wording(forward)
    return NewSlip(new.title, new.body, new.sender, new.district_id, posts, new.reply_on, forward, new.send_at)


def _draft(new: NewSlip) -> Draft:
    whom = Filters(posts=tuple(sorted(new.posts)))
    return Draft(new.title, new.body, new.sender, "holders", (new.district_id,), new.send_at, kind="slip", filters=whom)


def _values(new: NewSlip) -> dict[str, Any]:
    return {
        "district_id": new.district_id, "posts": list(new.posts), "reply_on": new.reply_on, "forward": new.forward,
    }  # fmt: skip
