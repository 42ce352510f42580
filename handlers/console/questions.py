"""Questions the bot could not answer: those that ask the same together, and what can be made of them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import ConflictError
from bot.models import UnansweredQuestion
from bot.services import answers, entries, question_groups
from bot.services.question_groups import STATES
from handlers.console import reading
from handlers.console.access import context, now, person, right
from handlers.console.entry_form import to_entry

MOST = 50  # groups on the page; the nearest entries are looked up for each


@right("question.read")
def listing(municipality: str) -> str:
    """Open groups, those an entry is being written for, or those that are done."""
    state = request.args.get("state", "")
    state = state if state in STATES else "open"
    reading.note(municipality, "question.read", "questions:")
    with context().database.read() as db:
        found = question_groups.listing(db, municipality, person().actor, now(), state)
        stored = answers.read(db, municipality)
        ids = {row.key: row.id for row in entries.rows(db, municipality)}
    known = answers.knowledge(stored)
    shown = found[:MOST]
    near = {
        one.leading.id: [(ids[entry.id], entry) for entry in question_groups.nearest(known, one.group, now())]
        for one in (shown if state == "open" else [])
    }
    return render_template("console/questions.html", groups=shown, more=len(found) - len(shown), near=near, state=state)


@right("question.close")
def close(municipality: str, question_id: int) -> Response:
    """Take a group off the list."""
    with context().database.write() as db:
        question_groups.close(db, _rows(db, municipality, question_id), person().actor, now())
    return redirect(url_for("console.questions", municipality=municipality))


@right("entry.write")
def draft(municipality: str, question_id: int) -> Response:
    """この質問から記事を作る: a draft with the wordings in it, and those who wait attached."""
    with context().database.write() as db:
        row = question_groups.draft(db, _rows(db, municipality, question_id), person().actor, now())
    if row.published:
        raise ConflictError("この質問の記事は、もう出ています。")
    flash("下書きを作りました。答えと出典を書いて保存し、出してください。", "good")
    if not row.data.get("body"):
        return redirect(url_for("console.entries_edit", municipality=municipality, entry_id=row.id))
    return to_entry(municipality, row.id)


def _rows(db: Session, municipality: str, question_id: int) -> list[UnansweredQuestion]:
    """The question of the address first, then the others of its group."""
    others = [int(value) for value in request.form.getlist("question") if value.isascii() and value.isdigit()]
    rows = question_groups.readable(db, municipality, [question_id], person().actor, now())
    return [*rows, *question_groups.also(db, municipality, others, rows, person().actor, now())]
