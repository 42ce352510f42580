"""The form for an entry: written, changed, looked at as the chat will show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.knowledge import CENTRE
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.line.render import Text, render
from bot.models import Desk, Entry, UnansweredQuestion
from bot.services import answers, entry_versions, follow_ups, question_groups
from bot.services import entry_editing as editing
from bot.services.answers import Question
from content.packs_json import entry_json
from content.packs_model import MARKDOWN_KINDS, Source, Translation
from content.packs_model import Entry as Content
from handlers.console import forms
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
EASY: Final = "easy-ja"
LIMITS: Final = {"title": editing.MAX_TITLE, "body": editing.MAX_BODY, "short": 200, "url": 500}
_SPLIT: Final = re.compile(r"[\n、;,]+")


@right("entry.write", keeps=True)
def new(municipality: str) -> Answer:
    """Write a new one; saving makes a draft, seen by staff only."""
    fields = _shown(editing.blank()) if request.method == "GET" else Fields.posted()
    if request.method == "GET" or forms.restoring():
        return _page(fields, None)
    content = _read(fields, editing.blank())
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


@right("entry.write", keeps=True)
def edit(municipality: str, entry_id: int) -> Answer:
    """Change one; the version says which text the person had before them."""
    with context().database.read() as db:
        row = _editable(db, municipality, entry_id)
        questions = _questions(db, municipality)
    base = editing.content_of(row)
    if request.method == "GET":
        asked = tuple(dict.fromkeys(one.text for one in questions if one.text not in base.questions))
        return _page(_shown(replace(base, questions=(*base.questions, *asked)), [one.id for one in questions]), row)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    content = _read(fields, base)
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
    content = _read(fields, editing.blank())
    filled = replace(
        content,
        id="preview",
        title=content.title or "…",
        body=content.body or "…",
        source=replace(content.source, title=content.source.title or "(出典)"),
        valid_from=None,
        valid_to=None,
        draft=False,
    )
    try:
        return jsonify({"messages": messages(municipality, filled)})
    except BadInputError:
        return jsonify({"error": "長すぎます。答えを短くしてください。"}), 400


def messages(municipality: str, content: Content) -> list[dict[str, object]]:
    """An entry as the chat answers with it, as LINE's messages; [] while it is not in force."""
    with context().database.read() as db:
        stored = answers.read(db, municipality)
    known = answers.knowledge(stored)
    known = replace(known, entries={**known.entries, content.id: content})
    home = content.districts[0] if content.districts else None
    found = follow_ups.entry(Question("", now(), home), known, content.id)
    return render([Text(found.text)]) if found else []


def to_entry(municipality: str, entry_id: int) -> Response:
    """The entry's own page."""
    return redirect(url_for("console.entries_show", municipality=municipality, entry_id=entry_id))


def _editable(db: Session, municipality: str, entry_id: int) -> Entry:
    """The entry, when this person may change it as it stands. Raises NotFoundError, NotAllowedError, BadInputError."""
    row = editing.get(db, municipality, entry_id)
    if row.kind not in MARKDOWN_KINDS:
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
    """Somebody was quicker: what was typed stays, theirs is shown beside it, the next saving is on top of theirs."""
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
    changes = entry_versions.differences(row.data, mine)
    return _page(fields, row, changes, theirs[0].actor if theirs else ""), 409


def _say_saved(row: Entry, changed: bool, dropped: set[str]) -> None:
    if not changed:
        flash("変わったところはありません。", "good")
    elif row.published:
        flash("保存しました。次の質問から、この内容で答えます。", "good")
    else:
        flash("保存しました。まだ出ていません。", "good")
    if dropped:
        flash("日本語が変わったので、古くなったほかの言葉の訳を外しました。「これまでの内容」に残っています。", "warn")


def _shown(content: Content, questions: list[int] | None = None) -> Fields:
    """An entry as the form shows it."""
    ids = {district.key: str(district.id) for district in place().districts}
    easy = content.translations.get(EASY)
    values: dict[str, str | list[str]] = {
        "kind": content.kind,
        "title": content.title,
        "questions": "\n".join(content.questions),
        "body": content.body,
        "keywords": "\n".join((*content.keywords, *content.aliases)),
        "districts": [ids[key] for key in content.districts if key in ids],
        "contact": content.contact or "",
        "owner": content.owner,
        "source_title": content.source.title,
        "source_url": content.source.url or "",
        "easy_title": easy.title if easy else "",
        "easy_body": easy.body if easy else "",
        "question": [str(number) for number in questions or []],
    }
    for name, day in (
        ("source_date", content.source.date),
        ("valid_from", content.valid_from),
        ("valid_to", content.valid_to),
        ("checked_on", content.checked_on),
    ):
        values[name] = day.isoformat() if day else ""
    return Fields.of(values)


