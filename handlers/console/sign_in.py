"""Signing in and out. One message for every failure: nobody learns which accounts exist."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.models import Staff
from bot.now import real_now
from bot.services import sign_in as service
from handlers.console import forms, session
from handlers.console.access import context, person, public, signed_in
from handlers.console.throttle import Throttle

FAILED = (
    "サインインできませんでした。メールアドレスとパスワードを確かめて、もう一度入れてください。"
    "5回続けて間違えると、15分以上お待ちいただきます。"
)
CODE_FAILED = "確認番号が合いません。アプリに今出ている6けたの番号を入れてください。同じ番号は1度しか使えません。"
TOO_MANY = "この場所から何度も間違いがありました。15分ほど待ってから、もう一度お試しください。"

Answer = str | tuple[str, int] | Response


@public
def sign_in() -> Answer:
    """The first step: address and password."""
    if request.method == "GET":
        return _page() if not _already_in() else redirect(_target())
    if _throttle().blocked(_address(), real_now()):
        return _page(TOO_MANY), 429
    staff = _check_password(request.form.get("email", ""), request.form.get("password", ""))
    if staff is None:
        _throttle().failed(_address(), real_now())
        return _page(FAILED), 401
    if staff.totp_secret is not None:
        session.wait_for_code(staff.id, staff.session_version)
        return _code_page()
    return _enter(staff)


@public
def code() -> Answer:
    """The second step: the number from the authenticator app."""
    waiting = session.pending()
    if waiting is None:
        return redirect(url_for("console.sign_in", next=_target()))
    if request.method == "GET":
        return _code_page()
    if _throttle().blocked(_address(), real_now()):
        return _code_page(TOO_MANY), 429
    with context().database.write() as db:
        right = service.code_is_right(db, context().sealer, waiting.staff_id, request.form.get("code", ""), real_now())
        staff = db.get(Staff, waiting.staff_id)
    if not right or staff is None or staff.session_version != waiting.version:
        _throttle().failed(_address(), real_now())
        return _code_page(CODE_FAILED), 401
    return _enter(staff)


@signed_in
def sign_out() -> Response:
    """End this person's sessions everywhere."""
    with context().database.write() as db:
        service.sign_out(db, person().staff.id, real_now())
    session.end()
    return redirect(url_for("console.sign_in", ended="1"))


def ask_again(*, keep: bool) -> Response:
    """Somebody posted a form after their session had ended: nothing is done; `keep` carries their text along."""
    kept = forms.pack() if keep else ""
    target = request.path if kept else url_for("console.choose")
    page = render_template("console/sign_in.html", error=None, ended=False, target=target, kept=kept, lost=not kept)
    return Response(page, 401, content_type="text/html; charset=utf-8")


def _check_password(email: str, password: str) -> Staff | None:
    with context().database.read() as db:
        found = service.find(db, email)
    verdict = service.matches(found, password)
    with context().database.write() as db:
        return service.settle(db, found, verdict, real_now())


def _enter(staff: Staff) -> Answer:
    with context().database.write() as db:
        row = db.get(Staff, staff.id)
        assert row is not None
        service.complete(db, row, real_now())
    session.begin(staff.id, staff.session_version)
    kept = forms.unpack(request.form.get("kept", "")) if request.form.get("kept") else []
    if kept:
        return render_template("console/continue.html", target=_target(), kept=kept)
    return redirect(_target())


def _page(error: str | None = None) -> str:
    return render_template(
        "console/sign_in.html",
        error=error,
        ended=request.args.get("ended") == "1",
        target=_target(),
        kept=request.form.get("kept", ""),
        lost=False,
    )


def _code_page(error: str | None = None) -> str:
    return render_template(
        "console/sign_in_code.html", error=error, target=_target(), kept=request.form.get("kept", "")
    )


def _target() -> str:
    """Where to go afterwards: a page of this console, never another site."""
    wanted = request.form.get("next") or request.args.get("next") or ""
    parts = urlsplit(wanted)
    inside = wanted.startswith("/console/") and not parts.scheme and not parts.netloc and "\\" not in wanted
    return wanted if inside and not wanted.startswith("/console/sign-") else url_for("console.choose")


def _already_in() -> bool:
    from flask import g

    return g.get("person") is not None


def _throttle() -> Throttle:
    return cast("Throttle", current_app.extensions["entaku.console.throttle"])


def _address() -> str:
    return request.remote_addr or ""
