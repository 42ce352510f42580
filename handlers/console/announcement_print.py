"""An announcement on paper: as a page to print, and as PDF."""

from __future__ import annotations

from dataclasses import asdict

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from bot.services import announcement_print, printing
from bot.services.announcement_card import texts
from handlers.console.access import context, right
from handlers.console.announcements import readable


@right("announcement.read")
def page(municipality: str, announcement_id: int) -> str:
    """As a page: works without fonts, PDF and scripts."""
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        languages = [text.language for text in texts(db, row)]
        sheet = announcement_print.sheet(db, row, context().settings.public_url, request.args.get("lang", "ja"))
    return render_template("console/announcement_print.html", row=row, sheet=sheet, languages=languages)


@right("announcement.read")
def pdf(municipality: str, announcement_id: int) -> Response:
    """As PDF."""
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        sheet = announcement_print.sheet(db, row, context().settings.public_url, request.args.get("lang", "ja"))
    answer = make_response(printing.pdf("announcement.typ", asdict(sheet)))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="announcement-{announcement_id}.pdf"'
    return answer
