"""The public ledger: every round, its matters and what became of them. Counts and answers, no ranking of districts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.core.round_table_rules import STATES
from bot.models import District, Municipality, RoundTable
from bot.services import matters, meeting_record, meeting_sheet, reports, round_tables, statements
from bot.services.context import Context

# After the chair has approved the referrals everybody sees what was made of the voices.
SHOWN_FROM = ("answering", "reported", "followed_up")
Page = Callable[..., Response]


def add(pages: Blueprint, context: Context, page: Page) -> None:
    """Put the two pages under /m/<municipality>/round-tables/."""

    @pages.get("/m/<municipality>/round-tables/")
    def round_tables_list(municipality: str) -> Response:
        with context.database.read() as session:
            city = _city(session, municipality)
            rows = round_tables.published(session, municipality)
            seen = matters.of_rounds(session, municipality, [row.id for row in rows if row.state in SHOWN_FROM])
            rates = {row.id: reports.rate([one for one in seen if one.matter.round_table_id == row.id]) for row in rows}
            names = {one.id: one.name for one in _districts(session, municipality)}
        return page(
            context,
            "public/round_tables.html",
            city=city,
            rows=rows,
            rates=rates,
            whole=reports.rate(seen),
            names=names,
            title=round_tables.title,
            states=STATES,
            moment=moment_of,
        )

    @pages.get("/m/<municipality>/round-tables/<int:round_table_id>")
    def round_table(municipality: str, round_table_id: int) -> Response:
        with context.database.read() as session:
            city = _city(session, municipality)
            row = next((one for one in round_tables.published(session, municipality) if one.id == round_table_id), None)
            if row is None:
                abort(404)
            values = _one(session, row)
            sheet = meeting_sheet.sheet(session, row, context.clock())
        return page(
            context, "public/round_table.html", city=city, row=row, sheet=sheet, moment=moment_of, day=date_of, **values
        )


def _one(session: Session, row: RoundTable) -> dict[str, object]:
    shown = row.state in SHOWN_FROM
    seen = matters.of_round(session, row) if shown else []
    said = {one.matter.id: statements.of_matter(session, row.municipality_id, one.matter.id) for one in seen}
    loose = [one for one in statements.of_round(session, row.municipality_id, row.id) if one.matter_id not in said]
    return {
        "title": round_tables.title(row),
        "state": STATES[row.state],
        "matters": seen,
        "said": said,
        "loose": loose,
        "parts": {one.matter.id: meeting_sheet.parts_of(one) for one in seen},
        "words": reports.words(session, row.municipality_id),
        "rate": reports.rate(seen),
        "record": meeting_record.record_of(session, row) if row.record_approved_at is not None else [],
    }


def _city(session: Session, municipality: str) -> Municipality:
    city = session.get(Municipality, municipality)
    if city is None:
        abort(404)
    return city


def _districts(session: Session, municipality: str) -> list[District]:
    return list(session.scalars(select(District).where(District.municipality_id == municipality)))
