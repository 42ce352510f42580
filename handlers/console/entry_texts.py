"""An entry's or activity's other languages beside its Japanese: written, looked at as on the phone, kept together."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import flash, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Entry
from bot.services import activity_editing
from bot.services import entry_editing as editing
from content import plain_japanese
from content.packs_model import LANGUAGES, Translation
from content.packs_model import Entry as Content
from content.phrases import SERVED
from handlers.console import answer_preview, forms
from handlers.console.access import context, now, person, right
from handlers.console.entry_fields import LIMITS
from handlers.console.entry_form import against, to_entry
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
# Those the chat speaks first, then others that an entry may already have.
WRITTEN: Final = tuple(code for code in SERVED if code != "ja")


@right("entry.write", keeps=True)
def texts(municipality: str, entry_id: int) -> Answer:
    """All languages side by side with the Japanese; who may change the entry (or activity) may change them."""
    with context().database.read() as db:
        row = editable(db, municipality, entry_id)
    content = editing.content_of(row)
    if request.method == "GET":
        return _page(row, content, _shown(content))
    fields = Fields.posted()
    if forms.restoring():
        return _page(row, content, fields)
    wanted = replace(content, translations=_read(fields, content))
    if fields.errors:
        return _page(row, content, fields), 400
    version = request.form.get("version", -1, type=int)
    try:
        with context().database.write() as db:
            changing = editable(db, municipality, entry_id)
            keep = activity_editing.change if changing.kind == "activity" else editing.change
            changed = keep(db, changing, person().actor, wanted, version, now())
    except ConflictError as error:
        newer, _, _ = against(municipality, entry_id, fields, wanted, error)
        return _page(newer, editing.content_of(newer), fields), 409
    except BadInputError as error:
        fields.errors["form"] = error.message
        return _page(row, content, fields), error.status
    flash("ほかの言葉を保存しました。" if changed else "変わったところはありません。", "good")
    return to_entry(municipality, entry_id)


@right("entry.write")
def preview(municipality: str, entry_id: int) -> Response | tuple[Response, int]:
    """LINE's messages in the language that is being written (`show`); nothing is stored."""
    with context().database.read() as db:
        row = editable(db, municipality, entry_id)
    content, language = editing.content_of(row), request.form.get("show", "ja")
    written = replace(content, translations=_read(Fields.posted(), content))
    try:
        shown = answer_preview.messages(municipality, answer_preview.as_if_published(written), language)
    except BadInputError:
        return jsonify({"error": "長すぎます。短くしてください。"}), 400
    return jsonify({"messages": shown})


def editable(db: Session, municipality: str, entry_id: int) -> Entry:
    """The entry, when this person may change it as it stands. Raises NotFoundError, NotAllowedError, BadInputError."""
    row = editing.get(db, municipality, entry_id)
    if row.kind not in editing.EDITED_KINDS:
        raise BadInputError("この種類の記事は、まだここでは直せません。知識のファイルを直してください。")
    allowed = editing.may(db, row, person().actor, "entry.write", now())
    if not allowed or (row.published and not editing.may(db, row, person().actor, "entry.publish", now())):
        raise NotAllowedError("この記事を直す役割がありません。")
    return row


def _languages(content: Content) -> list[str]:
    return [*WRITTEN, *(code for code in LANGUAGES if code in content.translations and code not in WRITTEN)]


def _shown(content: Content) -> Fields:
    values: dict[str, str] = {}
    for code in _languages(content):
        text = content.translations.get(code)
        values |= {f"{code}_title": text.title if text else "", f"{code}_body": text.body if text else ""}
        values |= {f"{code}_human": "1" if text and text.by == "human" else ""}
    return Fields.of(values)


def _read(fields: Fields, content: Content) -> dict[str, Translation]:
    found: dict[str, Translation] = {}
    for code in _languages(content):
        before = content.translations.get(code)
        title = fields.text(f"{code}_title", "見出し", most=LIMITS["title"], required=False)
        body = fields.text(f"{code}_body", "本文", most=LIMITS["body"], required=False)
        if title and not body:
            fields.errors[f"{code}_body"] = "本文も書いてください。書かないときは、見出しも空にします。"
        elif body:
            by = "human" if fields.value(f"{code}_human") else "machine"
            asked = before.questions if before else ()
            found[code] = Translation(title or content.title, body, asked, by)
    return dict(sorted(found.items()))


def _page(row: Entry, content: Content, fields: Fields) -> str:
    easy = f"{fields.value('easy-ja_title')}\n{fields.value('easy-ja_body')}"
    hints = [(easy[one.start : one.end], one) for one in plain_japanese.check(easy)] if easy.strip() else []
    return render_template(
        "console/entry_texts.html", row=row, content=content, fields=fields, languages=_languages(content),
        limits=LIMITS, hints=hints, shown=request.values.get("show", "easy-ja"),
    )  # fmt: skip
