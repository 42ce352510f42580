"""An announcement in other languages, written beside the Japanese; hints for やさしい日本語."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError
from bot.line.render import render
from bot.models import Announcement, AnnouncementText
from bot.services import announcement_card, announcement_checks, announcement_texts
from bot.services.announcement_card import Words
from bot.services.announcement_draft import MAX_BODY, MAX_TITLE
from content import plain_japanese
from content.announcement_examples import examples
from handlers.console import announcement_parts as parts
from handlers.console import forms
from handlers.console.access import context, now, person, right
from handlers.console.announcements import readable
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("announcement.write", keeps=True)
def texts(municipality: str, announcement_id: int) -> Answer:
    """One language beside the Japanese; saving an empty one takes it away."""
    with context().database.read() as db:
        row = readable(db, municipality, announcement_id)
        written = {text.language: text for text in announcement_card.texts(db, row)}
    language = request.form.get("language") or request.args.get("lang", "")
    if language not in announcement_texts.LANGUAGES:
        language = "easy-ja"
    if request.method == "GET":
        return _page(row, written, language, _stored(written.get(language)))
    fields = Fields.posted()
    if forms.restoring() or "check" in request.form:
        return _page(row, written, language, fields)
    if parts.wants_example():
        return _page(row, written, language, _filled(row, fields))
    try:
        with context().database.write() as db:
            changing = readable(db, municipality, announcement_id)
            announcement_texts.write(db, changing, person().actor, _words(language, fields), now())
    except (BadInputError, ConflictError) as error:
        fields.errors["form"] = error.message
        return _page(row, written, language, fields), error.status
    name = announcement_checks.LANGUAGE_NAMES[language]
    empty = not fields.value("title").strip() and not fields.value("body").strip()
    flash(f"{name}の文を{'消しました' if empty else '保存しました'}。", "good")
    target = "console.announcements_texts"
    return redirect(url_for(target, municipality=municipality, announcement_id=announcement_id, lang=language))


def sketch(db: Session, row: Announcement, fields: Fields) -> list[dict[str, object]]:
    """LINE's messages for the text being written in another language; nothing is stored."""
    words = _words(fields.value("language"), fields)
    words = Words(words.language, words.title.strip() or "…", words.body.strip() or "…", words.machine)
    return render(announcement_card.cards(db, context().sealer, row, row.send_at or now(), words))


def _words(language: str, fields: Fields) -> Words:
    return Words(language, fields.value("title"), fields.value("body"), bool(fields.value("machine")))


def _stored(text: AnnouncementText | None) -> Fields:
    if text is None:
        return Fields.of({})
    return Fields.of({"title": text.title, "body": text.body, "machine": "1" if text.machine else ""})


def _filled(row: Announcement, fields: Fields) -> Fields:
    """The example of its kind in やさしい日本語, where nothing is written yet."""
    form = MultiDict(fields.form.items(multi=True))
    example = examples().get(row.kind)
    if example is not None:
        for name, text in (("title", example.easy_title), ("body", example.easy_body)):
            if not form.get(name, "").strip():
                form[name] = text
    return Fields(form)


def _page(row: Announcement, written: dict[str, AnnouncementText], language: str, fields: Fields) -> str:
    text = f"{fields.value('title')}\n{fields.value('body')}"
    hints = plain_japanese.check(text) if language == "easy-ja" and text.strip() else []
    return render_template(
        "console/announcement_texts.html",
        row=row,
        written=written,
        stale={name for name, one in written.items() if announcement_checks.is_stale(row, one)},
        language=language,
        names=announcement_checks.LANGUAGE_NAMES,
        fields=fields,
        hints=[(text[one.start : one.end], one) for one in hints],
        particulars=announcement_card.particulars_of(row),
        has_example=language == "easy-ja" and row.kind in examples(),
        limits={"title": MAX_TITLE, "body": MAX_BODY},
        home=context().settings.public_url,
    )
