"""Whom an announcement goes to, in the form: reading the choices, what there is to choose, reach and cost meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, jsonify, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.round_table_rules import title_of_theme
from bot.core.small_numbers import LEAST
from bot.errors import BadInputError
from bot.models import Announcement, District, NeighbourhoodAssociation, Participation, Poll, Resident, RoundTable
from bot.models.announcement import AUDIENCES, CHOSEN, URGENCIES
from bot.models.resident import HOLDERS, TOPICS
from bot.services import activities, announcement_filters, sign_ups
from bot.services import announcements as service
from bot.services.announcement_filters import (
    HOLDER_NAMES,
    LANGUAGE_NAMES,
    LEAST_WHO_TOOK_PART,
    TOPIC_NAMES,
    UNREADABLE,
    Filters,
    neighbourhood_key,
)
from bot.services.announcement_reach import Whom, count, may_receive, why_not
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.forms import Fields

EVERY_AUDIENCE: Final = (*AUDIENCES, *CHOSEN)
WEEK: Final = 7
DATES_AHEAD: Final = timedelta(days=92)
ROUNDS: Final = 12
# What stands before the number in one choice of "those who took part".
KINDS: Final = {"poll": "polls", "round": "round_tables", "day": "sign_ups"}


@dataclass(frozen=True)
class Offers:
    """What there is to choose for this person: (value, words) each; `neighbourhoods` by district."""

    audiences: tuple[str, ...]
    districts: tuple[District, ...]
    neighbourhoods: tuple[tuple[str, tuple[str, ...]], ...]
    topics: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    posts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def read(fields: Fields, row: Announcement | None = None) -> dict[str, Any]:
    """Audience, districts and filters for a Draft; what is to be mended stands in `fields.errors`.

    A correction (`row`) keeps what is stored, whatever was posted; the service keeps its districts.
    """
    if row is not None and row.corrects_id is not None:
        kept = announcement_filters.stored(row.filters or {})
        return {"audience": row.audience, "filters": kept, "to_groups": row.to_groups}
    allowed = {district.id for district in my_districts("announcement.write")}
    audience = fields.one_of("audience", "届ける範囲", EVERY_AUDIENCE)
    districts = tuple(number for number in fields.numbers("districts") if number in allowed)
    if audience == "city":
        districts = ()
        if not person().may("announcement.write", place().id, ()):
            fields.errors["audience"] = "市全体へ送れるのは、市の担当だけです。地区を選んでください。"
    elif audience != "took_part" and not districts:
        fields.errors["districts"] = "届ける地区を1つ以上選んでください。"
    try:
        chosen = _filters(fields, audience)
    except BadInputError as error:
        fields.errors["part" if audience == "took_part" else "narrow"] = error.message
        chosen = Filters()
    to_groups = bool(fields.value("to_groups"))
    return {"audience": audience, "district_ids": districts, "filters": chosen, "to_groups": to_groups}


def values(row: Announcement) -> dict[str, str | list[str]]:
    """What is stored, as the form's fields."""
    chosen = announcement_filters.stored(row.filters or {})
    part = [f"poll:{one}" for one in chosen.polls] + [f"round:{one}" for one in chosen.round_tables]
    part += [f"day:{key}|{day.isoformat()}" for key, day in chosen.sign_ups]
    return {
        "neighbourhoods": list(chosen.neighbourhoods),
        "topics": list(chosen.topics),
        "languages": list(chosen.languages),
        "posts": list(chosen.posts),
        "untold": "1" if chosen.untold_days else "",
        "to_groups": "1" if row.to_groups else "",
        "part": part,
    }


def offers(db: Session, municipality: str, mine: Sequence[District]) -> Offers:
    """What this person may choose among."""
    whole_city = person().may("announcement.write", municipality, ())
    return Offers(
        audiences=tuple(name for name in EVERY_AUDIENCE if name != "city" or whole_city),
        districts=tuple(mine),
        neighbourhoods=_neighbourhoods(db, municipality, mine),
        topics=tuple((name, TOPIC_NAMES[name]) for name in TOPICS),
        languages=tuple(LANGUAGE_NAMES.items()),
        posts=tuple((name, HOLDER_NAMES[name]) for name in HOLDERS),
        parts=_parts(db, municipality, mine, whole_city=whole_city),
    )


@right("announcement.write")
def reach(municipality: str) -> Response:
    """How many people the choices reach now and what that costs, for the form while it is being filled in."""
    fields = Fields(request.args)
    whom = read(fields)
    if set(fields.errors) & {"audience", "part", "narrow"}:
        raise BadInputError(next(iter(fields.errors.values())))
    urgency = fields.value("urgency") if fields.value("urgency") in URGENCIES else "normal"
    with context().database.read() as db:
        announcement_filters.checked(db, municipality, whom["audience"], whom["filters"])
        if whom["audience"] == "took_part":
            _mine_to_tell(db, municipality, whom["filters"])
        to = Whom(municipality, whom["audience"], whom["district_ids"], whom["filters"])
        found = count(db, to, now())
        left = service.quota(db, municipality, now())
    problem = why_not(to, found.recipients)
    if problem:
        return jsonify({"recipients": None if found.recipients else 0, "problem": problem, "districts": []})
    return jsonify(
        {
            "recipients": found.shown,
            "rough": found.rough,
            "districts": [
                {"name": place().district_name(one), "people": people} for one, people in found.districts.items()
            ],
            "remaining": left.free(urgency),
            "lacks": left.lacks(found.shown, urgency),
            "reserve": left.reserve if urgency == "normal" else 0,
            "problem": None,
        }
    )


