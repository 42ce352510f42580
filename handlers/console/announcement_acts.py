"""What people do with an announcement: submit, approve, return, call off, delete."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.services import announcements as service
from bot.services import composing
from handlers.console.access import context, now, person, place, right
from handlers.console.announcements import readable, sheet

Answer = str | tuple[str, int] | Response


@right("announcement.submit")
def submit(municipality: str, announcement_id: int) -> Answer:
    """Ask for approval; what might stand in its way is said at once."""
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            notes = service.submit(db, row, person().actor, now())
    except BadInputError as error:
        flash(error.message, "bad")
        return _to_announcement(municipality, announcement_id)
    except ConflictError as error:
        return _conflict(municipality, announcement_id, error)
    flash("承認に出しました。ほかの人が承認すると、送られます。", "good")
    for note in notes:
        flash(f"このままでは承認できません。{note}", "warn")
    return _to_announcement(municipality, announcement_id)


@right("announcement.approve")
def approve(municipality: str, announcement_id: int) -> Answer:
    """The page for the second person; approving what they read and nothing newer."""
    if request.method == "GET":
        return _approve_page(municipality, announcement_id)
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            service.approve(db, row, person().actor, version, now(), sealer=context().sealer)
            held = row.held_until is not None
    except BadInputError as error:
        return _approve_page(municipality, announcement_id, error.message), 400
    except ConflictError as error:
        return _conflict(municipality, announcement_id, error)
    flash("承認しました。まだ取り消せます。" if held else "承認しました。時刻になると、送られます。", "good")
    return _to_announcement(municipality, announcement_id)


@right("announcement.approve")
def send_back(municipality: str, announcement_id: int) -> Answer:
    """Return it to its author with a reason."""
    comment = request.form.get("comment", "")
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            service.send_back(db, row, person().actor, comment, now())
    except BadInputError as error:
        return _approve_page(municipality, announcement_id, errors={"comment": error.message}), 400
    except ConflictError as error:
        return _conflict(municipality, announcement_id, error)
    flash("書いた人へ戻しました。", "good")
    return _to_announcement(municipality, announcement_id)


@right("announcement.cancel")
def cancel(municipality: str, announcement_id: int) -> Answer:
    """Call it off, with a reason."""
    if request.method == "GET":
        with context().database.read() as db:
            seen = sheet(db, municipality, announcement_id)
        if "cancel" not in seen.acts:
            return _to_announcement(municipality, announcement_id)
        return render_template("console/announcement_cancel.html", sheet=seen, error=None, comment="")
    comment = request.form.get("comment", "").strip()
    if not comment:
        with context().database.read() as db:
            seen = sheet(db, municipality, announcement_id)
        error = "取りやめる理由を書いてください。記録に残ります。"
        return render_template("console/announcement_cancel.html", sheet=seen, error=error, comment=comment), 400
    try:
        with context().database.write() as db:
            row = readable(db, municipality, announcement_id)
            was_sending = row.state == "sending"
            unsent = service.cancel(db, row, person().actor, comment, now())
    except ConflictError as error:
        return _conflict(municipality, announcement_id, error)
    flash(
        f"取りやめました。まだ送っていなかった{unsent}人には届きません。"
        if was_sending
        else "取りやめました。送られません。",
        "good",
    )
    return _to_announcement(municipality, announcement_id)


@right("announcement.write")
def delete(municipality: str, announcement_id: int) -> Answer:
    """Throw a draft away, with its poll."""
    try:
        with context().database.write() as db:
            composing.discard(db, readable(db, municipality, announcement_id), person().actor, now())
    except ConflictError as error:
        return _conflict(municipality, announcement_id, error)
    flash("下書きを消しました。", "good")
    return redirect(url_for("console.announcements", municipality=municipality))


def _approve_page(
    municipality: str, announcement_id: int, error: str | None = None, errors: dict[str, str] | None = None
) -> str:
    with context().database.read() as db:
        seen = sheet(db, municipality, announcement_id)
        districts = seen.district_ids
        mine = person().may("announcement.approve", place().id, districts)
    if not mine:
        raise NotAllowedError("この地区のお知らせを承認する役割がありません。")
    return render_template(
        "console/announcement_approve.html",
        sheet=seen,
        error=error,
        comment=request.form.get("comment", ""),
        errors=errors or {},
        now=now(),
    )


def _conflict(municipality: str, announcement_id: int, error: ConflictError) -> tuple[str, int] | Response:
    """Somebody was quicker: say what it is now. A second click of the same person simply shows the result."""
    with context().database.read() as db:
        seen = sheet(db, municipality, announcement_id)
    if request.endpoint == "console.announcements_approve" and seen.row.approver_id == person().staff.id:
        flash("もう承認してあります。", "good")
        return _to_announcement(municipality, announcement_id)
    return render_template("console/announcement_conflict.html", sheet=seen, message=error.message), 409


def _to_announcement(municipality: str, announcement_id: int) -> Response:
    return redirect(url_for("console.announcements_show", municipality=municipality, announcement_id=announcement_id))
