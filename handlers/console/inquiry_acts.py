"""What people do with an inquiry: take, refer, draft, answer, close, open again. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.services import inquiries as service
from bot.services.inquiry_desk import Answer, Desk, Referring
from handlers.console import forms
from handlers.console.access import context, right
from handlers.console.forms import Fields
from handlers.console.inquiries import desk, page

Reply = str | tuple[str, int] | Response


@right("inquiry.refer")
def take(municipality: str, inquiry_id: int) -> Reply:
    """Answer it at the desk."""
    return _do(municipality, inquiry_id, lambda at: at.take(inquiry_id, _version()), "窓口で対応中にしました。")


@right("inquiry.refer", keeps=True)
def refer(municipality: str, inquiry_id: int) -> Reply:
    """Give it to a department."""
    fields = Fields.posted()
    due = fields.day("due", "いつまで")
    department = fields.value("department")
    if not department:
        fields.errors["department"] = "回す課を選んでください。"
    if forms.restoring():
        return page(municipality, inquiry_id, Fields(fields.form))
    if fields.errors or due is None:
        return page(municipality, inquiry_id, fields), 400
    to = Referring(department, due, service.plain(fields.value("note")))
    done = f"{department}に回しました。"
    return _do(municipality, inquiry_id, lambda at: at.refer(inquiry_id, _version(), to), done, "department")


@right("inquiry.draft", keeps=True)
def draft(municipality: str, inquiry_id: int) -> Reply:
    """Keep an answer for the desk to send."""
    if forms.restoring():
        return page(municipality, inquiry_id, Fields.posted())
    text = service.plain(request.form.get("text", ""))
    done = "回答案を保存しました。まだ送っていません。窓口が確かめて送ります。"
    return _do(municipality, inquiry_id, lambda at: at.draft(inquiry_id, _version(), text), done, "text")


@right("inquiry.answer", keeps=True)
def answer(municipality: str, inquiry_id: int) -> Reply:
    """Answer the person."""
    if forms.restoring():
        return page(municipality, inquiry_id, Fields.posted())
    name, way = request.form.get("name", "").strip(), request.form.get("way", "page")
    said = Answer(service.plain(request.form.get("text", "")), name, "chat" if way == "chat" else "page")
    done = "回答しました。"
    return _do(municipality, inquiry_id, lambda at: at.answer(inquiry_id, _version(), said), done, "text")


@right("inquiry.close")
def close(municipality: str, inquiry_id: int) -> Reply:
    """End it."""
    return _do(municipality, inquiry_id, lambda at: at.close(inquiry_id, _version()), "終わりにしました。")


@right("inquiry.close")
def reopen(municipality: str, inquiry_id: int) -> Reply:
    """Closed too early."""
    return _do(municipality, inquiry_id, lambda at: at.reopen(inquiry_id, _version()), "もう一度開きました。")


def _do(municipality: str, inquiry_id: int, act: Callable[[Desk], None], done: str, field: str = "form") -> Reply:
    """One act; what stands in its way is said beside what was typed."""
    try:
        # What is promised to a resident must survive a power cut.
        with context().database.write(durable=True) as db:
            act(desk(db, municipality))
    except (BadInputError, ConflictError) as error:
        fields = Fields.posted()
        fields.errors["form" if isinstance(error, ConflictError) else field] = error.message
        return page(municipality, inquiry_id, fields), error.status
    flash(done, "good")
    return redirect(url_for("console.inquiries_show", municipality=municipality, inquiry_id=inquiry_id))


def _version() -> int:
    return request.form.get("version", -1, type=int)
