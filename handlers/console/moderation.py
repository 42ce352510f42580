"""声の確認: one waiting statement at a time, and what may be done with it. Nowhere does it say who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import statement_rules as rules
from bot.core.round_table_rules import title_of_theme
from bot.errors import BadInputError, ConflictError
from bot.models import ModerationAct, RoundTable, Statement
from bot.now import real_now
from bot.services import listening, moderation, statements
from bot.services.moderation import Desk
from bot.services.outbox import At
from handlers.console import reading
from handlers.console.access import context, now, person, right

Answer = str | tuple[str, int] | Response
VIEWS = ("waiting", *(state for state in rules.STATES if state != "waiting"))


@dataclass(frozen=True)
class Sheet:
    """One statement with what belongs to it on its page."""

    row: Statement
    theme: str
    alike: tuple[Statement, ...]
    others: tuple[Statement, ...]
    acts: tuple[ModerationAct, ...]
    mine: bool  # this person may decide
    rewordable: bool
    late: bool


@right("statement.read")
def listing(municipality: str) -> str:
    """What waits: the most urgent one with its buttons. Or a list of statements in another state."""
    view = request.args.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    with context().database.read() as db:
        waiting = moderation.waiting(db, municipality, person().actor, now())
        themes = themes_of(db, municipality)
        rows = [] if view == "waiting" else _rows(db, municipality, view)
        sheet = _sheet(db, waiting[_skip(len(waiting))], now()) if view == "waiting" and waiting else None
    _note(municipality, sheet.row if sheet else None)
    if rows and view != "approved":
        reading.note(municipality, "statement.read", "statements:")
    return render_template(
        "console/statements.html", view=view, waiting=len(waiting), sheet=sheet, rows=rows, themes=themes,
        rules=rules, skip=_skip(len(waiting)), now=now(),
    )  # fmt: skip


@right("statement.read")
def show_one(municipality: str, statement_id: int) -> str:
    """One statement, whatever its state."""
    with context().database.read() as db:
        row = moderation.readable(db, municipality, person().actor, statement_id, now())
        sheet = _sheet(db, row, now())
    _note(municipality, row)
    return render_template("console/statement.html", sheet=sheet, rules=rules, now=now())


def _note(municipality: str, row: Statement | None) -> None:
    """Words that nobody has let through are read: that stands in the record."""
    if row is not None and row.text and row.state != "approved":
        reading.note(municipality, "statement.read", f"statement:{row.id}")


@right("statement.moderate")
def approve(municipality: str, statement_id: int) -> Answer:
    """Show it to others; with new words where they were changed in the same form."""
    words = request.form.get("text", "").strip()

    def act(db: Session, desk: Desk) -> None:
        row = moderation.readable(db, municipality, desk.actor, statement_id, now())
        if words and words != row.text:
            moderation.reword(db, desk, municipality, statement_id, words)
        moderation.approve(db, desk, municipality, statement_id)

    return _do(municipality, statement_id, act, "公開しました。")


@right("statement.moderate")
def refuse(municipality: str, statement_id: int) -> Answer:
    """Do not show it, for one of the reasons."""
    reason = request.form.get("reason", "")
    return _do(
        municipality, statement_id,
        lambda db, desk: moderation.refuse(db, desk, municipality, statement_id, reason),
        f"見送りました(理由: {rules.REASONS.get(reason, '')})。返事を望んだ人には、理由と次の方法を伝えます。",
    )  # fmt: skip


@right("statement.moderate")
def merge(municipality: str, statement_id: int) -> Answer:
    """Put it together with one that says the same."""
    into = request.form.get("into", 0, type=int)

    def act(db: Session, desk: Desk) -> None:
        if not into:
            raise BadInputError("まとめる先を選んでください。")
        moderation.readable(db, municipality, desk.actor, into, now())
        moderation.merge(db, desk, municipality, statement_id, into)

    return _do(municipality, statement_id, act, "まとめました。声の数と賛否は、まとめた先に移りました。")


@right("statement.moderate")
def reword(municipality: str, statement_id: int) -> Answer:
    """Clearer words for one that is shown already, before the first vote."""
    words = request.form.get("text", "").strip()
    return _do(
        municipality, statement_id,
        lambda db, desk: moderation.reword(db, desk, municipality, statement_id, words),
        "言い直しました。返事を望んだ人には、新しい言葉を伝えます。",
    )  # fmt: skip


@right("statement.moderate")
def hide(municipality: str, statement_id: int) -> Answer:
    """Stop showing what was approved."""
    reason = request.form.get("reason", "")
    return _do(
        municipality, statement_id,
        lambda db, desk: moderation.hide(db, desk, municipality, statement_id, reason),
        "公開をやめました。言葉は消え、寄せられた賛否の数は残ります。",
    )  # fmt: skip


@right("statement.read")
def log(municipality: str) -> str:
    """What staff did with statements, the newest first."""
    with context().database.read() as db:
        rows = moderation.log_rows(db, municipality, person().actor, now())
        themes = themes_of(db, municipality)
    counts = {reason: sum(act.reason == reason for act, _ in rows) for reason in rules.REASONS}
    return render_template("console/statements_log.html", rows=rows[:200], counts=counts, themes=themes, rules=rules)


@right("statement.read")
def log_csv(municipality: str) -> FlaskResponse:
    """The same as a file."""
    with context().database.read() as db:
        rows = moderation.log_rows(db, municipality, person().actor, now())
    name = f"statements-{municipality}-{now():%Y%m%d}.csv"
    return FlaskResponse(
        moderation.log_csv(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def themes_of(db: Session, municipality: str) -> dict[int | None, str]:
    """What each round is called."""
    query = select(RoundTable.id, RoundTable.theme).where(RoundTable.municipality_id == municipality)
    return {round_id: title_of_theme(theme) for round_id, theme in db.execute(query)}


def _do(municipality: str, statement_id: int, act: object, done: str) -> Answer:
    """Carry an act out; on to what waits next. What cannot be done is said on the statement's own page."""
    desk = Desk(person().actor, context().sealer, At(now(), real_now()))
    try:
        with context().database.write(durable=True) as db:
            row = moderation.readable(db, municipality, desk.actor, statement_id, now())
            waited = row.state == "waiting"
            act(db, desk)  # type: ignore[operator]
    except (BadInputError, ConflictError) as error:
        with context().database.read() as db:
            row = moderation.readable(db, municipality, desk.actor, statement_id, now())
            sheet = _sheet(db, row, now())
        page = render_template(
            "console/statement.html", sheet=sheet, rules=rules, now=now(), problem=error.message,
            typed=request.form.get("text", ""),
        )  # fmt: skip
        return page, error.status
    flash(done, "good")
    if waited:
        return redirect(url_for("console.statements", municipality=municipality))
    return _back(municipality, statement_id)


