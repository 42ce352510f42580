"""The console's session: a signed cookie that names the person and the version of their sessions.

It ends with the browser, after two quiet hours, and in any case after `session_hours`; raising
`staff.session_version` ends it at once. Times are real ones, in the demo too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, session

from bot.core.sealing import Sealer
from bot.now import real_now
from bot.settings import Settings

IDLE = timedelta(hours=2)
CODE_WITHIN = timedelta(minutes=10)  # between password and code
_REFRESH = timedelta(minutes=1)
_CLAIM, _PENDING = "staff", "pending"


@dataclass(frozen=True)
class Claim:
    """What a cookie says; whether it still counts is the database's to say."""

    staff_id: int
    version: int


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was right and whose code is still awaited."""

    staff_id: int
    version: int


def configure(app: Flask, settings: Settings, sealer: Sealer) -> None:
    """Set up Flask's signed cookie. Outside the demo it is Secure and bound to this host."""
    current, *older = [key.hex() for key in sealer.signing_keys("console.session")]
    app.secret_key = current
    app.config["SECRET_KEY_FALLBACKS"] = older
    app.config.update(
        SESSION_COOKIE_NAME="entaku" if settings.demo else "__Host-entaku",
        SESSION_COOKIE_SECURE=not settings.demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    app.extensions["entaku.console.hours"] = timedelta(hours=settings.session_hours)


def begin(staff_id: int, version: int) -> None:
    """Sign in: nothing of an earlier session survives."""
    session.clear()
    moment = real_now().timestamp()
    session[_CLAIM] = {"id": staff_id, "version": version, "since": moment, "seen": moment}


def wait_for_code(staff_id: int, version: int) -> None:
    """The password was right; the code is next."""
    session.clear()
    session[_PENDING] = {"id": staff_id, "version": version, "since": real_now().timestamp()}


def pending() -> Pending | None:
    """Who has to enter a code, for ten minutes."""
    found: dict[str, Any] | None = session.get(_PENDING)
    if found is None or real_now() - _moment(found["since"]) > CODE_WITHIN:
        return None
    return Pending(found["id"], found["version"])


def keep_version(version: int) -> None:
    """Let this session stay when the others of the person end (a new password)."""
    found = dict(session[_CLAIM])
    found["version"] = version
    session[_CLAIM] = found


def claim() -> Claim | None:
    """What the cookie says of who is asking, unless its time is over."""
    found: dict[str, Any] | None = session.get(_CLAIM)
    if found is None:
        return None
    moment, hours = real_now(), current_app.extensions["entaku.console.hours"]
    since, seen = _moment(found["since"]), _moment(found["seen"])
    if moment - since > hours or moment - seen > IDLE:
        return None
    if moment - seen > _REFRESH:
        session[_CLAIM] = {**found, "seen": moment.timestamp()}
    return Claim(found["id"], found["version"])


def end() -> None:
    """Forget everything in this browser."""
    session.clear()


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, real_now().tzinfo)
