"""Statements: given in chat or entered by staff, found again, withdrawn. Moderation is bot.services.moderation's,
votes are bot.services.statement_votes', whom to tell is bot.services.statement_links'.

What the caller does before its transaction: `key = statement_keys.of_today(context.keystore, municipality, now)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.core import statement_rules as rules
from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.errors import BadInputError, NotAllowedError, NotFoundError
from bot.models import ModerationAct, Resident, Response, Statement, StatementQuota, StatementUnsend
from bot.now import jst
from bot.services import audit, erasing, listening, statement_links, voice_pauses
from bot.services.statement_keys import KEPT_DAYS, DayKey

SHOWN: tuple[str, ...] = ("approved",)
NEWEST = 200  # statements that a new one is compared with

Result = Literal["given", "held", "too_many", "closed", "election", "late", "paused"]


@dataclass(frozen=True)
class Voice:
    """What a resident gives: `text` as `rules.look` keeps it; `message_ids` are LINE's, for `unsend`."""

    text: str = field(repr=False)
    line_id: str = field(repr=False)
    round_id: int | None = None
    wants_answer: bool = False
    message_ids: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Given:
    """What became of it; `statement` None unless it was taken."""

    result: Result
    statement: Statement | None = None


@dataclass(frozen=True)
class Entered:
    """What staff enter for somebody who said it elsewhere (`door`), or themselves to begin with (`seed`)."""

    text: str
    door: str
    round_id: int | None = None
    district_id: int | None = None
    seed: bool = False


def give(session: Session, key: DayKey, sealer: Sealer, resident: Resident, voice: Voice, now: datetime) -> Given:
    """Take a resident's statement; it waits for the moderator. Only a sealed link, if wanted, names the writer."""
    municipality = resident.municipality_id
    district = _district(session, municipality, voice.round_id, resident.home_district_id)
    why = listening.closed(session, municipality, voice.round_id, district, now)
    if why is not None:
        return Given(why)
    if voice_pauses.of(session, resident, now) is not None:
        return Given("paused")
    if not _within_limit(session, key, voice.line_id):
        return Given("too_many")
    held = rules.look(voice.text).kind == "election"
    terms = listening.terms(session, municipality, voice.round_id)
    row = Statement(
        municipality_id=municipality,
        round_table_id=voice.round_id,
        district_id=district,
        held_for="election" if held else None,
        text=voice.text,
        due_at=rules.due(now, terms.promise_hours),
    )
    session.add(row)
    session.flush()
    if voice.wants_answer:
        statement_links.link(session, sealer, row, resident)
    for message_id in voice.message_ids:
        session.merge(
            StatementUnsend(tag=key.tag(message_id), municipality_id=municipality, statement_id=row.id, day=key.day)
        )
    return Given("held" if held else "given", row)


def join(session: Session, key: DayKey, resident: Resident, line_id: str, statement_id: int, now: datetime) -> Given:
    """Say the same as a statement that is already there, instead of sending it again: one voice more for it."""
    row = find(session, resident.municipality_id, statement_id, lock=True)
    row = shown_instead(session, row) if row else None
    if row is None:
        return Given("closed")
    why = listening.closed(session, row.municipality_id, row.round_table_id, row.district_id, now)
    if why in ("closed", "election"):
        return Given(why)
    if not _within_limit(session, key, line_id):
        return Given("too_many")
    row.voices += 1
    return Given("given", row)


def enter(session: Session, municipality: str, actor: Actor, entry: Entered, now: datetime) -> Statement:
    """Write down what was said on paper, by telephone, at the desk or in the room: of equal standing, shown at once.

    Raises NotAllowedError, or BadInputError that says what to mend.
    """
    round_ = listening.round_of(session, municipality, entry.round_id) if entry.round_id is not None else None
    district = round_.district_id if round_ else entry.district_id
    places = () if district is None else (district,)
    if not actor.may("statement.enter", municipality, jst(now).date(), places):
        raise NotAllowedError("この地区の声を入力する役割がありません。")
    if entry.door not in rules.DOORS or (entry.door == "line" and not entry.seed):
        raise BadInputError("どの入口で受けた声かを選んでください。")
    text = checked(entry.text)
    row = Statement(
        municipality_id=municipality,
        number=next_number(session, municipality),
        round_table_id=entry.round_id,
        district_id=district,
        state="approved",
        door=entry.door,
        seed=entry.seed,
        text=text,
    )
    session.add(row)
    session.flush()
    note(session, row, actor, "seed" if entry.seed else "enter", now)
    return row


