"""The form for an organisation: added, changed; what residents see of how it is reached is marked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from flask import flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Entry
from bot.now import jst
from bot.services import district_contacts, organisations
from bot.services import entry_editing as editing
from bot.services.entry_versions import Difference
from content import organisations as columns
from content.packs_model import Entry as Content
from content.packs_model import Source
from handlers.console import entry_fields, forms
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.entry_fields import EASY, LIMITS
from handlers.console.entry_form import against, to_entry
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
RIGHT: Final = organisations.RIGHT
ASKED: Final = "団体に確かめた内容"  # the source of what nobody has published
KANA: Final = "名称_カナ"
# The form's fields: (column, label, hint, type).
CONTACT: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "phone": (columns.PHONE, "電話番号", "例: 0545-00-0000。個人の電話は、本人がよいと言ったときだけ。", "tel"),
    "mail": (columns.MAIL, "メールアドレス", "", "email"),
    "address": (columns.ADDRESS, "住所・集まる場所", "例: 今泉まちづくりセンター", "text"),
    "url": (columns.URL, "ホームページ", "https:// から始まるアドレス", "url"),
}  # fmt: skip
_PATTERNS: Final = {
    "phone": (district_contacts.PHONE, "電話番号を、市外局番から、-で区切って入れてください(例: 0545-00-0000)。"),
    "mail": (re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+"), "メールアドレスは、@のある形で入れてください。"),
    "url": (re.compile(r"https?://[^\s<>\"']{4,}"), "ホームページは、https:// から始まるアドレスを入れてください。"),
}  # fmt: skip


@right(RIGHT, keeps=True)
def new(municipality: str) -> Answer:
    """Add one; saving makes a draft, seen by staff and officers only."""
    base = editing.blank("organisation")
    if request.method == "GET":
        return _page(_suggested(base), None)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, None)
    content = read(fields, base, jst(now()).date())
    if fields.errors:
        return _page(fields, None), 400
    try:
        with context().database.write() as db:
            row = editing.create(db, municipality, person().actor, content, now())
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, None), error.status
    flash("団体の下書きを保存しました。まだ出ていません。見え方を確かめて、出してください。", "good")
    return to_entry(municipality, row.id)


@right(RIGHT, keeps=True)
def edit(municipality: str, organisation_id: int) -> Answer:
    """Change one; the version says which text the person had before them."""
    with context().database.read() as db:
        row = editable(db, municipality, organisation_id)
    base = editing.content_of(row)
    if request.method == "GET":
        return _page(shown(base), row)
    fields = Fields.posted()
    if forms.restoring():
        return _page(fields, row)
    content = read(fields, base, jst(now()).date())
    if fields.errors:
        return _page(fields, row), 400
    try:
        with context().database.write() as db:
            changing = organisations.get(db, municipality, organisation_id)
            version = request.form.get("version", -1, type=int)
            changed = editing.change(db, changing, person().actor, content, version, now())
    except ConflictError as error:
        newer, changes, other = against(municipality, organisation_id, fields, content, error)
        return _page(fields, newer, changes, other), 409
    except (BadInputError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _page(fields, row), error.status
    said = "次の質問から、この内容で答えます。" if row.published else "まだ出ていません。"
    flash(f"保存しました。{said}" if changed else "変わったところはありません。", "good")
    return to_entry(municipality, organisation_id)


def shown(content: Content) -> Fields:
    """An organisation as the form shows it."""
    ids = {district.key: str(district.id) for district in place().districts}
    easy, seen = content.translations.get(EASY), columns.shown(content.extra)
    values: dict[str, str | list[str]] = {
        "title": content.title, "kana": content.extra.get(KANA, ""), "body": content.body,
        "kind": content.extra.get(columns.KIND, ""), "note": content.extra.get(columns.NOTE, ""),
        "shown": [name for name, one in CONTACT.items() if one[0] in seen],
        "contact": content.contact or "", "source_title": content.source.title,
        "districts": [ids[key] for key in content.districts if key in ids],
        "valid_from": content.valid_from.isoformat() if content.valid_from else "",
        "valid_to": content.valid_to.isoformat() if content.valid_to else "",
        "questions": "\n".join(content.questions),
        "easy_title": easy.title if easy else "", "easy_body": easy.body if easy else "",
    }  # fmt: skip
    return Fields.of(values | {name: content.extra.get(one[0], "") for name, one in CONTACT.items()})


def read(fields: Fields, base: Content, today: date) -> Content:
    """The posted form on top of what is stored; what is to be mended stands in `fields.errors`."""
    keys = {district.id: district.key for district in place().districts}
    title = fields.text("title", "団体の名前", most=LIMITS["title"])
    body = fields.text("body", "どんな団体か", most=LIMITS["body"])
    districts = tuple(keys[number] for number in fields.numbers("districts") if number in keys)
    if not districts and not person().may(RIGHT, place().id, ()):
        fields.errors["districts"] = "あなたの地区を、1つ以上選んでください。市全体の団体は、市の担当が加えます。"
    source = fields.text("source_title", "出典", most=LIMITS["short"], required=False) or ASKED
    first, last = (fields.day(name, label, required=False) for name, label in
                   (("valid_from", "始まりの日"), ("valid_to", "最後の日")))  # fmt: skip
    if first and last and last < first:
        fields.errors["valid_to"] = "最後の日が、始まりの日より前です。どちらかを直してください。"
    return replace(
        base,
        title=title,
        body=body,
        extra=_extra(fields, base.extra),
        districts=districts,
        contact=fields.value("contact") if fields.value("contact") in dict(entry_fields.desks()) else None,
        valid_from=first,
        valid_to=last,
        questions=entry_fields.lines(fields, "questions", "聞き方"),
        source=base.source if source == base.source.title else Source(source, None, today),
        checked_on=today,
        translations=entry_fields.translations(fields, base, (title, body)),
    )


def _extra(fields: Fields, base: Mapping[str, str]) -> dict[str, str]:
    """The columns of a pack's table; those that the form does not know stay as they are."""
    fields.form = fields.form.copy()
    fields.form["phone"] = district_contacts.number(fields.value("phone"))
    typed = {
        columns.KIND: fields.one_of("kind", "種類", ("", *columns.KINDS)),
        KANA: fields.text("kana", "読みがな", most=60, required=False),
        columns.NOTE: fields.text("note", "メモ", most=400, required=False),
    }
    if not typed[columns.KIND]:
        fields.errors["kind"] = "種類を選んでください。"
    seen = []
    for name, (column, label, _, _) in CONTACT.items():
        typed[column] = fields.text(name, label, most=LIMITS["url" if name == "url" else "short"], required=False)
        pattern, mend = _PATTERNS.get(name, (None, ""))
        if pattern and typed[column] and not pattern.fullmatch(typed[column]):
            fields.errors[name] = mend
        if fields.checked("shown", name) and typed[column]:
            seen.append(column)
    typed[columns.SHOWN] = ";".join(seen)
    return {column: value for column, value in sorted((dict(base) | typed).items()) if value}


