"""Earlier announcements for everybody: found by word, month and district, one page each, RSS and iCalendar; papers.

Without JavaScript, cookies and sign-in. Pictures and papers are found by their token only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import NotFoundError
from bot.models import Announcement, AnnouncementFile, District, Municipality
from bot.services import announcement_archive as archive
from bot.services import announcement_card, announcement_feeds, announcement_files
from bot.services.announcement_archive import PAGE, Wanted
from bot.services.announcement_print import page_url
from bot.services.context import Context
from bot.services.poll_print import qr
from content.phrases import SERVED
from handlers.public.front import titles_in
from handlers.public.site import asked_language

Page = Callable[..., Response]
FEED: Final = 40
CALENDAR: Final = timedelta(days=120)  # announcements sent this long ago may still tell of a date
MAPS: Final = "https://www.google.com/maps/search/?api=1&query="
MONTH: Final = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True)
class _City:
    row: Municipality
    districts: list[District]


def add(pages: Blueprint, context: Context, page: Page) -> None:
    """Put the pages under /m/<municipality>/announcements, /pictures and /papers."""
    place = "/m/<municipality>/announcements"
    pages.add_url_rule(place, "announcements", partial(_list, context, page))
    pages.add_url_rule(f"{place}/feed.xml", "announcements_feed", partial(_feed, context))
    pages.add_url_rule(f"{place}/calendar.ics", "announcements_calendar", partial(_calendar, context))
    pages.add_url_rule(f"{place}/<int:announcement_id>", "announcement", partial(_one, context, page))
    pages.add_url_rule(f"{place}/<int:announcement_id>/map", "announcement_map", partial(_map, context))
    pages.add_url_rule("/m/<municipality>/pictures/<token>.jpg", "picture", partial(_picture, context))
    pages.add_url_rule("/m/<municipality>/papers/<token>", "paper", partial(_paper, context, page))
    pages.add_url_rule("/m/<municipality>/papers/<token>/file", "paper_file", partial(_paper_file, context))


def _list(context: Context, page: Page, municipality: str) -> Response:
    """The newest, or what was looked for; beyond the last page (404), the way to the first."""
    at = request.args.get("page", "0")
    number = int(at[:5]) if at.isascii() and at.isdigit() else 0
    with context.database.read() as session:
        city = _city(session, municipality)
        wanted, chosen = _wanted(city)
        rows = archive.find(session, municipality, wanted, PAGE + 1, number * PAGE)
        names = archive.names(session, municipality, [row.id for row in rows])
        months = archive.months(session, municipality, context.clock())
        titles = titles_in(session, municipality, [row.id for row in rows], asked_language())
    gone = number > 0 and not rows
    return page(
        context,
        "public/announcements.html",
        city=city.row,
        status=404 if gone else 200,
        gone=gone,
        districts=city.districts,
        rows=[(row, names.get(row.id, [])) for row in rows[:PAGE]],
        months=months,
        titles=titles,
        chosen=chosen,
        searched=not wanted.nothing,
        number=number,
        more=len(rows) > PAGE,
    )


def _one(context: Context, page: Page, municipality: str, announcement_id: int) -> Response:
    """One announcement: corrections first, then its text, in every language it was written in."""
    with context.database.read() as session:
        city = _city(session, municipality)
        row = _found(session, municipality, announcement_id)
        languages = {"ja": SERVED["ja"]} | {
            code: SERVED.get(code, code) for code in announcement_card.variants(session, row)
        }
        words = announcement_card.in_language(session, row, request.args.get("lang", "ja"))
        corrects = session.get(Announcement, row.corrects_id) if row.corrects_id else None
        values = {
            "later": archive.corrected_by(session, row),
            "earlier": corrects if corrects is not None and archive.is_public(corrects) else None,
            "picture": announcement_card.file(session, row, "picture"),
            "paper": announcement_card.file(session, row, "paper"),
            "names": archive.names(session, municipality, [row.id]).get(row.id, []),
            "particulars": announcement_card.particulars_of(row),
        }
    link = page_url(context.settings.public_url, row)
    share = announcement_card.share_link(words.title, link)
    return page(
        context, "public/announcement.html", city=city.row, row=row, words=words, languages=languages, link=link,
        qr=qr(link), share=share, **values,
    )  # fmt: skip


def _map(context: Context, municipality: str, announcement_id: int) -> AnyResponse:
    """On to a map of the place: the button's own address is the city's."""
    with context.database.read() as session:
        city = _city(session, municipality)
        row = _found(session, municipality, announcement_id)
        names = archive.names(session, municipality, [row.id]).get(row.id, [])
    place = str((row.particulars or {}).get("place", ""))
    if not place:
        return redirect(url_for("public.announcement", municipality=municipality, announcement_id=announcement_id))
    where = " ".join((str(city.row.facts.get("public_name") or city.row.name), *names[:1], place))
    return redirect(MAPS + quote(where, safe=""))


def _feed(context: Context, municipality: str) -> Response:
    """RSS 2.0, of the whole municipality or one district (?district=)."""
    with context.database.read() as session:
        city = _city(session, municipality)
        wanted, _ = _wanted(city)
        rows = archive.find(session, municipality, wanted, FEED)
        names = archive.names(session, municipality, [row.id for row in rows])
    channel = _channel(context, city.row)
    content = announcement_feeds.rss(channel, [(row, names.get(row.id, [])) for row in rows], context.clock())
    return _file(context, content, "application/rss+xml; charset=utf-8")


def _calendar(context: Context, municipality: str) -> Response:
    """What tells of a date, as iCalendar."""
    now = context.clock()
    with context.database.read() as session:
        city = _city(session, municipality)
        wanted, _ = _wanted(city)
        dates = archive.dated(session, municipality, now - CALENDAR, wanted.districts)
    response = _file(
        context, announcement_feeds.calendar(_channel(context, city.row), dates), "text/calendar; charset=utf-8"
    )
    response.headers["Content-Disposition"] = 'inline; filename="announcements.ics"'
    return response


def _picture(context: Context, municipality: str, token: str) -> Response:
    with context.database.read() as session:
        row = _by_token(session, municipality, "picture", token)
    # It never changes: another picture has another address.
    return as_file(row.content, row.media_type, {"Cache-Control": "public, max-age=31536000, immutable"})


def _paper(context: Context, page: Page, municipality: str, token: str) -> Response:
    """A paper's own page: what stands on it as text, then the paper."""
    with context.database.read() as session:
        city = _city(session, municipality)
        paper = _by_token(session, municipality, "paper", token)
        row = session.get_one(Announcement, paper.announcement_id)
        particulars = announcement_card.particulars_of(row)
        public = archive.is_public(row)
    response = page(
        context, "public/paper.html", city=city.row, row=row, paper=paper, particulars=particulars,
        back=(url_for("public.announcement", municipality=municipality, announcement_id=row.id), "お知らせの全文")
        if public else None,
        file=url_for("public.paper_file", municipality=municipality, token=token),
    )  # fmt: skip
    response.headers["X-Robots-Tag"] = "noindex"  # whoever has the address, not whoever searches
    return response


