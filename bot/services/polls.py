"""Polls: one to five items, from their draft to their result. Closing is bot.services.closing's.

How a poll opens (the announcement that carries it is being frozen):
1. before the transaction: `prepare_key(context.keystore, poll)`, the key exists, durable, once;
2. in the transaction: `open_poll(session, context.keystore, poll, now)`.
A crash between the two leaves a key that the next try finds again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core import poll_items
from bot.core.moments import moment_of
from bot.core.permissions import Actor
from bot.core.poll_items import Given, Item, ItemTally
from bot.core.sealing import Sealer
from bot.core.tally import Shown, shown
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.line.render import Card
from bot.models import Announcement, AnnouncementDistrict, Poll, PollChoice, Resident
from bot.now import jst
from bot.services import audit, ballots, poll_card
from bot.services.ballots import BallotBox, Sheet, Voter
from bot.services.context import Context
from bot.services.keystore import KeyStore
from bot.services.poll_form import checked, checked_items
from content.phrases import phrases

RESULT_FOR = timedelta(days=30)  # how long a result is offered in chat, and how long it is kept who took part
CHANGEABLE = ("draft", "returned")


class Vote(Enum):
    """What became of a vote."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    NO_CHOICE = "no_choice"
    CLOSED = "closed"  # over, or not open (any more); nothing was stored


@dataclass(frozen=True)
class Answer:
    """One resident's answer to an item on its way into the ballot box; a choice's position counts from 0.

    `given` None takes back what was answered before.
    """

    poll_id: int
    given: Given | None = field(repr=False)
    line_id: str = field(repr=False)
    item: int = 0


@dataclass(frozen=True)
class VoteResult:
    """`poll` as it stood when the vote was taken or refused; None when there is no such poll here.

    `coming` is the item that this person is asked next; None when all are answered. `asks_age`: all are, and now the
    age is asked for, once.
    """

    vote: Vote
    poll: Poll | None
    coming: int | None = None
    asks_age: bool = False


@dataclass(frozen=True)
class ItemResult:
    """An item with what may be seen of its tally: `tally.counts` None means fewer than ten answered it.

    `split` has the counts by door or by district (its id as text; "" the merged rest), {} when there are none to show.
    """

    item: Item
    tally: ItemTally
    split: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PollResult:
    """A poll's question and choices with what may be seen of its tally."""

    question: str
    choices: tuple[str, ...]
    shown: Shown


def create(
    session: Session,
    municipality: str,
    actor: Actor,
    question: str,
    choices: Sequence[str],
    closes_at: datetime,
    now: datetime,
) -> Poll:
    """A draft. Raises NotAllowedError, or BadInputError naming what is to be mended."""
    _may_write(actor, municipality, now)
    question, labels = checked(question, choices, closes_at, now)
    poll = Poll(municipality_id=municipality, question=question, closes_at=closes_at)
    session.add(poll)
    session.flush()
    _set_choices(session, poll, labels)
    audit.record(session, municipality, actor, "poll.create", f"poll:{poll.id}", now, {"choices": len(labels)})
    return poll


def create_with(
    session: Session,
    municipality: str,
    actor: Actor,
    title: str,
    items: Sequence[Item],
    closes_at: datetime,
    now: datetime,
) -> Poll:
    """A draft with its items; the title stands over them. Raises as `create`."""
    _may_write(actor, municipality, now)
    title, good = checked_items(title, items, closes_at, now)
    poll = Poll(municipality_id=municipality, question=title, items=poll_items.to_json(good), closes_at=closes_at)
    session.add(poll)
    session.flush()
    audit.record(session, municipality, actor, "poll.create", f"poll:{poll.id}", now, {"items": len(good)})
    return poll


def change_items(
    session: Session, poll: Poll, actor: Actor, title: str, items: Sequence[Item], closes_at: datetime, now: datetime
) -> None:
    """Rewrite a draft as one with items. Raises as `change`."""
    _may_change(session, poll, actor, now)
    poll.question, good = checked_items(title, items, closes_at, now)
    poll.items, poll.closes_at = poll_items.to_json(good), closes_at
    _set_choices(session, poll, ())
    audit.record(session, poll.municipality_id, actor, "poll.change", f"poll:{poll.id}", now, {"items": len(good)})


def change(
    session: Session,
    poll: Poll,
    actor: Actor,
    question: str,
    choices: Sequence[str],
    closes_at: datetime,
    now: datetime,
) -> None:
    """Rewrite a draft. Raises ConflictError once its announcement was submitted: what was approved is what is sent."""
    _may_change(session, poll, actor, now)
    poll.question, labels = checked(question, choices, closes_at, now)
    poll.items, poll.closes_at = None, closes_at
    _set_choices(session, poll, labels)
    audit.record(session, poll.municipality_id, actor, "poll.change", f"poll:{poll.id}", now, {"choices": len(labels)})


