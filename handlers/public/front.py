"""A municipality's front page, the list of its districts, and who answers for what (分野と組織から探す)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, abort
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.core import answer_text
from bot.models import AnnouncementText, District, RoundTable
from bot.services import announcement_archive as archive
from bot.services import round_tables
from bot.services.context import Context
from content.packs_model import Entry
from content.subjects import SUBJECTS, subject_of
from handlers.public.site import show
from handlers.public.visiting import coming, subject_name, visit

SHOWN_ANNOUNCEMENTS: Final = 6
SHOWN_DATES: Final = 8
SHOWN_DAYS: Final = timedelta(days=14)
LISTENING: Final = ("listening", "meeting")


def add(pages: Blueprint, context: Context) -> None:
    """Put the pages under /m/<municipality>/."""
    place = "/m/<municipality>/"
    pages.add_url_rule(place, "municipality", partial(_front, context))
    pages.add_url_rule(f"{place}districts/", "districts_list", partial(_districts, context))
    pages.add_url_rule(f"{place}subjects/", "subjects", partial(_subjects, context))
    pages.add_url_rule(f"{place}subjects/<key>/", "subject", partial(_subject, context))
    pages.add_url_rule(f"{place}sections/", "sections", partial(_sections, context))
    pages.add_url_rule(f"{place}sections/<key>/", "section", partial(_section, context))


def _front(context: Context, municipality: str) -> Response:
    """What is on, what was told lately, a field to ask in, the districts."""
    here, now = visit(context, municipality), context.clock()
    soon = coming(here.readable.values(), now, now + SHOWN_DAYS)
    with context.database.read() as session:
        rows = archive.find(session, municipality, archive.Wanted(), SHOWN_ANNOUNCEMENTS)
        names = archive.names(session, municipality, [row.id for row in rows])
        titles = titles_in(session, municipality, [row.id for row in rows], here.site.language)
        open_rounds = [one for one in round_tables.published(session, municipality) if one.state in LISTENING]
        places = {one.id: one.name for one in session.scalars(_districts_of(open_rounds))}
    return show(
        context, "public/municipality.html", site=here.site, here=here, soon=soon[:SHOWN_DATES],
        more=max(0, len(soon) - SHOWN_DATES), rows=[(row, names.get(row.id, [])) for row in rows], titles=titles,
        rounds=open_rounds, places=places, round_title=round_tables.title,
    )  # fmt: skip


def titles_in(session: Session, municipality: str, ids: list[int], language: str) -> dict[int, str]:
    """Announcements' titles in a language other than Japanese, where there are any."""
    if language == "ja" or not ids:
        return {}
    query = select(AnnouncementText.announcement_id, AnnouncementText.title).where(
        AnnouncementText.municipality_id == municipality,
        AnnouncementText.language == language,
        AnnouncementText.announcement_id.in_(ids),
    )
    return dict(session.execute(query).all())


def _districts_of(rounds: list[RoundTable]) -> Select[Any]:
    return select(District).where(District.id.in_([one.district_id for one in rounds]))


def _districts(context: Context, municipality: str) -> Response:
    here = visit(context, municipality)
    return show(context, "public/districts.html", site=here.site, here=here)


def _subjects(context: Context, municipality: str) -> Response:
    """Every subject with how much stands there."""
    here = visit(context, municipality)
    found = dict.fromkeys(SUBJECTS, 0)
    for entry in here.readable.values():
        found[subject_of(entry)] += 1
    rows = [(subject_name(here.site, key), here.site.to("subject", key=key), n, "") for key, n in found.items() if n]
    return show(context, "public/ways.html", site=here.site, here=here, title=here.site.say("subjects"), rows=rows)


def _subject(context: Context, municipality: str, key: str) -> Response:
    here = visit(context, municipality)
    if key not in SUBJECTS:
        abort(404)
    entries = [one for one in here.readable.values() if subject_of(one) == key]
    back = (here.site.say("subjects"), here.site.to("subjects"))
    return show(
        context, "public/way.html", site=here.site, here=here, title=subject_name(here.site, key), title_lang="",
        back=back, groups=_grouped(entries), desk=None,
    )  # fmt: skip


def _sections(context: Context, municipality: str) -> Response:
    """Every desk that answers for something, with how much."""
    here = visit(context, municipality)
    found: dict[str, int] = {}
    for entry in here.readable.values():
        if (desk := here.desk_of(entry)) is not None:
            found[desk.id] = found.get(desk.id, 0) + 1
    desks = sorted((here.knowledge.desks[key] for key in found), key=lambda desk: (desk.district or "", desk.name))
    rows = []
    for desk in desks:
        name = answer_text.desk_name(desk, here.site.language)
        rows.append((name, here.site.to("section", key=desk.id), found[desk.id], "ja" if name == desk.name else ""))
    return show(context, "public/ways.html", site=here.site, here=here, title=here.site.say("sections"), rows=rows)


def _section(context: Context, municipality: str, key: str) -> Response:
    here = visit(context, municipality)
    desk = here.knowledge.desks.get(key)
    if desk is None:
        abort(404)
    entries = [one for one in here.readable.values() if here.desk_of(one) == desk]
    name = answer_text.desk_name(desk, here.site.language)
    back = (here.site.say("sections"), here.site.to("sections"))
    return show(
        context, "public/way.html", site=here.site, here=here, title=name, title_lang="ja" if name == desk.name else "",
        back=back, groups=_grouped(entries), desk=desk,
    )  # fmt: skip


def _grouped(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Questions and guides first, what is listed in tables after them, by title."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.kind not in {"faq", "guide"}, one.kind, one.title)):
        found.setdefault(entry.kind, []).append(entry)
    return found