def _paper_file(context: Context, municipality: str, token: str) -> Response:
    with context.database.read() as session:
        row = _by_token(session, municipality, "paper", token)
    end = "pdf" if row.media_type == "application/pdf" else "jpg"
    name = f'inline; filename="chirashi-{row.announcement_id}.{end}"'
    return as_file(row.content, row.media_type, {"Content-Disposition": name, "X-Robots-Tag": "noindex"})


def as_file(content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """A picture or a paper as it is stored."""
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers.update(headers)
    return _safe(response)


def _by_token(session: Session, municipality: str, kind: str, token: str) -> AnnouncementFile:
    try:
        return announcement_files.by_token(session, municipality, kind, token, content=True)
    except NotFoundError:
        abort(404)


def _found(session: Session, municipality: str, announcement_id: int) -> Announcement:
    try:
        return archive.get(session, municipality, announcement_id)
    except NotFoundError:
        abort(404)


def _city(session: Session, municipality: str) -> _City:
    row = session.get(Municipality, municipality)
    if row is None:
        abort(404)
    ordered = select(District).where(District.municipality_id == municipality)
    return _City(row, list(session.scalars(ordered.order_by(District.position, District.id))))


def _wanted(city: _City) -> tuple[Wanted, dict[str, str]]:
    """What the address asks for, and the same as it is shown in the form."""
    words = request.args.get("q", "").strip()[: archive.MAX_WORD]
    month = request.args.get("month", "")
    key = request.args.get("district", "")
    district = next((one for one in city.districts if one.key == key), None)
    first = date.fromisoformat(f"{month}-01") if MONTH.fullmatch(month) else None
    wanted = Wanted(words, first, (district.id,) if district else ())
    return wanted, {"q": words, "month": month if first else "", "district": key if district else ""}


def _channel(context: Context, city: Municipality) -> announcement_feeds.Channel:
    home = context.settings.public_url
    own = home.rstrip("/") + request.full_path.rstrip("?")
    name = str(city.facts.get("public_name") or city.name)
    return announcement_feeds.Channel(home, city.id, name, own, bool(city.facts.get("sample")))


def _file(context: Context, content: bytes, kind: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=300"
    if context.settings.demo:
        response.headers["X-Robots-Tag"] = "noindex"
    return _safe(response)


def _safe(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
