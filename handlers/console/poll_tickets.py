"""Tickets for letters: made and shown once, as labels to print and as a file; only their hashes are kept."""

from __future__ import annotations

from flask import Response, render_template, request

from bot.errors import BadInputError
from bot.services import poll_print, poll_tickets
from content.formats import tables
from handlers.console.access import context, now, person, right
from handlers.console.poll_doors import mine


@right("poll.enter")
def tickets(municipality: str, poll_id: int) -> str | Response:
    """New tickets as labels; or, with codes that were just made, the same as a file."""
    wanted = request.form.get("count", "").strip()
    codes = request.form.get("codes", "").split()[: poll_tickets.AT_ONCE]
    made: list[str] = []
    with context().database.write(durable=True) as db:
        poll = mine(db, municipality, poll_id)
        if codes:
            codes = poll_tickets.known(db, poll, codes)
            if not codes:
                raise BadInputError("この券は、このアンケートのものではありません。券を作り直してください。")
        else:
            if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 5):
                raise BadInputError(f"券の枚数は、1から{poll_tickets.AT_ONCE}までの数で入れてください。")
            made = poll_tickets.make(db, poll, person().actor, int(wanted), now())
        paper = poll_print.paper(db, poll)
    if codes:
        return _file(municipality, poll_id, codes)
    labels = [(poll_tickets.shown(code), poll_print.qr(_url(municipality, code))) for code in made]
    return render_template(
        "console/poll_tickets.html", poll=poll, paper=paper, labels=labels, codes=made,
        entrance=f"{context().settings.public_url}m/{municipality}/poll/",
    )  # fmt: skip


def _file(municipality: str, poll_id: int, codes: list[str]) -> Response:
    rows = [(number, poll_tickets.shown(code), _url(municipality, code)) for number, code in enumerate(codes, 1)]
    return Response(
        tables.to_csv(("番号", "券の番号", "URL"), rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="tickets-{poll_id}.csv"'},
    )


def _url(municipality: str, code: str) -> str:
    return poll_tickets.url(context().settings.public_url, municipality, code)
