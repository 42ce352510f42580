"""The record of who changed what."""

from __future__ import annotations

from flask import render_template, request

from bot.services import audit
from handlers.console.access import context, right

PAGE = 100


@right("audit.read")
def listing(municipality: str) -> str:
    """The newest changes first, a hundred a page."""
    before = request.args.get("before", type=int)
    with context().database.read() as db:
        rows = audit.listing(db, municipality, before, PAGE + 1)
        labels = audit.labels(db, rows)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render_template("console/audit.html", rows=rows[:PAGE], labels=labels, more=more, first=before is None)
