"""Statements typed in by staff, and how statements are taken: the moderator, the promise, election days."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import statement_rules as rules
from bot.core.permissions import Actor
from bot.core.round_table_rules import OTHER_DOORS, title_of_theme
from bot.errors import BadInputError, NotAllowedError
from bot.models import RoundTable, Staff
from bot.now import jst
from bot.services import listening, statements
from bot.services import staff as staff_service
from bot.services.listening import Terms
from bot.services.statements import Entered
from handlers.console import forms
from handlers.console.access import context, my_districts, now, person, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
OPEN = ("planned", "listening", "meeting", "referring")


@right("statement.enter", keeps=True)
def new(municipality: str) -> Answer:
    """Voices that came in elsewhere, or to begin with; one a line."""
    fields = (
        Fields.posted()
        if request.method == "POST"
        else Fields.of({"door": "paper", "round": request.args.get("round", "")})
    )
    if request.method == "GET" or forms.restoring():
        return _new_page(municipality, fields)
    seed = fields.value("door") == "seed"
    door = "desk" if seed else fields.one_of("door", "入口", (*OTHER_DOORS, "seed"))
    lines = [line.strip() for line in fields.value("text").splitlines() if line.strip()]
    if not lines:
        fields.errors["text"] = "声を入れてください。1行に1つです。"
    if fields.errors:
        return _new_page(municipality, fields), 400
    round_id = int(fields.value("round")) if fields.value("round").isdecimal() else None
    district = int(fields.value("district")) if fields.value("district").isdecimal() else None
    try:
        with context().database.write() as db:
            for line in lines:
                statements.enter(db, municipality, person().actor, Entered(line, door, round_id, district, seed), now())
    except BadInputError as error:
        fields.errors["text"] = error.message
        return _new_page(municipality, fields), 400
    except NotAllowedError as error:
        fields.errors["district"] = error.message
        return _new_page(municipality, fields), 400
    flash(f"声を{len(lines)}件加え、公開しました。", "good")
    return redirect(url_for("console.statements", municipality=municipality, view="approved"))


@right("statement.settings", keeps=True)
def settings(municipality: str) -> Answer:
    """Who looks at statements and by when: on any day, or in a round."""
    round_id = request.values.get("round", type=int)
    with context().database.read() as db:
        terms = listening.terms(db, municipality, round_id)
    if request.method == "GET":
        fields = Fields.of({"moderator": str(terms.moderator_id or ""), "hours": str(terms.promise_hours)})
        return _settings_page(municipality, fields, round_id)
    fields = Fields.posted()
    if forms.restoring():
        return _settings_page(municipality, fields, round_id)
    hours = fields.value("hours").strip()
    moderator = int(fields.value("moderator")) if fields.value("moderator").isdecimal() else None
    if not hours.isdecimal():
        fields.errors["hours"] = "時間を数字で入れてください(例: 48)。"
        return _settings_page(municipality, fields, round_id), 400
    try:
        with context().database.write() as db:
            _check_moderator(db, municipality, moderator)
            listening.set_terms(db, municipality, person().actor, Terms(round_id, moderator, int(hours)), now())
    except (BadInputError, NotAllowedError) as error:
        fields.errors["hours" if error.status == 400 else "form"] = error.message
        return _settings_page(municipality, fields, round_id), 409 if error.status == 403 else 400
    flash("受付の決まりを保存しました。", "good")
    return redirect(url_for("console.statements_settings", municipality=municipality, round=round_id))


@right("election.write", keeps=True)
def elections(municipality: str) -> Answer:
    """The days on which voices and votes pause."""
    fields = Fields.posted() if request.method == "POST" else Fields.of({})
    if request.method == "GET" or forms.restoring():
        return _elections_page(municipality, fields)
    name = fields.text("name", "選挙の名前", most=60)
    first, last = fields.day("first_day", "始まりの日"), fields.day("last_day", "終わりの日")
    if first and last and last < first:
        fields.errors["last_day"] = "終わりの日は、始まりの日よりあとにしてください。"
    if fields.errors or first is None or last is None:
        return _elections_page(municipality, fields), 400
    with context().database.write() as db:
        listening.add_election(db, municipality, person().actor, name, (first, last), now())
    flash("選挙の期間を決めました。このあいだ、声と賛否の受付を休みます。", "good")
    return redirect(url_for("console.statements_elections", municipality=municipality))


@right("election.write")
def remove_election(municipality: str, election_id: int) -> Response:
    """Take a period away."""
    with context().database.write() as db:
        listening.remove_election(db, municipality, person().actor, election_id, now())
    flash("選挙の期間を消しました。", "good")
    return redirect(url_for("console.statements_elections", municipality=municipality))


def _new_page(municipality: str, fields: Fields) -> str:
    mine = my_districts("statement.enter")
    with context().database.read() as db:
        rounds = [row for row in _rounds(db, municipality) if row.district_id in {place.id for place in mine}]
    return render_template(
        "console/statement_new.html", fields=fields, rounds=[(row.id, title_of_theme(row.theme)) for row in rounds],
        districts=mine, doors=OTHER_DOORS, most=rules.MOST_CHARS,
        whole_city=person().may("statement.enter", municipality, ()),
    )  # fmt: skip


def _settings_page(municipality: str, fields: Fields, round_id: int | None) -> str:
    mine = {place.id for place in my_districts("statement.settings")}
    with context().database.read() as db:
        rounds = [(row.id, title_of_theme(row.theme)) for row in _rounds(db, municipality) if row.district_id in mine]
        people = [(row.id, row.name) for row, _ in _moderators(db, municipality)]
    return render_template(
        "console/statements_settings.html", fields=fields, round_id=round_id, rounds=rounds, people=people,
        reasons=rules.REASONS, limit=rules.A_DAY, most=rules.MOST_CHARS,
    )  # fmt: skip


def _elections_page(municipality: str, fields: Fields) -> str:
    with context().database.read() as db:
        rows = listening.elections(db, municipality)
    return render_template("console/statements_elections.html", fields=fields, rows=rows, today=jst(now()).date())


def _rounds(db: Session, municipality: str) -> list[RoundTable]:
    query = select(RoundTable).where(RoundTable.municipality_id == municipality, RoundTable.state.in_(OPEN))
    return list(db.scalars(query.order_by(RoundTable.closes_at.desc())))


def _moderators(db: Session, municipality: str) -> list[tuple[Staff, Actor]]:
    """Who may be named: everybody here whose role can look at statements."""
    query = select(Staff).where(Staff.municipality_id == municipality, Staff.active).order_by(Staff.name)
    everyone = [(row, staff_service.actor(db, row)) for row in db.scalars(query)]
    today = jst(now()).date()
    return [(row, actor) for row, actor in everyone if actor.may("statement.moderate", municipality, today)]


def _check_moderator(db: Session, municipality: str, staff_id: int | None) -> None:
    if staff_id is not None and staff_id not in {row.id for row, _ in _moderators(db, municipality)}:
        raise BadInputError("確認する人は、この市町村の座長・役員・市の担当から選んでください。")
