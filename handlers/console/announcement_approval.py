"""An announcement's approval on its pages: whom it waits for, the time left to take it back, the emergency path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.transitions import possible
from bot.errors import BadInputError, ConflictError
from bot.models import Announcement, Staff
from bot.services import announcements as service
from bot.services import approval
from handlers.console.access import context, now, person, place, right

Answer = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Standing:
    """How an approval stands. `district`, `city`: who can give it, by name; `held`: it can be taken back until then."""

    district: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    escalated: bool = False
    asks_city_at: datetime | None = None
    held: datetime | None = None
    minutes: int = 0
    emergency_by: str = ""
    may_take_back: bool = False
    may_send_emergency: bool = False


def standing(db: Session, row: Announcement, districts: tuple[int, ...]) -> Standing:
    """What the pages say of it for this person."""
    moment, acts, here = now(), possible(row.state), place().id
    pool = approval.pool(db, row, moment) if row.state == "submitted" else approval.Pool((), ())
    held = row.held_until if row.state == "scheduled" and row.held_until and row.held_until > moment else None
    by = db.get_one(Staff, row.emergency_by_id).name if row.emergency_by_id else ""
    stops = person().may("announcement.cancel", here, districts)
    alone = row.urgency == "emergency" and person().may("announcement.emergency", here, districts)
    return Standing(
        tuple(one.name for one in pool.district),
        tuple(one.name for one in pool.city),
        approval.escalated(db, row, moment),
        approval.overdue_at(db, row),
        held,
        approval.rule(db, here).hold_minutes,
        by,
        "take_back" in acts and stops,
        "emergency" in acts and alone,
    )


@right("announcement.cancel")
def take_back(municipality: str, announcement_id: int) -> Answer:
    """One press before it goes out: it is not sent, and goes back to its author."""
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            row = _readable(db, municipality, announcement_id)
            service.take_back(db, row, person().actor, version, now())
    except ConflictError as error:
        flash(error.message, "bad")
        return _page(municipality, announcement_id), 409
    flash("取り消しました。送られません。書いた人が直せます。", "good")
    return _to(municipality, announcement_id)


@right("announcement.emergency")
def send_emergency(municipality: str, announcement_id: int) -> Answer:
    """Send it at once, alone, with a reason that everybody is told."""
    version, reason = request.form.get("version", -1, type=int), request.form.get("reason", "")
    try:
        with context().database.write(durable=True) as db:
            row = _readable(db, municipality, announcement_id)
            service.send_emergency(db, row, person().actor, reason, version, now(), sealer=context().sealer)
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return _page(municipality, announcement_id, reason), error.status
    flash("承認なしで、いま送ります。ほかの承認者と管理者に知らせました。", "good")
    return _to(municipality, announcement_id)


def _page(municipality: str, announcement_id: int, reason: str = "") -> str:
    from handlers.console.announcements import sheet

    with context().database.read() as db:
        seen = sheet(db, municipality, announcement_id)
        progress = service.progress(db, seen.row) if seen.over else None
    return render_template(
        "console/announcement.html", sheet=seen, progress=progress, batches=[], now=now(), reason=reason
    )


def _readable(db: Session, municipality: str, announcement_id: int) -> Announcement:
    from handlers.console.announcements import readable

    return readable(db, municipality, announcement_id)


def _to(municipality: str, announcement_id: int) -> Response:
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))
