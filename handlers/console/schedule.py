"""予定: what will be sent when, the series with their next dates, and how often somebody may be written to."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.moments import date_of
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import AnnouncementSeries, Staff
from bot.services import announcements, lanes, series, series_acts
from content import series_rules
from handlers.console.access import context, now, person, right

Answer = str | tuple[str, int] | Response
STATES = {
    "draft": ("承認の前", "wait"),
    "running": ("動いています", "go"),
    "stopped": ("終わりにしました", "plain"),
    "over": ("終わりました", "plain"),
}


@right("announcement.read")
def listing(municipality: str) -> str:
    """Everything that is approved and still to be sent, and the series."""
    with context().database.read() as db:
        rows = announcements.listing(db, municipality, person().actor, person().today)
        coming = sorted(
            (row for row in rows if row.state == "scheduled"), key=lambda row: (row.send_at or now(), row.id)
        )
        districts = announcements.district_ids_of(db, [row.id for row in coming])
        found = [_seen(db, row) for row in series_acts.listing(db, municipality, person().actor, now())]
        cap = lanes.cap_of(db, municipality)
    return render_template(
        "console/schedule.html", coming=coming, districts=districts, series=found, cap=cap, most=lanes.MOST_CAP,
        states=STATES,
    )  # fmt: skip


@right("announcement.read")
def show_one(municipality: str, series_id: int) -> str:
    """One series: its words, its next dates, what was made of it, and how it ends."""
    with context().database.read() as db:
        row = _readable(db, municipality, series_id)
        seen = _seen(db, row)
        made = series.made(db, row)
        asked = db.get(Staff, row.stop_asked_by) if row.stop_asked_by is not None else None
        districts = tuple(series_acts.districts_of(db, row))
    return render_template(
        "console/series.html", seen=seen, row=row, made=made, asked=asked, districts=districts, states=STATES,
        writes=person().may("announcement.write", municipality, districts),
        submits=person().may("announcement.submit", municipality, districts),
        approves=person().may("announcement.approve", municipality, districts),
    )  # fmt: skip


@right("announcement.submit")
def ask_stop(municipality: str, series_id: int) -> Response:
    """Ask a second person to end it."""
    return _act(municipality, series_id, "ask_stop", "承認を頼みました。ほかの人が承認すると、終わりになります。")


@right("announcement.approve")
def stop(municipality: str, series_id: int) -> Response:
    """The second person ends it."""
    return _act(municipality, series_id, "stop", "くり返しを終わりにしました。まだ送っていないものは、送られません。")


@right("announcement.submit")
def keep(municipality: str, series_id: int) -> Response:
    """It goes on after all."""
    return _act(municipality, series_id, "keep", "くり返しを続けます。")


@right("announcement.write")
def change(municipality: str, series_id: int) -> Response:
    """A new draft that takes its place when it is approved."""
    try:
        with context().database.write() as db:
            row = _readable(db, municipality, series_id)
            new_id = series_acts.change(db, row, person().actor, now()).id
    except ConflictError as error:
        flash(error.message, "bad")
        return _to_series(municipality, series_id)
    flash("新しい下書きを作りました。承認されるまでは、いまのくり返しが続きます。", "good")
    return redirect(url_for("console.announcements_when", municipality=municipality, announcement_id=new_id))


@right("approval.settings")
def cap(municipality: str) -> Response:
    """How many announcements a resident gets at once in seven days."""
    try:
        with context().database.write() as db:
            lanes.set_cap(db, municipality, person().actor, request.form.get("cap", -1, type=int), now())
        flash("1週間に送る数を変えました。これから送るものに使います。", "good")
    except BadInputError as error:
        flash(error.message, "bad")
    return redirect(url_for("console.schedule", municipality=municipality))


def _act(municipality: str, series_id: int, name: str, said: str) -> Response:
    try:
        with context().database.write() as db:
            row = _readable(db, municipality, series_id)
            if name == "ask_stop":
                series_acts.ask_stop(db, row, person().actor, request.form.get("reason", ""), now())
            else:
                getattr(series_acts, name)(db, row, person().actor, now())
        flash(said, "good")
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
    return _to_series(municipality, series_id)


def _seen(db: Session, row: AnnouncementSeries) -> dict[str, object]:
    first = series.template(db, row)
    assert first is not None
    dates = [date_of(one.day) for one in series.coming(row, now())] if row.state in ("draft", "running") else []
    return {"row": row, "first": first, "words": series_rules.in_words(series.plan_of(row)), "dates": dates}


def _readable(db: Session, municipality: str, series_id: int) -> AnnouncementSeries:
    row = series_acts.get(db, municipality, series_id)
    if not person().may("announcement.read", municipality, tuple(series_acts.districts_of(db, row))):
        raise NotFoundError("そのくり返しは、担当の地区のものではありません。")
    return row


def _to_series(municipality: str, series_id: int) -> Response:
    return redirect(url_for("console.series_show", municipality=municipality, series_id=series_id))
