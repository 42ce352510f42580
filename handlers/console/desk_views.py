"""The route map of the desk: activities written here, the inbox's team work, texts kept ready, entries tried out."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import activity_form, entry_texts, inquiry_acts, questions, reply_template_pages

PLACE = "/<municipality>"


def add(console: Blueprint) -> None:
    """Every page of the desk with its address. What each needs is declared at the view."""
    _add_activities(console)
    _add_inquiries(console)


def _add_activities(console: Blueprint) -> None:
    add, both = console.add_url_rule, ["GET", "POST"]
    add(f"{PLACE}/activities/new", "activities_new", activity_form.new, methods=both)
    add(f"{PLACE}/activities/preview", "activities_preview", activity_form.preview, methods=["POST"])
    add(f"{PLACE}/activities/<int:activity_id>/edit", "activities_edit", activity_form.edit, methods=both)
    texts = f"{PLACE}/entries/<int:entry_id>/texts"
    add(texts, "entries_texts", entry_texts.texts, methods=both)
    add(f"{texts}/preview", "entries_texts_preview", entry_texts.preview, methods=["POST"])


def _add_inquiries(console: Blueprint) -> None:
    add, both, acts, pages = console.add_url_rule, ["GET", "POST"], inquiry_acts, reply_template_pages
    one, template = f"{PLACE}/inquiries/<int:inquiry_id>", f"{PLACE}/templates/<int:template_id>"
    add(f"{one}/assign", "inquiries_assign", acts.assign, methods=["POST"])
    add(f"{one}/note", "inquiries_note", acts.note, methods=["POST"])
    add(f"{one}/fill", "inquiries_fill", acts.fill, methods=["POST"])
    add(f"{PLACE}/templates", "reply_templates", pages.listing, methods=both)
    add(template, "reply_templates_edit", pages.edit, methods=both)
    add(f"{template}/remove", "reply_templates_remove", pages.remove, methods=["POST"])
    add(f"{PLACE}/questions/draft", "questions_draft_many", questions.draft_many, methods=["POST"])
    add(f"{PLACE}/questions/close", "questions_close_many", questions.close_many, methods=["POST"])
    add(f"{PLACE}/questions/reopen", "questions_reopen", questions.reopen, methods=["POST"])
