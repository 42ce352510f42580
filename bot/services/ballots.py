"""Ballots: sealed and unlinkable by construction. Owns `participation` and `ballot`, and the use of a poll's key.

While a poll is open a ballot is found by HMAC-SHA256 of the LINE user id under the poll's key, and its
answer is sealed under that key too (AES-GCM, always the same length, bound to its voter). Both are useless
without the key store. At close the rows are replaced by ones that hold a choice and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.core.poll_items import Given, Item
from bot.models import Ballot, Participation, Poll
from bot.models.poll import random_id

NONCE_BYTES = 12
ANSWER_BYTES = 16  # a vote on a statement is padded to this, so that a length says nothing
SHEET_BYTES, TEXT_BYTES = 256, 640  # a ballot's size: for choices and numbers, and for each free text more
LINE = "line"  # the door of who answers in LINE


@dataclass(frozen=True)
class Sheet:
    """What one ballot holds while it is sealed: answers by item, and what splits are made of at close.

    `district` is the home district's id, `door` how the ballot came in, `age` a band of bot.core.age_bands (None: not
    asked yet, or not answered). None of the four outlives the close but in sums that may be shown.
    """

    answers: Mapping[int, Given]
    district: int | None = None
    language: str = "ja"
    door: str = LINE
    age: int | None = None

    def encoded(self, size: int) -> bytes:
        """As JSON, padded to `size` bytes. Raises ValueError when it is longer."""
        values = {str(at): list(one) if isinstance(one, tuple) else one for at, one in self.answers.items()}
        plain = json.dumps([values, self.district, self.language, self.door, self.age], ensure_ascii=False).encode()
        if len(plain) > size:
            raise ValueError("a ballot is larger than its poll's ballots are")
        return plain.ljust(size)

    @classmethod
    def decoded(cls, plain: bytes) -> Sheet:
        """The sheet again; one of the first release is its single choice, later ones had no age."""
        if len(plain) == ANSWER_BYTES:
            return cls({0: (plain[0],)})
        values, district, language, door, *age = json.loads(plain)
        answers = {int(at): tuple(one) if isinstance(one, list) else one for at, one in values.items()}
        return cls(answers, district, language, door, *age)


def size_of(items: Sequence[Item]) -> int:
    """How long each ballot of a poll with these items is, whatever it says, in bytes before sealing."""
    return SHEET_BYTES + TEXT_BYTES * sum(item.kind == "text" for item in items)


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
        """A single choice, sealed, bound to this poll and voter."""
        return self._sealed(bytes([choice]) + bytes(ANSWER_BYTES - 1), voter)

    def open(self, sealed: bytes, voter: bytes) -> int | None:
        """The choice again; None when it was damaged, moved to another voter or sealed under another key."""
        plain = self._opened(sealed, voter)
        return plain[0] if plain is not None else None

    def seal_sheet(self, sheet: Sheet, voter: bytes, size: int) -> bytes:
        """A whole ballot, sealed to the size that all of its poll have, bound to this poll and voter."""
        return self._sealed(sheet.encoded(size), voter)

    def open_sheet(self, sealed: bytes, voter: bytes) -> Sheet | None:
        """The ballot again; None as for `open`."""
        plain = self._opened(sealed, voter)
        return Sheet.decoded(plain) if plain is not None else None

    def _sealed(self, plain: bytes, voter: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._answer.encrypt(nonce, plain, self.poll.encode() + voter)

    def _opened(self, sealed: bytes, voter: bytes) -> bytes | None:
        try:
            return self._answer.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.poll.encode() + voter)
        except (InvalidTag, ValueError):
            return None


def name_of(poll: Poll) -> str:
    """The poll's name in the key store."""
    return f"{poll.municipality_id}/{poll.id}"


@dataclass(frozen=True)
class Voter:
    """Whose ballot: a resident and the LINE user id; what of the resident goes into the sealed sheet."""

    resident_id: int
    line_id: str = field(repr=False)
    district: int | None = None
    language: str = "ja"


def cast(
    session: Session, poll: Poll, box: BallotBox, voter: Voter, given: Mapping[int, Given | None], size: int
) -> tuple[bool, Sheet]:
    """Store answers by item, over earlier ones of the same LINE account (None takes one out).

    Returns whether it is the account's first ballot, and the sheet as it is now. The caller holds the poll's row
    (FOR UPDATE), has seen that it is open and that the answers fit their items. A changed ballot gets a new random
    id, so that two copies of the table do not show which row changed.
    """
    name = box.voter(voter.line_id)
    sealed = session.scalar(_SEALED, {"poll": poll.id, "voter": name})
    old = box.open_sheet(sealed, name) if sealed is not None else None
    merged = {**(old.answers if old else {}), **given}
    answers = {at: one for at, one in merged.items() if one is not None}
    sheet = Sheet(answers, voter.district, voter.language, age=old.age if old else None)
    first = sealed is None
    _put(session, poll, name, box.seal_sheet(sheet, name, size), new=first)
    # An old ballot can lack its participation: the account registered anew since then.
    if first or not took_part(session, poll.id, voter.resident_id):
        part = {"id": random_id(), "municipality_id": poll.municipality_id, "poll_id": poll.id}
        session.connection().execute(_NEW_PART, {**part, "resident_id": voter.resident_id})
    return first, sheet


