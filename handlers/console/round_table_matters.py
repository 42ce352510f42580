"""振り分け: statements gathered into matters, and each matter referred, on one page with one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.round_table_rules import BODIES
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Matter, RoundTable, Statement
from bot.services import matters, referrals, round_tables, statements
from bot.services.matters import Draft, Seen
from bot.services.staff import departments
from handlers.console import forms
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields
from handlers.console.round_tables import readable

Answer = str | tuple[str, int] | Response
NEW = ("new1", "new2", "new3")
NONE = "none"
TEXTS = ("title", "by_person", "by_community", "by_city")


@dataclass(frozen=True)
class Page:
    """What the page shows besides the form."""

    seen: tuple[Seen, ...]
    said: tuple[Statement, ...]
    any_day: tuple[Statement, ...]
    departments: tuple[str, ...]
    left: frozenset[int]  # referrals to a department in which nobody is left


@right("round_table.write", keeps=True)
def edit(municipality: str, round_table_id: int) -> Answer:
    """All matters, statements and referrals of a round."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        page = _around(db, row)
    stored = _stored(row, page)
    if request.method == "GET":
        return _page(stored, row, page)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row, page)
    try:
        with context().database.write() as db:
            _save(db, readable(db, municipality, round_table_id), fields)
    except (BadInputError, ConflictError, NotAllowedError) as error:
        fields.errors["form"] = error.message
    if fields.errors:
        return _page(fields, row, page), 400
    flash("保存しました。", "good")
    again = "console.round_tables_matters" if fields.value("more") else "console.round_tables_show"
    return redirect(url_for(again, municipality=municipality, round_table_id=round_table_id))


def _save(db: Session, row: RoundTable, fields: Fields) -> None:
    """Everything in one transaction: matters, whose statements they are, to whom they go."""
    made: dict[str, Matter] = {}
    for one in matters.of_round(db, row):
        name = f"m{one.matter.id}"
        if fields.value(f"{name}_gone"):
            matters.remove(db, one.matter, person().actor, now())
            continue
        made[str(one.matter.id)] = one.matter
        if f"{name}_title" in fields.form:
            matters.change(db, one.matter, person().actor, _draft(fields, name, one.matter.summary), now())
    for name in NEW:
        if fields.value(f"{name}_title").strip():
            made[name] = matters.add(db, row, person().actor, _draft(fields, name), now())
    db.flush()
    _gather(db, row, fields, made)
    for key, matter in made.items():
        _refer(db, row, fields, key if key in NEW else f"m{key}", matter)


def _draft(fields: Fields, name: str, summary: str = "") -> Draft:
    values = {part: fields.value(f"{name}_{part}") for part in TEXTS}
    return Draft(values["title"], summary, values["by_person"], values["by_community"], values["by_city"])


def _gather(db: Session, row: RoundTable, fields: Fields, made: Mapping[str, Matter]) -> None:
    """Put statements under the matters chosen for them; a matter of another round is none of these."""
    around = [*statements.of_round(db, row.municipality_id, row.id)]
    around += statements.any_day(db, row.municipality_id, row.district_id)
    around += [
        one
        for matter in made.values()
        for one in statements.of_matter(db, row.municipality_id, matter.id)
        if one.round_table_id is None
    ]
    for one in {each.id: each for each in around}.values():
        chosen = fields.form.get(f"s{one.id}")
        if chosen is None:
            continue
        matter = made.get(chosen)
        if (matter.id if matter else None) != one.matter_id:
            statements.put_under_matter(db, row.municipality_id, [one.id], matter.id if matter else None)


def _refer(db: Session, row: RoundTable, fields: Fields, name: str, matter: Matter) -> None:
    for referral in matters.referrals_of(db, matter):
        if fields.value(f"r{referral.id}_gone"):
            matters.take_back(db, referral, person().actor, now())
        elif f"r{referral.id}_due" in fields.form:
            due = fields.day(f"r{referral.id}_due", f"「{matter.title}」の期限")
            if due is not None:
                matters.refer(db, matter, person().actor, referral.body, referral.name, due, now())
    body = fields.value(f"{name}_body")
    if not body or fields.errors:
        return
    due = fields.day(f"{name}_due", f"「{matter.title}」の期限", required=False) or row.answer_on
    matters.refer(db, matter, person().actor, body, fields.value(f"{name}_name"), due, now())


def _around(db: Session, row: RoundTable) -> Page:
    seen = tuple(matters.of_round(db, row))
    any_day = list(statements.any_day(db, row.municipality_id, row.district_id))
    said = statements.of_round(db, row.municipality_id, row.id)
    gathered = [
        one
        for each in seen
        for one in statements.of_matter(db, row.municipality_id, each.matter.id)
        if one.round_table_id is None
    ]
    return Page(
        seen,
        (*said, *gathered),
        tuple(any_day),
        tuple(departments(db, row.municipality_id)),
        frozenset(_left(db, seen, person().today)),
    )


def _left(db: Session, seen: Sequence[Seen], today: date) -> list[int]:
    return [
        one.id
        for each in seen
        for one in each.referrals
        if one.body == "department" and not referrals.people_of(db, place().id, one.name, today)
    ]


def _stored(row: RoundTable, page: Page) -> Fields:
    values: dict[str, str] = {f"{name}_due": row.answer_on.isoformat() for name in NEW}
    for one in page.seen:
        name = f"m{one.matter.id}"
        values |= {f"{name}_{part}": getattr(one.matter, part) for part in TEXTS}
        values[f"{name}_due"] = row.answer_on.isoformat()
        values |= {f"r{each.id}_due": each.due_on.isoformat() for each in one.referrals}
    values |= {f"s{one.id}": str(one.matter_id or NONE) for one in (*page.said, *page.any_day)}
    return Fields.of(values)


def _page(fields: Fields, row: RoundTable, page: Page) -> str:
    return render_template(
        "console/round_table_matters.html",
        fields=fields,
        row=row,
        page=page,
        title=round_tables.title(row),
        bodies=BODIES,
        new=NEW,
        none=NONE,
        writable=row.state in matters.WRITABLE,
        refers=row.state in matters.REFERRED,
    )
