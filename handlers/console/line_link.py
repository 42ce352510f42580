"""One's own LINE: a code that links it with this account, and one click that cuts it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from bot.core import officer_rules
from bot.errors import BadInputError, NotFoundError
from bot.models import Channel, Staff
from bot.now import real_now
from bot.services import officer_links, poll_print
from handlers.console.access import context, now, person, right

Answer = str | tuple[str, int] | Response


@right("home")
def show(municipality: str) -> str:
    """Whether one is linked, and what it is for."""
    return _page(municipality)


@right("home")
def new_code(municipality: str) -> Answer:
    """A new code, shown on the answering page and nowhere else."""
    try:
        with context().database.write() as db:
            row = db.get(Staff, person().staff.id)
            if row is None:
                raise NotFoundError("このアカウントは、もうありません。")
            code = officer_links.new_code(db, row, municipality, real_now())
    except BadInputError as error:
        return _page(municipality, error=error.message), 400
    return _page(municipality, code)


@right("home")
def cut(municipality: str) -> Response:
    """End it at once."""
    with context().database.write() as db:
        done = officer_links.cut(db, municipality, person().staff.id, person().actor, now(), "管理画面から")
    flash("連携を切りました。" if done else "つながっているLINEは、ありません。", "good")
    return redirect(url_for("console.line", municipality=municipality))


def _page(municipality: str, code: str = "", error: str = "") -> str:
    with context().database.read() as db:
        link = officer_links.of_staff(db, municipality, person().staff.id)
        channel = db.get(Channel, municipality)
    text, picture = officer_rules.spoken(code) if code else "", ""
    if code and channel is not None and channel.basic_id:
        picture = poll_print.qr(poll_print.chat_link(channel.basic_id, text))
    return render_template(
        "console/line.html", link=link, text=text, error=error,
        minutes=int(officer_rules.CODE_KEEPS.total_seconds() // 60),
        picture=Markup(picture),  # noqa: S704  segno draws it from our own text
    )  # fmt: skip
