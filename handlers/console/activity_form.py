"""The form for an activity: added, changed, made again from last year's; the next dates and the phone beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import flash, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.moments import time_of
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Entry
from bot.now import jst
from bot.services import activity_editing
from bot.services import entry_editing as editing
from bot.services.entry_versions import Difference
from content.packs_model import Entry as Content
from content.recurrence import Occurrence, check
from handlers.console import activity_fields, answer_preview, entry_fields, forms, rule_fields, show
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.entry_form import against, to_entry
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
NONE_COMING: Final = "この決め方では、これから1年のあいだに1日もありません。日か、くり返しを直してください。"


@dataclass(frozen=True)
class Shown:
    """What the page shows beside the fields: the row that is changed, and what was found when it was looked at."""

    row: Entry | None = None
    source: Entry | None = None  # the one it is made again from
    looked: Content | None = None
    changes: tuple[Difference, ...] = ()
    other: str = ""


@right("activity.write", keeps=True)
def new(municipality: str) -> Answer:
    """Add one; `from` is the activity it is made again from. Saving makes a draft, seen by staff only."""
    with context().database.read() as db:
        source = _readable(db, municipality, request.values.get("from", 0, type=int))
        places = activity_editing.places(db, municipality)
    base = activity_editing.again(editing.content_of(source), _today()) if source else activity_fields.blank()
    if request.method == "GET":
        return _page(_suggested(base), Shown(source=source))
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, Shown(source=source))
    content = activity_fields.read(fields, base, places, _today())
    _find_dates(fields, content, None)
    if fields.errors or fields.value("look"):
        return _page(fields, Shown(source=source, looked=content)), 400 if fields.errors else 200
    try:
        with context().database.write() as db:
            row = editing.create(db, municipality, person().actor, content, now())
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, Shown(source=source)), error.status
    flash("行事の下書きを保存しました。まだ出ていません。日と見え方を確かめて、出してください。", "good")
    return to_entry(municipality, row.id)


@right("activity.write", keeps=True)
def edit(municipality: str, activity_id: int) -> Answer:
    """Change one; the version says which text the person had before them."""
    with context().database.read() as db:
        row = _editable(db, municipality, activity_id)
        places = activity_editing.places(db, municipality)
    base = editing.content_of(row)
    if request.method == "GET":
        return _page(activity_fields.shown(base), Shown(row))
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, Shown(row))
    content = activity_fields.read(fields, base, places, _today())
    _find_dates(fields, content, base)
    if fields.errors or fields.value("look"):
        return _page(fields, Shown(row, looked=content)), 400 if fields.errors else 200
    try:
        with context().database.write() as db:
            changing = editing.get(db, municipality, activity_id)
            version = request.form.get("version", -1, type=int)
            changed = activity_editing.change(db, changing, person().actor, content, version, now())
    except ConflictError as error:
        return _conflict(municipality, activity_id, fields, content, error)
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, Shown(row)), error.status
    said = "次の質問から、この内容で答えます。" if row.published else "まだ出ていません。"
    flash(f"保存しました。{said}" if changed else "変わったところはありません。", "good")
    return to_entry(municipality, activity_id)


@right("activity.write")
def preview(municipality: str) -> Response | tuple[Response, int]:
    """LINE's messages and the next dates for what stands in the form now; nothing is stored."""
    with context().database.read() as db:
        places = activity_editing.places(db, municipality)
        row = _readable(db, municipality, request.form.get("activity", 0, type=int))
    fields = Fields.posted()
    base = editing.content_of(row) if row else activity_fields.blank()
    content = activity_fields.read(fields, base, places, _today())
    dates = _coming(content)
    seen: dict[str, Any] = {"dates": [in_words(one) for one in dates]}
    try:
        seen["messages"] = answer_preview.messages(municipality, answer_preview.as_if_published(content))
    except BadInputError:
        return jsonify({"error": "長すぎます。説明を短くしてください。"}), 400
    if not dates:
        seen["error"] = "日を入れると、次の日がここに出ます。"
    return jsonify(seen)


def in_words(one: Occurrence) -> str:
    """2026年12月6日(日) 午前8時30分から午前11時まで."""
    day = show.day(one.starts_at.date())
    if one.all_day:
        return day
    same = one.ends_at.date() == one.starts_at.date()
    until = time_of(one.ends_at) if same else f"{show.day(one.ends_at.date())} {time_of(one.ends_at)}"
    return f"{day} {time_of(one.starts_at)}から{until}まで"


def _suggested(base: Content) -> Fields:
    """An empty form with what nearly always holds: one's own district, its council, free and for everybody."""
    fields = activity_fields.shown(base)
    if base.title:
        return fields
    mine = my_districts("activity.write")
    if len(mine) == 1:
        fields.form["districts"] = str(mine[0].id)
        fields.form["organiser"] = str(mine[0].facts.get("council") or "")
    fields.form["contact"] = "district-centre"
    fields.form["audience_words"] = "どなたでも"
    return fields


def _find_dates(fields: Fields, content: Content, before: Content | None) -> None:
    """An activity without a date to come helps nobody; one that was over already may still be corrected."""
    if fields.errors or _coming(content) or (before is not None and not _coming(before)):
        return
    fields.errors["repeat"] = NONE_COMING


def _coming(content: Content) -> list[Occurrence]:
    if content.activity is None or check(content.activity):
        return []
    return activity_editing.coming(content, now())


def _editable(db: Session, municipality: str, activity_id: int) -> Entry:
    """The activity, when this person may change it. Raises NotFoundError, NotAllowedError."""
    row = _readable(db, municipality, activity_id)
    if row is None:
        raise NotFoundError("その行事は見つかりません。")
    if not editing.may(db, row, person().actor, "entry.write", now()):
        raise NotAllowedError("この行事を直す役割がありません。地区の行事はその地区の人が、市全体の分は市が直します。")
    if row.published and not editing.may(db, row, person().actor, "entry.publish", now()):
        raise NotAllowedError("出ている行事を直せるのは、座長と市の担当です。直したいところを伝えてください。")
    return row


def _readable(db: Session, municipality: str, activity_id: int) -> Entry | None:
    row = db.get(Entry, activity_id) if activity_id else None
    return row if row and row.municipality_id == municipality and row.kind == "activity" else None


def _conflict(
    municipality: str, activity_id: int, fields: Fields, content: Content, error: ConflictError
) -> tuple[str, int]:
    row, changes, other = against(municipality, activity_id, fields, content, error)
    return _page(fields, Shown(row, changes=changes, other=other)), 409


def _today() -> date:
    return jst(now()).date()


def _page(fields: Fields, shown: Shown) -> str:
    with context().database.read() as db:
        places = activity_editing.places(db, place().id)
    stored = shown.row or shown.source
    base = editing.content_of(stored) if stored else None
    return render_template(
        "console/activity_form.html",
        fields=fields,
        row=shown.row,
        source=shown.source,
        dates=[in_words(one) for one in _coming(shown.looked)] if shown.looked else [],
        looked=shown.looked is not None,
        changes=shown.changes,
        other=shown.other,
        repeats=activity_fields.REPEATS,
        kept=activity_fields.kept_in_words(base.activity if base else None),
        sign_ups=activity_fields.SIGN_UPS,
        codes=rule_fields.WEEKDAYS,
        nths=rule_fields.NTHS,
        places=places,
        districts=my_districts("activity.write"),
        whole_city=person().may("activity.write", place().id, ()),
        desks=entry_fields.desks(),
        limits=entry_fields.LIMITS,
    )
