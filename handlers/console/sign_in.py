"""Signing in and out. One message for every failure: nobody learns which accounts exist."""

from __future__ import annotations

from typing import cast

from flask import current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.models import Staff
from bot.now import jst, real_now
from bot.services import first_use, recovery_codes, second_factors
from bot.services import sign_in as service
from bot.services import staff as staff_service
from handlers.console import forms, session
from handlers.console.access import context, person, public, signed_in
from handlers.console.throttle import Throttle

FAILED = (
    "サインインできませんでした。メールアドレスとパスワードを確かめて、もう一度入れてください。"
    "5回続けて間違えると、15分以上お待ちいただきます。"
)
CODE_FAILED = "確認番号が合いません。アプリに今出ている6けたの番号を入れてください。同じ番号は1度しか使えません。"
RECOVERY_FAILED = "控えのコードが合いません。つづりを確かめてください。1つのコードは、1度しか使えません。"
TOO_MANY = "この場所から何度も間違いがありました。15分ほど待ってから、もう一度お試しください。"

Answer = str | tuple[str, int] | Response


@public
def sign_in() -> Answer:
    """The first step: address and password."""
    if request.method == "GET":
        if g.person is None and _nobody_yet():
            return redirect(url_for("console.setup_first"))
        return page() if g.person is None else redirect(target())
    if throttle().blocked(address(), real_now()):
        return page(TOO_MANY), 429
    staff = _check_password(request.form.get("email", ""), request.form.get("password", ""))
    if staff is None:
        throttle().failed(address(), real_now())
        return page(FAILED), 401
    return first_done(staff, "password")


@public
def code() -> Answer:
    """The second step: the number from the authenticator app, or a recovery code."""
    waiting = session.pending()
    if waiting is None:
        return redirect(url_for("console.sign_in", next=target()))
    if request.method == "GET":
        return _code_page()
    if throttle().blocked(address(), real_now()):
        return _code_page(TOO_MANY), 429
    recovery = request.form.get("recovery", "")
    with context().database.write() as db:
        right = (
            service.recovery_is_right(db, waiting.staff_id, recovery, real_now())
            if recovery
            else service.code_is_right(db, context().sealer, waiting.staff_id, request.form.get("code", ""), real_now())
        )
        staff = db.get(Staff, waiting.staff_id)
    if not right or staff is None or staff.session_version != waiting.version:
        throttle().failed(address(), real_now())
        return _code_page(RECOVERY_FAILED if recovery else CODE_FAILED), 401
    answer = enter(staff, waiting.way)
    if recovery:
        _say_how_many_are_left(staff)
    return answer


def _say_how_many_are_left(staff: Staff) -> None:
    with context().database.read() as db:
        left = recovery_codes.left(db, staff.id)
    few = "少なくなりました。「わたしのサインイン」で新しい10個を作り、紙に残してください。"
    flash(f"控えのコードを1つ使いました。あと{left}個です。{few if left <= recovery_codes.FEW else ''}", "warn")


@signed_in
def sign_out() -> Response:
    """End this browser's session: a copy of its cookie is worth nothing afterwards."""
    with context().database.write() as db:
        service.sign_out(db, person().staff, person().session.id, real_now())
    session.end()
    return redirect(url_for("console.sign_in", ended="1"))


def ask_again(*, keep: bool) -> Response:
    """Somebody posted a form after their session had ended: nothing is done; `keep` carries their text along."""
    kept = forms.pack() if keep else ""
    target = request.path if kept else url_for("console.choose")
    page = render_template("console/sign_in.html", error=None, ended=False, target=target, kept=kept, lost=not kept)
    return Response(page, 401, content_type="text/html; charset=utf-8")


def _nobody_yet() -> bool:
    with context().database.read() as db:
        return first_use.nobody_yet(db)


def _check_password(email: str, password: str) -> Staff | None:
    with context().database.read() as db:
        found = service.find(db, email)
    verdict = service.matches(found, password)
    with context().database.write() as db:
        return service.settle(db, found, verdict, real_now())


def first_done(staff: Staff, way: str) -> Answer:
    """The first factor was right: in, or on to the second one where the person has one."""
    with context().database.read() as db:
        more = second_factors.of(db, staff).any
    if more:
        session.wait_for_code(staff, way)
        return _code_page()
    return enter(staff, way)


def enter(staff: Staff, way: str) -> Answer:
    """Everything was right: a new session, and on to where the person was going."""
    moment = real_now()
    with context().database.write() as db:
        row = db.get(Staff, staff.id)
        assert row is not None
        service.complete(db, row, moment)
        actor = staff_service.actor(db, row)
        if actor.needs_second_factor(jst(moment).date()):
            second_factors.begin_grace(db, row, actor, context().settings.second_factor_grace_days, moment)
        session.begin(db, row, way)
    if fields := forms.unpack(kept()):
        return render_template("console/continue.html", target=target(), kept=fields)
    return redirect(target())


def page(error: str | None = None) -> str:
    return render_template(
        "console/sign_in.html",
        error=error,
        ended=request.args.get("ended") == "1",
        target=target(),
        kept=kept(),
        lost=False,
    )


def _code_page(error: str | None = None) -> str:
    waiting = session.pending()
    with context().database.read() as db:
        staff = db.get(Staff, waiting.staff_id) if waiting else None
        factors = second_factors.of(db, staff) if staff else second_factors.Factors(app=True, passkeys=0)
    return render_template("console/sign_in_code.html", error=error, target=target(), kept=kept(), factors=factors)


def target() -> str:
    """Where to go afterwards: a page of this console, never another site."""
    wanted = g.get("going") or request.form.get("next") or request.args.get("next") or ""
    # A path of ours has neither scheme nor host; a line break in it would be a header of its own.
    inside = wanted.startswith("/console/") and "\\" not in wanted and wanted.isprintable()
    return wanted if inside and not wanted.startswith("/console/sign-") else url_for("console.choose")


def kept() -> str:
    """The form that waits: carried by the page, or kept while its writer was at the city's sign-in."""
    return str(g.get("kept") or request.form.get("kept", ""))


def throttle() -> Throttle:
    """Failed attempts by address; everything that opens the console counts together."""
    return cast("Throttle", current_app.extensions["entaku.console.throttle"])


def address() -> str:
    """Whose failures these are; kept in memory for a quarter of an hour."""
    return request.remote_addr or ""