def check_times(poll: Poll, send_at: datetime | None, now: datetime) -> None:
    """Raise BadInputError unless the poll closes after it is sent; for submitting and approving its announcement."""
    if poll.closes_at <= max(send_at or now, now):
        raise BadInputError("アンケートの締切は、お知らせを送る日時よりあとにしてください。")


def cancel(session: Session, poll: Poll) -> None:
    """Its announcement will not be sent. Nothing happens to a poll that has opened."""
    del session  # the poll belongs to it; the caller commits
    if poll.state == "draft":
        poll.state = "cancelled"


def delete_draft(session: Session, poll: Poll) -> None:
    """Delete a poll that was never sent. Raises ConflictError for any other."""
    if poll.state not in ("draft", "cancelled"):
        raise ConflictError("送ったアンケートは消せません。")
    session.delete(poll)


def prepare_key(keystore: KeyStore, poll: Poll) -> None:
    """Make the poll's key, before the transaction that opens it. Idempotent."""
    keystore.create(ballots.name_of(poll))


def open_poll(session: Session, keystore: KeyStore, poll: Poll, now: datetime) -> None:
    """From now on it takes answers. Call `prepare_key` first, so that the key store is not waited for in here.

    Raises ConflictError when the poll was cancelled or has been open before.
    """
    del session  # the poll belongs to it; the caller commits
    if poll.state == "open":
        return
    if poll.state != "draft":
        raise ConflictError("このアンケートは、もう始められません。")
    if keystore.recall(ballots.name_of(poll)) is None:
        keystore.create(ballots.name_of(poll))
    poll.state, poll.opened_at = "open", now


def find(session: Session, municipality: str, poll_id: int) -> Poll | None:
    """A poll of this municipality."""
    return session.scalar(select(Poll).where(Poll.id == poll_id, Poll.municipality_id == municipality))


def get(session: Session, municipality: str, poll_id: int) -> Poll:
    """A poll of this municipality. Raises NotFoundError."""
    poll = find(session, municipality, poll_id)
    if poll is None:
        raise NotFoundError("このアンケートは見つかりません。")
    return poll


def locked(session: Session, municipality: str, poll_id: int) -> Poll | None:
    """The poll's row, read anew and held until the commit: votes, withdrawals and closing take turns."""
    query = select(Poll).where(Poll.id == poll_id, Poll.municipality_id == municipality)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def items_of(session: Session, poll: Poll) -> tuple[Item, ...]:
    """The poll's items in the order asked; a poll of a single choice has one."""
    if poll.items is not None:
        return poll_items.from_json(poll.items)
    return (Item("single", poll.question, choices_of(session, poll)),)


def choices_of(session: Session, poll: Poll) -> tuple[str, ...]:
    """The choices of the first item in the order shown."""
    if poll.items is not None:
        return poll_items.from_json(poll.items[:1])[0].choices
    query = select(PollChoice.label).where(PollChoice.poll_id == poll.id).order_by(PollChoice.position)
    return tuple(session.scalars(query))


def invitation(
    session: Session, sealer: Sealer, poll: Poll, language: str = "ja", items: Sequence[Item] | None = None
) -> Card:
    """The poll as residents see it first: its first item, deadline and what becomes of an answer.

    `items`: those of a poll that is still being written and stored nowhere.
    """
    say = phrases(language).say
    items = items_of(session, poll) if items is None else items
    card = poll_card.item_card(sealer, poll, items, 0, language)
    more = say("poll.more")
    tap = poll_card.tap(sealer, poll, more, "poll.more", more)
    several, one_press = len(items) > 1, items[0].kind in ("single", "scale")
    promise = say("poll.promise") if one_press and not several else say("poll_item.several_promise", of=len(items))
    return replace(
        card,
        heading=card.heading if several else say("poll.heading"),
        body=(
            *((poll.question,) if several else ()),
            *card.body,
            say("poll.closes", when=moment_of(poll.closes_at, language)),
        ),
        notes=(promise, say("poll.linkable"), say("poll.no_decision")),
        buttons=(*card.buttons, tap),
        alt=f"{say('poll.heading')} {poll.question}",
    )


def vote(session: Session, box: BallotBox, resident: Resident, answer: Answer, now: datetime) -> VoteResult:
    """Take an answer or change it. A short transaction: a poll's votes take turns on its row."""
    poll = locked(session, resident.municipality_id, answer.poll_id)
    if poll is None or not is_open(poll, now):
        return VoteResult(Vote.CLOSED, poll)
    items = items_of(session, poll)
    if not 0 <= answer.item < len(items):
        return VoteResult(Vote.NO_CHOICE, poll)
    given = answer.given
    if isinstance(given, int) and items[answer.item].kind in poll_items.CHOOSING:
        given = (given,)  # one choice, as buttons name it
    if given is not None and not poll_items.fits(items[answer.item], given):
        return VoteResult(Vote.NO_CHOICE, poll)
    voter = Voter(resident.id, answer.line_id, resident.home_district_id, resident.language)
    first, sheet = ballots.cast(session, poll, box, voter, {answer.item: given}, ballots.size_of(items))
    coming = poll_items.coming(items, sheet.answers, answer.item)
    asks_age = coming is None and given is not None and asks_for_age(poll, sheet)
    return VoteResult(Vote.ACCEPTED if first else Vote.CHANGED, poll, coming, asks_age)


