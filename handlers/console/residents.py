"""Residents: numbers per district, nothing else."""

from __future__ import annotations

from flask import render_template

from bot.services import head_counts
from handlers.console.access import context, my_districts, person, right


@right("resident.count")
def counts(municipality: str) -> str:
    """How many people each of my districts reaches; the whole city for those who have the whole city."""
    districts = my_districts("resident.count")
    everywhere = person().may("resident.count", municipality, ())
    with context().database.read() as db:
        cells = head_counts.by_district(db, municipality, [district.id for district in districts])
        rest = head_counts.without_district(db, municipality) if everywhere else 0
    return render_template("console/residents.html", districts=districts, cells=cells, rest=rest, everywhere=everywhere)
