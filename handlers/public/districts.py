"""A district's page: its centre, its profile (地区カルテ) from the population tables, what takes place and was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from flask import Blueprint, Response, abort
from sqlalchemy import select

from bot.core import profile_charts, profiles
from bot.core.knowledge import Knowledge
from bot.core.profiles import OLD_FROM, VERY_OLD_FROM, WORKING_FROM, Count, Profile
from bot.models import District, Municipality
from bot.now import jst
from bot.services import answers
from bot.services.activities import upcoming
from bot.services.context import Context
from content import organisations
from content.formats.column_words import AGES
from content.packs_model import Entry

Page = Callable[..., Response]
SHOWN_DAYS = timedelta(days=14)


def add(pages: Blueprint, context: Context, page: Page) -> None:
    """Put the pages under /m/<municipality>/districts/<key>."""

    @pages.get("/m/<municipality>/districts/<key>")
    def district(municipality: str, key: str) -> Response:
        with context.database.read() as session:
            city = session.get(Municipality, municipality)
            row = session.scalar(select(District).where(District.municipality_id == municipality, District.key == key))
            if city is None or row is None:
                abort(404)
            stored = answers.read(session, municipality)
            current = select(District.key).where(District.municipality_id == municipality, District.valid_to.is_(None))
            every = session.scalars(current).all()
            end = context.clock() + SHOWN_DAYS
            soon = [one.occurrence for one in upcoming(session, municipality, (key,), context.clock())]
        known = answers.knowledge(stored)
        place = known.district(key)
        if place is None:
            abort(404)
        tables = [entry for entry in known.entries.values() if entry.kind == "population"]
        whole = profiles.of_city((city.name, known.municipality.public_name), tables, every)
        mine = profiles.of_district(place, tables)
        bands = profile_charts.bands(mine.now, whole.now if whole else None) if mine else ()
        return page(
            context,
            "public/district.html",
            city=city,
            district=place,
            desk=next((desk for desk in known.desks.values() if desk.district == key), None),
            profile=mine,
            rows=_rows(mine, whole),
            ages=_ages(mine.now) if mine else (),
            bands=bands,
            age_picture=profile_charts.ages(bands, place.name, city.name),
            people_picture=profile_charts.people(mine, place.name) if mine else None,
            whole=whole,
            soon=[one for one in soon if one.starts_at <= end],
            organisations=_organisations(known, key, jst(context.clock()).date()),
        )


def _organisations(known: Knowledge, key: str, today: date) -> list[tuple[Entry, str, tuple[tuple[str, str], ...]]]:
    """(organisation, its kind, how it is reached) of the district itself, in the order of kinds."""
    mine = [one for one in known.readable(today) if one.kind == "organisation" and key in one.districts]
    kinds = {kind: at for at, kind in enumerate(organisations.KINDS)}
    found = [(one, one.extra.get(organisations.KIND, ""), organisations.public(one.extra)) for one in mine]
    return sorted(found, key=lambda one: (kinds.get(one[1], len(kinds)), one[0].title))


def _rows(mine: Profile | None, whole: Profile | None) -> list[tuple[str, str, str]]:
    """(what, the district, the city); what the tables do not say is left out."""
    if mine is None:
        return []
    here, there = mine.now, whole.now if whole else None
    wanted: Sequence[tuple[str, Callable[[Count], str | None]]] = (
        ("人口", lambda one: f"{one.total:,}人"),
        ("男性", lambda one: f"{one.sexes[0]:,}人" if one.sexes else None),
        ("女性", lambda one: f"{one.sexes[1]:,}人" if one.sexes else None),
        ("世帯", lambda one: f"{one.households:,}" if one.households is not None else None),
        ("1世帯の人数", lambda one: f"{one.per_household:.2f}人" if one.per_household else None),
        ("15歳未満", lambda one: _share(one, 0, WORKING_FROM)),
        ("15歳から64歳", lambda one: _share(one, WORKING_FROM, OLD_FROM)),
        ("65歳以上", lambda one: _share(one, OLD_FROM)),
        ("75歳以上", lambda one: _share(one, VERY_OLD_FROM)),
    )
    found = [(words, say(here), say(there) if there else None) for words, say in wanted]
    return [(words, ours, theirs or "") for words, ours, theirs in found if ours]


def _share(count: Count, first: int, end: int | None = None) -> str | None:
    share, people = count.share(first, end), count.aged(first, end)
    return None if share is None or people is None else f"{people:,}人({share:.1%})"


def _ages(count: Count) -> list[tuple[str, int, int]]:
    """(band, men, women); nothing when the table has no ages."""
    if count.men is None or count.women is None:
        return []
    return list(zip(AGES, count.men, count.women, strict=True))
