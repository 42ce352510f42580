"""Picture and paper of an announcement: chosen on a page of their own, so that no text is lost to a file too large."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.line.limits import MAX_PICTURE_BYTES
from bot.models.announcement_file import FILE_KINDS
from bot.services import announcement_files
from bot.services.announcement_files import MAX_UPLOAD, Upload
from handlers.console import announcement_parts as parts
from handlers.console.access import context, now, person, right
from handlers.console.announcements import readable

Answer = str | tuple[str, int] | Response
CHANGEABLE = ("draft", "submitted", "returned", "refused")


@right("announcement.write", takes=MAX_UPLOAD)
def files(municipality: str, announcement_id: int) -> Answer:
    """Attach or take away; checked and drawn before anything is stored."""
    if request.method == "GET":
        return _page(municipality, announcement_id)
    with context().database.read() as db:
        readable(db, municipality, announcement_id)  # before any work is done for somebody else
    kind = request.form.get("kind", "")
    if kind not in FILE_KINDS:
        return _page(municipality, announcement_id, ("picture", "写真かチラシかを選んでください。")), 400
    try:
        if "remove" in request.form:
            with context().database.write() as db:
                row = readable(db, municipality, announcement_id)
                announcement_files.detach(db, row, person().actor, kind, now())
            flash("はずしました。", "good")
        else:
            store = announcement_files.prepare(uploaded(kind))
            with context().database.write() as db:
                store(db, readable(db, municipality, announcement_id), person().actor, now())
            flash("写真を付けました。" if kind == "picture" else "チラシを付けました。", "good")
    except (BadInputError, ConflictError) as error:
        return _page(municipality, announcement_id, (kind, error.message)), error.status
    back = "console.announcements_files"
    return redirect(url_for(back, municipality=municipality, announcement_id=announcement_id))


def uploaded(kind: str) -> Upload:
    """What was chosen in the form. Raises BadInputError when nothing was."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        raise BadInputError("ファイルを選んでください。")
    with chosen.stream as stream:  # larger ones lie in a temporary file
        content = stream.read()
    return Upload(kind, content, request.form.get("words", ""), context().settings.public_url)


def _page(municipality: str, announcement_id: int, problem: tuple[str, str] | None = None) -> str:
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        extras = parts.extras(db, row)
    return render_template(
        "console/announcement_files.html",
        row=row,
        picture=extras.picture,
        paper=extras.paper,
        open=row.state in CHANGEABLE,
        trail=(
            ("お知らせ", url_for("console.announcements", municipality=municipality)),
            (row.title, url_for("console.announcements_show", municipality=municipality, announcement_id=row.id)),
        ),
        folder=f"/m/{municipality}",
        problem=problem,
        words=request.form.get("words", ""),
        most=MAX_PICTURE_BYTES,
    )
