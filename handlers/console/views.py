"""The route map of the console, in one place."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import (
    account,
    announcement_acts,
    announcement_form,
    announcements,
    audit,
    entries,
    health,
    home,
    polls,
    questions,
    residents,
    sign_in,
    staff,
)

PLACE = "/<municipality>"
ANNOUNCEMENT = f"{PLACE}/announcements/<int:announcement_id>"
PERSON = f"{PLACE}/staff/<int:staff_id>"


def add_all(console: Blueprint) -> None:
    """Every page with its address. What each needs is declared at the view."""
    _add_ways_in(console)
    _add_announcements(console)
    _add_lists(console)
    _add_staff(console)
    console.add_url_rule("/<path:anything>", "missing", home.missing)


def _add_ways_in(console: Blueprint) -> None:
    add = console.add_url_rule
    add("/sign-in", "sign_in", sign_in.sign_in, methods=["GET", "POST"])
    add("/sign-in/code", "sign_in_code", sign_in.code, methods=["GET", "POST"])
    add("/sign-out", "sign_out", sign_in.sign_out, methods=["POST"])
    add("/account/password", "password", account.password, methods=["GET", "POST"])
    add("/account/totp", "totp", account.totp, methods=["GET", "POST"])
    add("/", "choose", home.choose)
    add(f"{PLACE}/", "home", home.home)


def _add_announcements(console: Blueprint) -> None:
    add, forms, acts = console.add_url_rule, announcement_form, announcement_acts
    add(f"{PLACE}/announcements", "announcements", announcements.listing)
    add(f"{PLACE}/announcements/new", "announcements_new", forms.new, methods=["GET", "POST"])
    add(f"{PLACE}/announcements/reach", "announcements_reach", forms.reach)
    add(f"{PLACE}/announcements/preview", "announcements_preview", forms.preview, methods=["POST"])
    add(ANNOUNCEMENT, "announcements_show", announcements.show_one)
    add(f"{ANNOUNCEMENT}/edit", "announcements_edit", forms.edit, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/submit", "announcements_submit", acts.submit, methods=["POST"])
    add(f"{ANNOUNCEMENT}/approve", "announcements_approve", acts.approve, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/return", "announcements_return", acts.send_back, methods=["POST"])
    add(f"{ANNOUNCEMENT}/cancel", "announcements_cancel", acts.cancel, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/delete", "announcements_delete", acts.delete, methods=["POST"])


def _add_lists(console: Blueprint) -> None:
    add = console.add_url_rule
    add(f"{PLACE}/polls", "polls", polls.listing)
    add(f"{PLACE}/polls/<int:poll_id>", "polls_show", polls.show_one)
    add(f"{PLACE}/questions", "questions", questions.listing)
    add(f"{PLACE}/questions/<int:question_id>/close", "questions_close", questions.close, methods=["POST"])
    add(f"{PLACE}/entries", "entries", entries.listing)
    add(f"{PLACE}/entries/<int:entry_id>", "entries_show", entries.show_one)
    add(f"{PLACE}/residents", "residents", residents.counts)
    add(f"{PLACE}/health", "health", health.overview)
    add(f"{PLACE}/health/events/<int:event_id>/retry", "health_retry", health.retry, methods=["POST"])
    add(f"{PLACE}/health/events/<int:event_id>/drop", "health_drop", health.drop, methods=["POST"])
    add(f"{PLACE}/health/alerts/<int:alert_id>/clear", "health_clear", health.clear, methods=["POST"])
    add(f"{PLACE}/audit", "audit", audit.listing)


def _add_staff(console: Blueprint) -> None:
    add = console.add_url_rule
    add(f"{PLACE}/staff", "staff", staff.listing)
    add(f"{PLACE}/staff/new", "staff_new", staff.new, methods=["GET", "POST"])
    add(PERSON, "staff_show", staff.show_one)
    add(f"{PERSON}/roles", "staff_role", staff.role, methods=["GET", "POST"])
    add(f"{PERSON}/roles/<int:role_id>", "staff_role_change", staff.change_role, methods=["GET", "POST"])
    add(f"{PERSON}/roles/<int:role_id>/revoke", "staff_role_revoke", staff.revoke_role, methods=["POST"])
    add(f"{PERSON}/password", "staff_password", staff.reset_password, methods=["POST"])
    add(f"{PERSON}/totp", "staff_totp", staff.reset_totp, methods=["POST"])
    add(f"{PERSON}/active", "staff_active", staff.set_active, methods=["POST"])
