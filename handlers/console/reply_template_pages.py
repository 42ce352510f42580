"""定型文: the texts kept ready for answers, made and changed by the city's staff."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.models import ReplyTemplate
from bot.services import inquiries, reply_templates
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("inquiry.answer", keeps=True)
def listing(municipality: str) -> Answer:
    """All of them, and the form for a new one."""
    if request.method == "GET":
        return _page(municipality, Fields.of({}))
    fields = Fields.posted()
    if forms.restoring():
        return _page(municipality, fields)
    name, body = _typed(fields)
    try:
        with context().database.write() as db:
            reply_templates.create(db, municipality, person().actor, name, body, now())
    except BadInputError as error:
        fields.errors["name" if not name else "body"] = error.message
        return _page(municipality, fields), 400
    flash(f"定型文「{name}」を作りました。", "good")
    return _to_list(municipality)


@right("inquiry.answer", keeps=True)
def edit(municipality: str, template_id: int) -> Answer:
    """Change one; of two who do, the second sees that the first was quicker and keeps what they typed."""
    with context().database.read() as db:
        row = reply_templates.get(db, municipality, template_id)
    if request.method == "GET":
        return _page(municipality, Fields.of({"name": row.name, "body": row.body, "version": str(row.version)}), row)
    fields = Fields.posted()
    if forms.restoring():
        return _page(municipality, fields, row)
    typed, version = _typed(fields), request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            changing = reply_templates.get(db, municipality, template_id)
            reply_templates.change(db, changing, person().actor, typed, version, now())
    except (BadInputError, ConflictError) as error:
        if isinstance(error, ConflictError):
            fields.form = fields.form.copy()
            fields.form["version"] = str(row.version)
        fields.errors["form" if isinstance(error, ConflictError) else "body"] = error.message
        return _page(municipality, fields, row), error.status
    flash(f"定型文「{typed[0]}」を直しました。", "good")
    return _to_list(municipality)


@right("inquiry.answer")
def remove(municipality: str, template_id: int) -> Response:
    """Forget one."""
    with context().database.write() as db:
        reply_templates.remove(db, reply_templates.get(db, municipality, template_id), person().actor, now())
    flash("定型文を消しました。これまでの回答は、そのままです。", "good")
    return _to_list(municipality)


def _typed(fields: Fields) -> tuple[str, str]:
    return " ".join(fields.value("name").split()), inquiries.plain(fields.value("body"))


def _page(municipality: str, fields: Fields, row: ReplyTemplate | None = None) -> str:
    with context().database.read() as db:
        rows = reply_templates.listing(db, municipality)
    return render_template(
        "console/reply_templates.html", rows=rows, row=row, fields=fields, places=reply_templates.PLACEHOLDERS,
        limits={"name": reply_templates.NAME_CHARS, "body": reply_templates.BODY_CHARS},
    )  # fmt: skip


def _to_list(municipality: str) -> Response:
    return redirect(url_for("console.reply_templates", municipality=municipality))
