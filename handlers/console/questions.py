"""Questions the bot could not answer: those that ask the same together, and what can be made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import UnansweredQuestion
from bot.services import answers, entries, question_groups, unanswered
from bot.services.question_groups import STATES, Shown
from handlers.console import reading
from handlers.console.access import context, now, person, right
from handlers.console.entry_form import to_entry

MOST = 50  # groups on the page; the nearest entries are looked up for each
MOST_PICKED = 500  # questions in one act
SORTS = {"often": "多く聞かれた順", "newest": "新しい順", "waiting": "待っている人の多い順"}
_ORDERS: dict[str, Callable[[Shown], float]] = {
    "often": lambda one: -one.group.count,
    "newest": lambda one: -max(row.asked_at for row in one.rows).timestamp(),
    "waiting": lambda one: -one.waiting,
}


@right("question.read")
def listing(municipality: str) -> str:
    """Open groups, those an entry is being written for, or those that are done."""
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:100].casefold()
    state = state if state in STATES else "open"
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else "often"
    reading.note(municipality, "question.read", "questions:")
    with context().database.read() as db:
        found = question_groups.listing(db, municipality, person().actor, now(), state)
        stored = answers.read(db, municipality)
        ids = {row.key: row.id for row in entries.rows(db, municipality)}
        undo = _just_closed(db, municipality)
    found = [one for one in found if any(words in row.text.casefold() for row in one.rows)]
    known = answers.knowledge(stored)
    shown = sorted(found, key=_ORDERS[sort])[:MOST]
    near = {
        one.leading.id: [(ids[entry.id], entry) for entry in question_groups.nearest(known, one.group, now())]
        for one in (shown if state == "open" else [])
    }
    return render_template(
        "console/questions.html", groups=shown, more=len(found) - len(shown), near=near, state=state, q=words,
        sort=sort, sorts=SORTS, reasons=unanswered.REASONS, undo=undo,
    )  # fmt: skip


@right("question.close")
def close(municipality: str, question_id: int) -> Response:
    """Take a group off the list, with the reason."""
    with context().database.write() as db:
        rows = _rows(db, municipality, question_id)
        question_groups.close(db, rows, person().actor, now(), _reason())
    return _closed(municipality, rows)


@right("question.close")
def close_many(municipality: str) -> Response:
    """Take every ticked group off the list, with one reason."""
    with context().database.write() as db:
        rows = question_groups.readable(db, municipality, _picked(), person().actor, now())
        question_groups.close(db, rows, person().actor, now(), _reason())
    return _closed(municipality, rows)


@right("question.close")
def reopen(municipality: str) -> Response:
    """It was a mistake: what was just taken off is on the list again."""
    with context().database.write() as db:
        rows = question_groups.readable(db, municipality, _picked(), person().actor, now())
        question_groups.reopen(db, rows, person().actor, now())
    flash("一覧に戻しました。", "good")
    return redirect(url_for("console.questions", municipality=municipality))


@right("entry.write")
def draft_many(municipality: str) -> Response:
    """Every ticked group answered by one entry."""
    with context().database.write() as db:
        rows = question_groups.readable(db, municipality, _picked(), person().actor, now())
        row = question_groups.draft(db, rows, person().actor, now())
    flash("選んだ質問から、1つの下書きを作りました。答えと出典を書いて保存し、出してください。", "good")
    return redirect(url_for("console.entries_edit", municipality=municipality, entry_id=row.id))


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


def _picked() -> list[int]:
    """The ids of all ticked groups: each box carries those of its group, `12.15.19`."""
    parts = [part for box in request.form.getlist("pick") for part in box.split(".")]
    found = [int(part) for part in parts if part.isascii() and part.isdigit()][:MOST_PICKED]
    if not found:
        raise BadInputError("質問が選ばれていません。前のページで、左の箱に印を付けてください。")
    return found


def _reason() -> str:
    return request.form.get("reason", "") or "other"


def _closed(municipality: str, rows: Sequence[UnansweredQuestion]) -> Response:
    ids = ".".join(str(row.id) for row in rows[:MOST_PICKED])
    return redirect(url_for("console.questions", municipality=municipality, closed=ids))


def _just_closed(db: Session, municipality: str) -> str:
    """The ids of `closed` in the address that can still be taken back; empty for none."""
    ids = [int(part) for part in request.args.get("closed", "").split(".") if part.isascii() and part.isdigit()]
    rows = question_groups.also(db, municipality, ids[:MOST_PICKED], (), person().actor, now())
    return ".".join(str(row.id) for row in rows if row.state == "done" and row.done_reason)
