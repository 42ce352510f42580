"""Listening: whether statements are taken now, who looks at them and by when; election days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotAllowedError, NotFoundError
from bot.models import ElectionPeriod, Listening, Resident, ResidentDistrict, RoundTable, Statement
from bot.now import jst
from bot.services import audit

PROMISE_HOURS = 48
MOST_HOURS = 24 * 14

Closed = Literal["closed", "election", "late"]


@dataclass(frozen=True)
class Terms:
    """How statements are taken in a round, or on any day (`round_id` None)."""

    round_id: int | None
    moderator_id: int | None = None
    promise_hours: int = PROMISE_HOURS


def find(session: Session, municipality: str, round_id: int | None) -> Listening | None:
    """The row of a round (None: of any day), when somebody has set something or votes were opened."""
    query = select(Listening).where(
        Listening.municipality_id == municipality, _round(Listening.round_table_id, round_id)
    )
    return session.scalar(query)


def terms(session: Session, municipality: str, round_id: int | None) -> Terms:
    """What counts for a round; where nothing was set, what counts on any day, else the defaults."""
    row = find(session, municipality, round_id) or find(session, municipality, None)
    return Terms(round_id, row.moderator_id, row.promise_hours) if row else Terms(round_id)


def set_terms(session: Session, municipality: str, actor: Actor, wanted: Terms, now: datetime) -> Listening:
    """Name the moderator and the promised hours. Raises NotAllowedError, BadInputError or NotFoundError."""
    round_ = round_of(session, municipality, wanted.round_id) if wanted.round_id is not None else None
    districts = (round_.district_id,) if round_ else ()
    if not actor.may("statement.settings", municipality, jst(now).date(), districts):
        raise NotAllowedError("声の受付の決まりを変えられるのは、その地区の座長と市の担当です。")
    if not 1 <= wanted.promise_hours <= MOST_HOURS:
        raise BadInputError(f"確認の約束は、1時間から{MOST_HOURS}時間のあいだで入れてください。")
    row = ensure(session, municipality, wanted.round_id)
    row.moderator_id, row.promise_hours = wanted.moderator_id, wanted.promise_hours
    what = {"round": wanted.round_id, "moderator": wanted.moderator_id, "hours": wanted.promise_hours}
    audit.record(session, municipality, actor, "listening.change", f"round_table:{wanted.round_id}", now, what)
    return row


def ensure(session: Session, municipality: str, round_id: int | None) -> Listening:
    """The row of a round, made when there is none; a new one takes over what counts on any day."""
    row = find(session, municipality, round_id)
    if row is None:
        known = terms(session, municipality, round_id)
        row = Listening(
            municipality_id=municipality,
            round_table_id=round_id,
            moderator_id=known.moderator_id,
            promise_hours=known.promise_hours,
        )
        session.add(row)
        session.flush()
    return row


def round_of(session: Session, municipality: str, round_id: int) -> RoundTable:
    """A round of this municipality. Raises NotFoundError."""
    row = session.scalar(
        select(RoundTable).where(RoundTable.id == round_id, RoundTable.municipality_id == municipality)
    )
    if row is None:
        raise NotFoundError("その回は見つかりません。")
    return row


def is_open(round_: RoundTable, now: datetime) -> bool:
    """Whether a round listens at this moment, also when the clock's tick is late."""
    return round_.state == "listening" and round_.opens_at <= now < round_.closes_at


def rounds_for(session: Session, resident: Resident, now: datetime) -> list[RoundTable]:
    """The rounds of a resident's districts that listen now, the one that closes first at the head."""
    interest = select(ResidentDistrict.district_id).where(ResidentDistrict.resident_id == resident.id)
    query = select(RoundTable).where(
        RoundTable.municipality_id == resident.municipality_id,
        RoundTable.state == "listening",
        RoundTable.opens_at <= now,
        RoundTable.closes_at > now,
        or_(RoundTable.district_id == resident.home_district_id, RoundTable.district_id.in_(interest)),
    )
    return list(session.scalars(query.order_by(RoundTable.closes_at, RoundTable.id)))


def closed(
    session: Session, municipality: str, round_id: int | None, district_id: int | None, now: datetime
) -> Closed | None:
    """Why no statement is taken now: the round is over, an election, or those who look have fallen behind."""
    if election(session, municipality, jst(now).date()) is not None:
        return "election"
    if round_id is not None:
        round_ = session.scalar(
            select(RoundTable).where(RoundTable.id == round_id, RoundTable.municipality_id == municipality)
        )
        if round_ is None or not round_.takes_statements or not is_open(round_, now):
            return "closed"
    return "late" if late(session, municipality, round_id, district_id, now) else None


def late(session: Session, municipality: str, round_id: int | None, district_id: int | None, now: datetime) -> bool:
    """Whether a statement waits past the promise where this one would go: a round, or a district's any-day voices."""
    place = _round(Statement.district_id, district_id) if round_id is None else Statement.id.is_not(None)
    query = select(func.count()).where(
        Statement.municipality_id == municipality,
        Statement.state == "waiting",
        _round(Statement.round_table_id, round_id),
        place,
        Statement.due_at < now,
    )
    return bool(session.scalar(query))


def election(session: Session, municipality: str, day: date) -> ElectionPeriod | None:
    """The election period that a day lies in."""
    query = select(ElectionPeriod).where(
        ElectionPeriod.municipality_id == municipality,
        ElectionPeriod.first_day <= day,
        ElectionPeriod.last_day >= day,
    )
    return session.scalars(query.order_by(ElectionPeriod.last_day.desc())).first()


def elections(session: Session, municipality: str) -> list[ElectionPeriod]:
    """All election periods, the latest first."""
    query = select(ElectionPeriod).where(ElectionPeriod.municipality_id == municipality)
    return list(session.scalars(query.order_by(ElectionPeriod.first_day.desc())))


def add_election(
    session: Session, municipality: str, actor: Actor, name: str, days: tuple[date, date], now: datetime
) -> ElectionPeriod:
    """Set an election period (both days included). Raises NotAllowedError or BadInputError."""
    _may_set_elections(actor, municipality, now)
    if not name.strip() or len(name) > 60:
        raise BadInputError("選挙の名前を、60文字までで入れてください。")
    if days[1] < days[0]:
        raise BadInputError("終わりの日は、始まりの日よりあとにしてください。")
    row = ElectionPeriod(municipality_id=municipality, name=name.strip(), first_day=days[0], last_day=days[1])
    session.add(row)
    session.flush()
    audit.record(session, municipality, actor, "election.add", f"election:{row.id}", now)
    return row


def remove_election(session: Session, municipality: str, actor: Actor, election_id: int, now: datetime) -> None:
    """Take an election period away. Raises NotAllowedError or NotFoundError."""
    _may_set_elections(actor, municipality, now)
    row = session.get(ElectionPeriod, election_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その選挙の期間は見つかりません。")
    session.delete(row)
    audit.record(session, municipality, actor, "election.remove", f"election:{election_id}", now)


def _may_set_elections(actor: Actor, municipality: str, now: datetime) -> None:
    if not actor.may("election.write", municipality, jst(now).date(), ()):
        raise NotAllowedError("選挙の期間を決められるのは、市の担当だけです。")


def _round(column: object, value: int | None) -> ColumnElement[bool]:
    """Equality that also holds for nothing."""
    found: ColumnElement[bool] = column.is_(None) if value is None else column == value  # type: ignore[attr-defined, assignment]
    return found
