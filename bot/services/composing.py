"""An announcement together with the poll it may carry: written, rewritten and thrown away as one.

The two keep their own rules (bot.services.announcements, bot.services.polls); here is only their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import poll_items
from bot.core.permissions import Actor
from bot.core.poll_items import Item
from bot.core.sealing import Sealer
from bot.line.limits import LineJson
from bot.line.render import render
from bot.models import Announcement, Poll
from bot.services import announcements, polls
from bot.services.announcement_draft import tidied
from bot.services.announcements import SAME_FORM, Draft
from bot.services.poll_form import checked, checked_items


@dataclass(frozen=True)
class Question:
    """The poll an announcement is to carry."""

    question: str
    choices: tuple[str, ...]
    closes_at: datetime
    items: tuple[Item, ...] = ()  # when there is more to it than one choice; `question` is their title then
    remind_at: datetime | None = None  # once, to who has not answered by then
    repeats_id: int | None = None  # a closed poll of an earlier year, to be shown beside this one
    asks_age: bool = False


def write(
    session: Session, municipality: str, actor: Actor, new: Draft, question: Question | None, now: datetime
) -> Announcement:
    """A new draft, with its poll. The same form posted twice within ten minutes gives the first one again.

    Raises NotAllowedError, or BadInputError naming what is to be mended.
    """
    if question is None:
        return announcements.draft(session, municipality, actor, new, now)
    twin = _twin(session, municipality, actor, new, question, now)
    if twin is not None:
        return twin
    poll = _create(session, municipality, actor, question, now)
    return announcements.draft(session, municipality, actor, new, now, poll_id=poll.id)


def rewrite(
    session: Session,
    row: Announcement,
    actor: Actor,
    new: Draft,
    question: Question | None,
    *,
    version: int,
    now: datetime,
) -> None:
    """Change a draft and its poll: added, changed or taken away. Raises as `announcements.change`."""
    announcements.change(session, row, actor, new, version, now)
    poll = None if row.poll_id is None else polls.get(session, row.municipality_id, row.poll_id)
    if question is None:
        if poll is not None:
            row.poll_id = None
            session.flush()
            polls.delete_draft(session, poll)
    elif poll is None:
        row.poll_id = _create(session, row.municipality_id, actor, question, now).id
    elif question.items:
        polls.change_items(session, poll, actor, question.question, question.items, question.closes_at, now)
        _set_more(session, poll, question)
    else:
        polls.change(session, poll, actor, question.question, question.choices, question.closes_at, now)
        _set_more(session, poll, question)
    session.flush()


def discard(session: Session, row: Announcement, actor: Actor, now: datetime) -> None:
    """Delete a draft and the poll it would have carried. Raises NotAllowedError, ConflictError."""
    poll = None if row.poll_id is None else polls.get(session, row.municipality_id, row.poll_id)
    announcements.delete_draft(session, row, actor, now)
    if poll is not None:
        polls.delete_draft(session, poll)


def sketch(
    session: Session, sealer: Sealer, unsaved: Announcement, question: Question | None, now: datetime
) -> list[LineJson]:
    """LINE's messages for what is being written and stored nowhere. Raises BadInputError over LINE's limits."""
    messages = announcements.preview(session, sealer, unsaved, now)
    if question is not None:
        poll = Poll(
            id=0, municipality_id=unsaved.municipality_id, question=question.question, closes_at=question.closes_at
        )
        items = question.items or (Item("single", question.question, question.choices),)
        messages += render([polls.invitation(session, sealer, poll, items=items)])
        messages[-1]["quickReply"] = messages[0].pop("quickReply")
    return messages


def _create(session: Session, municipality: str, actor: Actor, question: Question, now: datetime) -> Poll:
    asked, closes_at = question.question, question.closes_at
    if question.items:
        poll = polls.create_with(session, municipality, actor, asked, question.items, closes_at, now)
    else:
        poll = polls.create(session, municipality, actor, asked, question.choices, closes_at, now)
    _set_more(session, poll, question)
    return poll


def _set_more(session: Session, poll: Poll, question: Question) -> None:
    """The reminder, the age, and the poll of an earlier year, which must be closed and of the same municipality."""
    poll.remind_at, poll.asks_age = question.remind_at, question.asks_age
    earlier = polls.find(session, poll.municipality_id, question.repeats_id) if question.repeats_id else None
    poll.repeats_id = earlier.id if earlier is not None and earlier.state == "closed" else None


def _twin(
    session: Session, municipality: str, actor: Actor, new: Draft, question: Question, now: datetime
) -> Announcement | None:
    """The draft that the same form made a moment ago; a form with anything changed in it is another one."""
    rows = session.execute(
        select(Announcement, Poll)
        .join(Poll, Poll.id == Announcement.poll_id)
        .where(
            Announcement.municipality_id == municipality,
            Announcement.author_id == actor.id,
            Announcement.state == "draft",
            Announcement.version == 1,
            Announcement.created_at > now - SAME_FORM,
            Poll.closes_at == question.closes_at,
        )
    ).all()
    if not rows:
        return None
    new, asked = tidied(session, municipality, new), _asked(question, now)
    for row, poll in rows:
        said = (row.title, row.body, row.sender, row.audience, row.send_at, row.filters)
        if (
            said == (new.title, new.body, new.sender, new.audience, new.send_at, new.filters.as_json())
            and announcements.district_ids(session, row) == new.district_ids
            and (poll.question, polls.items_of(session, poll)) == asked
            and (poll.remind_at, poll.asks_age) == (question.remind_at, question.asks_age)
        ):
            return row
    return None


def _asked(question: Question, now: datetime) -> tuple[str, tuple[Item, ...]]:
    """A poll's question and items as they would be stored."""
    if question.items:
        title, items = checked_items(question.question, question.items, question.closes_at, now)
        return title, poll_items.from_json(poll_items.to_json(items))
    title, labels = checked(question.question, question.choices, question.closes_at, now)
    return title, (Item("single", title, tuple(labels)),)
