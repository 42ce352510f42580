"""The audit's chain: sealing what is new, erasing details, checking every seal.

Transactions commit in another order than their rows' ids were given out, so the chain has its own order
(`AuditRow.position`): whatever is committed without a position gets the next one. One sealer at a time: it holds the
chain's row. Until a row is sealed, seconds after its commit, nothing protects it; afterwards any change is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from bot.core.audit_chain import ERASURE, GENESIS, Head, digest_of, new_salt, seal_of, target_of
from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import AuditChain, AuditRow
from bot.services import audit

BATCH: Final = 1000  # rows sealed in one transaction, and read at a time by a check
_HEAD: Final = (
    AuditRow.position, AuditRow.id, AuditRow.municipality_id, AuditRow.at, AuditRow.actor_id, AuditRow.actor,
    AuditRow.action, AuditRow.target,
)  # fmt: skip
_ALL: Final = (*_HEAD, AuditRow.details, AuditRow.salt, AuditRow.digest, AuditRow.seal, AuditRow.erased_at)


@dataclass(frozen=True)
class Noted:
    """A head that was kept outside: the seal, and the number of rows it was written down with (None: unknown)."""

    seal: bytes
    count: int | None = None
    where: str = ""  # how it is called when it does not hold: the day it was logged


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold first. `row_id` None: no row is there."""

    position: int
    row_id: int | None
    why: str  # missing | changed | seal | unsaid | tail | noted


@dataclass(frozen=True)
class Check:
    """What a check of the whole chain found."""

    rows: int  # that hold, from the first on
    erased: int  # among them with erased details
    unsealed: int
    head: bytes
    since: datetime | None  # when the first row was sealed
    broken: Broken | None


# --- sealing -------------------------------------------------------------------------------------


def any_new(session: Session) -> bool:
    """Whether a row waits for its seal."""
    return session.scalar(select(AuditRow.id).where(AuditRow.position.is_(None)).limit(1)) is not None


def chain(session: Session, *, lock: bool = False) -> AuditChain | None:
    """The chain's head; None before anything was sealed."""
    query = select(AuditChain)
    return session.scalar(query.with_for_update() if lock else query)


