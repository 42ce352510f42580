"""Closing the votes on statements: one tally for each, the groups, and nothing that leads back to a voter.

The steps are those of bot.services.closing, each looking at what is stored, so that any may be repeated or interrupted:
1. `closing`    no more votes (committed)
2. `tallied`    in one durable transaction: tallies that may be shown and the analysis stored, every vote deleted
3. `destroyed`  the round's key is gone
4. `wiped`      SQLite's write-ahead log truncated
5. `closed`
The matrix of votes exists in memory between 1 and 2 only (docs/decisions/0013-statements.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.core import tally
from bot.core.permissions import SYSTEM
from bot.core.statement_rules import Seen
from bot.errors import UnavailableError
from bot.models import Listening, RoundTable, Statement, StatementVote
from bot.services import alerts, audit, listening, statement_votes, statements
from bot.services.context import Context
from bot.services.statement_votes import VoteBox, name_of

log = structlog.get_logger(__name__)

LOST_ALERT = "statement_votes_lost"
AfterStep = Callable[[str], object]
# {(voter's number, statement's id): +1 | -1 | 0} -> what of it may be kept and shown; None: nothing.
Analyse = Callable[[Mapping[tuple[str, str], int]], Mapping[str, Any] | None]


def no_analysis(_votes: Mapping[tuple[str, str], int]) -> None:
    """Everything works with the analysis absent."""
    return


def close_due(context: Context, now: datetime, analyse: Analyse = no_analysis, after_step: AfterStep = str) -> int:
    """Close the votes of every round that no longer listens, and end what a crash left. Returns how many."""
    with context.database.read() as session:
        over = or_(RoundTable.closes_at <= now, RoundTable.state.not_in(("planned", "listening")))
        due = or_(Listening.votes_state == "closing", (Listening.votes_state == "open") & over)
        query = select(RoundTable.municipality_id, RoundTable.id).join(
            Listening, Listening.round_table_id == RoundTable.id
        )
        waiting = session.execute(query.where(due).order_by(RoundTable.closes_at)).all()
    return sum(close(context, city, round_id, now, analyse, after_step) for city, round_id in waiting)


def close(
    context: Context,
    municipality: str,
    round_id: int,
    now: datetime,
    analyse: Analyse = no_analysis,
    after_step: AfterStep = str,
) -> bool:
    """Close the votes of a round from wherever they stand. False when there is nothing to close or the key is lost."""
    if not _stop(context, municipality, round_id):
        return False
    after_step("closing")
    if not _count(context, municipality, round_id, now, analyse):
        return False
    after_step("tallied")
    context.keystore.destroy(name_of(municipality, round_id))
    after_step("destroyed")
    if not context.database.checkpoint():
        raise UnavailableError("A reader holds the write-ahead log; the votes are closed at the next tick.")
    after_step("wiped")
    with context.database.write(durable=True) as session:
        row = _row(session, municipality, round_id)
        if row is None or row.votes_state != "closing":
            return False
        row.votes_state = "closed"
        audit.record(session, municipality, SYSTEM, "statement.close_votes", f"round_table:{round_id}", now)
    after_step("closed")
    log.info("statements.closed", municipality=municipality, round=round_id, voters=row.voters)
    return True


def look_for_keys(context: Context, now: datetime) -> None:
    """Rounds whose key is gone (a restored backup): their votes cannot be counted any more, and staff are told."""
    with context.database.read() as session:
        query = select(Listening.municipality_id, Listening.round_table_id).where(Listening.votes_state == "open")
        rounds = [(city, round_id) for city, round_id in session.execute(query) if round_id is not None]
    for city, round_id in rounds:
        if context.keystore.recall(name_of(city, round_id)) is None:
            _lose(context, city, round_id, now)


def _row(session: Session, municipality: str, round_id: int) -> Listening | None:
    query = select(Listening).where(Listening.municipality_id == municipality, Listening.round_table_id == round_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _stop(context: Context, municipality: str, round_id: int) -> bool:
    with context.database.write(durable=True) as session:
        row = _row(session, municipality, round_id)
        if row is None or row.votes_state not in ("open", "closing"):
            return False
        row.votes_state = "closing"
        return True


def _count(context: Context, municipality: str, round_id: int, now: datetime, analyse: Analyse) -> bool:
    """Count outside, store inside a transaction: nothing can be added since the votes were stopped."""
    with context.database.read() as session:
        left = session.scalar(select(StatementVote.id).where(StatementVote.round_table_id == round_id).limit(1))
    if left is None:
        return True  # counted before a crash
    key = context.keystore.get(name_of(municipality, round_id))
    if key is None:
        _lose(context, municipality, round_id, now)
        return False
    with context.database.read() as session:
        votes, _spoiled = statement_votes.opened(session, VoteBox.of(municipality, round_id, key))
        shown = {str(one.id) for one in statements.of_round(session, municipality, round_id)}
    groups = analyse({at: vote for at, vote in votes.items() if at[1] in shown})
    with context.database.write(durable=True) as session:
        row = _row(session, municipality, round_id)
        if row is None or row.votes_state != "closing":
            return False
        row.groups, row.board = dict(groups) if groups is not None else None, None
        _keep(session, municipality, round_id, statement_votes.counted(votes))
        session.execute(delete(StatementVote).where(StatementVote.round_table_id == round_id))
    return True


def _keep(session: Session, municipality: str, round_id: int, counts: Mapping[int, Seen]) -> None:
    """What may not be shown is not kept either."""
    query = select(Statement).where(Statement.municipality_id == municipality, Statement.round_table_id == round_id)
    for statement in session.scalars(query):
        seen = counts.get(statement.id)
        if seen is not None and tally.publishable(seen.seen):
            statement.agree, statement.disagree = seen.agree, seen.disagree
            statement.passed = seen.seen - seen.agree - seen.disagree


def _lose(context: Context, municipality: str, round_id: int, now: datetime) -> None:
    with context.database.write(durable=True) as session:
        row = _row(session, municipality, round_id)
        if row is None or row.votes_state not in ("open", "closing"):
            return
        row.votes_state, row.board = "lost", None
        session.execute(delete(StatementVote).where(StatementVote.round_table_id == round_id))
        theme = listening.round_of(session, municipality, round_id).theme.splitlines()[0][:40]
        text = (
            f"「{theme}」の声への賛否の鍵がありません。賛否は終わったものとし、結果は出せません。声はそのままです。"
            "バックアップから戻したときは、そのためです。そうでなければ ENTAKU_KEYSTORE_URL を確かめてください。"
        )
        alerts.raise_alert(session, municipality, LOST_ALERT, text, now, f"round:{round_id}")
        audit.record(session, municipality, SYSTEM, "statement.lose_votes", f"round_table:{round_id}", now)
