"""Entries: what the bot knows, to be searched and read."""

from __future__ import annotations

from flask import render_template, request

from bot.services import entries as service
from handlers.console import show
from handlers.console.access import context, place, right


@right("entry.read")
def listing(municipality: str) -> str:
    """Search by words and kind, fifty a page."""
    words, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "")
    page = max(1, request.args.get("page", 1, type=int))
    with context().database.read() as db:
        found = service.search(db, municipality, words, kind if kind in show.ENTRY_KINDS else "", page)
    pages = max(1, -(-found.total // service.PAGE))
    return render_template("console/entries.html", found=found, q=words, kind=kind, page=min(page, pages), pages=pages)


@right("entry.read")
def show_one(municipality: str, entry_id: int) -> str:
    """One entry with its source, dates and what residents said of it."""
    with context().database.read() as db:
        row = service.get(db, municipality, entry_id)
    names = {district.key: district.name for district in place().districts}
    districts = [names.get(key, key) for key in row.data.get("districts") or []]
    return render_template("console/entry.html", row=row, data=row.data, districts=districts)
