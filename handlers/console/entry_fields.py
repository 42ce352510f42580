"""An entry's fields: shown as stored, read as posted. Shared with the form for activities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select

from bot.core.knowledge import CENTRE
from bot.models import Desk
from bot.services import entry_editing
from content.packs_model import Entry as Content
from content.packs_model import Source, Translation
from handlers.console.access import context, place
from handlers.console.forms import Fields

EASY: Final = "easy-ja"
LIMITS: Final = {"title": entry_editing.MAX_TITLE, "body": entry_editing.MAX_BODY, "short": 200, "url": 500}
# A facility's own fields: (what the form calls it, the column of the standard list of facilities).
FACILITY: Final = {
    "address": ("住所", "住所"),
    "phone": ("電話番号", "電話番号"),
    "hours": ("使える日と時間", "利用可能日時特記事項"),
}
_SPLIT: Final = re.compile(r"[\n、;,]+")


def shown(content: Content, questions: list[int] | None = None) -> Fields:
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
    values |= {name: content.extra.get(column, "") for name, (_, column) in FACILITY.items()}
    for name, day in (
        ("source_date", content.source.date),
        ("valid_from", content.valid_from),
        ("valid_to", content.valid_to),
        ("checked_on", content.checked_on),
    ):
        values[name] = day.isoformat() if day else ""
    return Fields.of(values)


def read(fields: Fields, base: Content) -> Content:
    """The posted form on top of what is stored; what is to be mended stands in `fields.errors`."""
    keys = {district.id: district.key for district in place().districts}
    words = lines(fields, "keywords", "さがす言葉", _SPLIT)
    title = fields.text("title", "見出し", most=LIMITS["title"])
    body = fields.text("body", "答え", most=LIMITS["body"], required=False)
    kind = fields.one_of("kind", "種類", entry_editing.FORM_KINDS)
    return replace(
        base,
        extra=_facility(fields, base) if kind == "facility" else base.extra if base.kind == kind else {},
        kind=kind,
        title=title,
        body=body,
        questions=lines(fields, "questions", "聞き方"),
        keywords=tuple(word for word in words if word not in base.aliases),
        aliases=tuple(word for word in base.aliases if word in words),
        districts=tuple(keys[number] for number in fields.numbers("districts") if number in keys),
        contact=fields.value("contact") if fields.value("contact") in dict(desks()) else None,
        owner=fields.text("owner", "担当", most=LIMITS["short"], required=False),
        source=_source(fields),
        valid_from=fields.day("valid_from", "使いはじめる日", required=False),
        valid_to=fields.day("valid_to", "使いおわる日", required=False),
        checked_on=fields.day("checked_on", "確かめた日", required=False),
        translations=translations(fields, base, (title, body)),
    )


def _facility(fields: Fields, base: Content) -> dict[str, str]:
    """A facility's columns of the standard list; its place on the map goes when the address changes."""
    typed = {
        column: fields.text(name, label, most=LIMITS["short"], required=False)
        for name, (label, column) in FACILITY.items()
    }
    moved = typed["住所"] != base.extra.get("住所", "")
    kept = {column: value for column, value in base.extra.items() if not (moved and column in ("緯度", "経度"))}
    return {column: value for column, value in sorted((kept | typed).items()) if value}


def _source(fields: Fields) -> Source:
    url = fields.text("source_url", "出典のページ", most=LIMITS["url"], required=False)
    if url and not re.match(r"https?://[^\s]+\Z", url):
        fields.errors["source_url"] = "出典のページは、https:// から始まるアドレスを入れてください。"
    return Source(
        fields.text("source_title", "出典の名前", most=LIMITS["short"], required=False),
        url or None,
        fields.day("source_date", "出典の日付", required=False),
    )


def translations(fields: Fields, base: Content, japanese: tuple[str, str]) -> dict[str, Translation]:
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


def lines(fields: Fields, name: str, label: str, between: re.Pattern[str] | None = None) -> tuple[str, ...]:
    text = fields.value(name)
    parts = between.split(text) if between else text.splitlines()
    found = tuple(dict.fromkeys(word for part in parts if (word := " ".join(part.split()))))
    if len(found) > entry_editing.MAX_LINES:
        fields.errors[name] = f"{label}は{entry_editing.MAX_LINES}までです(いま{len(found)})。"
    elif long := [one for one in found if len(one) > entry_editing.MAX_LINE]:
        fields.errors[name] = f"「{long[0][:20]}…」が長すぎます。{entry_editing.MAX_LINE}文字までにしてください。"
    return found


def desks() -> list[tuple[str, str]]:
    """The desks an entry may name: (key, name)."""
    with context().database.read() as db:
        query = select(Desk.key, Desk.name).where(Desk.municipality_id == place().id).order_by(Desk.name)
        rows = db.execute(query).all()
    return [(CENTRE, "その人の地区のセンター"), *rows]
