"""Ballots: sealed and unlinkable by construction. Owns `participation` and `ballot`, and the use of a poll's key.

While a poll is open a ballot is found by HMAC-SHA256 of the LINE user id under the poll's key, and its
answer is sealed under that key too (AES-GCM, always the same length, bound to its voter). Both are useless
without the key store. At close the rows are replaced by ones that hold a choice and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.models import Ballot, Participation, Poll
from bot.models.poll import random_id

NONCE_BYTES = 12
ANSWER_BYTES = 16  # every answer is padded to this, so that a length says nothing


@dataclass(frozen=True)
class BallotBox:
    """The two keys of one open poll: one names voters, one seals answers. Never stored, never printed."""

    poll: str
    _voter: bytes = field(repr=False)
    _answer: AESGCM = field(repr=False)

    @classmethod
    def of(cls, poll: str, key: bytes) -> BallotBox:
        """The box of a poll (`fuji/12`) from its key in the key store."""
        return cls(poll, _derive(key, "voter"), AESGCM(_derive(key, "answer")))

    def voter(self, line_id: str) -> bytes:
        """The name under which a LINE account's ballot is found while the poll is open."""
        return hmac.new(self._voter, line_id.encode(), hashlib.sha256).digest()

    def seal(self, choice: int, voter: bytes) -> bytes:
        """An answer, sealed, bound to this poll and voter."""
        plain = bytes([choice]) + bytes(ANSWER_BYTES - 1)
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._answer.encrypt(nonce, plain, self.poll.encode() + voter)

    def open(self, sealed: bytes, voter: bytes) -> int | None:
        """The answer again; None when it was damaged, moved to another voter or sealed under another key."""
        try:
            plain = self._answer.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.poll.encode() + voter)
        except (InvalidTag, ValueError):
            return None
        return plain[0]


def name_of(poll: Poll) -> str:
    """The poll's name in the key store."""
    return f"{poll.municipality_id}/{poll.id}"


def cast(session: Session, poll: Poll, box: BallotBox, resident_id: int, line_id: str, choice: int) -> bool:
    """Store an answer, replacing an earlier one of the same LINE account; True when it is the first.

    The caller holds the poll's row (FOR UPDATE) and has seen that it is open. A changed answer gets a new
    random id, so that two copies of the table do not show which row changed.
    """
    voter = box.voter(line_id)
    sealed = box.seal(choice, voter)
    changed = session.execute(
        update(Ballot)
        .where(Ballot.poll_id == poll.id, Ballot.voter == voter)
        .values(id=random_id(), answer=sealed)
        .execution_options(synchronize_session=False)
    )
    first = not changed.rowcount  # type: ignore[attr-defined]
    if first:
        ballot = {"id": random_id(), "municipality_id": poll.municipality_id, "poll_id": poll.id}
        session.execute(insert(Ballot).values(**ballot, voter=voter, answer=sealed))
        poll.participants += 1
    # An old ballot can lack its participation: the account registered anew since then.
    if first or not took_part(session, poll.id, resident_id):
        part = {"id": random_id(), "municipality_id": poll.municipality_id, "poll_id": poll.id}
        session.execute(insert(Participation).values(**part, resident_id=resident_id))
    return first


def took_part(session: Session, poll_id: int, resident_id: int) -> bool:
    """Whether this resident took part; never what was answered."""
    query = select(Participation.id).where(Participation.poll_id == poll_id, Participation.resident_id == resident_id)
    return session.scalar(query) is not None


def withdraw(session: Session, poll: Poll, box: BallotBox, resident_id: int, line_id: str) -> bool:
    """Take a resident's answer and participation out of an open poll; False when there was no answer.

    The caller holds the poll's row and has seen that it is open.
    """
    session.execute(
        delete(Participation).where(Participation.poll_id == poll.id, Participation.resident_id == resident_id)
    )
    gone = session.execute(delete(Ballot).where(Ballot.poll_id == poll.id, Ballot.voter == box.voter(line_id)))
    if gone.rowcount == 0:  # type: ignore[attr-defined]
        return False
    poll.participants -= 1
    return True


def answers(session: Session, poll: Poll, box: BallotBox) -> Iterator[int | None]:
    """All answers of a poll that takes no more, in no meaningful order; None for one that cannot be opened."""
    query = select(Ballot.voter, Ballot.answer).where(Ballot.poll_id == poll.id, Ballot.voter.is_not(None))
    for voter, answer in session.execute(query):
        yield box.open(answer, voter) if voter is not None and answer is not None else None


def erase_ballots(session: Session, poll_id: int) -> None:
    """Delete a poll's ballots."""
    session.execute(delete(Ballot).where(Ballot.poll_id == poll_id))


def rewrite(session: Session, poll: Poll, counts: Sequence[int]) -> None:
    """Replace all ballots by rows that hold a choice only: new random ids, new random order.

    The order matters on PostgreSQL, whose heap keeps it; on SQLite the rows lie in the order of their ids.
    """
    erase_ballots(session, poll.id)
    choices = [choice for choice, number in enumerate(counts) for _ in range(number)]
    secrets.SystemRandom().shuffle(choices)
    common = {"municipality_id": poll.municipality_id, "poll_id": poll.id, "voter": None, "answer": None}
    if choices:
        session.execute(insert(Ballot), [{"id": random_id(), **common, "choice": choice} for choice in choices])


def number_of(session: Session, poll_id: int) -> int:
    """How many ballots a poll has; for closing and tests (`Poll.participants` is the counter to read)."""
    return session.scalar(select(func.count()).select_from(Ballot).where(Ballot.poll_id == poll_id)) or 0


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, b"entaku/poll/" + purpose.encode(), hashlib.sha256).digest()
