"""The one page that opens a round table; the same page changes it until residents have got it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.round_table_rules import KINDS
from bot.errors import BadInputError, ConflictError
from bot.models import District, RoundTable
from bot.now import jst
from bot.services import round_tables as service
from bot.services.poll_form import MAX_CHOICE, MAX_CHOICES, MAX_QUESTION, MIN_CHOICES
from bot.services.round_table_form import MAX_ANSWERER, MAX_PLACE, MAX_THEME_LINE, THEME_LINES, Opening
from handlers.console import forms
from handlers.console.access import context, my_districts, now, person, right
from handlers.console.forms import Fields
from handlers.console.round_tables import readable

Answer = str | tuple[str, int] | Response
LIMITS = {"question": MAX_QUESTION, "choice": MAX_CHOICE, "choices": MAX_CHOICES, "place": MAX_PLACE}
MAX_THEME = THEME_LINES * (MAX_THEME_LINE + 1)
DAYS_TO_CLOSE, DAYS_TO_MEETING, DAYS_TO_ANSWER = 14, 21, 35


@right("round_table.write", keeps=True)
def new(municipality: str) -> Answer:
    """Open the next round of a series. Its card goes to a second person at once."""
    if request.method == "GET":
        return _page(_blank(municipality), None)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, None)
    opening = _read(fields)
    if opening is None:
        return _page(fields, None), 400
    try:
        with context().database.write() as db:
            row = service.open_round(db, municipality, person().actor, opening, now())
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _page(fields, None), 400
    flash("会議を開きました。ほかの人が案内を承認すると、募集が始まります。", "good")
    return redirect(url_for("console.round_tables_show", municipality=municipality, round_table_id=row.id))


@right("round_table.write", keeps=True)
def edit(municipality: str, round_table_id: int) -> Answer:
    """Change it as long as nobody has got its card; what was asked stays as it was afterwards."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        stored = _stored(db, row)
    if request.method == "GET":
        return _page(stored, row)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    opening = _read(fields)
    if opening is None:
        return _page(fields, row), 400
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            changing = readable(db, municipality, round_table_id)
            service.change(db, changing, person().actor, opening, version, now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _page(fields, row), error.status
    flash("直したものを保存しました。案内は、もう一度承認に出しました。", "good")
    return redirect(url_for("console.round_tables_show", municipality=municipality, round_table_id=round_table_id))


def _read(fields: Fields) -> Opening | None:
    """The posted form; None when something is to be mended (`fields.errors`)."""
    mine = {district.id for district in my_districts("round_table.write")}
    district = next((number for number in fields.numbers("district") if number in mine), None)
    if district is None:
        fields.errors["district"] = "地区を選んでください。"
    kind = fields.one_of("kind", "会議の種類", KINDS)
    theme = fields.text("theme", "テーマ", most=MAX_THEME)
    question = fields.text("question", "設問", most=MAX_QUESTION, required=False)
    choices = tuple(line.strip() for line in fields.value("choices").splitlines() if line.strip())
    if question and not MIN_CHOICES <= len(choices) <= MAX_CHOICES:
        fields.errors["choices"] = f"選択肢は、1行に1つずつ、{MIN_CHOICES}つから{MAX_CHOICES}まで書いてください。"
    if choices and not question:
        fields.errors["question"] = "設問を書いてください。"
    closes, meets = fields.moment("close", "締切"), fields.moment("meet", "会議")
    place, answerer = (
        fields.text("place", "場所", most=MAX_PLACE),
        fields.text("answerer", "答える人", most=MAX_ANSWERER),
    )
    answer_on = fields.day("answer_on", "回答予定日")
    if fields.errors or district is None or closes is None or meets is None or answer_on is None:
        return None
    takes, voting = bool(fields.value("takes_statements")), bool(fields.value("voting"))
    return Opening(
        district, kind, theme, closes, meets, place, answerer, answer_on, question, choices,
        takes_statements=takes, voting=takes and voting, asks_age=bool(question and fields.value("asks_age")),
    )  # fmt: skip


def _blank(municipality: str) -> Fields:
    """What can be known beforehand is filled in: the place and who answers as last time, usual days."""
    mine = my_districts("round_table.write")
    wanted = request.args.get("district", type=int)
    home = next((district for district in mine if district.id == wanted), mine[0] if mine else None)
    with context().database.read() as db:
        before = _last(db, municipality, home)
        copied = _copied(db, municipality, request.args.get("copy", 0, type=int))
    local = jst(now())
    return Fields.of(
        copied
        | {
            "district": str(home.id) if home and (len(mine) == 1 or wanted) else "",
            "kind": "round_table",
            "place": before.place if before else _centre(home),
            "answerer": before.answerer if before else "",
            "takes_statements": "1",
            **_date("close", (local + timedelta(days=DAYS_TO_CLOSE)).replace(hour=17, minute=0)),
            **_date("meet", (local + timedelta(days=DAYS_TO_MEETING)).replace(hour=19, minute=0)),
            "answer_on": (local + timedelta(days=DAYS_TO_ANSWER)).date().isoformat(),
        }
    )


def _copied(db: Session, municipality: str, round_table_id: int) -> dict[str, str]:
    """The words of an earlier round; its days are not taken over."""
    row = db.get(RoundTable, round_table_id)
    if row is None or row.municipality_id != municipality:
        return {}
    stored = _stored(db, readable(db, municipality, round_table_id))
    kept = ("theme", "question", "choices", "takes_statements", "voting", "asks_age")
    return {name: stored.value(name) for name in kept}


def _last(db: Session, municipality: str, home: District | None) -> RoundTable | None:
    rows = service.listing(db, municipality, person().actor, person().today)
    return next((row for row in rows if home is not None and row.district_id == home.id), None)


def _centre(home: District | None) -> str:
    return str(home.facts.get("centre") or "") if home is not None else ""


def _stored(db: Session, row: RoundTable) -> Fields:
    card = service.card_of(db, row)
    return Fields.of(
        {
            "district": str(row.district_id),
            "kind": row.kind,
            "theme": row.theme,
            "question": card.poll.question if card.poll else "",
            "choices": "\n".join(card.choices),
            "place": row.place,
            "answerer": row.answerer,
            "takes_statements": "1" if row.takes_statements else "",
            "voting": "1" if row.voting else "",
            "asks_age": "1" if card.poll is not None and card.poll.asks_age else "",
            **_date("close", jst(row.closes_at)),
            **_date("meet", jst(row.meets_at)),
            "answer_on": _iso(row.answer_on),
        }
    )


def _date(name: str, moment: datetime) -> dict[str, str]:
    return {f"{name}_date": f"{moment:%Y-%m-%d}", f"{name}_time": f"{moment:%H:%M}"}


def _iso(day: date) -> str:
    return day.isoformat()


def _page(fields: Fields, row: RoundTable | None) -> str:
    mine = my_districts("round_table.write")
    return render_template(
        "console/round_table_form.html",
        fields=fields,
        row=row,
        title=service.title(row) if row else "",
        districts=mine,
        kinds=KINDS,
        limits=LIMITS,
    )
