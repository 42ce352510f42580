"""Announcements (お知らせ): written, submitted, approved by a second person, scheduled. Owns their changes.

Each act checks the right, the state and the version, writes its audit row in the same transaction, and
never commits. Two acts at the same moment: the change itself names state and version, so that one wins and
the other gets a ConflictError. What is read stands in announcement_lists, _reach and _card; their
functions can be called from here too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.core.transitions import next_state, right_to_change
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Announcement, AnnouncementDistrict
from bot.now import jst
from bot.services import (
    alerts,
    announcement_checks,
    approval,
    audit,
    budget,
    groups,
    polls,
    schedules,
    series,
    settling,
)
from bot.services.announcement_card import preview, print_messages
from bot.services.announcement_draft import MAX_BODY, MAX_SENDER, MAX_TITLE, Draft, lines, tidied
from bot.services.announcement_filters import Filters, stored
from bot.services.announcement_lists import (
    Progress,
    district_ids,
    district_ids_of,
    for_resident,
    get,
    listing,
    progress,
)
from bot.services.announcement_reach import Reach, reach, reach_of, whom_of, why_not
from bot.services.budget import Quota, quota

__all__ = [
    "MAX_BODY", "MAX_SENDER", "MAX_TITLE", "Draft", "Progress", "Quota", "Reach", "approve", "cancel", "change",
    "delete_draft", "district_ids", "district_ids_of", "draft", "for_resident", "get", "listing", "may_approve",
    "narrow", "preview", "progress", "quota", "reach", "reach_of", "send_back", "send_emergency", "submit", "take_back",
]  # fmt: skip

MAX_COMMENT = 400
SAME_FORM = timedelta(minutes=10)


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
        filters=new.filters.as_json(), **new.written(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _set_districts(session, row, new.district_ids)
    _record(session, row, actor, "draft", now)
    return row


def change(session: Session, a: Announcement, actor: Actor, new: Draft, version: int, now: datetime) -> None:
    """Rewrite one that is not approved; a submitted one becomes a draft again. Raises as `draft`, or ConflictError.

    A correction keeps whom it goes to, whatever `new` says: it reaches who got the one it corrects.
    """
    if a.corrects_id is not None:
        to, of = stored(a.filters or {}), district_ids(session, a)
        new = replace(new, audience=a.audience, district_ids=tuple(of), filters=to, to_groups=a.to_groups)
    new = tidied(session, a.municipality_id, new)
    _need(actor, right_to_change(a.state), a.municipality_id, now, district_ids(session, a))
    _need(actor, "announcement.write", a.municipality_id, now, new.district_ids)
    _move(
        session, a, "change", version, title=new.title, body=new.body, sender=new.sender, audience=new.audience,
        send_at=new.send_at, filters=new.filters.as_json(), submitted_at=None, **new.written(),
    )  # fmt: skip
    _set_districts(session, a, new.district_ids)
    _record(session, a, actor, "change", now)


def narrow(
    session: Session, a: Announcement, actor: Actor, version: int, now: datetime, *, send_at: datetime | None,
    filters: Filters, district_ids: Collection[int] | None = None,
) -> None:  # fmt: skip
    """Change only when and to whom it goes, never to more districts than before. Raises as `change`."""
    before = district_ids_of(session, [a.id])[a.id]
    after = before if district_ids is None else tuple(one for one in before if one in district_ids)
    _need(actor, right_to_change(a.state), a.municipality_id, now, before)
    _move(session, a, "change", version, send_at=send_at, filters=filters.as_json(), submitted_at=None)
    _set_districts(session, a, after)
    _record(session, a, actor, "change", now)


def submit(session: Session, a: Announcement, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Ask for approval. Returns what the author should know before somebody approves (nobody reached, quota, time).

    Raises NotAllowedError, ConflictError, and BadInputError when its poll would close before it is sent.
    """
    districts = district_ids(session, a)
    _need(actor, "announcement.submit", a.municipality_id, now, districts)
    _check_poll(session, a, now)
    announcement_checks.before_submit(session, a)
    _move(session, a, "submit", a.version, submitted_at=now, submitted_by_id=actor.id, escalated_at=None, comment=None)
    _record(session, a, actor, "submit", now)
    return tuple(_obstacles(session, a, districts, now))


def approve(
    session: Session, a: Announcement, actor: Actor, version: int, now: datetime, *, sealer: Sealer,
    hold: timedelta | None = None,
) -> None:  # fmt: skip
    """A second person's yes: the messages are rendered, and it waits for its time (None: as soon as it may).

    It goes out no earlier than `hold` from now (None: the municipality's rule), so that it can still be taken back.
    Raises NotAllowedError (no right, or the author), ConflictError (changed meanwhile), BadInputError (its
    time has passed, nobody would get it, the quota does not suffice, LINE would refuse it).
    """
    if why := approval.why_not(session, a, actor, now):
        raise NotAllowedError(why)
    if hold is None:
        hold = approval.rule(session, a.municipality_id).hold
    _schedule(session, a, "approve", version, (now, now + hold), sealer, approver_id=actor.id)
    _record(session, a, actor, "approve", now, {"version": version, "send_at": jst(a.send_at or now).isoformat()})


