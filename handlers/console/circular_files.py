"""Picture and paper of a circular's item, chosen on a page of their own; the whole issue on paper."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.line.limits import MAX_PICTURE_BYTES
from bot.models.announcement_file import FILE_KINDS
from bot.services import circular_files, circular_items, circular_print, circulars, printing
from bot.services.announcement_files import MAX_UPLOAD
from handlers.console.access import context, now, person, place, right
from handlers.console.announcement_files import uploaded
from handlers.console.circulars import readable

Answer = str | tuple[str, int] | Response


@right("announcement.write", takes=MAX_UPLOAD)
def files(municipality: str, item_id: int) -> Answer:
    """Attach or take away; checked and drawn before anything is stored."""
    if request.method == "GET":
        return _page(municipality, item_id)
    with context().database.read() as db:  # before any work is done for somebody else
        readable(db, municipality, circular_items.get_item(db, municipality, item_id).circular_id)
    kind = request.form.get("kind", "")
    if kind not in FILE_KINDS:
        return _page(municipality, item_id, ("picture", "写真かチラシかを選んでください。")), 400
    try:
        if "remove" in request.form:
            with context().database.write() as db:
                item = circular_items.get_item(db, municipality, item_id)
                circular_files.detach(db, item, person().actor, kind, now())
            flash("はずしました。", "good")
        else:
            store = circular_files.prepare(uploaded(kind))
            with context().database.write() as db:
                store(db, circular_items.get_item(db, municipality, item_id), person().actor, now())
            flash("写真を付けました。" if kind == "picture" else "チラシを付けました。", "good")
    except (BadInputError, ConflictError) as error:
        return _page(municipality, item_id, (kind, error.message)), error.status
    return redirect(url_for("console.circulars_item_files", municipality=municipality, item_id=item_id))


@right("announcement.read")
def paper(municipality: str, circular_id: int) -> str:
    """The issue as a page to print: works without fonts, PDF and scripts."""
    with context().database.read() as db:
        row = readable(db, municipality, circular_id)
        items = circulars.items_of(db, row)
        sheets = circular_print.sheets(db, row, context().settings.public_url)
        attached = circular_files.of_items(db, items)
    return render_template(
        "console/circular_print.html", row=row, name=circulars.name(row),
        sheets=[(sheet, attached[item.id]) for sheet, item in zip(sheets, items, strict=True)],
    )  # fmt: skip


@right("announcement.read")
def pdf(municipality: str, circular_id: int) -> Response:
    """The same as PDF."""
    with context().database.read() as db:
        row = readable(db, municipality, circular_id)
        sheets = circular_print.sheets(db, row, context().settings.public_url)
    answer = make_response(printing.pdf("circular.typ", {"sheets": [asdict(one) for one in sheets]}))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="circular-{circular_id}.pdf"'
    return answer


def _page(municipality: str, item_id: int, problem: tuple[str, str] | None = None) -> str:
    with context().database.read() as db:
        item = circular_items.get_item(db, municipality, item_id)
        row = readable(db, municipality, item.circular_id)
        attached = circular_files.of_items(db, [item])[item.id]
        changeable = circulars.issue(db, row).changeable
    name = f"{place().district_name(row.district_id)} {circulars.name(row)}"
    return render_template(
        "console/announcement_files.html", row=item, picture=attached.get("picture"), paper=attached.get("paper"),
        open=changeable and person().may("announcement.write", municipality, (row.district_id,)),
        trail=(
            ("回覧", url_for("console.circulars", municipality=municipality)),
            (name, url_for("console.circulars_show", municipality=municipality, circular_id=row.id)),
            (item.title, url_for("console.circulars_item", municipality=municipality, item_id=item.id)),
        ),
        folder=f"/m/{municipality}/circulars", problem=problem, words=request.form.get("words", ""),
        most=MAX_PICTURE_BYTES,
    )  # fmt: skip
