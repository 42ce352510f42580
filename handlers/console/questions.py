"""Questions the bot could not answer."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import unanswered
from handlers.console.access import context, now, person, right


@right("question.read")
def listing(municipality: str) -> str:
    """Open questions, or those that are done."""
    state = "done" if request.args.get("state") == "done" else "open"
    with context().database.read() as db:
        rows = unanswered.listing(db, municipality, person().actor, now(), state)
    return render_template("console/questions.html", rows=rows, state=state)


@right("question.close")
def close(municipality: str, question_id: int) -> Response:
    """Take a question off the list."""
    with context().database.write() as db:
        unanswered.close(db, municipality, question_id, person().actor, now())
    return redirect(url_for("console.questions", municipality=municipality))
