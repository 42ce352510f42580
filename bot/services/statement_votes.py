"""Votes on others' statements (賛否): kept as ballots are, drawn one statement at a time, counted once at close.

A vote is found by HMAC of the LINE user id under the round's key and sealed under it (bot.services.ballots). The key is
made before the first vote and lives in the key store; nobody sees a count before the close. Closing is
bot.services.statement_closing's.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.core import opinion_matrix
from bot.core.statement_rules import VOTES, Seen, draw
from bot.models import Listening, Resident, RoundTable, Statement, StatementVote
from bot.models.poll import random_id
from bot.now import jst
from bot.services import listening, statement_links, statements
from bot.services.ballots import NONCE_BYTES, BallotBox
from bot.services.context import Context
from bot.services.keystore import KeyStore

BOARD_BYTES = 4096  # the sealed counts are padded to a multiple of this: their length tells nothing
_CHOICES = tuple(VOTES)  # a vote as a ballot's choice: its place in here

Result = Literal["accepted", "changed", "closed", "election", "gone"]


@dataclass(frozen=True)
class VoteBox:
    """The keys of one round's votes. Never stored, never printed."""

    round_id: int
    ballots: BallotBox = field(repr=False)
    _board: AESGCM = field(repr=False)

    @classmethod
    def of(cls, municipality: str, round_id: int, key: bytes) -> VoteBox:
        """The box of a round from its key in the key store."""
        name = name_of(municipality, round_id)
        box = BallotBox.of(name, key)
        return cls(round_id, box, AESGCM(box.voter("board")))

    def seal_board(self, counts: Mapping[int, Seen]) -> bytes:
        """What the next statement is drawn from, sealed and padded."""
        rows = {str(key): [seen.agree, seen.disagree, seen.seen, seen.extremity] for key, seen in counts.items()}
        plain = json.dumps(rows).encode()
        padded = plain.ljust(-(-len(plain) // BOARD_BYTES) * BOARD_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._board.encrypt(nonce, padded, self.ballots.poll.encode())

    def open_board(self, sealed: bytes | None) -> dict[int, Seen]:
        """The counts again; {} when there are none or they cannot be opened."""
        if sealed is None:
            return {}
        try:
            plain = self._board.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.ballots.poll.encode())
        except (InvalidTag, ValueError):
            return {}
        return {int(key): Seen(*row) for key, row in json.loads(plain).items()}


@dataclass(frozen=True)
class Vote:
    """One vote on its way into the box: `answer` +1 agree, -1 disagree, 0 pass."""

    statement_id: int
    answer: int = field(repr=False)
    line_id: str = field(repr=False)


@dataclass(frozen=True)
class Next:
    """The statement to show next and how many this voter has not answered yet, with this one."""

    statement: Statement | None
    left: int


def name_of(municipality: str, round_id: int) -> str:
    """The round's name in the key store."""
    return f"{municipality}/round/{round_id}"


def may_vote(session: Session, round_: RoundTable, now: datetime) -> bool:
    """Whether residents vote on each other's words in this round now."""
    day = jst(now).date()
    return (
        round_.voting
        and listening.is_open(round_, now)
        and not listening.election(session, round_.municipality_id, day)
    )


def box_of(session: Session, keystore: KeyStore, round_: RoundTable) -> VoteBox | None:
    """The round's box; its key is made on first use. None when votes are over or the key is gone.

    Asks the key store: never inside a write transaction.
    """
    row = listening.find(session, round_.municipality_id, round_.id)
    if row is not None and row.votes_state not in ("none", "open"):
        return None
    name = name_of(round_.municipality_id, round_.id)
    key = keystore.recall(name)
    if key is None:
        if row is not None and row.votes_state == "open":
            return None  # a restored backup: bot.services.statement_closing finds it
        key = keystore.create(name)
    return VoteBox.of(round_.municipality_id, round_.id, key)


def cast(session: Session, box: VoteBox, resident: Resident, vote: Vote, now: datetime) -> Result:
    """Take a vote or change it. A short transaction: a round's votes take turns on its row."""
    city = resident.municipality_id
    round_ = listening.round_of(session, city, box.round_id)
    if not may_vote(session, round_, now):
        return "election" if listening.election(session, city, jst(now).date()) else "closed"
    row = _locked(session, city, box.round_id)
    if row.votes_state not in ("none", "open"):
        return "closed"
    found = statements.find(session, city, vote.statement_id)
    shown = statements.shown_instead(session, found) if found is not None else None
    if shown is None or shown.round_table_id != box.round_id:
        return "gone"
    row.votes_state = "open"
    voter = box.ballots.voter(vote.line_id)
    first = not _count_of(session, box.round_id, voter)
    changed = _store(session, shown, box, voter, vote.answer)
    if first:
        row.voters += 1
        statement_links.took_part(session, city, box.round_id, resident.id)
    return "changed" if changed else "accepted"


def next_for(
    session: Session,
    box: VoteBox,
    resident: Resident,
    line_id: str,
    answering: int | None = None,
    chance: random.Random | None = None,
) -> Next:
    """The next statement for this voter, drawn by priority among those not answered yet (bot.core.statement_rules).

    `answering` is the one whose vote is just being stored. `chance` is the system's own unless a test gives a seeded
    one. Statements that nobody has counted yet come first.
    """
    municipality = resident.municipality_id
    answered = select(StatementVote.statement_id).where(
        StatementVote.round_table_id == box.round_id, StatementVote.voter == box.ballots.voter(line_id)
    )
    done = {*session.scalars(answered), answering}
    left = {row.id: row for row in statements.of_round(session, municipality, box.round_id) if row.id not in done}
    row = listening.find(session, municipality, box.round_id)
    board = box.open_board(row.board if row else None)
    chosen = draw({key: board.get(key, Seen()) for key in left}, chance or secrets.SystemRandom())
    return Next(left[chosen] if chosen is not None else None, len(left))


def forget(session: Session, box: VoteBox, municipality: str, line_id: str) -> int:
    """Take a resident's votes out of an open round; for erasure. Returns how many."""
    row = _locked(session, municipality, box.round_id)
    if row.votes_state != "open":
        return 0
    gone = session.execute(
        delete(StatementVote).where(
            StatementVote.round_table_id == box.round_id, StatementVote.voter == box.ballots.voter(line_id)
        )
    )
    count = int(gone.rowcount)  # type: ignore[attr-defined]
    row.voters -= 1 if count else 0
    return count


def forget_in_open_rounds(context: Context, session: Session, resident: Resident, line_id: str) -> int:
    """Take a resident's votes out of every open round; for erasure. A round whose key is gone is left alone."""
    query = select(Listening.round_table_id).where(
        Listening.municipality_id == resident.municipality_id,
        Listening.votes_state == "open",
        Listening.round_table_id.is_not(None),
    )
    gone = 0
    for round_id in session.scalars(query).all():
        assert round_id is not None
        key = context.keystore.recall(name_of(resident.municipality_id, round_id))
        if key is not None:
            box = VoteBox.of(resident.municipality_id, round_id, key)
            gone += forget(session, box, resident.municipality_id, line_id)
    return gone


def opened(session: Session, box: VoteBox) -> tuple[dict[tuple[str, str], int], int]:
    """All votes as {(voter, statement): vote} for counting and analysis, and how many could not be opened.

    Voters are numbered in a random order. For use in memory only: whole rows are fingerprints (design.md 3).
    """
    query = select(StatementVote.voter, StatementVote.statement_id, StatementVote.answer)
    rows = session.execute(query.where(StatementVote.round_table_id == box.round_id)).all()
    voters = sorted({row.voter for row in rows})
    secrets.SystemRandom().shuffle(voters)
    numbers = {voter: str(number) for number, voter in enumerate(voters)}
    votes, spoiled = {}, 0
    for voter, statement_id, sealed in rows:
        choice = box.ballots.open(sealed, voter)
        if choice is None or choice >= len(_CHOICES):
            spoiled += 1
            continue
        votes[numbers[voter], str(statement_id)] = _CHOICES[choice]
    return votes, spoiled


def refresh_boards(context: Context) -> int:
    """Count what is open anew for drawing, for every round; in the background. Returns how many rounds changed."""
    with context.database.read() as session:
        query = select(Listening.municipality_id, Listening.round_table_id).where(Listening.votes_state == "open")
        found = [(city, round_id) for city, round_id in session.execute(query) if round_id is not None]
    return sum(_refresh(context, city, round_id) for city, round_id in found)


def counted(votes: Mapping[tuple[str, str], int]) -> dict[int, Seen]:
    """How each statement stands, with its extremity (listening.md b 9)."""
    if not votes:
        return {}
    arranged = opinion_matrix.matrix(votes)
    far = opinion_matrix.extremity(opinion_matrix.positions(arranged.used))
    counts = {
        name: [int((arranged.votes[:, at] == answer).sum()) for answer in VOTES]
        for at, name in enumerate(arranged.statements)
    }
    return {
        int(name): Seen(counts[name][0], counts[name][1], sum(counts[name]), float(far[at]))
        for at, name in enumerate(arranged.statements)
    }


def _refresh(context: Context, municipality: str, round_id: int) -> bool:
    key = context.keystore.recall(name_of(municipality, round_id))
    if key is None:
        return False
    box = VoteBox.of(municipality, round_id, key)
    with context.database.read() as session:
        votes, _ = opened(session, box)
        row = listening.find(session, municipality, round_id)
        known = box.open_board(row.board if row else None)
    counts = counted(votes)
    if counts == known:
        return False
    board = box.seal_board(counts)
    with context.database.write() as session:
        row = listening.find(session, municipality, round_id)
        if row is None or row.votes_state != "open":
            return False
        row.board = board
    return True


def _store(session: Session, shown: Statement, box: VoteBox, voter: bytes, answer: int) -> bool:
    """True when an earlier vote was changed; it gets a new random id, so that copies do not show which row it was."""
    sealed = box.ballots.seal(_CHOICES.index(answer), voter)
    done = session.execute(
        update(StatementVote)
        .where(StatementVote.statement_id == shown.id, StatementVote.voter == voter)
        .values(id=random_id(), answer=sealed)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        return True
    new = {"id": random_id(), "municipality_id": shown.municipality_id, "round_table_id": box.round_id}
    session.execute(insert(StatementVote).values(**new, statement_id=shown.id, voter=voter, answer=sealed))
    return False


def _count_of(session: Session, round_id: int, voter: bytes) -> int:
    query = select(func.count()).where(StatementVote.round_table_id == round_id, StatementVote.voter == voter)
    return session.scalar(query) or 0


def _locked(session: Session, municipality: str, round_id: int) -> Listening:
    listening.ensure(session, municipality, round_id)
    query = select(Listening).where(Listening.municipality_id == municipality, Listening.round_table_id == round_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
