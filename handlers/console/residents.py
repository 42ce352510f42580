"""Residents: numbers per district, and how many may give no voices for now. Nobody is shown or looked up."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import NotFoundError
from bot.services import head_counts, voice_pauses
from handlers.console.access import context, my_districts, now, person, right


@right("resident.count")
def counts(municipality: str) -> str:
    """How many people each of my districts reaches; the whole city for those who have the whole city."""
    districts = my_districts("resident.count")
    everywhere = person().may("resident.count", municipality, ())
    with context().database.read() as db:
        cells = head_counts.by_district(db, municipality, [district.id for district in districts])
        rest = head_counts.without_district(db, municipality) if everywhere else 0
        paused = voice_pauses.people(db, municipality, now())
    return render_template(
        "console/residents.html", districts=districts, cells=cells, rest=rest, everywhere=everywhere, paused=paused
    )


@right("voice.lift")
def lift(municipality: str) -> Response:
    """Somebody named their code at the desk: their voices are taken again."""
    try:
        with context().database.write() as db:
            voice_pauses.lift(db, municipality, person().actor, request.form.get("code", ""), now())
    except NotFoundError as error:
        flash(error.message, "bad")
    else:
        flash("声の休みを解きました。今から、また声を送れます。", "good")
    return redirect(url_for("console.residents", municipality=municipality))
