"""Who is asking and what they may do: default deny, checked in one place before every view.

Each view declares what it needs: `@right("announcement.write")`, `@signed_in` or `@public`. A view that
declares nothing answers 403 (and a structural test finds it). Municipality and districts of the path are
checked here too, so that no view can forget them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar, cast

import structlog
from flask import current_app, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.core.permissions import RIGHTS, Actor
from bot.errors import BadInputError, NotAllowedError, NotFoundError, UnavailableError
from bot.models import District, Municipality, Staff, StaffSession
from bot.now import jst, real_now
from bot.services import second_factors, staff_sessions
from bot.services import staff as staff_service
from bot.services.context import Context
from handlers.console import forms, session

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed in"
INSTALLATION: Final = "installation"  # an admin of the whole installation, not of one municipality
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What somebody who still owes a new password or a code may do meanwhile.
_SETTING_UP: Final = frozenset(
    {
        "console.password",
        "console.totp",
        "console.passkey_new",
        "console.passkey_options",
        "console.passkeys",
        "console.sign_out",
        "console.confirm",
        "console.confirm_options",
    }
)

View = TypeVar("View", bound=Callable[..., object])
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Person:
    """The signed-in member of staff. `owes_second`: a second factor is to be set up before anything else."""

    staff: Staff
    actor: Actor
    today: date
    session: StaffSession
    owes_second: bool = False

    @property
    def fresh(self) -> bool:
        """Whether they have shown who they are within the last minutes (handlers.console.session.FRESH)."""
        return real_now() - self.session.proved_at <= session.FRESH

    def may(self, name: str, municipality: str, districts: tuple[int, ...] | None = None) -> bool:
        """Whether this person holds the right there today (see bot.core.permissions)."""
        return self.actor.may(name, municipality, self.today, districts)


@dataclass(frozen=True)
class Place:
    """The municipality of the path, with its districts in their own order; `former` ones have ended."""

    municipality: Municipality
    districts: tuple[District, ...]
    former: tuple[District, ...] = ()

    @property
    def id(self) -> str:
        return self.municipality.id

    def district_name(self, district_id: int | None) -> str:
        """A district's name; the whole city for None."""
        return next((d.name for d in (*self.districts, *self.former) if d.id == district_id), "市全体")


def right(name: str, *, keeps: bool = False, takes: int = 0) -> Callable[[View], View]:
    """The view needs this right in the path's municipality.

    `takes`: bytes of a request it reads (pictures and papers); 0: what every other page takes.
    `keeps`: a form posted after the session has ended is carried through the sign-in and opened again. Such
    a view must show the form, not carry it out, when `forms.restoring()`.
    """
    if name not in RIGHTS:
        raise ValueError(f"{name!r} is not a right; see bot.core.permissions.RIGHTS")

    def declare(view: View) -> View:
        view.console_keeps = keeps  # type: ignore[attr-defined]
        view.console_takes = takes  # type: ignore[attr-defined]
        return _declare(view, name)

    return declare


def fresh(view: View) -> View:
    """Beside `right` or `signed_in`: a dangerous act. Who has not shown for ten minutes who they are does so first.

    The form that was posted is carried through and done after one more press; pictures and papers are not.
    """
    view.console_fresh = True  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """The view is for everybody who has signed in, about themselves."""
    return _declare(view, SIGNED_IN)


def installation(view: View) -> View:
    """The view is for admins of the whole installation: what no municipality can do for itself."""
    return _declare(view, INSTALLATION)


def public(view: View) -> View:
    """The view is for everybody: the way in."""
    return _declare(view, PUBLIC)


def declared(view: object) -> str | None:
    """What a view needs; None when it forgot to say."""
    return getattr(view, "console_right", None)


def keeps_form(view: object) -> bool:
    """Whether a form for this view is carried through a sign-in."""
    return bool(getattr(view, "console_keeps", False))


def _declare(view: View, need: str) -> View:
    view.console_right = need  # type: ignore[attr-defined]
    return view


def context() -> Context:
    """The installation's parts."""
    return cast("Context", current_app.extensions["entaku.console"])


