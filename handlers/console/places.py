"""Districts: their contacts, and what becomes of them (new, renamed, merged)."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, EntakuError, NotAllowedError
from bot.models import District
from bot.services import associations, district_changes, district_contacts, head_counts, organisations
from bot.services.district_changes import NewDistrict, Wish
from bot.services.district_contacts import Contact
from bot.services.organisations import Wanted
from handlers.console import forms
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

Answer = str | Response | tuple[str, int]
CONTACT = tuple(field.name for field in fields(Contact))


def add(console: Blueprint, path: str) -> None:
    """The pages, below the municipality's own path."""
    one = f"{path}/districts/<int:district_id>"
    console.add_url_rule(f"{path}/districts", "districts", overview)
    console.add_url_rule(f"{path}/districts/new", "districts_new", new, methods=["GET", "POST"])
    console.add_url_rule(one, "districts_show", show)
    console.add_url_rule(f"{one}/contact", "districts_contact", contact, methods=["GET", "POST"])
    console.add_url_rule(f"{one}/change", "districts_change", change, methods=["GET", "POST"])
    console.add_url_rule(f"{one}/stay", "districts_cancel", cancel, methods=["POST"])


@right("district.read")
def overview(municipality: str) -> str:
    """Every district with whom to ask there, mine first; what is planned; what has ended."""
    mine = {one.id for one in place().districts if person().may("district.contact", municipality, (one.id,))}
    with context().database.read() as db:
        rows = district_contacts.of_all(db, municipality, place().districts)
        planned = [one for one in district_changes.changes(db, municipality) if one.state == "planned"]
    rows.sort(key=lambda pair: pair[0].id not in mine)
    return render_template("console/districts.html", rows=rows, mine=mine, planned=planned)


@right("district.read")
def show(municipality: str, district_id: int) -> str:
    """One district: whom to ask, its associations and organisations, its former names, what is planned."""
    with context().database.read() as db:
        row = district_changes.get(db, municipality, district_id)
        desk = district_contacts.desk_of(db, row)
        seen = {
            "contact": district_contacts.of(db, row),
            "checked_on": _day(desk.data.get("checked_on")) if desk is not None else None,
            "names": district_changes.former_names(db, row),
            "changes": district_changes.changes(db, municipality, row.id),
            "associations": associations.listing(db, municipality, row.id),
            "organisations": organisations.listing(db, municipality, person().actor, Wanted(row.key), now()),
            "people": head_counts.by_district(db, municipality, [row.id]).counts[row.id],
            "successor": district_changes.last_of(db, row) if row.successor_id else None,
        }
    counts = person().may("resident.count", municipality, (row.id,))
    contacts = row.valid_to is None and person().may("district.contact", municipality, (row.id,))
    return render_template("console/district.html", row=row, contacts=contacts, counts=counts, **seen)


@right("district.contact", keeps=True)
def contact(municipality: str, district_id: int) -> Answer:
    """Change whom residents are told to ask."""
    if not person().may("district.contact", municipality, (district_id,)):
        raise NotAllowedError("この地区の連絡先を直す役割がありません。")
    posted = request.method == "POST"
    with context().database.read() as db:
        row = district_changes.get(db, municipality, district_id)
        known = district_contacts.of(db, row)
    if not posted:
        return _contact_form(row, Fields.of(asdict(known) | {"seen": known.seen}))
    form = Fields.posted()
    new = district_contacts.tidy(Contact(**{name: form.value(name) for name in CONTACT}))
    form.errors |= district_contacts.problems(new)
    if forms.restoring() or form.errors:
        return _contact_form(row, form), 200 if forms.restoring() else 400
    try:
        with context().database.write() as db:
            mine = district_changes.get(db, municipality, district_id)
            changed = district_contacts.change(db, mine, person().actor, new, form.value("seen"), now())
    except ConflictError as error:
        form.errors["form"] = error.message
        return _contact_form(row, form, known), error.status
    said = f"{row.name}の連絡先を直しました。次の質問から、この内容で答えます。"
    flash(said if changed else "変わったところはありません。", "good")
    return redirect(url_for("console.districts_show", municipality=municipality, district_id=district_id))


@right("district.change", keeps=True)
def new(municipality: str) -> Answer:
    """Make a district that did not exist before."""
    form = Fields.posted() if request.method == "POST" else Fields.of({})
    if request.method == "GET" or forms.restoring():
        return render_template("console/district_new.html", fields=form)
    wish = NewDistrict(
        form.text("name", "地区の名前", most=district_changes.MAX_NAME), form.text("kana", "読みがな", most=60),
        form.value("key").strip(), form.text("council", "協議会の名前", most=80),
        form.text("centre", "センターの名前", most=80),
    )  # fmt: skip
    if not form.errors:
        try:
            with context().database.write() as db:
                row = district_changes.create(db, municipality, person().actor, wish, now())
        except EntakuError as error:
            form.errors["form"] = error.message
        else:
            flash(f"{row.name}を作りました。連絡先を入れてください。", "good")
            return redirect(url_for("console.districts_contact", municipality=municipality, district_id=row.id))
    return render_template("console/district_new.html", fields=form), 400


@right("district.change", keeps=True)
def change(municipality: str, district_id: int) -> Answer:
    """Decide a renaming or a merging, with its day."""
    with context().database.read() as db:
        row = district_changes.get(db, municipality, district_id)
        people = head_counts.by_district(db, municipality, [row.id]).counts[row.id]
    form = Fields.posted() if request.method == "POST" else Fields.of({"kind": "rename"})
    if request.method == "GET" or forms.restoring():
        return render_template("console/district_change.html", row=row, fields=form, people=people)
    wish = _wish(form)
    if wish is not None:
        try:
            with context().database.write() as db:
                mine = district_changes.get(db, municipality, district_id)
                district_changes.plan(db, mine, person().actor, wish, now())
        except (BadInputError, ConflictError) as error:
            form.errors["form"] = error.message
        else:
            flash("決めました。その日になると、自動で変わります。", "good")
            return redirect(url_for("console.districts_show", municipality=municipality, district_id=district_id))
    return render_template("console/district_change.html", row=row, fields=form, people=people), 400


@right("district.change")
def cancel(municipality: str, district_id: int) -> Response:
    """Take back what was decided for this district, before its day."""
    with context().database.write() as db:
        district_changes.get(db, municipality, district_id)
        for made in district_changes.changes(db, municipality, district_id):
            if made.state == "planned" and made.district_id == district_id:
                district_changes.cancel(db, municipality, person().actor, made.id, now())
                flash("取りやめました。いまのままです。", "good")
    return redirect(url_for("console.districts_show", municipality=municipality, district_id=district_id))


def _wish(form: Fields) -> Wish | None:
    """What the form asks for; None when something has to be mended."""
    kind = form.one_of("kind", "どうするか", ("rename", "merge"))
    day = form.day("takes_effect_on", "変わる日")
    if kind == "rename":
        name = form.text("name", "新しい名前", most=district_changes.MAX_NAME)
        kana = form.text("kana", "読みがな", most=60)
        return Wish(day, name, kana) if day and not form.errors else None
    into = form.numbers("into")
    if not into:
        form.errors.setdefault("into", "いっしょになる先の地区を選んでください。")
    return Wish(day, into_id=into[0]) if day and into and not form.errors else None


def _contact_form(row: District, form: Fields, known: Contact | None = None) -> str:
    """The form; `known`: what somebody else has put there meanwhile, shown beside what was typed."""
    return render_template("console/district_contact.html", row=row, fields=form, known=known)


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
