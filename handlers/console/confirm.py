"""Showing once more who one is, before a dangerous act: password, code, or passkey. What was posted is kept."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from bot.models import StaffIdentity
from bot.now import real_now
from bot.services import passkeys, second_factors, staff, staff_sessions
from bot.services import sign_in as service
from handlers.console import forms, passkey, session, sign_in
from handlers.console.access import context, person, signed_in

Answer = str | tuple[str, int] | Response
WRONG = "確かめられませんでした。もう一度入れてください。5回続けて間違えると、15分以上お待ちいただきます。"


@signed_in
def confirm() -> Answer:
    """The page, and what was entered there."""
    if request.method == "GET":
        return page(sign_in.target(), "")
    if sign_in.throttle().blocked(sign_in.address(), real_now()):
        return page(sign_in.target(), sign_in.kept(), sign_in.TOO_MANY), 429
    if not _shown():
        sign_in.throttle().failed(sign_in.address(), real_now())
        return page(sign_in.target(), sign_in.kept(), WRONG), 401
    return passed()


def passed() -> Answer:
    """They are who they are: on with what they were doing."""
    with context().database.write() as db:
        staff_sessions.proved(db, person().session.id, real_now())
    if waits := sign_in.kept():
        fields = forms.unpack(waits, whole=True)
        return render_template("console/confirmed.html", target=sign_in.target(), kept=fields)
    return redirect(sign_in.target())


@signed_in
def options() -> Response:
    """What the browser needs to ask for one of this person's own passkeys."""
    with context().database.read() as db:
        mine = [row.credential_id for row in passkeys.listing(db, person().staff.id)]
    asked = passkeys.ask(real_now())
    session.ask(asked)
    return jsonify(passkeys.options_to_enter(passkey.place(), asked, mine))


def ask_first() -> Response:
    """Somebody posted a dangerous act: nothing is done yet, and their form waits."""
    shown = page(request.full_path.rstrip("?"), forms.pack())
    return Response(shown, 401, content_type="text/html; charset=utf-8")


def _shown() -> bool:
    someone = person().staff
    if request.form.get("credential"):
        return passkey.answered() == someone.id
    if code := request.form.get("code", ""):
        with context().database.write() as db:
            return service.code_is_right(db, context().sealer, someone.id, code, real_now())
    with context().database.read() as db:
        found = service.find(db, someone.email)
    verdict = service.matches(found, request.form.get("password", ""))
    with context().database.write() as db:
        return service.settle(db, found, verdict, real_now()) is not None


def page(target: str, kept: str, error: str | None = None) -> str:
    """The ways in which this person can show who they are."""
    someone = person().staff
    with context().database.read() as db:
        seen = {"factors": second_factors.of(db, someone), "city": db.get(StaffIdentity, someone.id) is not None}
    has_password = someone.password_hash != staff.NO_PASSWORD
    return render_template(
        "console/confirm.html", target=target, kept=kept, error=error, has_password=has_password, **seen
    )
