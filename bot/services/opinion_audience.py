"""Who took part in a round's votes and voices, in numbers: by day while it listens, by home district at close.

What is stored may be shown to everybody: a step of fewer than five people waits for the next day, a district with
fewer joins others. Age is never asked, so nothing is known of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import profiles
from bot.core.opinion_statistics import wilson
from bot.core.small_numbers import LEAST, REST, merge
from bot.models import District, Entry, Listening, Resident, RoundAudience, RoundParticipation
from bot.now import jst
from bot.services.context import Context
from content.packs_model import District as Area
from content.packs_model import Entry as Table
from content.packs_model import Source

NOWHERE = "0"  # people who chose no district
NAMES = {REST: "そのほかの地区", NOWHERE: "地区を選んでいない人"}
Days = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Share:
    """One district: people who took part, their share, and the district's share of the population (0 to 1)."""

    name: str
    people: int
    share: float
    of_population: float | None


@dataclass(frozen=True)
class Bias:
    """How those who took part differ from the population; `words` are plain sentences, one for each difference."""

    shares: tuple[Share, ...]
    words: tuple[str, ...]

    @property
    def compared(self) -> bool:
        """Whether the pack's table has the population of every district."""
        return any(one.of_population is not None for one in self.shares)

    @property
    def people(self) -> int:
        """n, of what is shown."""
        return sum(one.people for one in self.shares)


def keep(context: Context, now: datetime) -> int:
    """One tick: note the day of open rounds, end the counting of closed ones. Returns how many rows changed."""
    with context.database.read() as session:
        query = select(Listening.municipality_id, Listening.round_table_id, Listening.votes_state).outerjoin(
            RoundAudience, RoundAudience.round_table_id == Listening.round_table_id
        )
        due = (Listening.votes_state == "open") | (
            Listening.votes_state.in_(("closed", "lost")) & RoundAudience.districts.is_(None)
        )
        rows = session.execute(query.where(due, Listening.round_table_id.is_not(None))).all()
    changed = 0
    for municipality, round_id, state in rows:
        assert round_id is not None
        with context.database.write() as session:
            changed += _note(session, municipality, round_id, jst(now).date(), over=state != "open")
    return changed


def _note(session: Session, municipality: str, round_id: int, today: date, *, over: bool) -> bool:
    row = session.get(RoundAudience, round_id)
    if row is None:
        row = RoundAudience(round_table_id=round_id, municipality_id=municipality, days=[], districts=None)
    elif row.districts is not None:
        return False
    homes = _homes(session, municipality, round_id)
    people = sum(homes.values())
    days = ended(row.days, today, people) if over else noted(row.days, today, people)
    if days == row.days and not over:
        return False
    row.days = days
    if over:
        row.districts = merge(homes)
    session.add(row)
    return True


def noted(days: Days, today: date, people: int) -> list[list[Any]]:
    """The days with today's, if at least five more have taken part than until the last day that is noted."""
    earlier = [list(one) for one in days if one[0] != today.isoformat()]
    before = earlier[-1][1] if earlier else 0
    return [*earlier, [today.isoformat(), people]] if people - before >= LEAST else [list(one) for one in days]


def ended(days: Days, today: date, people: int) -> list[list[Any]]:
    """The days with all who took part: fewer than five more at the end join the last step."""
    found = noted(days, today, people)
    if not found or found[-1][1] == people:
        return found
    return noted(found[:-1], today, people)


def _homes(session: Session, municipality: str, round_id: int) -> Counter[str]:
    query = (
        select(Resident.home_district_id, func.count())
        .join(RoundParticipation, RoundParticipation.resident_id == Resident.id)
        .where(RoundParticipation.municipality_id == municipality, RoundParticipation.round_table_id == round_id)
        .group_by(Resident.home_district_id)
    )
    return Counter({str(home or NOWHERE): count for home, count in session.execute(query)})


def of_round(session: Session, municipality: str, round_id: int) -> RoundAudience | None:
    """What is stored of a round once its votes are closed; None before."""
    row = session.get(RoundAudience, round_id)
    return row if row is not None and row.municipality_id == municipality and row.districts is not None else None


def bias(session: Session, municipality: str, people: Mapping[str, int]) -> Bias:
    """Those who took part ({district's id: people}, "" the others) beside the population table of the pack.

    Shares of the population are None unless the table has every district: a part cannot be compared with a whole.
    """
    query = select(District).where(District.municipality_id == municipality).order_by(District.id)
    districts = {str(one.id): one for one in session.scalars(query)}
    population = _population(session, municipality, districts.values())
    whole = all(one.key in population for one in districts.values())
    total, everybody = sum(people.values()), sum(population.get(one.key, 0) for one in districts.values())
    shares = []
    for name, count in sorted(people.items(), key=lambda one: (one[0] == REST, -one[1], one[0])):
        district = districts.get(name)
        known = population[district.key] / everybody if district is not None and whole and everybody else None
        shares.append(
            Share(district.name if district else NAMES.get(name, "前の地区"), count, count / (total or 1), known)
        )
    return Bias(tuple(shares), tuple(words for one in shares if (words := _difference(one, total))))


def interval(one: Share, people: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of all who are shown."""
    return wilson(one.people, people)


def _difference(one: Share, total: int) -> str:
    """A sentence where the share is further from the population's than chance explains (Wilson, 95 %)."""
    if one.of_population is None:
        return ""
    low, high = interval(one, total)
    if low <= one.of_population <= high:
        return ""
    more = "多め" if one.of_population < low else "少なめ"
    return f"{one.name}の人が{more}です: 参加した人の{one.share:.0%}、人口では{one.of_population:.0%}。"


def _population(session: Session, municipality: str, districts: Iterable[District]) -> dict[str, int]:
    """People by district's key, the newest survey of each (bot.core.profiles)."""
    query = select(Entry).where(
        Entry.municipality_id == municipality, Entry.kind == "population", Entry.published.is_(True)
    )
    tables = [
        Table(
            row.key, "population", row.title, "", Source(""), districts=tuple(row.data.get("districts") or ()),
            extra=row.data.get("extra") or {},
        )
        for row in session.scalars(query)
    ]  # fmt: skip
    places = (Area(row.key, row.name, row.kana, "", "") for row in districts)
    found = {place.id: profiles.of_district(place, tables) for place in places}
    return {key: profile.now.total for key, profile in found.items() if profile is not None}
