"""Activities: how many come, and what becomes of a date (中止・順延・変更・実施). Numbers only, never who."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Entry
from bot.services import activities as dates
from bot.services import activity_changes, activity_editing, web_sign_ups
from bot.services.activity_changes import ACTS, Sheet
from bot.services.budget import quota
from bot.services.sign_ups import Key
from handlers.console import activity_form
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

STATES = {
    "予定": ("予定", "plain"),
    "実施": ("実施", "good"),
    "小雨決行": ("小雨決行", "plain"),
    "中止": ("中止", "bad"),
    "順延": ("順延", "warn"),
    "変更": ("変更", "warn"),
}
VIEWS = {"": "これから1か月", "draft": "下書き", "all": "すべて"}
WITHOUT_LINE = (
    "電話番号は預かっていません。受付番号のページにはすぐ出ます。"
    "「受付の名簿」を印刷して受付の人に渡し、会場の入口に紙を貼ってください。"
)
HINTS = {
    "中止": "行いません。申し込んだ人に、すぐ知らせます。",
    "順延": "ほかの日に行います。日が決まっていないときは、空のままで送れます。",
    "変更": "日、時刻、場所を変えます。",
    "実施": "予定どおり行う、と知らせます(雨が心配な朝などに)。",
}


@right("activity.read")
def listing(municipality: str) -> str:
    """The dates of the next month, with how many come; or all activities, or drafts, to be found again and copied."""
    district, view, words = (request.args.get(name, "").strip()[:100] for name in ("district", "view", "q"))
    view = "all" if words else view if view in VIEWS else ""
    with context().database.read() as db:
        rows = activity_changes.listing(db, municipality, person().actor, now(), district) if not view else []
        found = activity_editing.listing(db, municipality, person().actor, now(), words) if view == "all" else []
        drafts = activity_editing.listing(db, municipality, person().actor, now(), drafts=True)
    return render_template(
        "console/activities.html", rows=rows, found=drafts if view == "draft" else found, drafts=len(drafts),
        district=district, states=STATES, view=view, views=VIEWS, q=words, in_words=activity_form.in_words,
    )  # fmt: skip


@right("activity.read")
def show_one(municipality: str, activity_id: int) -> str:
    """One date: the numbers, and the form."""
    with context().database.read() as db:
        sheet = sheet_of(db, municipality, activity_id, request.args.get("day", ""))
    return _page(sheet, Fields.of({}))


@right("activity.manage")
def change(municipality: str, activity_id: int) -> str | tuple[str, int] | Response:
    """Call a date off, put it off, change it, or say that it is held; everyone who signed up is told once."""
    fields = Fields.posted()
    day = fields.value("day")
    try:
        with context().database.write(durable=True) as db:
            sheet = sheet_of(db, municipality, activity_id, day)
            wanted = activity_changes.parse(fields.form.to_dict(), sheet.key.day)
            version = request.form.get("version", -1, type=int)
            told = activity_changes.change(db, sheet.key, person().actor, wanted, version, now())
            groups, people = web_sign_ups.out_of_reach(db, sheet.key)
    except (BadInputError, ConflictError) as error:
        with context().database.read() as db:
            sheet = sheet_of(db, municipality, activity_id, day)
        fields.errors["form"] = error.message
        return _page(sheet, fields), error.status
    sent = f"{told}人のLINEに、いま送っています。" if told else "知らせる人は、いません。"
    flash(f"「{wanted.state}」にしました。{sent}", "good")
    if groups:
        flash(f"LINEを使わない{groups}組{people}人には届きません。{WITHOUT_LINE}", "warn")
    return redirect(url_for("console.activities_show", municipality=municipality, activity_id=activity_id, day=day))


def sheet_of(db: Session, municipality: str, activity_id: int, day: str) -> Sheet:
    """The date that the page is about; without one, the activity's next."""
    row = db.get(Entry, activity_id)
    if row is None or row.municipality_id != municipality or row.kind != "activity":
        raise NotFoundError("その行事は見つかりません。")
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError:
        raise NotFoundError("その日の行事は見つかりません。") from None
    if chosen is None:
        found = dates.find(db, municipality, row.key, now())
        if found is None or not found[1]:
            raise NotFoundError("この行事には、これからの日がありません。")
        chosen = found[1][0].day
    return activity_changes.sheet(db, Key(municipality, row.key, chosen), person().actor, now())


def _page(sheet: Sheet, fields: Fields) -> str:
    with context().database.read() as db:
        left = quota(db, place().id, now())
        reception = web_sign_ups.listed(db, sheet.key) if sheet.may_change else ()
    return render_template(
        "console/activity.html",
        sheet=sheet,
        fields=fields,
        quota=left,
        reception=reception,
        reception_people=sum(one.people for one in reception),
        without_line=WITHOUT_LINE,
        acts=ACTS,
        hints=HINTS,
        states=STATES,
    )