def checked(text: str) -> str:
    """A text written by staff, as it may be kept. Raises BadInputError that says what to mend."""
    seen = rules.look(text)
    match seen.kind:
        case "empty":
            raise BadInputError("声を入れてください。")
        case "long":
            over = seen.length - rules.MOST_CHARS
            raise BadInputError(f"声は{rules.MOST_CHARS}字までです(いま{seen.length}字)。{over}字減らしてください。")
        case "masked":
            raise BadInputError(f"名前や電話番号、住所が入っています。除いてから入れてください: {seen.text}")
    return seen.text


def note(
    session: Session,
    row: Statement,
    actor: Actor,
    act: str,
    now: datetime,
    *,
    reason: str = "",
    into: int | None = None,
    before: str | None = None,
) -> None:
    """One row of the moderation log, and one of the audit."""
    session.add(
        ModerationAct(
            municipality_id=row.municipality_id, statement_id=row.id, at=now, actor_id=actor.id, actor=actor.name[:60],
            act=act, reason=reason, into_id=into, before=before,
        )
    )  # fmt: skip
    audit.record(
        session, row.municipality_id, actor, f"statement.{act}", f"statement:{row.id}", now, {"reason": reason}
    )


def next_number(session: Session, municipality: str) -> int:
    """The number of the next statement that is shown."""
    query = select(func.max(Statement.number)).where(Statement.municipality_id == municipality)
    return (session.scalar(query) or 0) + 1


def find(session: Session, municipality: str, statement_id: int, *, lock: bool = False) -> Statement | None:
    """A statement of this municipality; `lock` holds its row until the commit."""
    query = select(Statement).where(Statement.id == statement_id, Statement.municipality_id == municipality)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def get(session: Session, municipality: str, statement_id: int, *, lock: bool = False) -> Statement:
    """A statement of this municipality. Raises NotFoundError."""
    row = find(session, municipality, statement_id, lock=lock)
    if row is None:
        raise NotFoundError("その声は見つかりません。")
    return row


def shown_instead(session: Session, row: Statement) -> Statement | None:
    """The statement that stands for this one now: itself, or what it was merged into; None when nothing is shown."""
    seen: set[int] = set()
    while row.state == "merged" and row.merged_into_id is not None and row.id not in seen:
        seen.add(row.id)
        into = session.get(Statement, row.merged_into_id)
        if into is None or into.municipality_id != row.municipality_id:
            return None
        row = into
    return row if row.state in SHOWN else None


def of_round(session: Session, municipality: str, round_id: int, states: Iterable[str] = SHOWN) -> list[Statement]:
    """A round's statements, by their numbers; what waits (no number yet) in no meaningful order last."""
    return _listed(session, municipality, states, Statement.round_table_id == round_id)


def of_matter(session: Session, municipality: str, matter_id: int) -> list[Statement]:
    """The shown statements of a matter, by their numbers."""
    return _listed(session, municipality, SHOWN, Statement.matter_id == matter_id)


def any_day(session: Session, municipality: str, district_id: int | None) -> list[Statement]:
    """The shown statements of a district that were given without a theme and belong to no matter yet."""
    place = Statement.district_id.is_(None) if district_id is None else Statement.district_id == district_id
    free = Statement.round_table_id.is_(None) & Statement.matter_id.is_(None)
    return _listed(session, municipality, SHOWN, free & place)


