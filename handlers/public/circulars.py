"""The circular for everybody: the issues of each district, and one issue with all its items, readable afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, abort, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.moments import date_of
from bot.errors import NotFoundError
from bot.models import Circular, CircularFile, CircularItem, District, Municipality
from bot.services import circular_files, circular_reading, circulars
from bot.services.announcement_card import particulars_of
from bot.services.circular_print import item_url, paragraphs
from bot.services.context import Context
from bot.services.poll_print import qr
from handlers.public.announcements import as_file

Page = Callable[..., Response]


def add(pages: Blueprint, context: Context, page: Page) -> None:
    """Put the two pages under /m/<municipality>/circulars/."""

    @pages.get("/m/<municipality>/circulars/")
    def circulars_list(municipality: str) -> Response:
        with context.database.read() as session:
            city = session.get(Municipality, municipality)
            if city is None:
                abort(404)
            rows = circulars.published(session, municipality)
            counts = circulars.counts(session, rows)
            mine = select(District).where(District.municipality_id == municipality).order_by(District.position)
            names = {one.id: one.name for one in session.scalars(mine)}
        return page(
            context, "public/circulars.html", city=city, rows=rows, counts=counts, names=names, name=circulars.name
        )

    @pages.get("/m/<municipality>/circulars/<int:circular_id>")
    def circular(municipality: str, circular_id: int) -> Response:
        with context.database.read() as session:
            city, row = session.get(Municipality, municipality), session.get(Circular, circular_id)
            if city is None or row is None or row.municipality_id != municipality:
                abort(404)
            issue = circulars.issue(session, row)
            if not issue.told:
                abort(404)
            place = session.get_one(District, row.district_id).name
            files = circular_files.of_items(session, issue.items)
        return page(
            context, "public/circular.html", city=city, issue=issue, place=place, name=circulars.name(row),
            day=date_of(row.issue_on), read=circular_reading.in_words(row, issue.announcement), parts=paragraphs,
            files=files, particulars=particulars_of,
        )  # fmt: skip

    where = "/m/<municipality>/circulars"
    pages.add_url_rule(f"{where}/<int:circular_id>/items/<int:item_id>", "circular_item", partial(_item, context, page))
    pages.add_url_rule(f"{where}/pictures/<token>.jpg", "circular_picture", partial(_picture, context))
    pages.add_url_rule(f"{where}/papers/<token>", "circular_paper", partial(_paper, context, page))
    pages.add_url_rule(f"{where}/papers/<token>/file", "circular_paper_file", partial(_paper_file, context))


def _item(context: Context, page: Page, municipality: str, circular_id: int, item_id: int) -> Response:
    """One item on a page of its own, from the moment its issue is out."""
    with context.database.read() as session:
        city, row, item = _found(session, municipality, item_id)
        issue = circulars.issue(session, row)
        if row.id != circular_id or not issue.told:
            abort(404)
        files = circular_files.of_items(session, [item])[item.id]
        place = session.get_one(District, row.district_id).name
    link = item_url(context.settings.public_url, item)
    return page(
        context, "public/circular_item.html", city=city, row=row, item=item, place=place, name=circulars.name(row),
        day=date_of(row.issue_on), parts=paragraphs(item.body), files=files, particulars=particulars_of(item),
        link=link, qr=qr(link),
    )  # fmt: skip


def _picture(context: Context, municipality: str, token: str) -> Response:
    with context.database.read() as session:
        row = _by_token(session, municipality, "picture", token)
    # It never changes: another picture has another address.
    return as_file(row.content, row.media_type, {"Cache-Control": "public, max-age=31536000, immutable"})


def _paper(context: Context, page: Page, municipality: str, token: str) -> Response:
    """A paper's own page: what stands on it as text, then the paper."""
    with context.database.read() as session:
        paper = _by_token(session, municipality, "paper", token)
        city, row, item = _found(session, municipality, paper.item_id)
        public = circulars.issue(session, row).told
    home = url_for("public.circular_item", municipality=municipality, circular_id=row.id, item_id=item.id)
    response = page(
        context, "public/paper.html", city=city, row=item, paper=paper, particulars=particulars_of(item),
        back=(home, "記事の全文") if public else None,
        file=url_for("public.circular_paper_file", municipality=municipality, token=token),
    )  # fmt: skip
    response.headers["X-Robots-Tag"] = "noindex"  # whoever has the address, not whoever searches
    return response


def _paper_file(context: Context, municipality: str, token: str) -> Response:
    with context.database.read() as session:
        row = _by_token(session, municipality, "paper", token)
    end = "pdf" if row.media_type == "application/pdf" else "jpg"
    headers = {"Content-Disposition": f'inline; filename="chirashi-{row.item_id}.{end}"', "X-Robots-Tag": "noindex"}
    return as_file(row.content, row.media_type, headers)


def _by_token(session: Session, municipality: str, kind: str, token: str) -> CircularFile:
    try:
        return circular_files.by_token(session, municipality, kind, token)
    except NotFoundError:
        abort(404)


def _found(session: Session, municipality: str, item_id: int) -> tuple[Municipality, Circular, CircularItem]:
    """The city, the issue and the item; 404 for anyone else's."""
    city, item = session.get(Municipality, municipality), session.get(CircularItem, item_id)
    if city is None or item is None or item.municipality_id != municipality:
        abort(404)
    return city, session.get_one(Circular, item.circular_id), item