def keep_age(session: Session, poll: Poll, box: BallotBox, line_id: str, age: int, size: int) -> bool:
    """Put an age band on the ballot of a LINE account; False when it has none. The caller does as for `cast`."""
    name = box.voter(line_id)
    sealed = session.scalar(_SEALED, {"poll": poll.id, "voter": name})
    sheet = box.open_sheet(sealed, name) if sealed is not None else None
    if sheet is None:
        return False
    _put(session, poll, name, box.seal_sheet(replace(sheet, age=age), name, size), new=False)
    return True


def put_in(session: Session, poll: Poll, box: BallotBox, serial: str, sheet: Sheet, size: int) -> bool:
    """A ballot from another door, under its serial (a slip of paper, a ticket); False when that one is there.

    Nobody took part by name: whose it was is known to nobody. The caller holds the poll's row as for `cast`.
    """
    name = box.voter(f"{sheet.door}/{serial}")
    if session.scalar(_SEALED, {"poll": poll.id, "voter": name}) is not None:
        return False
    _put(session, poll, name, box.seal_sheet(sheet, name, size), new=True)
    return True


# Written once: building a statement costs more than SQLite takes to run it, and a vote is what comes by the thousand.
_SEALED = select(Ballot.answer).where(Ballot.poll_id == bindparam("poll"), Ballot.voter == bindparam("voter"))
_NEW = insert(Ballot)
_NEW_PART = insert(Participation)
_CHANGED = (
    update(Ballot)
    .where(Ballot.poll_id == bindparam("poll"), Ballot.voter == bindparam("name"))
    .values(id=bindparam("new_id"), answer=bindparam("sealed"))
    .execution_options(synchronize_session=False)
)


def _put(session: Session, poll: Poll, name: bytes, sealed: bytes, *, new: bool) -> None:
    connection = session.connection()
    if new:
        ballot = {"id": random_id(), "municipality_id": poll.municipality_id, "poll_id": poll.id, "item": 0}
        connection.execute(_NEW, {**ballot, "voter": name, "answer": sealed})
        poll.participants += 1
    else:
        connection.execute(_CHANGED, {"poll": poll.id, "name": name, "new_id": random_id(), "sealed": sealed})


def sheet_of(session: Session, poll: Poll, box: BallotBox, line_id: str) -> Sheet | None:
    """What a LINE account has answered so far, for going on with it; None when nothing."""
    name = box.voter(line_id)
    sealed = session.scalar(_SEALED, {"poll": poll.id, "voter": name})
    return box.open_sheet(sealed, name) if sealed is not None else None


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


def sheets(session: Session, poll: Poll, box: BallotBox) -> Iterator[Sheet | None]:
    """All ballots of a poll that takes no more, in no meaningful order; None for one that cannot be opened."""
    query = select(Ballot.voter, Ballot.answer).where(Ballot.poll_id == poll.id, Ballot.voter.is_not(None))
    for voter, answer in session.execute(query):
        yield box.open_sheet(answer, voter) if voter is not None and answer is not None else None


def erase_ballots(session: Session, poll_id: int) -> None:
    """Delete a poll's ballots."""
    session.execute(delete(Ballot).where(Ballot.poll_id == poll_id))


def rewrite(session: Session, poll: Poll, counts: Sequence[Sequence[int]]) -> None:
    """Replace all ballots by rows that hold an item and a choice only: new random ids, new random order.

    `counts` are people per choice, item by item; what one person answered to several items is joined nowhere.
    The order matters on PostgreSQL, whose heap keeps it; on SQLite the rows lie in the order of their ids.
    """
    erase_ballots(session, poll.id)
    rows = [
        (item, choice)
        for item, of_item in enumerate(counts)
        for choice, number in enumerate(of_item)
        for _ in range(number)
    ]
    secrets.SystemRandom().shuffle(rows)
    common = {"municipality_id": poll.municipality_id, "poll_id": poll.id, "voter": None, "answer": None}
    if rows:
        values = [{"id": random_id(), **common, "item": item, "choice": choice} for item, choice in rows]
        session.execute(insert(Ballot), values)


def number_of(session: Session, poll_id: int) -> int:
    """How many ballots a poll has; for closing and tests (`Poll.participants` is the counter to read)."""
    return session.scalar(select(func.count()).select_from(Ballot).where(Ballot.poll_id == poll_id)) or 0


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, b"entaku/poll/" + purpose.encode(), hashlib.sha256).digest()
