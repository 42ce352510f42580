"""Handover: whose roles end when, and a district's sheet for the successor, as a page and as PDF."""

from __future__ import annotations

from dataclasses import asdict

from flask import make_response, render_template
from werkzeug.wrappers import Response

from bot.core.permissions import DRAFTING_DAYS
from bot.errors import NotFoundError
from bot.services import handover as service
from bot.services import printing, role_ends
from bot.services.handover import Sheet
from handlers.console.access import context, my_districts, now, person, place, right


@right("announcement.read")
def overview(municipality: str) -> str:
    """The sheets of one's districts; for who manages accounts, every role that ends soon."""
    manages = person().may("staff.manage", municipality)
    with context().database.read() as db:
        ending = role_ends.ending(db, municipality, person().today) if manages else []
    return render_template(
        "console/handover.html", districts=my_districts("announcement.read"), ending=ending, drafting=DRAFTING_DAYS,
        mine=role_ends.mine(person().actor, municipality, person().today), marks=role_ends.MARKS,
    )  # fmt: skip


@right("announcement.read")
def sheet_page(municipality: str, district_id: int) -> str:
    """The sheet as a page to read and to print."""
    seen = _sheet(municipality, district_id)
    return render_template("console/handover_sheet.html", sheet=seen, district_id=district_id)


@right("announcement.read")
def sheet_pdf(municipality: str, district_id: int) -> Response:
    """The same as PDF, by one button."""
    answer = make_response(printing.pdf("handover.typ", asdict(_sheet(municipality, district_id))))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="handover-{district_id}.pdf"'
    return answer


def _sheet(municipality: str, district_id: int) -> Sheet:
    here = any(one.id == district_id for one in place().districts)
    if not here or not person().may("announcement.read", municipality, (district_id,)):
        raise NotFoundError("その地区は、担当ではありません。")
    with context().database.read() as db:
        return service.sheet(db, municipality, district_id, now())
