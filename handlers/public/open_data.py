"""Open data out: a page with files to download, and the same as CSV, iCalendar, RSS and JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request, url_for

from bot.errors import NotFoundError
from bot.models import Entry
from bot.now import jst
from bot.services import open_data_out as out
from bot.services.context import Context
from bot.services.open_data_out import Place, Wanted
from content.formats import tables
from content.formats.reading import KIND_NAMES
from content.packs_model import Entry as Content

Page = Callable[..., Response]
FORMS: Final = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
Found = Sequence[tuple[Entry, Content]]


def add(pages: Blueprint, context: Context, page: Page) -> None:
    """Put the page and its files under /m/<municipality>/open-data."""
    place = "/m/<municipality>/open-data"
    pages.add_url_rule(place, "open_data", partial(_overview, context, page))
    pages.add_url_rule(f"{place}/<kind>.<form>", "open_data_file", partial(_file, context))
    pages.add_url_rule(f"{place}/activities.ics", "open_data_calendar", partial(_calendar, context))
    pages.add_url_rule(f"{place}/activities.rss", "open_data_feed", partial(_feed, context))
    pages.add_url_rule(f"{place}/activities.jsonld", "open_data_json_ld", partial(_json_ld, context))


def _overview(context: Context, page: Page, municipality: str) -> Response:
    """What there is, how much, as of when, and under which licence."""
    with context.database.read() as session:
        here = _place(context, session, municipality)
        counts = out.counts(session, municipality, jst(context.clock()).date())
    return page(
        context, "public/open_data.html", city=here.row, counts=counts, names=KIND_NAMES, licence=out.LICENCE,
        licence_name=out.LICENCE_NAME, day=lambda moment: f"{jst(moment):%Y年%-m月%-d日}", home=here.home,
    )  # fmt: skip


def _file(context: Context, municipality: str, kind: str, form: str) -> Response:
    """One kind as a table, in the municipal standard's columns."""
    if kind not in out.KINDS or form not in FORMS:
        abort(404)
    here, found = _read(context, municipality, kind)
    header, rows = out.table(here, kind, found)
    if form == "xlsx":
        made = tables.to_excel(KIND_NAMES[kind].replace("・", ""), header, rows)
    else:
        made = tables.to_csv(header, rows)
    name = f"{here.row.code}_{kind}.{form}"
    return answer(context, made, f"{FORMS[form]}{'; charset=utf-8' if form == 'csv' else ''}", name)


def _calendar(context: Context, municipality: str) -> Response:
    here, found = _read(context, municipality, "activities")
    dated = out.narrowed(found, Wanted(), context.clock())
    host = urlsplit(here.home).hostname or "entaku"
    made = out.calendar(dated, host, f"{here.row.name} 行事・イベント")
    return answer(context, made, "text/calendar; charset=utf-8", "activities.ics")


def _feed(context: Context, municipality: str) -> Response:
    here, found = _read(context, municipality, "activities")
    now = context.clock()
    own = here.home.rstrip("/") + url_for("public.open_data_feed", municipality=municipality)
    made = out.rss(here, out.narrowed(found, Wanted(), now), own, now)
    return answer(context, made, "application/rss+xml; charset=utf-8")


def _json_ld(context: Context, municipality: str) -> Response:
    here, found = _read(context, municipality, "activities")
    made = out.json_ld(here, out.narrowed(found, Wanted(), context.clock()))
    return answer(context, json.dumps(made, ensure_ascii=False).encode(), "application/ld+json; charset=utf-8")


def answer(context: Context, made: bytes, mime: str, name: str = "") -> Response:
    """A file for everybody, from every site; asked again with its ETag it is not sent twice."""
    response = Response(made, content_type=mime)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if name:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if context.settings.demo:
        response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    response.make_conditional(request)  # in place
    return response


def _read(context: Context, municipality: str, kind: str) -> tuple[Place, Found]:
    with context.database.read() as session:
        here = _place(context, session, municipality)
        return here, out.rows(session, municipality, kind, jst(context.clock()).date())


def _place(context: Context, session: Any, municipality: str) -> Place:
    try:
        return out.place(session, municipality, context.settings.public_url)
    except NotFoundError:
        abort(404)
