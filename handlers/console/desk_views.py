"""The route map of the desk: activities written here, the inbox's team work, texts kept ready, entries tried out."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import activity_form

PLACE = "/<municipality>"


def add(console: Blueprint) -> None:
    """Every page of the desk with its address. What each needs is declared at the view."""
    _add_activities(console)


def _add_activities(console: Blueprint) -> None:
    add, both = console.add_url_rule, ["GET", "POST"]
    add(f"{PLACE}/activities/new", "activities_new", activity_form.new, methods=both)
    add(f"{PLACE}/activities/preview", "activities_preview", activity_form.preview, methods=["POST"])
    add(f"{PLACE}/activities/<int:activity_id>/edit", "activities_edit", activity_form.edit, methods=both)
