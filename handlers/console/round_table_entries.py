"""What staff type in: choices and voices from paper, phone, desk and room; the record of the meeting."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from bot.core.round_table_rules import OTHER_DOORS
from bot.core.statement_rules import MOST_CHARS
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import RoundTable
from bot.services import meeting_record, round_tables, statements
from bot.services.meeting_record import MAX_ITEMS, Item
from bot.services.statements import Entered
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields
from handlers.console.round_tables import readable

Answer = str | tuple[str, int] | Response
BLANK_ITEMS = 3
ITEM_FIELDS = ("title", "said", "decided", "homework", "in_charge", "due_on")


@right("round_table.write", keeps=True)
def entries(municipality: str, round_table_id: int) -> Answer:
    """Choices by door, and voices one a line: all saved with one button."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        stored = _stored_counts(db, row)
    if request.method == "GET":
        return _entries_page(stored, row)
    fields = Fields.posted()
    if forms.restoring():
        return _entries_page(fields, row)
    door = fields.form.get("door", "") or "paper"
    voices = [line.strip() for line in fields.value("voices").splitlines() if line.strip()]
    try:
        with context().database.write() as db:
            fresh = readable(db, municipality, round_table_id)
            choices = len(round_tables.card_of(db, fresh).choices)
            if choices:
                meeting_record.enter_counts(db, fresh, person().actor, _counts(fields, choices), now())
            _enter_voices(db, fresh, voices, door)
    except (BadInputError, ConflictError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _entries_page(fields, row), 409 if error.status == 403 else error.status
    flash(f"保存しました。声を{len(voices)}件加えました。" if voices else "保存しました。", "good")
    return _to_round(municipality, round_table_id)


@right("round_table.write", keeps=True)
def record(municipality: str, round_table_id: int) -> Answer:
    """The record, item by item; the number of people in the room and no names."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        stored = _stored_record(db, row)
    if request.method == "GET":
        return _record_page(stored, row)
    fields = Fields.posted()
    if forms.restoring():
        return _record_page(fields, row)
    items = _items(fields)
    attendance = _attendance(fields)
    if fields.errors:
        return _record_page(fields, row), 400
    try:
        with context().database.write() as db:
            fresh = readable(db, municipality, round_table_id)
            meeting_record.write_record(db, fresh, person().actor, items, attendance, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _record_page(fields, row), error.status
    flash("記録を保存しました。座長が承認すると、振り分けに進みます。", "good")
    return _to_round(municipality, round_table_id)


def _enter_voices(db: Session, row: RoundTable, voices: Sequence[str], door: str) -> None:
    """Each line once: the same form sent twice adds nothing the second time."""
    known = {one.text for one in statements.of_round(db, row.municipality_id, row.id) if one.door == door}
    for text in dict.fromkeys(voices):
        if statements.checked(text) not in known:
            statements.enter(db, row.municipality_id, person().actor, Entered(text, door, row.id), now())


def _counts(fields: Fields, choices: int) -> dict[str, list[int]]:
    """`paper_0`, `paper_1` ...; an empty field is none."""
    found = {}
    for door in OTHER_DOORS:
        values = [fields.value(f"{door}_{at}").strip() or "0" for at in range(choices)]
        if any(not value.isascii() or not value.isdigit() or len(value) > 5 for value in values):
            raise BadInputError(f"「{OTHER_DOORS[door]}」の人数を、0からの数で入れてください。")
        found[door] = [int(value) for value in values]
    return found


def _stored_counts(db: Session, row: RoundTable) -> Fields:
    counts = meeting_record.counts_of(db, row)
    values = {
        f"{door}_{at}": str(count) if count else ""
        for door, numbers in counts.items()
        for at, count in enumerate(numbers)
    }
    return Fields.of({**values, "door": "meeting" if row.state == "meeting" else "paper", "voices": ""})


def _entries_page(fields: Fields, row: RoundTable) -> str:
    with context().database.read() as db:
        card = round_tables.card_of(db, row)
        said = [one for one in statements.of_round(db, row.municipality_id, row.id) if one.door != "line"]
    return render_template(
        "console/round_table_entries.html",
        fields=fields,
        row=row,
        title=round_tables.title(row),
        card=card,
        doors=OTHER_DOORS,
        said=said,
        most=MOST_CHARS,
        enterable=row.state in meeting_record.ENTERABLE,
    )


def _items(fields: Fields) -> list[Item]:
    """The rows that hold anything, in their order."""
    found = []
    for at in range(_rows(fields.form)):
        values = {name: fields.value(f"{name}_{at}").strip() for name in ITEM_FIELDS}
        if any(values.values()):
            due = fields.day(f"due_on_{at}", f"{at + 1}番目の期限", required=False)
            found.append(
                Item(
                    values["title"],
                    values["said"],
                    values["decided"],
                    values["homework"],
                    values["in_charge"],
                    due,
                )
            )
    return found


def _rows(form: MultiDict[str, str]) -> int:
    """How many rows the form had."""
    numbers = [int(found[1]) for name in form if (found := re.fullmatch(r"title_(\d{1,2})", name))]
    return min(max(numbers, default=-1) + 1, MAX_ITEMS)


def _attendance(fields: Fields) -> int | None:
    value = fields.value("attendance").strip()
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 4:
        fields.errors["attendance"] = "出席者数を数で入れてください。名前は入れません。"
        return None
    return int(value)


def _stored_record(db: Session, row: RoundTable) -> Fields:
    values: dict[str, str] = {"attendance": "" if row.attendance is None else str(row.attendance)}
    items = meeting_record.record_of(db, row)
    for at, item in enumerate(items):
        for name in ITEM_FIELDS:
            value = getattr(item, name)
            values[f"{name}_{at}"] = "" if value is None else str(value)
    for at in range(len(items), min(len(items) + BLANK_ITEMS, MAX_ITEMS)):
        values[f"title_{at}"] = ""
    return Fields.of(values)


def _record_page(fields: Fields, row: RoundTable) -> str:
    return render_template(
        "console/round_table_record.html",
        fields=fields,
        row=row,
        title=round_tables.title(row),
        rows=range(max(_rows(fields.form), BLANK_ITEMS)),
        writable=row.state == "meeting",
    )


def _to_round(municipality: str, round_table_id: int) -> Response:
    return redirect(url_for("console.round_tables_show", municipality=municipality, round_table_id=round_table_id))
