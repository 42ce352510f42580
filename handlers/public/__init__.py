"""Pages for everybody, with or without LINE: the front page, and one plain page for each municipality."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Flask, Response, abort, make_response, render_template
from sqlalchemy import select

from bot.core.moments import date_of
from bot.core.practice import SUFFIX
from bot.models import Announcement, District, Municipality
from bot.now import JST, jst
from bot.services import announcement_archive as archive
from bot.services.activities import upcoming
from bot.services.context import Context
from content.recurrence import Occurrence
from handlers.public import activities, announcements, api, ballots, circulars, entries, inquiries, open_data, posts, rooms
from handlers.public import districts as public_districts
from handlers.public import round_tables as public_round_tables

SHOWN_ANNOUNCEMENTS = 10
SHOWN_DAYS = timedelta(days=14)
WEEKDAYS = "月火水木金土日"


def register(app: Flask, context: Context) -> None:
    """Put the public pages at / and /m/<municipality>/ of this app."""
    pages = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/p")

    @pages.get("/")
    def front() -> Response:
        with context.database.read() as session:
            outside = ~Municipality.id.endswith(SUFFIX)  # rooms for practice are nobody's but staff's
            cities = session.scalars(select(Municipality).where(outside).order_by(Municipality.id)).all()
        return _page(context, "public/front.html", cities=cities)

    @pages.get("/m/<municipality>/")
    def municipality(municipality: str) -> Response:
        with context.database.read() as session:
            city = session.get(Municipality, municipality)
            if city is None:
                abort(404)
            districts = session.scalars(
                select(District)
                .where(District.municipality_id == municipality)
                .order_by(District.position, District.id)
            ).all()
            announcements = _announcements(context, municipality)
            now = context.clock()
            soon = _soon(context, municipality)
        names = {district.key: district.name for district in districts}
        return _page(
            context,
            "public/municipality.html",
            city=city,
            districts=districts,
            names=names,
            announcements=announcements,
            soon=soon,
            today=jst(now),
        )

    inquiries.add_all(pages, context)
    ballots.add_all(pages, context)
    entries.add(pages, context, partial(_page, context))
    activities.add(pages, context)
    public_round_tables.add(pages, context, _page)
    public_districts.add(pages, context, _page)
    announcements.add(pages, context, _page)
    circulars.add(pages, context, _page)
    posts.add_all(pages, context)
    pages.add_app_template_filter(_moment, "public_moment")
    pages.add_app_template_filter(_day, "public_day")
    open_data.add(pages, context, _page)
    app.register_blueprint(pages)
    api.register(app, context)
    rooms.keep_inside(app)


def _announcements(context: Context, municipality: str) -> list[tuple[Announcement, list[str]]]:
    """What was sent, newest first, with the names of its districts."""
    with context.database.read() as session:
        rows = archive.find(session, municipality, archive.Wanted(), SHOWN_ANNOUNCEMENTS)
        names = archive.names(session, municipality, [row.id for row in rows])
    return [(row, names.get(row.id, [])) for row in rows]


def _soon(context: Context, municipality: str) -> list[tuple[Occurrence, tuple[str, ...]]]:
    """The activities of the next two weeks with the keys of their districts, soonest first."""
    now = context.clock()
    with context.database.read() as session:
        found = upcoming(session, municipality, (), now)
    return [(one.occurrence, one.entry.districts) for one in found if one.occurrence.starts_at <= now + SHOWN_DAYS]


def _page(context: Context, template: str, **values: object) -> Response:
    response = make_response(render_template(template, demo=context.settings.demo, **values))
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if context.settings.demo:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _moment(occurrence: Occurrence) -> str:
    start = occurrence.starts_at.astimezone(JST)
    day = f"{start.month}月{start.day}日({WEEKDAYS[start.weekday()]})"
    return day if occurrence.all_day else f"{day} {start.hour}時{f'{start.minute:02d}分' if start.minute else ''}"


def _day(moment: datetime) -> str:
    """With the year: an archive goes back further than one."""
    local = jst(moment)
    return f"{local.year}年{date_of(local.date())}"