def _suggested(base: Content) -> Fields:
    """An empty form with what nearly always holds: the district one came from, or one's own; its centre answers."""
    fields = shown(base)
    mine = my_districts(RIGHT)
    asked = [one for one in mine if one.key == request.args.get("district")] or (mine if len(mine) == 1 else [])
    if asked:
        fields.form["districts"] = str(asked[0].id)
    fields.form["contact"] = "district-centre"
    return fields


def editable(db: Session, municipality: str, organisation_id: int) -> Entry:
    """The organisation, when this person may change it. Raises NotFoundError, NotAllowedError."""
    row = organisations.get(db, municipality, organisation_id)
    if not editing.may(db, row, person().actor, "entry.write", now()):
        raise NotAllowedError("この団体を直す役割がありません。地区の団体はその地区の人が、市全体の分は市が直します。")
    if row.published and not editing.may(db, row, person().actor, "entry.publish", now()):
        raise NotAllowedError("出ている団体を直せるのは、座長と市の担当です。直したいところを伝えてください。")
    return row


def _page(fields: Fields, row: Entry | None, changes: tuple[Difference, ...] = (), other: str = "") -> str:
    return render_template(
        "console/organisation_form.html",
        fields=fields,
        row=row,
        changes=changes,
        other=other,
        kinds=columns.KINDS,
        contact=CONTACT,
        districts=my_districts(RIGHT),
        whole_city=person().may(RIGHT, place().id, ()),
        desks=entry_fields.desks(),
        limits=LIMITS,
    )
