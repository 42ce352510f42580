"""What people do with an inquiry: take, refer, draft, answer, close, open again. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Inquiry
from bot.services import desk_team, desks, reply_templates
from bot.services import inquiries as service
from bot.services.inquiry_desk import Answer, Desk, Referring
from handlers.console import forms, inquiry_list, show
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields
from handlers.console.inquiries import desk, page

Reply = str | tuple[str, int] | Response


@right("inquiry.refer")
def take(municipality: str, inquiry_id: int) -> Reply:
    """Answer it at the desk."""

    def act(at: Desk) -> None:
        at.take(inquiry_id, _version())
        row = service.get(at.session, municipality, inquiry_id)
        if inquiry_id not in desk_team.assigned(at.session, municipality):
            mine = dict(desk_team.candidates(at.session, row, now())).get(at.actor.id or 0)
            desk_team.assign(at.session, row, at.actor, at.actor.id if mine else None, now())

    return _do(municipality, inquiry_id, act, "窓口で対応中にしました。")


@right("inquiry.refer")
def assign(municipality: str, inquiry_id: int) -> Reply:
    """Who looks after it."""
    chosen = request.form.get("staff", "", type=str)
    staff_id = int(chosen) if chosen.isascii() and chosen.isdigit() else None

    def act(at: Desk) -> None:
        row = at.readable(inquiry_id)
        desk_team.assign(at.session, row, at.actor, staff_id, now())

    done = "担当を決めました。" if staff_id else "担当をなしにしました。"
    return _do(municipality, inquiry_id, act, done, "staff")


@right("inquiry.draft", keeps=True)
def note(municipality: str, inquiry_id: int) -> Reply:
    """Tell the others something that never leaves the house."""
    if forms.restoring():
        return page(municipality, inquiry_id, Fields.posted())
    text = service.plain(request.form.get("memo", ""))

    def act(at: Desk) -> None:
        desk_team.add_note(context(), at.session, at.readable(inquiry_id), at.actor, text, now())

    return _do(municipality, inquiry_id, act, "メモを残しました。住民には見えません。", "memo")


@right("inquiry.draft")
def fill(municipality: str, inquiry_id: int) -> Reply:
    """Put a text kept ready under what is written so far; nothing is stored or sent."""
    fields = Fields(request.form.copy())
    with context().database.read() as db:
        row = desk(db, municipality).readable(inquiry_id)
        try:
            template = reply_templates.get(db, municipality, request.form.get("template", 0, type=int))
        except NotFoundError:
            fields.errors["template"] = "定型文を選んでください。"
            return page(municipality, inquiry_id, fields), 400
        text = reply_templates.filled(template.body, _known(db, municipality, row))
    written = service.plain(request.form.get("text", ""))
    fields.form["text"] = f"{written}\n\n{text}" if written else text
    left = reply_templates.holes(fields.form["text"])
    if left:
        fields.errors["text"] = f"{{{left[0]}}} は分からないため、入っていません。書きかえてください。"
    return page(municipality, inquiry_id, fields)


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
    back: dict[str, Any] = {name: value for name in inquiry_list.PAGE_FIELDS if (value := request.args.get(name))}
    return redirect(url_for("console.inquiries_show", municipality=municipality, inquiry_id=inquiry_id, **back))


def _known(db: Session, municipality: str, row: Inquiry) -> dict[str, str]:
    """What a text kept ready may name of this inquiry, this desk and this person."""
    here = place()
    district = next((one for one in here.districts if one.id == row.district_id), None)
    found = desks.for_district(db, municipality, district.key if district else None)
    today = person().today
    return {
        "受付番号": service.number(db, row),
        "窓口": found[0].name if found else "",
        "窓口の電話": (found[0].phone or "") if found else "",
        "担当": person().staff.name,
        "分野": show.INQUIRY_CATEGORIES[row.category],
        "地区": district.name if district else "",
        "市": here.municipality.name,
        "きょう": f"{today.month}月{today.day}日",
    }


def _version() -> int:
    return request.form.get("version", -1, type=int)
