"""個人情報の窓口: how long everything is kept and what was erased, what residents asked for (numbers), what they read.

Nobody can be looked up here: the resident's own LINE is what proves who they are.
"""

from __future__ import annotations

from flask import render_template

from bot.core import retained
from bot.services import consents as consents_service
from bot.services import data_links, erasing, retention_runs
from content import consents
from handlers.console.access import context, now, right

KINDS = {
    "register": "友だちになったとき",
    "statement": "声を書く前",
    "inquiry": "相談を書く前",
}


@right("privacy.read")
def page(municipality: str) -> str:
    """Numbers, the table of retention, and the ways to the other two pages."""
    with context().database.read() as db:
        mine, shared = (retention_runs.told(db, one, now()) for one in (municipality, erasing.NOBODYS))
        wishes = retention_runs.wishes(db, municipality, now())
    days = context().settings.model_dump()
    return render_template(
        "console/privacy.html", wishes=wishes,
        rows=[(row, row.how_long(days), (shared if row.shared else mine).get(row.rule or "")) for row in retained.ROWS],
        minutes=int(data_links.KEEPS.total_seconds() // 60),
    )  # fmt: skip


@right("privacy.read")
def texts(municipality: str) -> str:
    """Every version of what residents are told about their data, and how many saw which."""
    with context().database.read() as db:
        counts = consents_service.counts(db, municipality)
    return render_template("console/privacy_texts.html", versions=consents.versions(), kinds=KINDS, counts=counts)


@right("privacy.read")
def leaflet(municipality: str) -> str:
    """A sheet to hand to somebody who asks at the desk or by letter."""
    del municipality
    minutes = int(data_links.KEEPS.total_seconds() // 60)
    return render_template("console/privacy_leaflet.html", minutes=minutes, settings=context().settings)
