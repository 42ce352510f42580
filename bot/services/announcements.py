"""Announcements (お知らせ): written, submitted, approved by a second person, scheduled. Owns their changes.

Each act checks the right, the state and the version, writes its audit row in the same transaction, and
never commits. Two acts at the same moment: the change itself names state and version, so that one wins and
the other gets a ConflictError. What is read stands in announcement_lists, _reach and _card; their
functions can be called from here too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import Actor, allowed
from bot.core.sealing import Sealer
from bot.core.transitions import next_state
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Announcement, AnnouncementDistrict, Staff
from bot.now import jst
from bot.services import audit, polls, settling, staff
from bot.services.announcement_card import preview, print_messages
from bot.services.announcement_draft import MAX_BODY, MAX_SENDER, MAX_TITLE, Draft, lines, tidied
from bot.services.announcement_lists import (
    Progress,
    district_ids,
    district_ids_of,
    for_resident,
    get,
    listing,
    progress,
)
from bot.services.announcement_reach import Quota, Reach, quota, reach, reach_of

__all__ = [
    "MAX_BODY", "MAX_SENDER", "MAX_TITLE", "Draft", "Progress", "Quota", "Reach", "approve", "cancel", "change",
    "delete_draft", "district_ids", "district_ids_of", "draft", "for_resident", "get", "listing", "may_approve",
    "preview", "progress", "quota", "reach", "reach_of", "send_back", "submit",
]  # fmt: skip

MAX_COMMENT = 400
SAME_FORM = timedelta(minutes=10)
COUNCIL = ("officer", "chair", "city")


def draft(
    session: Session, municipality: str, actor: Actor, new: Draft, now: datetime, poll_id: int | None = None
) -> Announcement:
    """A new draft. The same form posted twice within ten minutes gives the first one again.

    Raises NotAllowedError, or BadInputError naming every field to mend.
    """
    new = tidied(session, municipality, new)
    _need(actor, "announcement.write", municipality, now, new.district_ids)
    author_id = _person(actor)
    if poll_id is not None:
        polls.get(session, municipality, poll_id)
    elif (twin := _twin(session, municipality, author_id, new, now)) is not None:
        return twin
    row = Announcement(
        municipality_id=municipality, author_id=author_id, poll_id=poll_id, created_at=now, title=new.title,
        body=new.body, sender=new.sender, audience=new.audience, send_at=new.send_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _set_districts(session, row, new.district_ids)
    _record(session, row, actor, "draft", now)
    return row


def change(session: Session, a: Announcement, actor: Actor, new: Draft, version: int, now: datetime) -> None:
    """Rewrite one that is not approved; a submitted one becomes a draft again. Raises as `draft`, or ConflictError."""
    new = tidied(session, a.municipality_id, new)
    _need(actor, "announcement.write", a.municipality_id, now, district_ids(session, a))
    _need(actor, "announcement.write", a.municipality_id, now, new.district_ids)
    _move(
        session, a, "change", version, title=new.title, body=new.body, sender=new.sender, audience=new.audience,
        send_at=new.send_at, submitted_at=None,
    )  # fmt: skip
    _set_districts(session, a, new.district_ids)
    _record(session, a, actor, "change", now)


def submit(session: Session, a: Announcement, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Ask for approval. Returns what the author should know before somebody approves (nobody reached, quota, time).

    Raises NotAllowedError, ConflictError, and BadInputError when its poll would close before it is sent.
    """
    districts = district_ids(session, a)
    _need(actor, "announcement.write", a.municipality_id, now, districts)
    _check_poll(session, a, now)
    _move(session, a, "submit", a.version, submitted_at=now, comment=None)
    _record(session, a, actor, "submit", now)
    return tuple(_obstacles(session, a, districts, now))


def approve(session: Session, a: Announcement, actor: Actor, version: int, now: datetime, *, sealer: Sealer) -> None:
    """A second person's yes: the messages are rendered, and it waits for its time (None: it goes at once).

    Raises NotAllowedError (no right, or the author), ConflictError (changed meanwhile), BadInputError (its
    time has passed, nobody would get it, the quota does not suffice, LINE would refuse it).
    """
    districts = district_ids(session, a)
    if why := _why_not_approve(session, a, actor, districts, now):
        raise NotAllowedError(why)
    next_state(a.state, "approve")
    _check_poll(session, a, now)
    for obstacle in _obstacles(session, a, districts, now):
        raise BadInputError(obstacle)
    send_at = a.send_at or now
    messages = print_messages(session, sealer, a, send_at)
    _move(session, a, "approve", version, approver_id=actor.id, approved_at=now, send_at=send_at, messages=messages)
    _record(session, a, actor, "approve", now, {"version": version, "send_at": send_at.isoformat()})


def may_approve(session: Session, a: Announcement, actor: Actor, now: datetime) -> bool:
    """Whether this person could be its second person now: what a page asks before it offers the button."""
    return not _why_not_approve(session, a, actor, district_ids(session, a), now)


def send_back(session: Session, a: Announcement, actor: Actor, comment: str, now: datetime) -> None:
    """Return it to its author with a reason; an approved one too, until it is being sent."""
    _need(actor, "announcement.approve", a.municipality_id, now, district_ids(session, a))
    reason = _comment(comment)
    if not reason:
        raise BadInputError("どこを直せばよいかを書いてください。")
    _move(session, a, "send_back", a.version, comment=reason, approver_id=None, approved_at=None, messages=None)
    _record(session, a, actor, "send_back", now)