def now() -> datetime:
    """The product's time (the demo's follows the simulator)."""
    return context().clock()


def person() -> Person:
    """Who is signed in; only after the guard has let the request through."""
    return cast("Person", g.person)


def place() -> Place:
    """The municipality of the path."""
    return cast("Place", g.place)


def my_districts(name: str) -> tuple[District, ...]:
    """The districts of this municipality for which the person holds the right."""
    here = place()
    return tuple(d for d in here.districts if person().may(name, here.id, (d.id,)))


def guard() -> Response | None:
    """Before every request of the console: refuse everything that is not allowed on purpose."""
    if request.endpoint == "console.static":
        return None
    view = current_app.view_functions[request.endpoint or ""]
    need = declared(view)
    if need is None:
        _log.error("console.undeclared", endpoint=request.endpoint)
        raise NotAllowedError("このページは、まだ使えません。管理者にお知らせください。")
    g.person = _load_person()
    if need != PUBLIC and g.person is None:
        return _to_sign_in(view)
    if request.method not in SAFE_METHODS:
        if g.person is not None and (most := getattr(view, "console_takes", 0)):
            request.max_content_length = most
        forms.check_token()
        if forms.restoring() and not keeps_form(view):
            raise BadInputError("この操作は、もう一度はじめからお願いします。")
    if need == PUBLIC:
        return None
    owed = _owed()
    if owed is not None and request.endpoint not in _SETTING_UP:
        return redirect(url_for(owed))
    if need != SIGNED_IN:
        _enter(need)
    return _to_confirm() if getattr(view, "console_fresh", False) and not person().fresh else None


def _load_person() -> Person | None:
    key = session.key()
    if key is None:
        return None
    with context().database.read() as db:
        found = staff_sessions.find(db, key)
        if found is None or session.over(found[0]):
            return None
        here, row = found
        actor, today = staff_service.actor(db, row), jst(now()).date()
        owes = row.totp_secret is None and second_factors.owed(row, actor, today, real_now())
        owes = owes and not second_factors.of(db, row).any
    _note_seen(here)
    return Person(row, actor, today, here, owes)


def _note_seen(row: StaffSession) -> None:
    """Write down that the session is in use, every few minutes; a database that takes no changes keeps nobody out."""
    moment = real_now()
    if moment - row.seen_at <= session.REFRESH:
        return
    try:
        with context().database.write(shown=False) as db:
            staff_sessions.seen(db, row.id, moment)
    except UnavailableError:
        _log.warning("console.unseen")


def _owed() -> str | None:
    """The page of what this person must do before anything else."""
    someone = person()
    if someone.staff.password_once:
        return "console.password"
    return "console.totp" if someone.owes_second else None


def _enter(need: str) -> None:
    if need == INSTALLATION:
        if person().staff.municipality_id is not None:
            raise NotAllowedError("このページは、このしくみ全体の管理者が使います。")
        return
    municipality = cast("str", (request.view_args or {})["municipality"])
    if not person().may(need, municipality):
        _log.info("console.refused", right=need, endpoint=request.endpoint)
        raise NotAllowedError("このページを開く役割がありません。必要なときは、管理者にご相談ください。")
    with context().database.read() as db:
        row = db.get(Municipality, municipality)
        if row is None:
            raise NotFoundError("その市町村は、ここにはありません。")
        ordered = select(District).where(District.municipality_id == municipality).order_by(District.position)
        every = db.scalars(ordered).all()
        now_there = tuple(one for one in every if one.valid_to is None)
        g.place = Place(row, now_there, tuple(one for one in every if one.valid_to is not None))


def _to_confirm() -> Response:
    if request.method in SAFE_METHODS:
        return redirect(url_for("console.confirm", next=request.full_path.rstrip("?")))
    from handlers.console import confirm  # it needs this module's decorators

    return confirm.ask_first()


def _to_sign_in(view: object) -> Response:
    if request.method in SAFE_METHODS:
        return redirect(url_for("console.sign_in", next=request.full_path.rstrip("?")))
    from handlers.console import sign_in  # it needs this module's decorators

    return sign_in.ask_again(keep=keeps_form(view))