def seal_new(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Seal up to `limit` rows in the order of their ids; returns how many. The caller commits."""
    row = chain(session, lock=True)
    if row is None:
        row = AuditChain(id=1, count=0, seal=GENESIS, begun_at=now, sealed_at=now)
        session.add(row)
        session.flush()
    waiting = select(*_HEAD, AuditRow.details).where(AuditRow.position.is_(None)).order_by(AuditRow.id).limit(limit)
    sealed: list[dict[str, Any]] = []
    seal = row.seal
    for position, one in enumerate(session.execute(waiting), row.count + 1):
        salt = new_salt()
        digest = digest_of(salt, one.details)
        seal = seal_of(seal, digest, _head(one, position))
        sealed.append({"id": one.id, "position": position, "salt": salt, "digest": digest, "seal": seal})
    if sealed:
        session.execute(update(AuditRow), sealed)
        row.count, row.seal, row.sealed_at = row.count + len(sealed), seal, now
    return len(sealed)


def erase_details(session: Session, row_id: int, actor: Actor, reason: str, now: datetime) -> None:
    """Erase a sealed row's details and their salt; the act stands in the record, with its reason.

    Raises NotFoundError, BadInputError without a reason, ConflictError for a row that is not sealed yet, that was
    erased before, or that is itself an erasure.
    """
    if not reason.strip():
        raise BadInputError("Say why the details are erased; the reason stays in the record.")
    row = session.get(AuditRow, row_id, with_for_update=True)
    if row is None:
        raise NotFoundError(f"There is no row {row_id} in the record.")
    if row.position is None or row.erased_at is not None or row.action == ERASURE:
        raise ConflictError("Only details of a sealed row that is no erasure itself can be erased, once.")
    row.details, row.salt, row.erased_at = {}, None, now
    details = {"reason": reason.strip()[:200]}
    audit.record(session, row.municipality_id, actor, ERASURE, target_of(row_id), now, details)


# --- checking ------------------------------------------------------------------------------------


def check(session: Session, noted: Iterable[Noted] = ()) -> Check:
    """Every seal anew, from the first row; memory does not grow with the rows. `noted` heads must be among them."""
    row = chain(session)
    walk = _Walk(noted)
    for one in _sealed_rows(session):
        walk.step(one)
        if walk.broken:
            break
    if not walk.broken:
        # An erasure's act is sealed some seconds later; until then it is in the record all the same.
        walk.said(
            session.scalars(select(AuditRow.target).where(AuditRow.position.is_(None), AuditRow.action == ERASURE))
        )
    broken = walk.broken or walk.ended(row)
    unsealed = session.scalar(select(func.count()).where(AuditRow.position.is_(None))) or 0
    return Check(walk.rows, walk.erased, unsealed, walk.seal, row.begun_at if row else None, broken)


class _Walk:
    """One pass over the chain. Holds the seal so far, and erasures whose act has not come yet."""

    def __init__(self, noted: Iterable[Noted]) -> None:
        self.rows = self.erased = 0
        self.seal = GENESIS
        self.broken: Broken | None = None
        self._unsaid: dict[str, tuple[int, int]] = {}  # target -> position and id of the erased row
        self._by_count: dict[int, list[Noted]] = {}
        self._anywhere: dict[bytes, Noted] = {}
        for one in noted:
            if one.count is None:
                self._anywhere[one.seal] = one
            else:
                self._by_count.setdefault(one.count, []).append(one)
        self._anywhere.pop(GENESIS, None)

    def step(self, row: Row[Any]) -> None:
        """The next row by position."""
        position = self.rows + 1
        if row.position != position:
            self.broken = Broken(position, None, "missing")
            return
        if row.digest is None or row.seal is None or not self._details_hold(row):
            self.broken = Broken(position, row.id, "changed")
            return
        seal = seal_of(self.seal, row.digest, _head(row, position))
        if seal != row.seal:
            self.broken = Broken(position, row.id, "seal")
            return
        self.rows, self.seal = position, seal
        if row.erased_at is not None:
            self.erased += 1
            self._unsaid[target_of(row.id)] = (position, row.id)
        elif row.action == ERASURE:
            self.said((row.target,))
        self._compare(position, row.id)

    def said(self, targets: Iterable[str]) -> None:
        """These erasures have their act."""
        for target in targets:
            self._unsaid.pop(target, None)

    def ended(self, head: AuditChain | None) -> Broken | None:
        """After the last row: what still does not fit."""
        count, seal = (head.count, head.seal) if head else (0, GENESIS)
        if (count, seal) != (self.rows, self.seal):
            return Broken(self.rows + 1, None, "tail")
        if self._unsaid:
            return Broken(*min(self._unsaid.values()), "unsaid")
        later = [count for count in self._by_count if count > self.rows]
        if later or self._anywhere:
            return Broken(self.rows + 1, None, "noted")
        return None

    def _details_hold(self, row: Row[Any]) -> bool:
        """Erased ones are empty and without salt; all others give their digest again."""
        if row.erased_at is not None:
            return row.salt is None and not row.details
        return row.salt is not None and digest_of(row.salt, row.details) == row.digest

    def _compare(self, position: int, row_id: int) -> None:
        self._anywhere.pop(self.seal, None)
        if any(one.seal != self.seal for one in self._by_count.get(position, ())):
            self.broken = Broken(position, row_id, "noted")


def _sealed_rows(session: Session) -> Iterator[Any]:
    """By position, BATCH at a time."""
    after: int | None = None
    while True:
        query = select(*_ALL).where(AuditRow.position.is_not(None))
        if after is not None:
            query = query.where(AuditRow.position > after)
        found = session.execute(query.order_by(AuditRow.position).limit(BATCH)).all()
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].position


def _head(row: Any, position: int) -> Head:
    return Head(
        position, row.id, row.municipality_id, row.at, row.actor_id, row.actor, row.action, row.target,
    )  # fmt: skip


# --- what is known of the chain ------------------------------------------------------------------


def ask(session: Session, now: datetime) -> None:
    """Have the clock check the chain soon. Raises ConflictError before anything was sealed."""
    row = chain(session, lock=True)
    if row is None:
        raise ConflictError("まだ封をした記録がありません。1分ほど待って、もう一度押してください。")
    row.asked_at = now


def keep_result(session: Session, found: Check, words: str | None, now: datetime) -> None:
    """What the clock's check found, for the pages."""
    row = chain(session, lock=True)
    if row is not None:
        row.checked_at, row.checked_count, row.broken, row.asked_at = now, found.rows, words, None


def keep_logged(session: Session, day: date) -> None:
    """The day's head stands outside."""
    row = chain(session, lock=True)
    if row is not None:
        row.logged_day = day
