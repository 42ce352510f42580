"""What the site says of itself: personal data, accessibility, its pages; and what is said where there is no page.

What is kept how long is bot.core.retained, told with the settings of this installation.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from flask import Blueprint, Flask, Response, make_response, render_template, request
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed, NotFound

from bot.core import retained
from bot.core.practice import is_room
from bot.models import Municipality
from bot.services import announcement_archive as archive
from bot.services import circulars, round_tables
from bot.services.context import Context
from handlers import wrong_methods
from handlers.public import api
from handlers.public.site import HEADERS, Site, asked_language, of, show
from handlers.public.visiting import Visit, visit

TESTED_ON: Final = "2026年11月22日"
IN_SITEMAP: Final = 500  # announcements
_ELSEWHERE: Final = ("/console", "/line/", "/look/", "/static/", "/p/")  # parts that answer for themselves


def add(pages: Blueprint, context: Context) -> None:
    """Put the pages under /m/<municipality>/, and /sitemap.xml and /robots.txt."""
    place = "/m/<municipality>/"
    pages.add_url_rule(f"{place}privacy", "privacy", partial(_privacy, context))
    pages.add_url_rule(f"{place}accessibility", "accessibility", partial(_accessibility, context))
    pages.add_url_rule(f"{place}sitemap", "sitemap", partial(_sitemap, context))
    pages.add_url_rule("/sitemap.xml", "sitemap_xml", partial(_sitemap_xml, context))
    pages.add_url_rule("/robots.txt", "robots", partial(_robots, context))


def _privacy(context: Context, municipality: str) -> Response:
    here = visit(context, municipality)
    return show(
        context, "public/privacy.html", site=here.site, here=here, desk=_desk(here),
        rows=retained.of_everybody(context.settings.model_dump()),
        outside_model=urlsplit(context.settings.embeddings).hostname or "",
    )  # fmt: skip


def _accessibility(context: Context, municipality: str) -> Response:
    here = visit(context, municipality)
    return show(
        context, "public/accessibility.html", site=here.site, here=here, desk=_desk(here), tested_on=TESTED_ON
    )  # fmt: skip


def _desk(here: Visit) -> object:
    """The desk for what has none of its own: whom the city's own pages name."""
    return here.knowledge.desks.get(here.knowledge.municipality.contacts.get("desk", ""))


def _sitemap(context: Context, municipality: str) -> Response:
    """Every page by name."""
    here = visit(context, municipality)
    with context.database.read() as session:
        rounds = round_tables.published(session, municipality)
        issues = circulars.published(session, municipality)
    return show(
        context, "public/sitemap.html", site=here.site, here=here, rounds=rounds, issues=issues,
        round_title=round_tables.title, issue_name=circulars.name,
    )  # fmt: skip


def _sitemap_xml(context: Context) -> Response:
    """The addresses of every municipality's pages, for search engines (sitemaps.org 0.9)."""
    root = ET.Element("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    home = context.settings.public_url.rstrip("/")
    with context.database.read() as session:
        everywhere = session.scalars(select(Municipality.id).order_by(Municipality.id))
        cities = [city for city in everywhere if not is_room(city)]
        told = {city: archive.find(session, city, archive.Wanted(), IN_SITEMAP) for city in cities}
        rounds = {city: round_tables.published(session, city) for city in cities}
    for city in cities:
        here = visit(context, city)
        places = [
            *(here.site.to(name) for name in ("municipality", "activities", "announcements", "entries", "subjects")),
            *(here.site.to(name) for name in ("sections", "districts_list", "round_tables_list", "circulars_list")),
            *(here.site.to(name) for name in ("open_data", "privacy", "accessibility", "ask")),
            *(here.site.to("district", key=one.id) for one in here.knowledge.districts),
            *(here.page_of(one) for one in here.readable.values()),
            *(here.site.to("announcement", announcement_id=row.id) for row in told[city]),
            *(here.site.to("round_table", round_table_id=row.id) for row in rounds[city]),
        ]
        for place in places:
            ET.SubElement(ET.SubElement(root, "url"), "loc").text = home + place
    response = make_response(ET.tostring(root, encoding="utf-8", xml_declaration=True))
    response.headers["Content-Type"] = "application/xml; charset=utf-8"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.add_etag()
    response.make_conditional(request)
    return response


def _robots(context: Context) -> Response:
    """Staff's pages are nothing to search; a demo says `noindex` on every page, which must be read to be obeyed."""
    lines = ["User-agent: *", "Disallow: /console", "Allow: /", f"Sitemap: {context.settings.public_url}sitemap.xml"]
    response = make_response("\n".join(lines) + "\n")
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def plain_words_for_nothing(app: Flask, context: Context) -> None:
    """A public address that leads nowhere is answered in plain words, with ways on; other parts answer as ever."""

    def missing(error: NotFound | MethodNotAllowed) -> Any:
        if request.path.startswith("/api/"):
            return api.outside(error)
        if request.path.startswith(_ELSEWHERE):
            return error
        return missing_page(context, request.path, error.code or 404)

    app.register_error_handler(404, missing)
    wrong_methods.explain(app, ("/",), missing)


def missing_page(context: Context, path: str, status: int = 404) -> Response:
    """What is said of a public address that leads nowhere: in its city's frame, where it names one.

    `status` 405: it leads nowhere by itself, it takes what a form sends.
    """
    parts = path.split("/")
    site: Site | None = None
    if path.startswith("/m/") and not is_room(parts[2]):
        with context.database.read() as session:
            city = session.get(Municipality, parts[2])
        site = of(context, city) if city is not None else None
    if site is not None:
        return show(context, "public/not_found.html", site=site, status=status)
    response = make_response(
        render_template("public/nowhere.html", demo=context.settings.demo, language=asked_language()), status
    )
    response.headers.update(HEADERS)
    return response
