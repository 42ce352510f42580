"""The console's session: a signed cookie with a random key; the row it opens is bot.services.staff_sessions.

It ends with the browser, after two quiet hours, and in any case after `session_hours`; ending its row, or raising
`staff.session_version`, ends it at once. Times are real ones, in the demo too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, request, session
from sqlalchemy.orm import Session

from bot.core import devices
from bot.core.sealing import Sealer
from bot.models import Staff, StaffSession
from bot.now import real_now
from bot.services import staff_sessions
from bot.services.passkeys import Asked
from bot.settings import Settings

IDLE = timedelta(hours=2)
CODE_WITHIN = timedelta(minutes=10)  # between password and code
FRESH = timedelta(minutes=10)  # how long a dangerous act needs no new proof
REFRESH = timedelta(minutes=2)  # how exactly a session's last use is known
_CLAIM, _PENDING, _ASKED = "staff", "pending", "asked"


@dataclass(frozen=True)
class Pending:
    """Somebody whose password (or the city's sign-in) was right and whose second factor is still awaited."""

    staff_id: int
    version: int
    way: str


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


def begin(db: Session, staff: Staff, way: str) -> None:
    """Sign in: nothing of an earlier session survives, and its key is a new one."""
    session.clear()
    device = devices.called(request.headers.get("User-Agent", ""))
    session[_CLAIM] = {"key": staff_sessions.begin(db, staff, way, device, real_now())}


def wait_for_code(staff: Staff, way: str) -> None:
    """The first factor was right; the second is next."""
    session.clear()
    waiting = {"id": staff.id, "version": staff.session_version, "way": way, "since": real_now().timestamp()}
    session[_PENDING] = waiting


def pending() -> Pending | None:
    """Who has to show a second factor, for ten minutes."""
    found: dict[str, Any] | None = session.get(_PENDING)
    if found is None or real_now() - _moment(found["since"]) > CODE_WITHIN:
        return None
    return Pending(found["id"], found["version"], found["way"])


def ask(asked: Asked) -> None:
    """Remember the challenge that this browser's passkey is to answer; an earlier one is forgotten."""
    session[_ASKED] = [asked.challenge.hex(), asked.at.timestamp()]


def asked() -> Asked | None:
    """The challenge that was asked, once."""
    found: list[Any] | None = session.pop(_ASKED, None)
    return None if found is None else Asked(bytes.fromhex(found[0]), _moment(found[1]))


def key() -> str | None:
    """The key that the cookie brings; what it opens is the database's to say."""
    found: Any = session.get(_CLAIM)
    held = found.get("key") if isinstance(found, dict) else None
    return held if isinstance(held, str) else None


def oldest() -> datetime:
    """Sessions not seen since have ended by themselves."""
    return real_now() - IDLE


def over(row: StaffSession) -> bool:
    """Whether its time is over."""
    moment, hours = real_now(), current_app.extensions["entaku.console.hours"]
    return moment - row.begun_at > hours or moment - row.seen_at > IDLE


def end() -> None:
    """Forget everything in this browser."""
    session.clear()


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, real_now().tzinfo)
