"""One's own account: password, authenticator app, recovery codes, and where one is signed in."""

from __future__ import annotations

import base64

import pyotp
import segno
from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, NotFoundError
from bot.models import Staff, StaffIdentity
from bot.now import jst, real_now
from bot.services import passkeys, recovery_codes, second_factors, staff_sessions
from bot.services import sign_in as sign_in_service
from bot.services import staff as service
from handlers.console import session
from handlers.console.access import context, fresh, person, signed_in

Answer = str | tuple[str, int] | Response
ISSUER = "Entaku"


@signed_in
def password() -> Answer:
    """Choose a new password; all other sessions end."""
    if request.method == "GET":
        return _password_page({})
    errors = _password_errors()
    if errors:
        return _password_page(errors), 400
    try:
        with context().database.write() as db:
            row = _myself(db)
            service.change_password(db, row, request.form.get("new", ""), real_now(), person().actor)
            staff_sessions.keep(db, person().session.id, row)
    except BadInputError as error:
        return _password_page({"new": error.message}), 400
    return redirect(url_for("console.choose"))


@signed_in
@fresh
def totp() -> Answer:
    """Set up an authenticator app. The secret is shown on this page only and kept once a code has proved it."""
    someone = person().staff
    if request.method == "GET":
        return _totp_page(pyotp.random_base32()) if someone.totp_secret is None else redirect(_home())
    secret = _open_secret(request.form.get("pending", ""))
    step = sign_in_service.matching_step(secret, request.form.get("code", ""), real_now())
    if step is None:
        error = "確認番号が合いません。アプリに今出ている6けたの番号を入れてください。電話機の時計も確かめてください。"
        return _totp_page(secret, error), 400
    codes = None
    with context().database.write() as db:
        row = _myself(db)
        if row.totp_secret is None:
            service.enable_totp(db, context().sealer, row, secret, real_now(), person().actor)
            row.totp_step = step
            if recovery_codes.left(db, row.id) == 0:
                codes = recovery_codes.renew(db, row, real_now(), person().actor)
    return codes_page(codes, first=True) if codes else redirect(_home())


@signed_in
@fresh
def totp_remove() -> Response:
    """Take the authenticator app off the account; never the last second factor of somebody who owes one."""
    with context().database.write() as db:
        row = _myself(db)
        if row.totp_secret is not None:
            second_factors.keep_one(db, row, person().actor, jst(real_now()).date())
            service.remove_totp(db, row, real_now(), person().actor)
    flash("認証アプリを外しました。アプリの中の「Entaku」も消してください。", "good")
    return redirect(_home())


@signed_in
@fresh
def codes() -> str:
    """Ten new recovery codes, shown on the answering page and nowhere else; the old ones are dead."""
    with context().database.write() as db:
        made = recovery_codes.renew(db, _myself(db), real_now(), person().actor)
    return codes_page(made, first=False)


@signed_in
def show() -> str:
    """My sign-in: what I sign in with, and where I am signed in."""
    with context().database.read() as db:
        row = _myself(db)
        seen = {
            "factors": second_factors.of(db, row),
            "codes_left": recovery_codes.left(db, row.id),
            "passkeys": passkeys.listing(db, row.id),
            "sessions": staff_sessions.listing(db, row, session.oldest()),
            "identity": db.get(StaffIdentity, row.id),
        }
    return render_template(
        "console/account.html", few=recovery_codes.FEW, has_password=row.password_hash != service.NO_PASSWORD, **seen
    )


@signed_in
def end_session(session_id: int) -> Response:
    """Sign one of my browsers out."""
    with context().database.write() as db:
        gone = sign_in_service.end_session(db, person().staff, session_id, real_now())
    if session_id == person().session.id:
        session.end()
        return redirect(url_for("console.sign_in", ended="1"))
    flash("サインアウトしました。" if gone else "そのサインインは、もう終わっています。", "good")
    return redirect(_home())


@signed_in
def end_others() -> Response:
    """Sign all my other browsers out."""
    with context().database.write() as db:
        number = sign_in_service.end_others(db, person().staff, person().session.id, real_now())
    flash(f"ほかの{number}か所をサインアウトしました。" if number else "ほかのサインインは、ありません。", "good")
    return redirect(_home())


def _home() -> str:
    """Back to one's own page; while something is still owed, to what is owed."""
    return url_for("console.choose") if person().owes_second else url_for("console.account")


def codes_page(made: list[str], *, first: bool) -> str:
    """New recovery codes, to be printed: shown on this answer and nowhere else."""
    return render_template("console/recovery_codes.html", codes=made, first=first, made_at=real_now())


def _password_errors() -> dict[str, str]:
    errors: dict[str, str] = {}
    with context().database.read() as db:
        found = sign_in_service.find(db, person().staff.email)
    verdict = sign_in_service.matches(found, request.form.get("old", ""))
    with context().database.write() as db:  # guesses count and lock as at the door
        right = sign_in_service.settle(db, found, verdict, real_now()) is not None
    if not right:
        errors["old"] = "今のパスワードが違います。もう一度入れてください。"
    if request.form.get("new", "") != request.form.get("again", ""):
        errors["again"] = "2つの新しいパスワードが違います。同じものを入れてください。"
    if request.form.get("new", "") == request.form.get("old", "") and "old" not in errors:
        errors["new"] = "今と違うパスワードを決めてください。"
    return errors


def _password_page(errors: dict[str, str]) -> str:
    return render_template("console/password.html", errors=errors, least=service.MIN_PASSWORD)


def _totp_page(secret: str, error: str | None = None) -> str:
    address = pyotp.TOTP(secret).provisioning_uri(name=person().staff.email, issuer_name=ISSUER)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=2, omitsize=False)
    sealed = context().sealer.seal(secret.encode(), _seal_context())
    return render_template(
        "console/totp.html",
        picture=Markup(picture),  # noqa: S704  segno draws it from our own text
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        pending=base64.urlsafe_b64encode(sealed).decode("ascii"),
        error=error,
    )


def _open_secret(pending: str) -> str:
    try:
        return context().sealer.open(base64.urlsafe_b64decode(pending), _seal_context()).decode()
    except (ValueError, BadInputError):
        raise BadInputError("もう一度、はじめから設定してください。") from None


def _seal_context() -> str:
    return f"staff.totp.pending/{person().staff.id}"


def _myself(db: Session) -> Staff:
    row = db.get(Staff, person().staff.id)
    if row is None:
        raise NotFoundError("このアカウントは、もうありません。")
    return row