def _filters(fields: Fields, audience: str) -> Filters:
    """What narrows the audience; who took part stands alone, whatever else was ticked before."""
    if audience == "took_part":
        kind, _, value = fields.value("part").partition(":")
        if kind not in KINDS or not value:
            raise BadInputError("どの円卓会議・アンケート・行事の人に届けるかを選んでください。")
        return announcement_filters.parse({KINDS[kind]: [_one(kind, value)]})
    chosen: dict[str, Any] = {name: fields.form.getlist(name) for name in ("neighbourhoods", "topics", "languages")}
    if audience == "holders":
        chosen["posts"] = fields.form.getlist("posts")
    if fields.value("untold"):
        chosen["untold_days"] = WEEK
    return announcement_filters.parse({name: value for name, value in chosen.items() if value})


def _one(kind: str, value: str) -> Any:
    if kind == "day":
        key, _, day = value.rpartition("|")
        return [key, day]
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise BadInputError(UNREADABLE)
    return int(value)


def _mine_to_tell(db: Session, municipality: str, chosen: Filters) -> None:
    """How many took part is told to those only who may write to them."""
    districts = tuple(announcement_filters.of_part(db, municipality, chosen))
    if not person().may("announcement.write", municipality, districts):
        raise BadInputError("担当の地区のものではありません。")


def _neighbourhoods(
    db: Session, municipality: str, mine: Sequence[District]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By district: the associations of its 部数表, and names that five residents or more gave, each place once."""
    found: dict[int, dict[str, str]] = {district.id: {} for district in mine}
    association = NeighbourhoodAssociation
    listed = select(association.district_id, association.name).where(
        association.municipality_id == municipality, association.district_id.in_(found)
    )
    for district, name in db.execute(listed.order_by(association.position)):
        found[district].setdefault(neighbourhood_key(name), name)
    named = (
        select(Resident.home_district_id, Resident.neighbourhood, func.count())
        .where(Resident.municipality_id == municipality, Resident.home_district_id.in_(found), may_receive())
        .where(Resident.neighbourhood.is_not(None))
        .group_by(Resident.home_district_id, Resident.neighbourhood)
        .order_by(func.count().desc(), Resident.neighbourhood)
    )
    rows = [(home, name or "", number) for home, name, number in db.execute(named)]
    people: Counter[tuple[int | None, str]] = Counter()
    for home, name, number in rows:
        people[home, neighbourhood_key(name)] += number
    for home, name, _ in rows:
        key = neighbourhood_key(name)
        if home is not None and name and key and people[home, key] >= LEAST:
            found[home].setdefault(key, name)
    return tuple((one.name, tuple(found[one.id].values())) for one in mine if found[one.id])


def _parts(
    db: Session, municipality: str, mine: Sequence[District], *, whole_city: bool
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Rounds, polls and dates of activities whose people this person may write to; small ones are left out."""
    ids = {district.id for district in mine}
    rounds = db.scalars(
        select(RoundTable)
        .where(RoundTable.municipality_id == municipality, RoundTable.district_id.in_(ids))
        .where(RoundTable.state.not_in(("planned", "cancelled")))
        .order_by(RoundTable.opens_at.desc())
        .limit(ROUNDS)
    ).all()
    groups = (
        ("円卓会議に参加した人", tuple((f"round:{row.id}", title_of_theme(row.theme)) for row in rounds)),
        ("アンケートに答えた人", _polls(db, municipality, ids, whole_city=whole_city)),
        ("行事に申し込んだ人", _dates(db, municipality, mine, whole_city=whole_city)),
    )
    return tuple(group for group in groups if group[1])


def _polls(db: Session, municipality: str, ids: set[int], *, whole_city: bool) -> tuple[tuple[str, str], ...]:
    """Polls of which it is still known who answered (until 30 days after closing), from ten people on."""
    enough = (
        select(Participation.poll_id)
        .where(Participation.municipality_id == municipality)
        .group_by(Participation.poll_id)
        .having(func.count() >= LEAST_WHO_TOOK_PART)
    )
    rows = db.scalars(select(Poll).where(Poll.municipality_id == municipality, Poll.id.in_(enough)))
    found = []
    for poll in rows:
        districts = announcement_filters.of_part(db, municipality, Filters(polls=(poll.id,)))
        if whole_city or (districts and districts <= ids):
            found.append((f"poll:{poll.id}", poll.question))
    return tuple(sorted(found, reverse=True))


def _dates(
    db: Session, municipality: str, mine: Sequence[District], *, whole_city: bool
) -> tuple[tuple[str, str], ...]:
    keys = {district.key for district in mine}
    found = []
    for one in activities.next_dates(db, municipality, now(), 3, DATES_AHEAD):
        day: date = one.occurrence.day
        if sign_ups.offers(one) and (whole_city or (one.entry.districts and set(one.entry.districts) <= keys)):
            found.append((f"day:{one.entry.id}|{day.isoformat()}", f"{day.month}月{day.day}日 {one.entry.title}"))
    return tuple(found)