def _read(fields: Fields, base: Content) -> Content:
    """The posted form on top of what is stored; what is to be mended stands in `fields.errors`."""
    keys = {district.id: district.key for district in place().districts}
    words = _lines(fields, "keywords", "さがす言葉", _SPLIT)
    title = fields.text("title", "見出し", most=LIMITS["title"])
    body = fields.text("body", "答え", most=LIMITS["body"], required=False)
    return replace(
        base,
        kind=fields.one_of("kind", "種類", MARKDOWN_KINDS),
        title=title,
        body=body,
        questions=_lines(fields, "questions", "聞き方"),
        keywords=tuple(word for word in words if word not in base.aliases),
        aliases=tuple(word for word in base.aliases if word in words),
        districts=tuple(keys[number] for number in fields.numbers("districts") if number in keys),
        contact=fields.value("contact") if fields.value("contact") in dict(_desks()) else None,
        owner=fields.text("owner", "担当", most=LIMITS["short"], required=False),
        source=_source(fields),
        valid_from=fields.day("valid_from", "使いはじめる日", required=False),
        valid_to=fields.day("valid_to", "使いおわる日", required=False),
        checked_on=fields.day("checked_on", "確かめた日", required=False),
        translations=_translations(fields, base, (title, body)),
    )


def _source(fields: Fields) -> Source:
    url = fields.text("source_url", "出典のページ", most=LIMITS["url"], required=False)
    if url and not re.match(r"https?://[^\s]+\Z", url):
        fields.errors["source_url"] = "出典のページは、https:// から始まるアドレスを入れてください。"
    return Source(
        fields.text("source_title", "出典の名前", most=LIMITS["short"], required=False),
        url or None,
        fields.day("source_date", "出典の日付", required=False),
    )


def _translations(fields: Fields, base: Content, japanese: tuple[str, str]) -> dict[str, Translation]:
    """やさしい日本語 from the form; the other languages only as long as the Japanese is the same, or by a word."""
    same = japanese == (base.title, base.body) or bool(fields.value("keep_translations"))
    kept: Mapping[str, Translation] = base.translations if same else {}
    found = {language: one for language, one in kept.items() if language != EASY}
    easy = base.translations.get(EASY)
    title = fields.text("easy_title", "やさしい日本語の見出し", most=LIMITS["title"], required=False)
    body = fields.text("easy_body", "やさしい日本語の答え", most=LIMITS["body"], required=False)
    if easy and (title, body) == (easy.title, easy.body):
        found[EASY] = easy
    elif body:
        found[EASY] = Translation(title or japanese[0], body, easy.questions if easy else (), "human")
    elif title:
        fields.errors["easy_body"] = "やさしい日本語の答えも書いてください。書かないときは、見出しも空にします。"
    return dict(sorted(found.items()))


def _lines(fields: Fields, name: str, label: str, between: re.Pattern[str] | None = None) -> tuple[str, ...]:
    text = fields.value(name)
    parts = between.split(text) if between else text.splitlines()
    found = tuple(dict.fromkeys(word for part in parts if (word := " ".join(part.split()))))
    if len(found) > editing.MAX_LINES:
        fields.errors[name] = f"{label}は{editing.MAX_LINES}までです(いま{len(found)})。"
    elif long := [one for one in found if len(one) > editing.MAX_LINE]:
        fields.errors[name] = f"「{long[0][:20]}…」が長すぎます。{editing.MAX_LINE}文字までにしてください。"
    return found


def _desks() -> list[tuple[str, str]]:
    """The desks an entry may name: (key, name)."""
    with context().database.read() as db:
        query = select(Desk.key, Desk.name).where(Desk.municipality_id == place().id).order_by(Desk.name)
        rows = db.execute(query).all()
    return [(CENTRE, "その人の地区のセンター"), *rows]


def _page(
    fields: Fields, row: Entry | None, changes: tuple[entry_versions.Difference, ...] = (), other: str = ""
) -> str:
    languages = [code for code in (row.data.get("translations") or {}) if code != EASY] if row else []
    return render_template(
        "console/entry_form.html",
        fields=fields,
        row=row,
        kinds=MARKDOWN_KINDS,
        districts=my_districts("entry.write"),
        whole_city=person().may("entry.write", place().id, ()),
        desks=_desks(),
        limits=LIMITS,
        languages=languages,
        changes=changes,
        other=other,
        questions=fields.form.getlist("question"),
    )
