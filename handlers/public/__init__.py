"""Pages for everybody, with or without LINE: the front page, and one plain page for each municipality."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Flask, Response
from sqlalchemy import select

from bot.core.moments import WEEKDAYS, date_of
from bot.core.practice import SUFFIX
from bot.models import Municipality
from bot.now import JST, jst
from bot.services.context import Context
from content.recurrence import Occurrence
from handlers import heads, look, numbers, turns
from handlers.public import (
    about,
    activities,
    announcements,
    api,
    ask,
    ballots,
    circulars,
    entries,
    faults,
    inquiries,
    kept,
    my_data,
    open_data,
    posts,
    rooms,
    sign_ups,
    site,
)
from handlers.public import districts as public_districts
from handlers.public import front as city_front
from handlers.public import round_tables as public_round_tables
from handlers.public.site import show


def register(app: Flask, context: Context) -> None:
    """Put the public pages at / and /m/<municipality>/ of this app."""
    pages = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/p")
    heads.install(pages)
    numbers.install(app)
    faults.explain(pages, context)
    site.carry_language(pages)
    kept.keep(pages, context)
    turns.install(pages, app)  # after it: what is kept needs no turn

    @pages.get("/")
    def front() -> Response:
        with context.database.read() as session:
            outside = ~Municipality.id.endswith(SUFFIX)  # rooms for practice are nobody's but staff's
            cities = session.scalars(select(Municipality).where(outside).order_by(Municipality.id)).all()
        return show(context, "public/front.html", cities=cities)

    city_front.add(pages, context)
    inquiries.add_all(pages, context)
    ballots.add_all(pages, context)
    entries.add(pages, context)
    ask.add(pages, context)
    about.add(pages, context)
    sign_ups.add(pages, context)
    activities.add(pages, context)
    public_round_tables.add(pages, context, show)
    public_districts.add(pages, context, show)
    announcements.add(pages, context, show)
    circulars.add(pages, context, show)
    posts.add_all(pages, context)
    my_data.add_all(pages, context)
    pages.add_app_template_filter(_moment, "public_moment")
    pages.add_app_template_filter(_day, "public_day")
    open_data.add(pages, context, show)
    look.register(app)
    app.register_blueprint(pages)
    api.register(app, context)
    rooms.keep_inside(app)
    about.plain_words_for_nothing(app, context)


def _moment(occurrence: Occurrence) -> str:
    start = occurrence.starts_at.astimezone(JST)
    day = f"{start.month}月{start.day}日({WEEKDAYS[start.weekday()]})"
    return day if occurrence.all_day else f"{day} {start.hour}時{f'{start.minute:02d}分' if start.minute else ''}"


def _day(moment: datetime) -> str:
    """With the year: an archive goes back further than one."""
    local = jst(moment)
    return f"{local.year}年{date_of(local.date())}"
