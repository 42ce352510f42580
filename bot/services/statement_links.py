"""Whom to tell what became of a statement: a sealed link, where its writer wanted one. Read to send, shown nowhere.

What goes out is added to the outbox here, so that no other part of the house holds a writer beside a statement for
longer than it takes to write the message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from bot.core.round_table_rules import FINAL
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.line.render import Message
from bot.models import ModerationAct, Resident, RoundParticipation, RoundTable, Statement, StatementLink
from bot.models.poll import random_id
from bot.services import erasing, outbox, voice_pauses
from bot.services.outbox import At

ID_DIGITS = 19
LINK_KEPT = timedelta(days=365)

Words = Callable[[Statement, Resident], Sequence[Message]]


def link(session: Session, sealer: Sealer, row: Statement, resident: Resident) -> None:
    """Keep whom to tell. In a round it also counts as having taken part."""
    sealed = sealer.seal(_name(sealer, resident), _context(row.municipality_id, row.id))
    session.add(StatementLink(statement_id=row.id, municipality_id=row.municipality_id, sealed=sealed))
    if row.round_table_id is not None:
        took_part(session, row.municipality_id, row.round_table_id, resident.id)


def took_part(session: Session, municipality: str, round_id: int, resident_id: int) -> None:
    """Note that a resident took part in a round. Idempotent."""
    query = select(RoundParticipation.id).where(
        RoundParticipation.round_table_id == round_id, RoundParticipation.resident_id == resident_id
    )
    if session.scalar(query) is None:
        part = {"id": random_id(), "municipality_id": municipality, "round_table_id": round_id}
        session.execute(insert(RoundParticipation).values(**part, resident_id=resident_id))


def participants(session: Session, municipality: str, round_id: int) -> set[int]:
    """Residents' ids that took part by a vote on others' words or by a voice that wants an answer."""
    query = select(RoundParticipation.resident_id).where(
        RoundParticipation.municipality_id == municipality, RoundParticipation.round_table_id == round_id
    )
    return set(session.scalars(query))


def writers(
    session: Session, sealer: Sealer, municipality: str, rows: Iterable[Statement]
) -> list[tuple[Statement, Resident]]:
    """Who is to be told about these statements, active residents only. For sending: keep nothing of it."""
    found = []
    for row in rows:
        resident = _writer(session, sealer, row) if row.municipality_id == municipality else None
        if resident is not None:
            found.append((row, resident))
    return found


def tell(session: Session, sealer: Sealer, row: Statement, words: Words, at: At) -> bool:
    """Put the news of a statement into the outbox for its writer; False when nobody is to be told."""
    resident = _writer(session, sealer, row)
    if resident is None:
        return False
    to = outbox.Recipient(row.municipality_id, resident.id)
    outbox.add(session, sealer, to, words(row, resident), "receipt", at)
    return True


def count_refusal(session: Session, sealer: Sealer, row: Statement, now: datetime) -> voice_pauses.Pause | None:
    """A refusal because it hurts somebody counts towards a pause of its writer, who is known here only."""
    resident = _writer(session, sealer, row)
    return voice_pauses.count(session, resident, now) if resident is not None else None


def erase(session: Session, statement_ids: Sequence[int]) -> None:
    """Forget whom to tell: after the last follow-up, or when the writer took the statement back."""
    session.execute(delete(StatementLink).where(StatementLink.statement_id.in_(statement_ids)))


def forget(session: Session, sealer: Sealer, resident: Resident) -> int:
    """Erase a resident's links; for erasure. Every link of the municipality is opened: nothing else finds them."""
    found = _of(session, sealer, resident)
    for held in found:
        session.delete(held)
    return len(found)


def count_of(session: Session, sealer: Sealer, resident: Resident) -> int:
    """How many statements a resident wants an answer to; for the resident's own list of what is held."""
    return len(_of(session, sealer, resident))


def reseal(session: Session, sealer: Sealer) -> int:
    """Seal anew under the newest key what was sealed under an older one. Returns how many."""
    old = [held for held in session.scalars(select(StatementLink)) if sealer.version_of(held.sealed) != sealer.current]
    for held in old:
        context = _context(held.municipality_id, held.statement_id)
        held.sealed = sealer.seal(sealer.open(held.sealed, context), context)
    return len(old)


def erase_of_round(session: Session, municipality: str, round_id: int) -> None:
    """After a round's last follow-up: its links, and who took part by voting."""
    of_round = select(Statement.id).where(
        Statement.municipality_id == municipality, Statement.round_table_id == round_id
    )
    session.execute(delete(StatementLink).where(StatementLink.statement_id.in_(of_round)))
    session.execute(
        delete(RoundParticipation).where(
            RoundParticipation.municipality_id == municipality, RoundParticipation.round_table_id == round_id
        )
    )


def drop_old(session: Session, now: datetime) -> int:
    """Erase links whose work is done: the round was followed up or called off; without one, a year after approval."""
    over = select(RoundTable.id).where(RoundTable.state.in_(FINAL))
    approved = select(ModerationAct.statement_id).where(
        ModerationAct.act.in_(("approve", "merge")), ModerationAct.at < now - LINK_KEPT
    )
    done = select(Statement.id).where(
        or_(
            Statement.round_table_id.in_(over),
            Statement.id.in_(approved) & Statement.round_table_id.is_(None),
        )
    )
    return erasing.carry_out(session, delete(StatementLink).where(StatementLink.statement_id.in_(done)))


def _writer(session: Session, sealer: Sealer, row: Statement) -> Resident | None:
    held = session.get(StatementLink, row.id)
    if held is None:
        return None
    name = _opened(sealer, held)
    if name is None:
        return None
    resident = session.get(Resident, int(name[:ID_DIGITS]))
    if resident is None or resident.municipality_id != row.municipality_id or resident.state != "active":
        return None
    return resident if _name(sealer, resident) == name else None


def _of(session: Session, sealer: Sealer, resident: Resident) -> list[StatementLink]:
    mine = _name(sealer, resident)
    query = select(StatementLink).where(StatementLink.municipality_id == resident.municipality_id)
    return [held for held in session.scalars(query) if _opened(sealer, held) == mine]


def _name(sealer: Sealer, resident: Resident) -> bytes:
    """A resident's id, and a digest of the LINE id: an erased resident's row number may be given out again."""
    line_id = sealer.open_id(resident.line_id, resident.municipality_id)
    return str(resident.id).zfill(ID_DIGITS).encode() + hashlib.sha256(line_id.encode()).digest()


def _opened(sealer: Sealer, held: StatementLink) -> bytes | None:
    try:
        return sealer.open(held.sealed, _context(held.municipality_id, held.statement_id))
    except BadInputError:  # sealed under a key that is gone: nobody can be told any more
        return None


def _context(municipality: str, statement_id: int) -> str:
    return f"statement.link/{municipality}/{statement_id}"
