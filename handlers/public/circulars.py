"""The circular for everybody: the issues of each district, and one issue with all its items, readable afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, abort
from sqlalchemy import select

from bot.core.moments import date_of
from bot.models import Circular, District, Municipality
from bot.services import circular_reading, circulars
from bot.services.context import Context

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
        return page(
            context, "public/circular.html", city=city, issue=issue, place=place, name=circulars.name(row),
            day=date_of(row.issue_on), read=circular_reading.in_words(row, issue.announcement), parts=_parts,
        )  # fmt: skip


def _parts(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t　]*\n", text) if part.strip()]
