"""An activity's calendar file, for everybody: /m/<municipality>/activities/<key>.ics, one date with ?day=2026-12-06."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from sqlalchemy import select

from bot.models import Entry
from bot.services import activities
from bot.services.calendar_files import activity_file
from bot.services.context import Context


def add(pages: Blueprint, context: Context) -> None:
    """Put the route on the public pages."""
    host = urlsplit(context.settings.public_url).hostname or "entaku"

    @pages.get("/m/<municipality>/activities/<key>.ics")
    def calendar(municipality: str, key: str) -> Response:
        now = context.clock()
        with context.database.read() as session:
            row = session.scalar(select(Entry).where(Entry.municipality_id == municipality, Entry.key == key))
            found = activities.find(session, municipality, key, now)
            if row is None or found is None:
                abort(404)
            content, dates = found
            if "day" in request.args:
                chosen = activities.on(session, municipality, key, _day(request.args["day"]), now)
                dates = [chosen.occurrence] if chosen else []
        if not dates:
            abort(404)
        response = Response(activity_file(row, content, dates, host), content_type="text/calendar; charset=utf-8")
        response.headers["Content-Disposition"] = 'inline; filename="activity.ics"'
        response.headers["Cache-Control"] = "no-cache"  # it may be called off in a minute
        response.headers["X-Content-Type-Options"] = "nosniff"
        if context.settings.demo:
            response.headers["X-Robots-Tag"] = "noindex"
        return response


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
