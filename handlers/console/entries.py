"""Entries: what the bot knows, to be searched, read, checked again, and seen with what residents say of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import render_template, request

from bot.core.tally import SHOWN_FROM
from bot.models import Entry
from bot.now import jst
from bot.services import activity_editing, entry_versions, freshness, organisations, question_groups, ratings
from bot.services import entries as service
from bot.services import entry_editing as editing
from content import organisations as columns
from content import plain_japanese
from content.packs_model import Entry as Content
from content.plain_japanese import Finding
from handlers.console import activity_fields, activity_form, answer_preview, show
from handlers.console.access import context, now, person, place, right


@right("entry.read")
def listing(municipality: str) -> str:
    """Search by words and kind, fifty a page; or what is due for a check; or drafts."""
    words, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "")
    view, page = request.args.get("view", ""), max(1, request.args.get("page", 1, type=int))
    with context().database.read() as db:
        due = freshness.due(db, municipality, now())
        if view == "due":
            mine = {row.id for row in due if editing.may(db, row, person().actor, "entry.write", now())}
            return render_template("console/entries_due.html", rows=due[: service.PAGE], mine=mine, due=len(due))
        found = service.search(
            db, municipality, words, kind if kind in show.ENTRY_KINDS else "", page, drafts=view == "draft"
        )
    pages = max(1, -(-found.total // service.PAGE))
    return render_template(
        "console/entries.html",
        found=found, q=words, kind=kind, view=view, page=min(page, pages), pages=pages, due=len(due),
    )  # fmt: skip


@right("entry.read")
def scores(municipality: str) -> str:
    """What residents say of entries, the worst first, with a word on what to do."""
    with context().database.read() as db:
        rated = ratings.worst_first(db, municipality)
        due = len(freshness.due(db, municipality, now()))
    return render_template("console/entries_scores.html", rated=rated, due=due, least=SHOWN_FROM)


@right("entry.read")
def show_one(municipality: str, entry_id: int) -> str:
    """One entry as the chat shows it, with its source, dates, what residents said of it, and what can be done."""
    with context().database.read() as db:
        row = service.get(db, municipality, entry_id)
        may = {name: editing.may(db, row, person().actor, f"entry.{name}", now()) for name in ("write", "publish")}
        is_due = row.id in {one.id for one in freshness.due(db, municipality, now())}
        asked, waiting = question_groups.of_entry(db, row)
        scored = ratings.of_entry(db, row)
        seen = organisations.seen_by(db, row, person().actor, now())
    content = editing.content_of(row)
    language = request.args.get("lang", "ja")
    language = language if language in content.translations else "ja"
    editable, activity = row.kind in editing.EDITED_KINDS, row.kind == "activity"
    names = {district.key: district.name for district in place().districts}
    return render_template(
        "console/entry.html",
        row=row,
        data=seen(row.data),
        contact=columns.CONTACT,
        shown_contact=columns.shown(row.data.get("extra") or {}),
        sees_contact=seen(row.data) is row.data,
        ended=row.kind == "organisation" and organisations.has_ended(row, jst(now()).date()),
        yesterday=(jst(now()).date() - timedelta(days=1)).isoformat(),
        districts=[names.get(key, key) for key in row.data.get("districts") or []],
        may_write=may["write"],
        may_publish=may["publish"],
        may_edit=editable and may["write"] and (may["publish"] or not row.published),
        lacking=editing.lacking(content) if not row.published else [],
        is_due=is_due,
        asked=asked,
        waiting=waiting,
        scored=scored,
        least=SHOWN_FROM,
        pack_changes=_pack_changes(row, seen),
        hints=_hints(row),
        messages=answer_preview.messages(municipality, content, language) if editable and content.body else [],
        language=language,
        languages=["ja", *content.translations],
        asked_text=request.args.get("try", "").strip()[: answer_preview.ASKED],
        **_tried(municipality, content, may=may["write"] and editable),
        dates=[activity_form.in_words(one) for one in activity_editing.coming(content, now())] if activity else [],
        rule_words=activity_fields.rule_in_words(content.activity),
    )


def _pack_changes(row: Entry, seen: organisations.Seen) -> tuple[entry_versions.Difference, ...]:
    """What the pack says otherwise since somebody edited the entry."""
    if not row.pack_newer or not row.pack_data:
        return ()
    return entry_versions.differences(seen(row.data), seen(row.pack_data))


def _tried(municipality: str, content: Content, *, may: bool) -> dict[str, Any]:
    """What one question would get if this entry were published; nothing without one."""
    text = request.args.get("try", "").strip()
    if not text or not may or not content.body:
        return {"tried": None, "tried_messages": []}
    tried, messages = answer_preview.tried(municipality, answer_preview.as_if_published(content), text)
    return {"tried": tried, "tried_messages": messages}


def _hints(row: Entry) -> tuple[tuple[str, str, Finding], ...]:
    """What やさしい日本語 would say otherwise: (of which text, its words, the finding). Hints, never a hindrance."""
    easy = (row.data.get("translations") or {}).get("easy-ja") or {}
    texts: tuple[tuple[str, str], ...] = (("日本語", f"{row.title}\n{row.data.get('body', '')}"),)
    if easy:
        texts = (("やさしい日本語", f"{easy.get('title', '')}\n{easy.get('body', '')}"), *texts)
    return tuple((name, text[one.start : one.end], one) for name, text in texts for one in plain_japanese.check(text))
