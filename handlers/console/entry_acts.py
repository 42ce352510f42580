"""What people do with an entry: publish, withdraw, "checked today", decide about the pack's text, look back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.services import entry_editing as editing
from bot.services import entry_versions, organisations, question_groups
from handlers.console.access import context, now, person, right
from handlers.console.entry_form import to_entry


@right("entry.publish")
def publish(municipality: str, entry_id: int) -> Response:
    """Let the bot answer with it."""
    try:
        with context().database.write() as db:
            row = editing.get(db, municipality, entry_id)
            version = request.form.get("version", -1, type=int)
            editing.publish(db, row, person().actor, version, now())
            _, waiting = question_groups.of_entry(db, row)
    except (BadInputError, ConflictError) as error:
        flash(error.message, "bad")
        return to_entry(municipality, entry_id)
    told = f"待っていた{waiting}人に、1度だけ知らせます。" if waiting else ""
    flash(f"出しました。次の質問から、この記事で答えます。{told}", "good")
    return to_entry(municipality, entry_id)


@right("entry.publish")
def withdraw(municipality: str, entry_id: int) -> Response:
    """The bot answers with it no longer."""
    with context().database.write() as db:
        editing.withdraw(db, editing.get(db, municipality, entry_id), person().actor, now())
    flash("下げました。この記事では、もう答えません。", "good")
    return to_entry(municipality, entry_id)


@right("entry.write")
def check(municipality: str, entry_id: int) -> Response:
    """今日、確かめました."""
    with context().database.write() as db:
        row = editing.get(db, municipality, entry_id)
        editing.check(db, row, person().actor, now())
    flash(f"「{row.title}」を、今日確かめたと書きました。", "good")
    if request.form.get("back") == "due":
        return redirect(url_for("console.entries", municipality=municipality, view="due"))
    return to_entry(municipality, entry_id)


@right("entry.publish")
def pack(municipality: str, entry_id: int) -> Response:
    """The pack says something else than ours: take it, or keep ours."""
    try:
        with context().database.write() as db:
            row = editing.get(db, municipality, entry_id)
            if request.form.get("take"):
                version = request.form.get("version", -1, type=int)
                editing.take_packs(db, row, person().actor, version, now())
            else:
                editing.keep_ours(db, row, person().actor, now())
    except ConflictError as error:
        flash(error.message, "bad")
        return to_entry(municipality, entry_id)
    flash("ファイルの内容にしました。" if request.form.get("take") else "いまの内容のまま使います。", "good")
    return to_entry(municipality, entry_id)


@right("entry.read")
def history(municipality: str, entry_id: int) -> str:
    """Every version with what it changed, the newest first."""
    with context().database.read() as db:
        row = editing.get(db, municipality, entry_id)
        versions = entry_versions.listed(db, row)
        seen = organisations.seen_by(db, row, person().actor, now())
    before = [*versions[1:], None][: len(versions)]  # none at all while nobody has changed what the file said
    steps = [
        (one, entry_versions.differences(seen(older.data), seen(one.data)) if older else ())
        for one, older in zip(versions, before, strict=True)
    ]
    return render_template("console/entry_history.html", row=row, steps=steps)
