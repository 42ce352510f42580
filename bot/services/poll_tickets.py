"""Tickets (手紙の券) for households without LINE: one code, one ballot, no link between the two.

A code is 80 random bits; only its hash is stored. The ballot goes into the box under a serial that is drawn when the
ticket is used and kept nowhere, and its row has a random key and no time: ticket and ballot cannot be joined by what
they hold. What remains: both change in one transaction, as participation and ballot of a LINE account do, so that
until the close an administrator with database and key could find out; at close ballots are rewritten, the key is
destroyed, and all tickets of the poll read as used (docs/decisions/0004-ballots.md).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Poll, PollTicket
from bot.now import jst
from bot.services import audit, ballots, poll_doors, polls
from bot.services.ballots import BallotBox, Sheet

DOOR: Final = "web"
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that is taken for something else
LENGTH: Final = 16  # 80 bits
AT_ONCE, MOST = 500, 20_000


@dataclass(frozen=True)
class Found:
    """A ticket as its page finds it."""

    poll: Poll
    used: bool


def make(session: Session, poll: Poll, actor: Actor, count: int, now: datetime) -> list[str]:
    """New codes, to be printed now: they are stored nowhere. Raises NotAllowedError, BadInputError, ConflictError."""
    districts = poll_doors.districts_of(session, poll)
    if not actor.may("poll.enter", poll.municipality_id, jst(now).date(), districts):
        raise NotAllowedError("券を作る役割がありません。")
    if poll.state not in ("draft", "open") or poll.closes_at <= now:
        raise ConflictError("終わったアンケートの券は作れません。")
    if reason := poll_doors.why_not(session, poll):
        raise ConflictError(reason)
    if not 0 < count <= AT_ONCE:
        raise BadInputError(f"券の枚数は、1から{AT_ONCE}までの数で入れてください。")
    if made_of(session, poll)[0] + count > MOST:
        raise BadInputError(f"1つのアンケートの券は、全部で{MOST}枚までです。")
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(count)]
    common = {"municipality_id": poll.municipality_id, "poll_id": poll.id, "used": False}
    # In the order of the hashes, which is none: the heap of PostgreSQL keeps the order of the rows.
    hashes = sorted(_hash(poll.municipality_id, code) for code in codes)
    session.execute(insert(PollTicket), [{"code_hash": one, **common} for one in hashes])
    audit.record(session, poll.municipality_id, actor, "poll.tickets", f"poll:{poll.id}", now, {"count": count})
    return codes


def made_of(session: Session, poll: Poll) -> tuple[int, int]:
    """How many tickets a poll has, and how many of them were used (all, once it is closed)."""
    query = select(func.count(), func.count().filter(PollTicket.used)).where(
        PollTicket.poll_id == poll.id, PollTicket.municipality_id == poll.municipality_id
    )
    made, used = session.execute(query).one()
    return made, used


def known(session: Session, poll: Poll, codes: Iterable[str]) -> list[str]:
    """Those of the codes that are tickets of this poll, in their order."""
    hashes = {code: _hash(poll.municipality_id, code) for code in codes}
    query = select(PollTicket.code_hash).where(PollTicket.poll_id == poll.id)
    there = set(session.scalars(query.where(PollTicket.code_hash.in_(hashes.values()))))
    return [code for code, one in hashes.items() if one in there]


def find(session: Session, municipality: str, typed: str) -> Found | None:
    """The poll that a code answers; None for a forged one and one of another municipality."""
    query = (
        select(Poll, PollTicket.used)
        .join(PollTicket, PollTicket.poll_id == Poll.id)
        .where(PollTicket.code_hash == _hash(municipality, typed), PollTicket.municipality_id == municipality)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else Found(*found)


def use(session: Session, found: Found, typed: str, box: BallotBox, sheet: Sheet, now: datetime) -> bool:
    """Put the ballot of a ticket into the box; False when it was used meanwhile, or the poll takes no more."""
    poll = polls.locked(session, found.poll.municipality_id, found.poll.id)
    if poll is None or not polls.is_open(poll, now):
        return False
    taken = session.execute(
        update(PollTicket)
        .where(PollTicket.code_hash == _hash(poll.municipality_id, typed), PollTicket.used.is_(False))
        .values(used=True)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return False
    size = ballots.size_of(polls.items_of(session, poll))
    return ballots.put_in(session, poll, box, secrets.token_hex(16), sheet, size)


def shown(code: str) -> str:
    """As it is printed: in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def url(public_url: str, municipality: str, code: str) -> str:
    """Where a ticket is used."""
    return f"{public_url}m/{municipality}/poll/{code}"


def plain(typed: str) -> str:
    """A code however it was typed: spaces, hyphens and case do not count; O is 0, I and L are 1."""
    letters = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    return letters.translate(str.maketrans("OIL", "011"))[: LENGTH + 1]


def _hash(municipality: str, typed: str) -> str:
    return hashlib.sha256(f"{municipality}/{plain(typed)}".encode()).hexdigest()
