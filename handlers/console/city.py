"""The city's own sign-in: to its page and back. Without its word nobody comes in."""

from __future__ import annotations

import hmac
from typing import Any, cast

from flask import current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from bot.city_sign_in import WRONG, Begun, Identity, Provider
from bot.errors import BadInputError, EntakuError, NotFoundError, UnavailableError
from bot.models import Staff
from bot.now import real_now
from bot.services import identities, kept_forms
from handlers.console import confirm, forms, sign_in
from handlers.console import session as console_session
from handlers.console.access import context, public
from handlers.console.throttle import Throttle

Answer = str | tuple[str, int] | Response
_BEGUN, _FORM = "city", "city_form"
FULL = (
    "いまは、書いたものを預かったまま市のサインインへ進めません。書いたものは、このページに残っています。"
    "パスワードかパスキーで続けてください。"
)
CANCELLED = "市のサインインを取りやめました。もう一度ためすか、パスワードかパスキーでサインインしてください。"


def provider() -> Provider | None:
    """The city's, where the settings name one."""
    return cast("Provider | None", current_app.extensions["entaku.console.city"])


@public
def leave() -> Answer:
    """To the city's page. Somebody signed in comes to show again who they are.

    A form that waits is posted here, kept, and left behind by a page of ours: a browser whose form is answered with
    a way to another site stops there (`form-action` of headers.py).
    """
    there, target = provider(), sign_in.target()
    if there is None:
        raise NotFoundError("この市のサインインは、ここでは使えません。")
    try:
        if request.method == "POST" and sign_in.kept():
            session[_FORM] = [_keep(sign_in.kept()), target]
            return render_template("console/city_leaving.html", target=target)
        address, begun = there.begin(_back(), anew=g.person is not None)
    except EntakuError as error:
        return _again(error.message), error.status
    key, of = session.pop(_FORM, ("", target))
    session[_BEGUN] = {
        "state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": target,
        "since": real_now().timestamp(), "form": key if of == target else "",
    }  # fmt: skip
    return redirect(address)


@public
def back() -> Answer:
    """From the city's page, with a code."""
    there, kept = provider(), session.pop(_BEGUN, None)
    if there is None:
        raise NotFoundError("この市のサインインは、ここでは使えません。")
    if kept:
        g.going, g.kept = kept["next"], _kept(kept.get("form", ""))
    if sign_in.throttle().blocked(sign_in.address(), real_now()):
        return _again(sign_in.TOO_MANY), 429
    try:
        who = _who(there, kept)
        with context().database.write() as db:
            staff = identities.person(db, who.issuer, who.subject, who.email, real_now())
    except EntakuError as error:
        if error.status < 500:
            sign_in.throttle().failed(sign_in.address(), real_now())
        return _again(error.message), error.status
    return _enter(staff) if g.person is None else _confirmed(staff, who)


def _keep(form: str) -> str:
    """Keep what waits; the key that opens it. Raises UnavailableError when no more is taken: it stays on the page."""
    many: Throttle = current_app.extensions["entaku.console.kept"]
    address, key = sign_in.address(), None
    if not many.blocked(address, real_now()) and len(form) <= forms.MAX_KEPT:
        many.failed(address, real_now())
        with context().database.write() as db:
            key = kept_forms.put(db, context().sealer, form, real_now())
    if key is None:
        raise UnavailableError(FULL)
    return key


def _kept(key: str) -> str:
    if not key:
        return ""
    with context().database.write() as db:
        return kept_forms.take(db, context().sealer, key, real_now())


def _again(message: str) -> str:
    """The page one left from, with what waits still on it."""
    if g.person is not None:
        return confirm.page(sign_in.target(), sign_in.kept(), message)
    return sign_in.page(message)


def _who(there: Provider, kept: Any) -> Identity:
    if request.args.get("error"):
        raise BadInputError(CANCELLED)
    if not kept or real_now().timestamp() - kept["since"] > console_session.CODE_WITHIN.total_seconds():
        raise BadInputError(WRONG)
    if not hmac.compare_digest(request.args.get("state", "").encode(), kept["state"].encode()):
        raise BadInputError(WRONG)
    begun = Begun(kept["state"], kept["nonce"], kept["verifier"])
    return there.finish(request.args.get("code", ""), begun, _back())


def _enter(staff: Staff) -> Answer:
    if context().settings.oidc_second_factor:
        return sign_in.enter(staff, "city")
    return sign_in.first_done(staff, "city")


def _confirmed(staff: Staff, who: Identity) -> Answer:
    """They had to enter something there just now: the same person, and the provider says when."""
    late = who.at is None or real_now() - who.at > console_session.FRESH
    if late or staff.id != g.person.staff.id:
        return _again(confirm.WRONG), 401
    return confirm.passed()


def _back() -> str:
    return f"{context().settings.public_url}console/sign-in/city/back"
