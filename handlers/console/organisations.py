"""Organisations (団体): the list of a district's, and what is done with one besides its form: ended, taken up again."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.now import jst
from bot.services import organisations as service
from bot.services.organisations import Wanted
from handlers.console import organisation_form
from handlers.console.access import context, now, person, place, right
from handlers.console.entry_form import to_entry
from handlers.console.forms import Fields


def add(console: Blueprint, path: str) -> None:
    """The pages, below the municipality's own path; one organisation is shown on its entry's page."""
    one, both = f"{path}/organisations/<int:organisation_id>", ["GET", "POST"]
    console.add_url_rule(f"{path}/organisations", "organisations", listing)
    console.add_url_rule(f"{path}/organisations/new", "organisations_new", organisation_form.new, methods=both)
    console.add_url_rule(f"{one}/edit", "organisations_edit", organisation_form.edit, methods=both)
    console.add_url_rule(f"{one}/end", "organisations_end", end, methods=["POST"])
    console.add_url_rule(f"{one}/restore", "organisations_restore", restore, methods=["POST"])


@right("district.read")
def listing(municipality: str) -> str:
    """Those of a district (and of the whole city) or all; by words; the ones there are, ended ones, drafts."""
    keys = {one.key: one.name for one in place().districts}
    chosen, view = request.args.get("district", ""), request.args.get("view", "now")
    wanted = Wanted(
        chosen if chosen in keys else "",
        request.args.get("q", "").strip()[:100],
        view if view in service.VIEWS else "now",
    )
    with context().database.read() as db:
        found = service.listing(db, municipality, person().actor, wanted, now())
        counts = service.counts(db, municipality, now())
    return render_template("console/organisations.html", found=found, wanted=wanted, counts=counts, names=keys)


@right("organisation.write")
def end(municipality: str, organisation_id: int) -> Response:
    """It is no more from a day on."""
    fields = Fields.posted()
    with context().database.read() as db:
        organisation_form.editable(db, municipality, organisation_id)
    last = fields.day("last_day", "最後の日")
    if last is None:
        flash(fields.errors["last_day"], "bad")
        return to_entry(municipality, organisation_id)
    try:
        with context().database.write() as db:
            row = service.get(db, municipality, organisation_id)
            service.end(db, row, person().actor, last, _version(), now())
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return to_entry(municipality, organisation_id)
    if last >= jst(now()).date():
        flash("最後の日を決めました。その日を過ぎると、答えと公開のページに出なくなります。", "good")
    return to_entry(municipality, organisation_id)


@right("organisation.write")
def restore(municipality: str, organisation_id: int) -> Response:
    """Back as it was before it was ended."""
    try:
        with context().database.write() as db:
            row = service.get(db, municipality, organisation_id)
            service.restore(db, row, person().actor, _version(), now())
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
    else:
        flash("元に戻しました。次の質問から、また答えます。", "good")
    return to_entry(municipality, organisation_id)


def _version() -> int:
    return request.form.get("version", -1, type=int)