def send_emergency(
    session: Session, a: Announcement, actor: Actor, reason: str, version: int, now: datetime, *, sealer: Sealer
) -> None:
    """Send an emergency without a second person: at once, for two roles only, with a reason that everybody is told.

    Raises NotAllowedError (no such right), BadInputError (not urgent, no reason, or as `approve`), ConflictError.
    """
    if a.urgency != "emergency":
        raise BadInputError("承認なしで送れるのは、急ぎを「緊急」にしたお知らせだけです。")
    if not actor.may("announcement.emergency", a.municipality_id, jst(now).date(), district_ids(session, a)):
        raise NotAllowedError("承認なしで緊急のお知らせを送れるのは、担当地区の座長(館長・センター長)と市の担当です。")
    if held := announcement_checks.held_for_city(session, a, actor, now):
        raise NotAllowedError(held)
    why = _comment(reason)
    if not why:
        raise BadInputError("承認を待てない理由を書いてください。ほかの承認者と管理者に、すぐに伝わります。")
    a.send_at = None
    values = {"emergency_by_id": _person(actor), "emergency_reason": why, "approver_id": None}
    _schedule(session, a, "emergency", version, (now, now), sealer, **values)
    _record(session, a, actor, "emergency", now, {"version": version, "reason": why})
    text = f"{actor.name}さんが、承認なしで緊急のお知らせ「{a.title}」を送りました。理由: {why}"
    alerts.raise_alert(session, a.municipality_id, "emergency", text[:300], now, f"announcement:{a.id}")


def take_back(session: Session, a: Announcement, actor: Actor, version: int, now: datetime) -> None:
    """Stop what was approved before it goes out: one press, no reason; it goes back to its author to be mended.

    For whoever may cancel it today: an author only while their role lasts, for it is not drafting (docs/circulars.md).
    Raises NotAllowedError, ConflictError.
    """
    _need(actor, "announcement.cancel", a.municipality_id, now, district_ids(session, a))
    note = f"{actor.name}さんが、送る前に取り消しました。"
    _move(
        session, a, "take_back", version, comment=note, approver_id=None, approved_at=None, messages=None,
        held_until=None, send_at=schedules.own_time(a), emergency_by_id=None, emergency_reason=None,
    )  # fmt: skip
    series.withdraw(session, a)
    _record(session, a, actor, "take_back", now)


def may_approve(session: Session, a: Announcement, actor: Actor, now: datetime) -> bool:
    """Whether this person could be its second person now: what a page asks before it offers the button."""
    return approval.may_approve(session, a, actor, now)


def send_back(session: Session, a: Announcement, actor: Actor, comment: str, now: datetime) -> None:
    """Return it to its author with a reason; an approved one too, until it is being sent."""
    _need(actor, "announcement.approve", a.municipality_id, now, district_ids(session, a))
    reason = _comment(comment)
    if not reason:
        raise BadInputError("どこを直せばよいかを書いてください。")
    _move(
        session, a, "send_back", a.version, comment=reason, approver_id=None, approved_at=None, messages=None,
        held_until=None, send_at=schedules.own_time(a),
    )  # fmt: skip
    series.withdraw(session, a)
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


def _schedule(
    session: Session, a: Announcement, act: str, version: int, when: tuple[datetime, datetime], sealer: Sealer,
    **values: Any,
) -> None:  # fmt: skip
    """Render it and let it wait for its time. `when`: now, and the earliest time to send."""
    now, earliest = when
    next_state(a.state, act)
    _check_poll(session, a, now)
    for obstacle in _obstacles(session, a, district_ids(session, a), now):
        raise BadInputError(obstacle)
    send_at = schedules.send_time(a, earliest)
    messages = print_messages(session, sealer, a, send_at)
    held_until = earliest if earliest > now else None
    _move(
        session, a, act, version, approved_at=now, send_at=send_at, held_until=held_until, messages=messages, **values
    )
    series.begin(session, a, now)


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


def _obstacles(session: Session, a: Announcement, districts: Collection[int], now: datetime) -> list[str]:
    """What would stop an approval now."""
    never = series.set_first(session, a, now)
    found = [*announcement_checks.obstacles(session, a, now), *([never] if never else [])]
    if a.send_at is not None and a.send_at < now:
        found.append(f"配信の日時({moment_of(a.send_at)})を過ぎています。日時を直すか、「すぐに送る」にしてください。")
    reached = reach_of(session, a, districts, now).recipients
    if problem := why_not(whom_of(session, a, districts), reached):
        found.append(problem)
    if short := budget.refusal(session, a, reached + groups.cost_of(session, a), now):
        found.append(short)
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
        same_people = row.filters == new.filters.as_json() and district_ids(session, row) == new.district_ids
        if row.body == new.body and row.send_at == new.send_at and same_people:
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