def asks_for_age(poll: Poll, sheet: Sheet | None) -> bool:
    """Whether who filled in this sheet is to be asked for the age: once, and never without an answer to the poll."""
    return poll.asks_age and sheet is not None and bool(sheet.answers) and sheet.age is None


def add(session: Session, box: BallotBox, poll: Poll, line_id: str, item: int, choice: int) -> tuple[int, ...]:
    """The choices of an item with one more, in the order chosen; one that is there already stays where it is."""
    sheet = ballots.sheet_of(session, poll, box, line_id)
    before = sheet.answers.get(item) if sheet else None
    return tuple(dict.fromkeys((*(before if isinstance(before, tuple) else ()), choice)))


def is_open(poll: Poll, now: datetime) -> bool:
    """Whether it takes answers at this moment, also when the clock's tick is late."""
    return poll.state == "open" and now < poll.closes_at


def box_of(keystore: KeyStore, poll: Poll) -> BallotBox | None:
    """The poll's ballot box; None when its key is gone. Ask before a transaction: the key store may be elsewhere."""
    key = keystore.recall(ballots.name_of(poll))
    return BallotBox.of(ballots.name_of(poll), key) if key is not None else None


def forget_in_open_polls(context: Context, session: Session, resident: Resident, line_id: str) -> int:
    """Withdraw a resident's answers from every open poll; for erasure. Returns how many were withdrawn.

    Closed polls need nothing: their ballots belong to nobody any more. A poll whose key is gone is left alone.
    """
    query = select(Poll.id).where(Poll.municipality_id == resident.municipality_id, Poll.state == "open")
    withdrawn = 0
    for poll_id in session.scalars(query).all():
        poll = locked(session, resident.municipality_id, poll_id)
        box = box_of(context.keystore, poll) if poll else None
        if poll is None or box is None or poll.state != "open":
            continue
        withdrawn += ballots.withdraw(session, poll, box, resident.id, line_id)
    return withdrawn


def result(poll: Poll, choices: Sequence[str]) -> PollResult:
    """What may be seen of a poll, by everyone and everywhere (bot.core.tally has the rule)."""
    counts = (poll.tally or {}).get("choices")
    seen = shown(poll.participants, counts, open_=poll.state != "closed", lost=poll.state == "lost")
    return PollResult(poll.question, tuple(choices), seen)


def item_results(session: Session, poll: Poll) -> list[ItemResult]:
    """What may be seen of each item after the close; [] before, or when the poll was lost."""
    if poll.state != "closed" or poll.tally is None:
        return []
    items = items_of(session, poll)
    kept = poll.tally.get("items")
    if kept is None:  # closed by the first release
        counts = poll.tally.get("choices")
        return [ItemResult(items[0], ItemTally("single", poll.participants, None if counts is None else tuple(counts)))]
    splits = poll.tally.get("splits", {})
    return [
        ItemResult(
            item,
            ItemTally.from_json(one),
            {name: tuple(row) for name, row in splits.get(str(at), {}).items()},
        )
        for at, (item, one) in enumerate(zip(items, kept, strict=True))
    ]


def _districts(session: Session, poll: Poll) -> list[int] | None:
    """The districts its announcement goes to; None before it has one."""
    carrier = session.scalar(select(Announcement.id).where(Announcement.poll_id == poll.id))
    if carrier is None:
        return None
    query = select(AnnouncementDistrict.district_id).where(AnnouncementDistrict.announcement_id == carrier)
    return list(session.scalars(query))


def _may_write(actor: Actor, municipality: str, now: datetime, districts: Iterable[int] | None = None) -> None:
    if not actor.may("poll.write", municipality, jst(now).date(), districts):
        raise NotAllowedError("アンケートを作る権限がありません。")


def _may_change(session: Session, poll: Poll, actor: Actor, now: datetime) -> None:
    """Raise unless this person may rewrite the poll and nobody is to approve it: what was approved is what is sent."""
    _may_write(actor, poll.municipality_id, now, _districts(session, poll))
    carrier = session.scalar(select(Announcement.state).where(Announcement.poll_id == poll.id))
    if poll.state != "draft" or (carrier is not None and carrier not in CHANGEABLE):
        raise ConflictError("このアンケートは承認に回っているため、変えられません。差し戻してから直してください。")


def _set_choices(session: Session, poll: Poll, labels: Sequence[str]) -> None:
    session.execute(delete(PollChoice).where(PollChoice.poll_id == poll.id))
    session.add_all(
        PollChoice(poll_id=poll.id, position=at, municipality_id=poll.municipality_id, label=label)
        for at, label in enumerate(labels)
    )
    session.flush()
