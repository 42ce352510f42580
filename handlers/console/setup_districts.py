"""First use, the districts: from the shipped pack, a file, or typed; looked at before they are kept."""

from __future__ import annotations

from typing import Final

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import Municipality
from bot.services import first_use, shipped_packs
from content.formats import districts_in
from content.formats.districts_in import DistrictRow
from handlers.console import setup
from handlers.console.access import context, now, person, place, right

Answer = str | tuple[str, int] | Response
FORM_SPARE: Final = 256 * 1024
SAVE: Final = "save"


@right("settings.manage")
def show(municipality: str) -> str:
    """The three ways, and the districts that are there."""
    return _page(municipality)


@right("settings.manage", takes=districts_in.MAX_BYTES * 4 + FORM_SPARE)
def look(municipality: str) -> Answer:
    """Read a file or what was typed, row by row; with `act` save: keep the rows that can be taken."""
    typed = request.form.get("rows", "").replace("\r\n", "\n")
    file = request.files.get("file")
    try:
        if file is not None and file.filename:
            typed = districts_in.text_of(file.stream.read(districts_in.MAX_BYTES + 1))
        rows = _read(municipality, typed)
    except BadInputError as error:
        return _page(municipality, typed, error=error.message), 400
    if request.form.get("act") != SAVE:
        return _page(municipality, typed, rows)
    return _keep(municipality, typed, rows)


@right("settings.manage")
def pack(municipality: str) -> Response:
    """Take the districts, desks and entries that come with the product for this municipality."""
    here, parts = place().municipality, context()
    found, folder = shipped_packs.read(here.code)
    try:
        with parts.database.write(durable=True) as db:
            row = db.get_one(Municipality, municipality)
            samples = parts.settings.demo
            count = shipped_packs.load(db, row, found, folder, person().actor, now(), samples=samples)
    except ConflictError as error:
        flash(error.message, "bad")
        return redirect(url_for("console.setup_districts", municipality=municipality), 303)
    flash(f"{count}地区と、用意した記事を入れました。", "good")
    return redirect(url_for("console.setup_districts", municipality=municipality), 303)


@right("settings.manage")
def template(municipality: str) -> FlaskResponse:
    """An empty table to be filled in with Excel, with one row that shows how."""
    words = place().municipality.facts.get("words", {})
    council, centre = words.get("council", "まちづくり協議会"), words.get("centre", "センター")
    row = (districts_in.EXAMPLE, "れいのちく", f"例の地区{council}", f"例の{centre}", "", "", "", "")
    return FlaskResponse(
        districts_in.template(row), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="districts-{municipality}.csv"'},
    )  # fmt: skip


def _read(municipality: str, typed: str) -> list[DistrictRow]:
    with context().database.read() as db:
        known = first_use.known(db, municipality)
    return districts_in.read(typed, known, place().municipality.facts.get("words", {}))


def _keep(municipality: str, typed: str, rows: list[DistrictRow]) -> Answer:
    taken = [row.district for row in rows if row.district is not None]
    if not taken:
        return _page(municipality, typed, rows, error="保存できる行がありません。赤い行を直してください。"), 400
    with context().database.write(durable=True) as db:
        made, changed = first_use.add_districts(db, municipality, taken, person().actor, now())
    refused = len(rows) - len(taken)
    left = f"取り込めなかった{refused}行は、直してもう一度入れてください。" if refused else ""
    flash(f"新しく{made}地区を入れ、{changed}地区を直しました。{left}", "warn" if refused else "good")
    if refused:
        keep = typed if len(typed) <= FORM_SPARE else ""
        return _page(municipality, keep, _read(municipality, keep) if keep else [])
    return redirect(url_for("console.setup_districts", municipality=municipality), 303)


def _page(municipality: str, typed: str = "", rows: list[DistrictRow] | None = None, error: str = "") -> str:
    standing = setup.standing_of(municipality)
    shipped = shipped_packs.of_code(place().municipality.code)
    with context().database.read() as db:
        names = [one.name for one in first_use.known(db, municipality)]
    return render_template(
        "console/setup_districts.html", table_text=typed, rows=rows or [], error=error, names=names,
        good=sum(row.district is not None for row in rows or []), shipped=shipped,
        columns=districts_in.HEADER, most=districts_in.MAX_DISTRICTS, **setup.steps("districts", standing),
    )  # fmt: skip
