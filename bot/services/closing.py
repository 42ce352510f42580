"""Closing polls: from the last answer to a tally that nobody can trace back. Resumable at every step.

1. `closing`    the poll takes no more answers (committed; votes and this step take turns on the poll's row)
2. `tallied`    in one durable transaction: the final tally stored, the ballots rewritten as bare choices under
                new random ids, or deleted when there are too few to show
3. `destroyed`  the poll's key is gone from the key store
4. `wiped`      bodies of votes that were set aside erased; SQLite's write-ahead log truncated
5. `closed`     the state says so

Each step looks at what is stored, not at what was done before, so that any of them may be repeated or
interrupted. Why it is so: docs/decisions/0004-ballots.md.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.orm import Session

from bot.core import poll_items
from bot.core.permissions import SYSTEM
from bot.core.poll_items import MAX_TEXT, Given, Item
from bot.core.postback import decode
from bot.errors import UnavailableError
from bot.models import Ballot, InboxEvent, Participation, Poll, PollText, PollTicket
from bot.models.poll import random_id
from bot.services import alerts, audit, ballots, poll_doors, poll_results, polls
from bot.services.ballots import BallotBox, Sheet
from bot.services.context import Context
from bot.services.intake import EVENT_CONTEXT
from bot.services.poll_results import Outcome
from content import personal

log = structlog.get_logger(__name__)

AfterStep = Callable[[str], object]
BALLOT_ACTIONS = ("poll.vote", "poll.pick", "poll.age")  # buttons that hold an answer
LOST_ALERT, SPOILED_ALERT = "poll_lost", "poll_spoiled"


def close_due(context: Context, now: datetime, after_step: AfterStep = str) -> int:
    """Close every poll that is due and end what a crash left half-closed. Returns how many are closed now.

    `after_step` is called with the name of each step that is over (tests stop there; `str` does nothing).
    """
    with context.database.read() as session:
        due = or_(Poll.state == "closing", (Poll.state == "open") & (Poll.closes_at <= now))
        waiting = session.execute(select(Poll.municipality_id, Poll.id).where(due).order_by(Poll.closes_at)).all()
    return sum(close(context, municipality, poll_id, now, after_step) for municipality, poll_id in waiting)


def close(context: Context, municipality: str, poll_id: int, now: datetime, after_step: AfterStep = str) -> bool:
    """Close one poll from wherever it stands. False when it is not to be closed, or its key is lost."""
    poll = _stop_votes(context, municipality, poll_id)
    if poll is None:
        return False
    after_step("closing")
    if poll.tally is None and not _count(context, poll, now):
        return False
    after_step("tallied")
    context.keystore.destroy(ballots.name_of(poll))
    after_step("destroyed")
    _wipe_votes(context, poll)
    if not context.database.checkpoint():
        raise UnavailableError("A reader holds the write-ahead log; the poll is closed at the next tick.")
    after_step("wiped")
    with context.database.write(durable=True) as session:
        fresh = polls.locked(session, municipality, poll_id)
        if fresh is None or fresh.state != "closing":
            return False
        fresh.state, fresh.closed_at = "closed", now
        audit.record(session, municipality, SYSTEM, "poll.close", f"poll:{poll_id}", now)
    after_step("closed")
    log.info("poll.closed", municipality=municipality, poll=poll_id, participants=poll.participants)
    return True


def _stop_votes(context: Context, municipality: str, poll_id: int) -> Poll | None:
    with context.database.write(durable=True) as session:
        poll = polls.locked(session, municipality, poll_id)
        if poll is None or poll.state not in ("open", "closing"):
            return None
        poll.state = "closing"
        return poll


def _count(context: Context, poll: Poll, now: datetime) -> bool:
    """Count outside, store inside a transaction: nothing can be added since the votes were stopped."""
    key = context.keystore.get(ballots.name_of(poll))
    if key is None:
        _lose(context, poll, now)
        return False
    with context.database.read() as session:
        items = polls.items_of(session, poll)
        opened = list(ballots.sheets(session, poll, BallotBox.of(ballots.name_of(poll), key)))
    sheets = [replace(sheet, answers=found) for sheet in opened if sheet and (found := _counted(items, sheet))]
    outcome = poll_results.outcome(items, sheets, asks_age=poll.asks_age)
    with context.database.write(durable=True) as session:
        fresh = polls.locked(session, poll.municipality_id, poll.id)
        if fresh is None or fresh.state != "closing" or fresh.tally is not None:
            return fresh is not None and fresh.tally is not None
        _store(session, fresh, outcome)
        if spoiled := len(opened) - len(sheets):
            text = f"アンケート「{poll.question[:60]}」の回答のうち{spoiled}件が壊れていて、数えられませんでした。"
            alerts.raise_alert(session, poll.municipality_id, SPOILED_ALERT, text, now, f"poll:{poll.id}")
        poll.participants = fresh.participants
    return True


def _counted(items: Sequence[Item], sheet: Sheet) -> dict[int, Given]:
    return poll_items.counted(items, sheet.answers)


def _store(session: Session, poll: Poll, outcome: Outcome) -> None:
    """The final tally. What may not be shown is not kept either: with few answers only their number stays."""
    poll.participants, poll.tally = outcome.total, outcome.as_json()
    ballots.rewrite(session, poll, outcome.counts)
    poll_doors.forget(session, poll)
    common = {"municipality_id": poll.municipality_id, "poll_id": poll.id, "state": "waiting"}
    texts = [
        {"id": random_id(), **common, "item": item, "text": personal.sendable(text, MAX_TEXT)}
        for item, text in outcome.texts
    ]
    if texts:
        secrets.SystemRandom().shuffle(texts)
        session.execute(insert(PollText), texts)


def _wipe_votes(context: Context, poll: Poll) -> None:
    """Votes for this poll that were set aside after failing: what they hold is not needed any more."""
    keys = list(context.sealer.signing_keys("postback"))
    with context.database.write(durable=True) as session:
        query = select(InboxEvent).where(
            InboxEvent.municipality_id == poll.municipality_id,
            InboxEvent.state == "parked",
            InboxEvent.kind == "postback",
            InboxEvent.body.is_not(None),
        )
        for event in session.scalars(query):
            assert event.body is not None
            raw = json.loads(context.sealer.open(event.body, EVENT_CONTEXT + poll.municipality_id))
            button = decode(str(raw.get("postback", {}).get("data", "")), poll.municipality_id, keys)
            if button and button.action in BALLOT_ACTIONS and button.fields.get("poll") == str(poll.id):
                event.body = None


def look_for_keys(context: Context, now: datetime) -> None:
    """Polls whose key is gone (a restored backup) become `lost` and staff are told; one that is back reopens.

    A key store that does not answer raises UnavailableError and changes nothing.
    """
    with context.database.read() as session:
        query = select(Poll).where(or_(Poll.state == "open", (Poll.state == "lost") & Poll.tally.is_(None)))
        watched = session.scalars(query.where(Poll.closes_at > now - polls.RESULT_FOR)).all()
    for poll in watched:
        there = context.keystore.recall(ballots.name_of(poll)) is not None
        if poll.state == "open" and not there:
            _lose(context, poll, now)
        elif poll.state == "lost" and there:
            _find_again(context, poll)


def _lose(context: Context, poll: Poll, now: datetime) -> None:
    with context.database.write(durable=True) as session:
        fresh = polls.locked(session, poll.municipality_id, poll.id)
        if fresh is None or fresh.state not in ("open", "closing") or fresh.tally is not None:
            return  # another process closed it, and its key with it, in this moment
        fresh.state = "lost"
        text = (
            f"アンケート「{poll.question[:60]}」の鍵がありません。終わったものとし、結果は出せません。"
            "バックアップから戻したときは、そのためです。そうでなければ ENTAKU_KEYSTORE_URL を確かめてください。"
        )
        alerts.raise_alert(session, poll.municipality_id, LOST_ALERT, text, now, f"poll:{poll.id}")
        audit.record(session, poll.municipality_id, SYSTEM, "poll.lose", f"poll:{poll.id}", now)


def _find_again(context: Context, poll: Poll) -> None:
    with context.database.write(durable=True) as session:
        fresh = polls.locked(session, poll.municipality_id, poll.id)
        if fresh is not None and fresh.state == "lost":
            fresh.state = "open"
            alerts.clear_alert(session, poll.municipality_id, LOST_ALERT, f"poll:{poll.id}")


def erase_old(context: Context, now: datetime) -> None:
    """30 days after the end: who took part is forgotten, tickets and the ballots of lost polls are deleted."""
    with context.database.read() as session:
        over = Poll.state.in_(("closed", "lost")) & (Poll.closes_at <= now - polls.RESULT_FOR)
        old = list(session.scalars(select(Poll.id).where(over, _has_rows())))
    if not old:
        return
    with context.database.write() as session:
        session.execute(delete(Participation).where(Participation.poll_id.in_(old)))
        session.execute(delete(Ballot).where(Ballot.poll_id.in_(old), Ballot.voter.is_not(None)))
        session.execute(delete(PollTicket).where(PollTicket.poll_id.in_(old)))


def _has_rows() -> ColumnElement[bool]:
    part = select(Participation.id).where(Participation.poll_id == Poll.id).exists()
    sealed = select(Ballot.id).where(Ballot.poll_id == Poll.id, Ballot.voter.is_not(None)).exists()
    ticket = select(PollTicket.code_hash).where(PollTicket.poll_id == Poll.id).exists()
    return or_(part, sealed, ticket)