def _listed(session: Session, municipality: str, states: Iterable[str], where: ColumnElement[bool]) -> list[Statement]:
    query = select(Statement).where(
        Statement.municipality_id == municipality, Statement.state.in_(tuple(states)), where
    )
    return list(session.scalars(query.order_by(Statement.number.is_(None), Statement.number, Statement.id)))


def put_under_matter(session: Session, municipality: str, statement_ids: Sequence[int], matter_id: int | None) -> int:
    """Put statements under a matter (None: take them out). Returns how many; the caller has checked the right."""
    query = select(Statement).where(Statement.municipality_id == municipality, Statement.id.in_(statement_ids))
    rows = session.scalars(query).all()
    for row in rows:
        row.matter_id = matter_id
    return len(rows)


def like(session: Session, resident: Resident, round_id: int | None, text: str) -> list[Statement]:
    """Statements that are shown already and say nearly the same, the most alike first; at most three."""
    if round_id is not None:
        found = of_round(session, resident.municipality_id, round_id)
    else:
        found = any_day(session, resident.municipality_id, resident.home_district_id)
    by_id: Mapping[int, Statement] = {row.id: row for row in found[-NEWEST:]}
    return [by_id[key] for key in rules.similar(text, {key: row.text for key, row in by_id.items()})]


def withdraw(session: Session, municipality: str, statement_id: int) -> str | None:
    """Its writer takes a statement back: the words go, a shown one's votes stay. Gives the state before, None if gone.

    No log names the moment: a withdrawal is a message of LINE, and those have times.
    """
    row = find(session, municipality, statement_id, lock=True)
    if row is None or row.state in ("withdrawn", "hidden"):
        return None
    before = row.state
    row.state = "hidden" if before in ("approved", "merged") else "withdrawn"
    row.text, row.due_at = "", None
    statement_links.erase(session, [row.id])
    return before


def unsend(session: Session, municipality: str, keys: Sequence[DayKey], message_id: str) -> str | None:
    """LINE's `unsend`: withdraw what was made of that message. Returns the state before, None when nothing was."""
    tags = [key.tag(message_id) for key in keys]
    query = select(StatementUnsend).where(
        StatementUnsend.municipality_id == municipality, StatementUnsend.tag.in_(tags)
    )
    row = session.scalar(query)
    if row is None:
        return None
    session.delete(row)
    return withdraw(session, municipality, row.statement_id)


def forget(session: Session, now: datetime) -> int:
    """Tags and daily counts whose keys are gone: nobody can use them any more. For retention; at most 1,000 rows."""
    day = jst(now).date() - timedelta(days=KEPT_DAYS)
    old: list[StatementUnsend | StatementQuota] = [
        *session.scalars(select(StatementUnsend).where(StatementUnsend.day < day).limit(500)),
        *session.scalars(select(StatementQuota).where(StatementQuota.day < day).limit(500)),
    ]
    for row in old:
        session.delete(row)
        erasing.note(session, row.municipality_id)
    return len(old)


def answer_to(session: Session, row: Statement) -> Response | None:
    """The newest published response to the matter that a statement, or what it was merged into, belongs to."""
    shown = shown_instead(session, row)
    if shown is None or shown.matter_id is None:
        return None
    query = select(Response).where(
        Response.municipality_id == row.municipality_id,
        Response.matter_id == shown.matter_id,
        Response.state == "published",
    )
    return session.scalars(query.order_by(Response.published_at.desc(), Response.id.desc())).first()


def _district(session: Session, municipality: str, round_id: int | None, home: int | None) -> int | None:
    if round_id is None:
        return home
    return listening.round_of(session, municipality, round_id).district_id


def _within_limit(session: Session, key: DayKey, line_id: str) -> bool:
    """Count one more statement of this account today; False when it has given enough."""
    name = key.giver(line_id)
    row = session.get(StatementQuota, name)
    if row is None:
        session.add(StatementQuota(name=name, municipality_id=key.municipality, day=key.day))
        return True
    if row.count >= rules.A_DAY:
        return False
    row.count += 1
    return True
