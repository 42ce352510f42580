"""What the chat would answer with an entry that is being written: the very messages, and a question tried on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.errors import UnavailableError
from bot.line.render import render
from bot.services import answers, draft_answers, follow_ups
from bot.services.answers import Answer, Question
from bot.services.draft_answers import Tried
from content.packs_model import Entry
from handlers.chat import questions
from handlers.chat.turn import Event, Turn
from handlers.console.access import context, now

ASKED = 200  # characters of a question that is tried


def as_if_published(content: Entry) -> Entry:
    """What is written so far with what is still missing marked, so that it can be looked at."""
    return replace(
        content,
        id=content.id or "preview",
        title=content.title or "…",
        body=content.body or "…",
        source=replace(content.source, title=content.source.title or "(出典)"),
        valid_from=None,
        valid_to=None,
        draft=False,
    )


def messages(municipality: str, content: Entry, language: str = "ja") -> list[dict[str, Any]]:
    """LINE's messages when a resident asks for this entry; [] while it is not in force.

    Raises BadInputError when it is too long for LINE.
    """
    with context().database.read() as db:
        stored = answers.read(db, municipality)
    known = answers.unsearched(stored)
    known = replace(known, entries={**known.entries, content.id: content})
    asked = Question("", now(), content.districts[0] if content.districts else None, language=language)
    found = follow_ups.entry(asked, known, content.id)
    return _as_chat(municipality, found, language) if found else []


def tried(municipality: str, content: Entry, text: str) -> tuple[Tried, list[dict[str, Any]]]:
    """What this question would get if the entry were published, and how it looks. Raises UnavailableError."""
    with context().database.read() as db:
        stored, meanings = answers.read(db, municipality), draft_answers.meanings(db, municipality)
    try:
        known = draft_answers.including(answers.knowledge(stored), content, meanings)
    except UnavailableError:  # the words alone find it too
        known = draft_answers.including(answers.knowledge(stored), content, None)
    asked = Question(text[:ASKED], now(), content.districts[0] if content.districts else None)
    found = draft_answers.ask(asked, known, content.id)
    return found, _as_chat(municipality, found.answer, found.answer.language)


def _as_chat(municipality: str, found: Answer, language: str) -> list[dict[str, Any]]:
    """An answer as a newcomer's telephone shows it, with the buttons under it."""
    with context().database.read() as db:
        turn = Turn(context(), db, municipality, now(), Event("message/text"), None, {}, language or "ja")
        return render(questions.answered(turn, "", found).messages)
