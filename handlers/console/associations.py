"""The 部数表 of a district, the paper of one issue, and the codes that link a post with LINE, to be printed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Channel, NeighbourhoodAssociation
from bot.services import associations, circulars, holders
from bot.services.announcement_filters import HOLDER_NAMES
from bot.services.associations import Line
from bot.services.holders import HolderWish, Printed
from bot.services.poll_print import chat_link, qr
from handlers.console import forms
from handlers.console.access import context, now, person, place, right
from handlers.console.circulars import readable
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
NEW_ROWS = 5


@dataclass(frozen=True)
class Slip:
    """One code as it is cut out: what is sent in the chat, and the QR code that opens the chat with it."""

    printed: Printed
    title: str
    word: str
    qr: str


@right("announcement.read")
def papers(municipality: str, circular_id: int) -> Answer:
    """The print order of one issue, and which associations got their paper."""
    with context().database.read() as db:
        row = readable(db, municipality, circular_id)
        found = associations.papers(db, row)
    return render_template(
        "console/circular_papers.html", row=row, name=circulars.name(row), papers=found, words=associations.PAPER_WORDS,
        total=sum(one.copies for one in found),
        writes=person().may("circular.manage", municipality, (row.district_id,)),
    )  # fmt: skip


@right("circular.manage")
def mark(municipality: str, circular_id: int) -> Response:
    """Mark papers 配った or なし."""
    with context().database.write() as db:
        row = readable(db, municipality, circular_id)
        wanted = {
            one.association.id: request.form[f"paper_{one.association.id}"]
            for one in associations.papers(db, row)
            if f"paper_{one.association.id}" in request.form
        }
        changed = associations.mark(db, row, person().actor, wanted, now())
    flash(f"{changed}件の印を変えました。" if changed else "変わったところはありません。", "good")
    return redirect(url_for("console.circulars_papers", municipality=municipality, circular_id=circular_id))


@right("announcement.read")
def papers_file(municipality: str, circular_id: int) -> Response:
    """The print order as CSV."""
    with context().database.read() as db:
        row = readable(db, municipality, circular_id)
        made = make_response(associations.csv(db, row))
    made.headers["Content-Type"] = "text/csv; charset=utf-8"
    made.headers["Content-Disposition"] = f'attachment; filename="circular-{row.issue_on.isoformat()}.csv"'
    return made


@right("circular.manage", keeps=True)
def table(municipality: str, district_id: int) -> Answer:
    """The associations of a district with their copies; kept from issue to issue."""
    _mine(municipality, district_id, "circular.manage")
    if request.method == "GET":
        return _table(municipality, district_id, Fields.of({}))
    fields = Fields.posted()
    if forms.restoring():
        return _table(municipality, district_id, fields)
    lines = _lines(fields)
    if lines is None:
        return _table(municipality, district_id, fields), 400
    try:
        with context().database.write() as db:
            changed = associations.save(db, municipality, person().actor, district_id, lines, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _table(municipality, district_id, fields), error.status
    flash(f"部数表を保存しました({changed}件)。" if changed else "変わったところはありません。", "good")
    return redirect(url_for("console.associations", municipality=municipality, district_id=district_id))


@right("slip.write")
def codes(municipality: str, district_id: int) -> Answer:
    """Make codes for one association; shown once, to be printed now."""
    _mine(municipality, district_id, "slip.write")
    fields = Fields.posted()
    until = fields.day("until", "任期の終わり")
    post = fields.one_of("post", "役", HOLDER_NAMES)
    chosen = (fields.numbers("association") or (0,))[0]
    if fields.errors or until is None:
        return _table(municipality, district_id, fields), 400
    units = tuple(unit for unit in (one.strip() for one in fields.value("units").splitlines()) if unit)
    try:
        with context().database.write() as db:
            row = _chosen(db, municipality, district_id, chosen)
            made = holders.make_codes(db, person().actor, row, HolderWish(post, units, until), now())
            channel = db.get(Channel, municipality)
    except NotFoundError:
        fields.errors["association"] = "町内会・区を選んでください。"
        return _table(municipality, district_id, fields), 400
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _table(municipality, district_id, fields), 400
    basic_id = channel.basic_id if channel is not None and channel.basic_id else ""
    slips = [_slip(one, basic_id) for one in made]
    page = make_response(render_template("console/holder_codes.html", slips=slips, district_id=district_id))
    page.headers["Cache-Control"] = "no-store"
    return page


def _chosen(db: Session, municipality: str, district_id: int, association_id: int) -> NeighbourhoodAssociation:
    """The association codes are made for, if it is this district's. Raises NotFoundError."""
    row = associations.get(db, municipality, association_id)
    if row.district_id != district_id:
        raise NotFoundError("町内会・区を選んでください。")
    return row


def _mine(municipality: str, district_id: int, name: str) -> None:
    here = any(one.id == district_id for one in place().districts)
    if not here or not person().may(name, municipality, (district_id,)):
        raise NotFoundError("その地区は、担当ではありません。")


def _lines(fields: Fields) -> list[Line] | None:
    """The rows of the posted table; None when a number is none."""
    found = []
    for key in fields.form.getlist("row"):
        name = " ".join(fields.value(f"name_{key}").split())
        copies = fields.value(f"copies_{key}").strip() or "0"
        old = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else None
        if old is None and not name:
            continue
        if not (copies.isascii() and copies.isdigit() and len(copies) < 5):
            fields.errors[f"copies_{key}"] = f"「{name}」の部数を、0から9999までの数で入れてください。"
            continue
        was = (fields.value(f"was_name_{key}"), _number(fields.value(f"was_copies_{key}"))) if old is not None else None
        found.append(Line(old, name, int(copies), was, removed=bool(fields.value(f"remove_{key}"))))
    return None if fields.errors else found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1


def _table(municipality: str, district_id: int, fields: Fields) -> str:
    with context().database.read() as db:
        rows = associations.listing(db, municipality, district_id)
        held = holders.linked(db, municipality, district_id, person().today)
    return render_template(
        "console/associations.html", fields=fields, district_id=district_id, rows=rows, posts=HOLDER_NAMES,
        held=[holders.title(one.neighbourhood, one.unit, one.post) for one in held],
        new_rows=[f"new{at}" for at in range(NEW_ROWS)], total=sum(one.copies for one in rows),
        gives=person().may("slip.write", municipality, (district_id,)),
    )  # fmt: skip


def _slip(one: Printed, basic_id: str) -> Slip:
    word = f"連絡票 {holders.shown(one.code)}"
    link = chat_link(basic_id, word) if basic_id else ""
    return Slip(one, holders.title(one.association, one.unit, one.post), word, qr(link) if link else "")
