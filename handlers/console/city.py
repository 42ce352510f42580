"""The city's own sign-in: to its page and back. Without its word nobody comes in."""

from __future__ import annotations

import hmac
from typing import Any, cast

from flask import current_app, g, redirect, request, session
from werkzeug.wrappers import Response

from bot.city_sign_in import WRONG, Begun, Identity, Provider
from bot.errors import BadInputError, EntakuError, NotFoundError
from bot.models import Staff
from bot.now import real_now
from bot.services import identities
from handlers.console import confirm, sign_in
from handlers.console import session as console_session
from handlers.console.access import context, public

Answer = str | tuple[str, int] | Response
_BEGUN = "city"
CANCELLED = "市のサインインを取りやめました。もう一度ためすか、パスワードかパスキーでサインインしてください。"


def provider() -> Provider | None:
    """The city's, where the settings name one."""
    return cast("Provider | None", current_app.extensions["entaku.console.city"])


@public
def leave() -> Answer:
    """To the city's page. Somebody signed in comes to show again who they are."""
    there = provider()
    if there is None:
        raise NotFoundError("この市のサインインは、ここでは使えません。")
    try:
        address, begun = there.begin(_back(), anew=g.person is not None)
    except EntakuError as error:
        return sign_in.page(error.message), error.status
    session[_BEGUN] = {
        "state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": sign_in.target(),
        "since": real_now().timestamp(),
    }  # fmt: skip
    return redirect(address)


@public
def back() -> Answer:
    """From the city's page, with a code."""
    there, kept = provider(), session.pop(_BEGUN, None)
    if there is None:
        raise NotFoundError("この市のサインインは、ここでは使えません。")
    if sign_in.throttle().blocked(sign_in.address(), real_now()):
        return sign_in.page(sign_in.TOO_MANY), 429
    try:
        who = _who(there, kept)
        with context().database.write() as db:
            staff = identities.person(db, who.issuer, who.subject, who.email, real_now())
    except EntakuError as error:
        if error.status < 500:
            sign_in.throttle().failed(sign_in.address(), real_now())
        return sign_in.page(error.message), error.status
    g.going = kept["next"]
    return _enter(staff) if g.person is None else _confirmed(staff, who)


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
        return confirm.page(sign_in.target(), "", confirm.WRONG), 401
    return confirm.passed()


def _back() -> str:
    return f"{context().settings.public_url}console/sign-in/city/back"