def _back(municipality: str, statement_id: int) -> Response:
    return redirect(url_for("console.statements_show", municipality=municipality, statement_id=statement_id))


def _rows(db: Session, municipality: str, state: str) -> list[Statement]:
    query = select(Statement).where(Statement.municipality_id == municipality, Statement.state == state)
    rows = db.scalars(query.order_by(Statement.number.desc(), Statement.id)).all()
    return [
        row for row in rows
        if person().may("statement.read", municipality, () if row.district_id is None else (row.district_id,))
    ]  # fmt: skip


def _sheet(db: Session, row: Statement, moment: datetime) -> Sheet:
    city = row.municipality_id
    if row.round_table_id is not None:
        around = statements.of_round(db, city, row.round_table_id)
        theme = title_of_theme(listening.round_of(db, city, row.round_table_id).theme)
    else:
        around, theme = statements.any_day(db, city, row.district_id), "いつでもの声"
    others = {one.id: one for one in around if one.id != row.id}
    alike = rules.similar(row.text, {key: one.text for key, one in others.items()})
    acts = db.scalars(
        select(ModerationAct)
        .where(ModerationAct.municipality_id == city, ModerationAct.statement_id == row.id)
        .order_by(ModerationAct.at)
    ).all()
    mine = moderation.may_moderate(db, person().actor, row, moment)
    return Sheet(
        row=row, theme=theme, alike=tuple(others.pop(key) for key in alike), others=tuple(others.values()),
        acts=tuple(acts), mine=mine, rewordable=moderation.rewordable(db, row),
        late=row.due_at is not None and row.due_at < moment,
    )  # fmt: skip


def _skip(count: int) -> int:
    """Which of the waiting ones to show: 0 the most urgent; ?skip= leaves some for later."""
    wanted = request.args.get("skip", 0, type=int)
    return wanted if 0 <= wanted < count else 0