def cancel(session: Session, a: Announcement, actor: Actor, comment: str, now: datetime) -> int:
    """Call it off. Once it is being sent, batches that were never tried stay unsent; returns their recipients."""
    _need(actor, "announcement.cancel", a.municipality_id, now, district_ids(session, a))
    frozen = a.state == "sending"
    _move(session, a, "cancel", a.version, comment=_comment(comment))
    if a.poll_id is not None and not frozen:
        polls.cancel(session, polls.get(session, a.municipality_id, a.poll_id))
    unsent = settling.call_off(session, a.id, "取り消したため、送っていません。") if frozen else 0
    if not frozen or not settling.open_ones(session, a.id):
        a.finished_at = now
    _record(session, a, actor, "cancel", now, {"unsent": unsent})
    return unsent


def delete_draft(session: Session, a: Announcement, actor: Actor, now: datetime) -> None:
    """Delete one that was never approved; the poll it would have carried stays a draft."""
    _need(actor, "announcement.write", a.municipality_id, now, district_ids(session, a))
    next_state(a.state, "delete")
    _record(session, a, actor, "delete", now)
    session.execute(delete(AnnouncementDistrict).where(AnnouncementDistrict.announcement_id == a.id))
    session.delete(a)
    session.flush()


def _move(session: Session, a: Announcement, act: str, version: int, **values: Any) -> None:
    """The only way a state changes: by one UPDATE that names the state and version it was decided on."""
    state = next_state(a.state, act)
    same = (Announcement.id == a.id, Announcement.state == a.state, Announcement.version == version)
    session.flush()
    moved = session.execute(
        update(Announcement)
        .where(*same)
        .values(state=state, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("このお知らせは、ほかの人が変えました。もう一度開いて、いまの内容を確かめてください。")
    session.refresh(a)


def _why_not_approve(
    session: Session, a: Announcement, actor: Actor, districts: Collection[int], now: datetime
) -> str | None:
    today = jst(now).date()
    if actor.id is None or not actor.may("announcement.approve", a.municipality_id, today, districts):
        return "このお知らせを承認する権限がありません。"
    if actor.id == a.author_id:
        return "自分が書いたお知らせは承認できません。ほかの人に頼んでください。"
    author = session.get(Staff, a.author_id)
    assert author is not None
    # Design 6: district staff never publish alone. Two of them would be the city speaking for the council.
    authors = [grant for grant in staff.actor(session, author).grants if grant.role in COUNCIL]
    approvers = [grant for grant in actor.grants if grant.role in COUNCIL]
    council_wrote = allowed(authors, "announcement.write", a.municipality_id, today, districts)
    council_approves = allowed(approvers, "announcement.approve", a.municipality_id, today, districts)
    if not council_wrote and not council_approves:
        return "地区担当職員が書いたお知らせは、協議会の役員、座長、または市の担当が承認します。"
    return None


def _obstacles(session: Session, a: Announcement, districts: Collection[int], now: datetime) -> list[str]:
    """What would stop an approval now."""
    found = []
    if a.send_at is not None and a.send_at < now:
        found.append(f"配信の日時({moment_of(a.send_at)})を過ぎています。日時を直すか、「すぐに送る」にしてください。")
    reached = reach_of(session, a, districts, now).recipients
    if not reached:
        found.append("この条件で届く人がいません。地区と届ける範囲を確かめてください。")
    left = quota(session, a.municipality_id, now, a.send_at)
    if short := left.lacks(reached):
        found.append(
            f"今月送れる数が足りません。届く人は{reached}人、残りは{left.remaining}通です(あと{short}通)。"
            "地区をしぼるか、来月にするか、LINEの契約を見直してください。"
        )
    return found


def _check_poll(session: Session, a: Announcement, now: datetime) -> None:
    if a.poll_id is not None:
        polls.check_times(polls.get(session, a.municipality_id, a.poll_id), a.send_at, now)


def _twin(session: Session, municipality: str, author_id: int, new: Draft, now: datetime) -> Announcement | None:
    """The draft that the same form made a moment ago."""
    same = select(Announcement).where(
        Announcement.municipality_id == municipality,
        Announcement.author_id == author_id,
        Announcement.state == "draft",
        Announcement.version == 1,
        Announcement.poll_id.is_(None),
        Announcement.created_at > now - SAME_FORM,
        Announcement.title == new.title,
        Announcement.sender == new.sender,
        Announcement.audience == new.audience,
    )
    for row in session.scalars(same):
        if row.body == new.body and row.send_at == new.send_at and district_ids(session, row) == new.district_ids:
            return row
    return None


def _set_districts(session: Session, a: Announcement, districts: Collection[int]) -> None:
    session.execute(delete(AnnouncementDistrict).where(AnnouncementDistrict.announcement_id == a.id))
    session.add_all(
        AnnouncementDistrict(announcement_id=a.id, district_id=one, municipality_id=a.municipality_id)
        for one in districts
    )
    session.flush()


def _need(actor: Actor, right: str, municipality: str, now: datetime, districts: Collection[int]) -> None:
    if not actor.may(right, municipality, jst(now).date(), districts):
        raise NotAllowedError("この地区のお知らせを扱う権限がありません。")


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise NotAllowedError("お知らせは、職員か役員の名前で書きます。")
    return actor.id


def _record(
    session: Session, a: Announcement, actor: Actor, act: str, now: datetime, details: dict[str, Any] | None = None
) -> None:
    audit.record(session, a.municipality_id, actor, f"announcement.{act}", f"announcement:{a.id}", now, details)


def _comment(text: str) -> str | None:
    return lines(text)[:MAX_COMMENT] or None
