"""One's own account: a new password, and codes from an authenticator app."""

from __future__ import annotations

import base64

import pyotp
import segno
from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, NotFoundError
from bot.models import Staff
from bot.now import real_now
from bot.services import sign_in as sign_in_service
from bot.services import staff as service
from handlers.console import session
from handlers.console.access import context, person, signed_in

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
            version = row.session_version
    except BadInputError as error:
        return _password_page({"new": error.message}), 400
    session.keep_version(version)
    return redirect(url_for("console.choose"))


@signed_in
def totp() -> Answer:
    """Set up an authenticator app. The secret is shown on this page only and kept once a code has proved it."""
    someone = person().staff
    if request.method == "GET":
        return _totp_page(pyotp.random_base32()) if someone.totp_secret is None else redirect(url_for("console.choose"))
    secret = _open_secret(request.form.get("pending", ""))
    step = sign_in_service.matching_step(secret, request.form.get("code", ""), real_now())
    if step is None:
        error = "確認番号が合いません。アプリに今出ている6けたの番号を入れてください。電話機の時計も確かめてください。"
        return _totp_page(secret, error), 400
    with context().database.write() as db:
        row = _myself(db)
        if row.totp_secret is None:
            service.enable_totp(db, context().sealer, row, secret, real_now(), person().actor)
            row.totp_step = step
    return redirect(url_for("console.choose"))


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
