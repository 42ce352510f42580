"""The bias meter: who answered, by district and by age, beside the population. For every chart of polls and rounds.

It reads what was kept at close (bot.services.poll_results, bot.services.opinion_audience), which is merged already:
nobody can be told by it. Ages are there only where a poll asked for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import age_bands, bias
from bot.core.bias import NO_TABLE, NOT_A_SHARE, Bias
from bot.core.small_numbers import LEAST, REST
from bot.models import District, Poll, RoundAudience, RoundTable
from bot.services import opinion_audience, poll_doors, population, round_tables
from bot.services.poll_results import NOT_SAID, NOWHERE
from bot.services.population import Population

PLACES = {REST: "そのほかの地区", NOWHERE: "地区の分からない人"}
AGES = {REST: "そのほか(少ない年代、答えなかった人)"}
ONE_PLACE = "地区のかたよりは出しません。聞いた地区が1つか、答えの少ない地区があり、だれかが分かってしまうためです。"
NO_AGES = "年代はたずねていないので、年代のかたよりは分かりません。"
ASKED_ONLY = "年代は、設問に答えた人だけのものです。声に賛成・反対だけをした人には、たずねていません。"
FEW_AGES = "年代は、少ない年代の人が分かってしまうため、出していません。"


@dataclass(frozen=True)
class Meter:
    """The parts that may be shown (地区, 年代), sentences on those that may not, and the source of the population."""

    parts: tuple[Bias, ...]
    notes: tuple[str, ...]
    source: str = ""

    @property
    def lacks_table(self) -> bool:
        """Whether there is something to compare, and no population to compare it with."""
        return any(not one.compared for one in self.parts)

    @property
    def line(self) -> str:
        """All of it in a few sentences, for paper: the findings, or what is not known, and that these are no shares."""
        found = "".join(dict.fromkeys(one.finding for one in self.parts)) or "".join(self.notes)
        return f"答えた人のかたより: {found}{NOT_A_SHARE}"


def of_poll(session: Session, poll: Poll) -> Meter | None:
    """The meter of a closed poll with enough answers; None for any other."""
    kept = poll.tally or {}
    if poll.state != "closed" or not any(one.get("counts") is not None for one in kept.get("items", ())):
        return None
    wanted = poll_doors.districts_of(session, poll)
    people = population.of(session, poll.municipality_id)
    places = _whole(kept.get("districts") or {}, poll.participants)
    return _meter(session, poll.municipality_id, people, wanted, places, _ages(poll))


def of_round(session: Session, row: RoundTable) -> Meter | None:
    """The meter of a round once its votes or its question are counted: who took part, by district; ages of the poll."""
    audience = opinion_audience.of_round(session, row.municipality_id, row.id)
    poll = round_tables.card_of(session, row).poll
    asked = of_poll(session, poll) if poll is not None else None
    if audience is None:
        return asked
    people = population.of(session, row.municipality_id)
    ages = _ages(poll) if poll is not None and poll.state == "closed" else None
    # Whoever took part may live anywhere in the city: the round's own district is compared with all of it.
    found = audience.districts or {}
    meter = _meter(session, row.municipality_id, people, (), found, ages, age_of=(row.district_id,))
    return meter if ages is None else replace(meter, notes=(*meter.notes, ASKED_ONLY))


def places_of(session: Session, municipality: str, audience: RoundAudience | None) -> Bias | None:
    """Who took part in a round by home district, beside the whole city."""
    found = (audience.districts or {}) if audience is not None else {}
    return _places(session, municipality, population.of(session, municipality), (), found)


def _meter(
    session: Session, city: str, people: Population, wanted: Collection[int], places: Mapping[str, int],
    ages: Mapping[str, int] | None, *, age_of: Collection[int] | None = None,
) -> Meter:  # fmt: skip
    parts: list[Bias] = []
    notes: list[str] = []
    by_place = _places(session, city, people, wanted, places)
    if by_place is not None:
        parts.append(by_place)
    else:
        notes.append(ONE_PLACE)
    of_ages = wanted if age_of is None else age_of
    by_age = _by_age(ages or {}, people.ages(of_ages))
    if by_age is not None:
        parts.append(by_age)
    else:
        notes.append(NO_AGES if ages is None else FEW_AGES)
    if silent := (ages or {}).get(NOT_SAID):
        notes.append(f"年代を答えなかった人は{silent}人です。")
    if parts and not any(one.compared for one in parts):
        notes.append(NO_TABLE)
    return Meter(tuple(parts), tuple(dict.fromkeys(notes)), people.source(of_ages or wanted))


def _places(
    session: Session, city: str, people: Population, wanted: Collection[int], found: Mapping[str, int]
) -> Bias | None:
    if len(found) < 2:
        return None
    rows = session.scalars(select(District).where(District.municipality_id == city)).all()
    names = {str(row.id): row.name for row in rows} | PLACES
    known = people.people(wanted or [row.id for row in rows if row.valid_to is None])
    return bias.weigh("地区", bias.largest_first(found), names, known)


def _by_age(found: Mapping[str, int], known: Mapping[str, int]) -> Bias | None:
    said = {key: found[key] for key in sorted(found, key=lambda one: (one == REST, one)) if key != NOT_SAID}
    if not any(key != REST for key in said):
        return None
    names = {str(at): name for at, name in enumerate(age_bands.BANDS)} | AGES
    return bias.weigh("年代", said, names, known)


def _ages(poll: Poll) -> Mapping[str, int] | None:
    """The ages that were kept; None: they were not asked for."""
    return dict((poll.tally or {}).get("ages") or {}) if poll.asks_age else None


def _whole(found: Mapping[str, int], people: int) -> Mapping[str, int]:
    """The table unless it leaves one to four of the poll's people over, as those of the first release could."""
    return {} if 0 < people - sum(found.values()) < LEAST else found
