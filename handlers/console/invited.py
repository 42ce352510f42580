"""The other end of an invitation: who invites me to what, and a password of my own."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.core.permissions import needs_second_factor
from bot.errors import BadInputError, ConflictError
from bot.models import Invitation, Municipality
from bot.now import real_now
from bot.services import invitations, sign_in
from bot.services import staff as staff_service
from handlers.console import session
from handlers.console import sign_in as door
from handlers.console.access import context, public

Answer = str | tuple[str, int] | Response


@public
def accept(token: str) -> Answer:
    """Open one's account: used once, and the person is in."""
    if door.throttle().blocked(door.address(), real_now()):
        return _gone(door.TOO_MANY), 429
    with context().database.read() as db:
        row = invitations.find(db, token, real_now())
    if row is None:
        door.throttle().failed(door.address(), real_now())
        return _gone(invitations.GONE), 404
    return _page(row, {}) if request.method == "GET" else _open(row)


def _open(row: Invitation) -> Answer:
    password, again = request.form.get("new", ""), request.form.get("again", "")
    if password != again:
        return _page(row, {"again": "2つのパスワードが違います。同じものを入れてください。"}), 400
    try:
        with context().database.write() as db:
            staff = invitations.accept(db, row, password, real_now())
            sign_in.complete(db, staff, real_now())
            session.begin(db, staff, "invitation")
    except BadInputError as error:
        return _page(row, {"new": error.message}), 400
    except ConflictError as error:
        return _gone(error.message), 409
    return redirect(url_for("console.choose"))


def _page(row: Invitation, errors: dict[str, str]) -> str:
    with context().database.read() as db:
        city = db.get(Municipality, row.municipality_id) if row.municipality_id else None
        districts = staff_service.district_names(db, row.municipality_id, row.district_ids)
    return render_template(
        "console/invited.html",
        row=row,
        city=city,
        districts=districts,
        errors=errors,
        least=staff_service.MIN_PASSWORD,
        second=needs_second_factor(row.role),
    )


def _gone(message: str) -> str:
    return render_template(
        "console/error.html", heading="使えない招待です", message=message, status=404, request_id=None
    )
