"""Help: the guide's task for the page one stands on, and the whole guide as 「使い方」 in the menu."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, g, render_template, request, url_for

from handlers.console import guide_text
from handlers.console.access import public, right

# The first words of a page's endpoint -> its task; the longest that fits counts. Who adds a page adds it here, unless
# the page above it says what there is to say.
TASKS: Final = {
    "account": "sign-in",
    "activities": "activity-rain",
    "activities_edit": "activity-add",
    "activities_new": "activity-add",
    "announcements": "announcement-write",
    "announcements_approve": "announcement-approve",
    "announcements_emergencies": "announcement-approve",
    "announcements_files": "announcement-more",
    "announcements_show": "announcement-why",
    "announcements_texts": "announcement-more",
    "announcements_when": "announcement-more",
    "approval": "announcement-approve",
    "associations": "slip",
    "audit": "record",
    "budget": "budget",
    "calendar": "calendar",
    "choose": "home",
    "circulars": "circular",
    "confirm": "sign-in",
    "districts": "district-contact",
    "entries": "entry",
    "figures": "figures",
    "handover": "handover",
    "health": "health",
    "home": "home",
    "imports": "import",
    "inquiries": "inquiry",
    "invited": "sign-in",
    "line": "line",
    "organisations": "organisation",
    "passkey": "sign-in",
    "password": "sign-in",
    "polls": "poll",
    "polls_doors": "voices-paper",
    "polls_show": "poll-export",
    "polls_slips": "voices-paper",
    "practice": "practice",
    "privacy": "record",
    "questions": "question",
    "rain_plans": "activity-rain",
    "referrals": "referral",
    "reply_templates": "inquiry",
    "residents": "figures",
    "round_tables": "round-table",
    "round_tables_entries": "voices-paper",
    "round_tables_matters": "round-table-record",
    "round_tables_newsletter": "round-table-print",
    "round_tables_record": "round-table-record",
    "round_tables_sheet": "round-table-print",
    "schedule": "announcement-more",
    "search": "home",
    "series": "announcement-more",
    "settings": "settings",
    "setup": "setup",
    "sign_in": "sign-in",
    "slips": "slip",
    "staff": "invite",
    "statements": "voices",
    "statements_new": "voices-paper",
    "totp": "sign-in",
    "weather": "weather",
}


def add(console: Blueprint) -> None:
    """Within a city with its menu, and outside for who has not signed in or is not in a city yet."""
    console.add_url_rule("/help", "help_outside", index_outside)
    console.add_url_rule("/help/<topic>", "help_outside_topic", topic_outside)
    console.add_url_rule("/<municipality>/help", "help", index)
    console.add_url_rule("/<municipality>/help/<topic>", "help_topic", topic_page)


def topic_of(endpoint: str) -> str | None:
    """The task that explains a page of the console; None for help itself and what is not there."""
    words = endpoint.removeprefix("console.").split("_")
    names = ("_".join(words[:count]) for count in range(len(words), 0, -1))
    return next((TASKS[name] for name in names if name in TASKS), None)


def page_context() -> dict[str, Any]:
    """What each page knows of help: its task and the address of any task."""
    return {"help_topic": topic_of(request.endpoint or ""), "help_address": address}


def address(slug: str = "", part: int | None = None) -> str:
    """Where a task is read, or the index: with the city's menu when one stands in a city."""
    place = g.get("place")
    if place is None:
        return url_for("console.help_outside_topic" if slug else "console.help_outside", topic=slug or None, part=part)
    here = "console.help_topic" if slug else "console.help"
    return url_for(here, municipality=place.id, topic=slug or None, part=part)


@right("home")
def index(municipality: str) -> str:  # noqa: ARG001 the guard has read it
    return _index()


@right("home")
def topic_page(municipality: str, topic: str) -> str:  # noqa: ARG001 the guard has read it
    return _topic(topic)


@public
def index_outside() -> str:
    return _index()


@public
def topic_outside(topic: str) -> str:
    return _topic(topic)


def _index() -> str:
    known = guide_text.tasks()
    groups = [(heading, [known[slug] for slug in slugs]) for heading, slugs in guide_text.GROUPS]
    return render_template("console/help.html", groups=groups)


def _topic(slug: str) -> str:
    """A task as a page; `?part=1`: its words alone, to be shown on the page one is at."""
    task = guide_text.task(slug)
    if request.args.get("part"):
        short = guide_text.Pen(address).render(task.text)
        return render_template("console/help_part.html", task=task, text=short)
    pen = guide_text.Pen(address, lambda name: url_for("console.static", filename=f"guide/{name}"))
    return render_template("console/help_topic.html", task=task, text=pen.render(task.text))
