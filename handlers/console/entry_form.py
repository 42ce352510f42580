"""The form for an entry: written, changed, looked at as the chat will show it."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Entry, UnansweredQuestion
from bot.services import entry_editing as editing
from bot.services import entry_versions, question_groups
from content.packs_json import entry_json
from content.packs_model import Entry as Content
from handlers.console import answer_preview, entry_fields, forms
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.entry_fields import EASY, LIMITS
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("entry.write", keeps=True)
def new(municipality: str) -> Answer:
    """Write a new one, or one like another (`from`); saving makes a draft, seen by staff only."""
    fields = entry_fields.shown(_start(municipality)) if request.method == "GET" else Fields.posted()
    if request.method == "GET" or forms.restoring():
        return _page(fields, None)
    content = entry_fields.read(fields, editing.blank())
    if fields.errors:
        return _page(fields, None), 400
    try:
        with context().database.write() as db:
            row = editing.create(db, municipality, person().actor, content, now())
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, None), error.status
    flash("下書きを保存しました。まだ出ていません。見え方を確かめて、出してください。", "good")
    return to_entry(municipality, row.id)


def _start(municipality: str) -> Content:
    """An empty entry, or a copy of the one that `from` names: without its days, counts and other languages."""
    with context().database.read() as db:
        row = db.get(Entry, request.args.get("from", 0, type=int))
    if row is None or row.municipality_id != municipality or row.kind not in editing.FORM_KINDS:
        return editing.blank()
    easy = {code: text for code, text in editing.content_of(row).translations.items() if code == EASY}
    return replace(
        editing.content_of(row), id="", translations=easy, family=None, valid_from=None, valid_to=None,
        checked_on=None,
    )  # fmt: skip


@right("entry.write", keeps=True)
def edit(municipality: str, entry_id: int) -> Answer:
    """Change one; the version says which text the person had before them."""
    with context().database.read() as db:
        row = _editable(db, municipality, entry_id)
        questions = _questions(db, municipality)
    base = editing.content_of(row)
    if request.method == "GET":
        asked = tuple(dict.fromkeys(one.text for one in questions if one.text not in base.questions))
        return _page(
            entry_fields.shown(replace(base, questions=(*base.questions, *asked)), [one.id for one in questions]), row
        )
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    content = entry_fields.read(fields, base)
    if fields.errors:
        return _page(fields, row), 400
    try:
        with context().database.write() as db:
            changing = editing.get(db, municipality, entry_id)
            version = request.form.get("version", -1, type=int)
            changed = editing.change(db, changing, person().actor, content, version, now())
            if attached := _questions(db, municipality):
                question_groups.attach(db, attached, changing, person().actor, now())
    except ConflictError as error:
        return _conflict(municipality, entry_id, fields, content, error)
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, row), error.status
    _say_saved(row, changed, set(base.translations) - set(content.translations))
    return to_entry(municipality, entry_id)


@right("entry.write")
def preview(municipality: str) -> Response | tuple[Response, int]:
    """LINE's messages for what stands in the form now; nothing is stored."""
    fields = Fields.posted()
    content = entry_fields.read(fields, editing.blank())
    if content.body and "body" in fields.errors:
        return jsonify({"error": fields.errors["body"]}), 400
    try:
        return jsonify({"messages": answer_preview.messages(municipality, answer_preview.as_if_published(content))})
    except BadInputError:
        return jsonify({"error": "長すぎます。答えを短くしてください。"}), 400


def to_entry(municipality: str, entry_id: int) -> Response:
    """The entry's own page."""
    return redirect(url_for("console.entries_show", municipality=municipality, entry_id=entry_id))


def _editable(db: Session, municipality: str, entry_id: int) -> Entry:
    """The entry, when this person may change it as it stands. Raises NotFoundError, NotAllowedError, BadInputError."""
    row = editing.get(db, municipality, entry_id)
    if what := {"activity": "行事", "organisation": "団体"}.get(row.kind):
        raise BadInputError(f"{what}は「{what}」のページで直します。")
    if row.kind not in editing.FORM_KINDS:
        raise BadInputError("この種類の記事は、まだここでは直せません。知識のファイルを直してください。")
    if not editing.may(db, row, person().actor, "entry.write", now()):
        raise NotAllowedError(
            "この記事を直す役割がありません。地区の記事はその地区の人が、市全体の記事は市が直します。"
        )
    if row.published and not editing.may(db, row, person().actor, "entry.publish", now()):
        raise NotAllowedError("出ている記事を直せるのは、座長と市の担当です。直したいところを伝えてください。")
    return row


def _questions(db: Session, municipality: str) -> list[UnansweredQuestion]:
    """The unanswered questions that this form is to answer as well."""
    ids = [int(value) for value in request.values.getlist("question") if value.isascii() and value.isdigit()]
    if not ids or not person().may("question.read", municipality):
        return []
    return question_groups.readable(db, municipality, ids, person().actor, now())


def _conflict(
    municipality: str, entry_id: int, fields: Fields, content: Content, error: ConflictError
) -> tuple[str, int]:
    row, changes, other = against(municipality, entry_id, fields, content, error)
    return _page(fields, row, changes, other), 409


def against(
    municipality: str, entry_id: int, fields: Fields, content: Content, error: ConflictError
) -> tuple[Entry, tuple[entry_versions.Difference, ...], str]:
    """Somebody was quicker: what was typed stays, theirs is shown beside it, the next saving is on top of theirs.

    Returns the row as it is now, what the typed text would change of it, and who wrote it.
    """
    with context().database.read() as db:
        row = editing.get(db, municipality, entry_id)
        theirs = entry_versions.listed(db, row)
    mine = entry_json(replace(content, draft=False, id=row.key))
    fields.errors["form"] = (
        f"{error.message}下の「いまの内容との違い」を見て、よければもう一度保存してください。"
        "先に書かれた内容は、記録に残っています。"
    )
    fields.form = fields.form.copy()
    fields.form["version"] = str(row.version)
    return row, entry_versions.differences(row.data, mine), theirs[0].actor if theirs else ""


def _say_saved(row: Entry, changed: bool, dropped: set[str]) -> None:
    if not changed:
        flash("変わったところはありません。", "good")
    elif row.published:
        flash("保存しました。次の質問から、この内容で答えます。", "good")
    else:
        flash("保存しました。まだ出ていません。", "good")
    if dropped:
        flash("日本語が変わったので、古くなったほかの言葉の訳を外しました。「これまでの内容」に残っています。", "warn")


def _page(
    fields: Fields, row: Entry | None, changes: tuple[entry_versions.Difference, ...] = (), other: str = ""
) -> str:
    languages = [code for code in (row.data.get("translations") or {}) if code != EASY] if row else []
    return render_template(
        "console/entry_form.html",
        fields=fields,
        row=row,
        kinds=editing.FORM_KINDS,
        districts=my_districts("entry.write"),
        whole_city=person().may("entry.write", place().id, ()),
        desks=entry_fields.desks(),
        limits=LIMITS,
        languages=languages,
        changes=changes,
        other=other,
        questions=fields.form.getlist("question"),
    )
