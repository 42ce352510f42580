"""Passkeys: adding, naming, removing one's own; signing in with one. The browser's part is static/passkey.js."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError
from bot.models import Staff
from bot.now import jst, real_now
from bot.services import passkeys as service
from bot.services import recovery_codes, second_factors
from bot.services import staff as staff_service
from handlers.console import account, session, sign_in
from handlers.console.access import context, fresh, person, public, signed_in

Answer = str | tuple[str, int] | Response
FAILED = "パスキーでサインインできませんでした。もう一度ためすか、パスワードでサインインしてください。"


def place() -> service.Place:
    """Where passkeys count: our public address. The demo's is made up; there a page on localhost counts itself."""
    if context().settings.demo and (request.host == "localhost" or request.host.startswith("localhost:")):
        return service.Place("localhost", f"{request.scheme}://{request.host}")
    parts = urlsplit(context().settings.public_url)
    return service.Place(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def answered() -> int | None:
    """Whose passkey has answered the challenge of this browser, by the posted credential."""
    asked = session.asked()
    if asked is None:
        return None
    with context().database.write() as db:
        staff = service.enter(db, place(), asked, request.form.get("credential", ""), real_now())
    return None if staff is None else staff.id


@public
def enter() -> Answer:
    """Sign in with a passkey: it is both factors."""
    if sign_in.throttle().blocked(sign_in.address(), real_now()):
        return sign_in.page(sign_in.TOO_MANY), 429
    staff_id = answered()
    with context().database.read() as db:
        staff = db.get(Staff, staff_id) if staff_id is not None else None
    if staff is None:
        sign_in.throttle().failed(sign_in.address(), real_now())
        return sign_in.page(FAILED), 401
    return sign_in.enter(staff, "passkey")


@public
def enter_options() -> Response:
    """What the browser needs to sign in: for an address its passkeys, without one whichever it has."""
    email, found = staff_service.fold_email(request.form.get("email", "")), []
    waiting = session.pending()
    with context().database.read() as db:
        if waiting is not None and g.person is None and request.form.get("second"):
            found = [row.credential_id for row in service.listing(db, waiting.staff_id)]
        elif email:
            secret = next(context().sealer.signing_keys("console.passkey"))
            found = service.credentials_of(db, email, secret)
    asked = service.ask(real_now())
    session.ask(asked)
    return jsonify(service.options_to_enter(place(), asked, found))


@signed_in
@fresh
def new() -> str:
    """The page on which a passkey is made."""
    return _new_page()


@signed_in
def options() -> Response:
    """What the browser needs to make one."""
    asked = service.ask(real_now())
    with context().database.read() as db:
        made = service.options_to_add(db, place(), person().staff, asked)
    session.ask(asked)
    return jsonify(made)


@signed_in
@fresh
def add() -> Answer:
    """Keep what the browser has made; the first second factor comes with recovery codes."""
    asked, moment = session.asked(), real_now()
    if asked is None:
        return _new_page(service.NOT_ADDED), 400
    answer, name = request.form.get("credential", ""), request.form.get("name", "")
    try:
        with context().database.write() as db:
            row = db.get_one(Staff, person().staff.id)
            service.add(db, place(), row, asked, answer, name=name or person().session.device, now=moment)
            codes = None
            if recovery_codes.left(db, row.id) == 0:
                codes = recovery_codes.renew(db, row, moment, person().actor)
    except BadInputError as error:
        return _new_page(error.message), 400
    if codes:
        return account.codes_page(codes, first=True)
    flash("パスキーを加えました。次から、これでサインインできます。", "good")
    return redirect(url_for("console.account"))


@signed_in
def rename(passkey_id: int) -> Response:
    """Call it something else."""
    with context().database.write() as db:
        service.rename(service.get(db, person().staff.id, passkey_id), request.form.get("name", ""))
    flash("名前を変えました。", "good")
    return redirect(url_for("console.account"))


@signed_in
@fresh
def remove(passkey_id: int) -> Response:
    """Take it off the account; never the last second factor of somebody who owes one."""
    with context().database.write() as db:
        row = db.get_one(Staff, person().staff.id)
        found = service.get(db, row.id, passkey_id)
        second_factors.keep_one(db, row, person().actor, jst(real_now()).date())
        service.remove(db, found, person().actor, real_now())
    flash("パスキーを外しました。電話やパソコンに残っているものは、そちらで消してください。", "good")
    return redirect(url_for("console.account"))


def _new_page(error: str | None = None) -> str:
    return render_template(
        "console/passkey_new.html", error=error, name=request.form.get("name", "") or person().session.device
    )
