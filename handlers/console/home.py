"""The first page: the one thing to do first, what else waits, what goes out next, what residents ask, the quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.permissions import ROLES
from bot.core.practice import is_room
from bot.errors import NotFoundError
from bot.models import Municipality
from bot.now import real_now
from bot.services import agenda, alerts, announcements, question_groups, role_ends
from bot.services.agenda import Event, Look
from bot.services.budget import Quota
from handlers.console import waiting
from handlers.console.access import context, my_districts, now, person, place, public, right, signed_in
from handlers.console.unchanged import while_unchanged

NEXT: Final = 6
AHEAD: Final = timedelta(days=14)
ASKED: Final = 5
LATELY: Final = timedelta(days=7)
ASKED_STATES: Final = {
    "open": ("まだ答えがありません", "warn"),
    "writing": ("記事にしています", "wait"),
    "done": ("済みました", "done"),
}
# Right, the page, what one does there; what the menu has as a word is here as an act.
POSSIBLE: Final = (
    ("round_table.write", "round_tables_new", "円卓会議を開く"),
    ("activity.write", "activities_new", "行事を加える"),
    ("slip.write", "slips_new", "連絡票を送る"),
    ("entry.write", "entries_new", "記事を書く"),
    ("round_table.answer", "referrals", "回ってきた声に返事を書く"),
    ("staff.manage", "staff_new", "職員・役員を招く"),
    ("district.contact", "districts", "地区の連絡先を直す"),
    ("poll.read", "polls", "アンケートの結果を見る・保存する"),
    ("announcement.read", "announcements", "お知らせを探す"),
    ("health.read", "health", "動きを確かめる"),
    ("entry.read", "entries", "記事を探す"),
)
MOST_POSSIBLE: Final = 8


@dataclass(frozen=True)
class Question:
    """Something that residents ask: its words, how often, what became of it (a tag)."""

    text: str
    count: int
    tag: tuple[str, str]


@signed_in
def choose() -> str | Response:
    """Straight to the one municipality of this person, or a choice of those that are theirs."""
    with context().database.read() as db:
        every = db.scalars(select(Municipality).order_by(Municipality.id)).all()
    mine = [row for row in every if person().may("home", row.id) and not is_room(row.id)]
    whole = person().staff.municipality_id is None
    if not mine and whole:
        return redirect(url_for("console.setup_new"))
    if len(mine) == 1:
        return redirect(url_for("console.home", municipality=mine[0].id))
    return render_template("console/choose.html", municipalities=mine, whole=whole)


@right("home")
def home(municipality: str) -> str:
    """What this person does first, and what else there is; nothing that their pages would not show."""
    someone, moment = person(), now()
    reads = someone.may("announcement.read", municipality)
    with context().database.read() as db:
        todo = waiting.items(db, municipality)
        seen = {
            "roles": role_ends.mine(someone.actor, municipality, someone.today),
            "coming": _coming(db, municipality) if reads else None,
            "asked": _asked(db, municipality) if someone.may("question.read", municipality) else None,
            "quota": while_unchanged("quota", municipality, lambda: _quota(municipality)) if reads else None,
            # Who minds the machine has it in the list.
            "stopped": None if someone.may("health.read", municipality) else alerts.clock_dead(db, real_now()),
        }
    return render_template(
        "console/home.html", now=moment, my_roles=_my_roles(municipality), first=todo[0] if todo else None,
        rest=todo[1:], possible=_possible(municipality), **seen,
    )  # fmt: skip


@public
def missing(anything: str) -> str:
    """Every other address under /console."""
    del anything
    raise NotFoundError("住所(URL)が変わったか、消えたページです。")


def page_of(event: Event) -> str | None:
    """The address of an event's page."""
    return None if event.page is None else address(event.page, event.day)


def address(page: tuple[str, int], day: date | None = None) -> str:
    """The address of what is named ("circular", 12); an activity's page is that of one of its days."""
    name, number = page
    values: dict[str, Any] = {"municipality": place().id}
    if name != "circulars":
        values[f"{name}_id"] = number
    if name == "activity" and day is not None:
        values["day"] = day.isoformat()
    return url_for(f"console.{PAGES[name]}", **values)


PAGES: Final = {
    "activity": "activities_show",
    "announcement": "announcements_show",
    "circulars": "circulars",
    "circular": "circulars_show",
    "series": "series_show",
    "rain_plan": "rain_plans_show",
    "poll": "polls_show",
    "round_table": "round_tables_show",
    "referral": "referrals_show",
    "inquiry": "inquiries_show",
}


def _quota(municipality: str) -> Quota:
    """The month's messages, read by itself: what is kept must not be older than the moment it was asked for."""
    with context().database.read() as db:
        return announcements.quota(db, municipality, now())


def _coming(db: Session, municipality: str) -> list[tuple[Event, str | None]]:
    """What goes out next, with its page."""
    today = person().today
    look = Look(municipality, person().actor, now(), today, today + AHEAD)
    found = [one for one in agenda.coming(db, look) if one.note != "承認を待っています"]
    return [(one, page_of(one)) for one in found[:NEXT]]


def _asked(db: Session, municipality: str) -> list[Question]:
    """What was asked most in the last days, with what became of it."""
    found = question_groups.lately(db, municipality, person().actor, now(), now() - LATELY)
    return [Question(group.leading.text, group.count, ASKED_STATES[state]) for state, group in found[:ASKED]]


def _possible(municipality: str) -> list[tuple[str, str]]:
    """What this person can do here: (address, words)."""
    mine = [one for one in POSSIBLE if person().may(one[0], municipality)][:MOST_POSSIBLE]
    return [(_straight(name, page, municipality), words) for name, page, words in mine]


def _straight(name: str, page: str, municipality: str) -> str:
    """The page's address; for who looks after one district only, the form of that one."""
    if page == "districts" and len(found := my_districts(name)) == 1:
        return url_for("console.districts_contact", municipality=municipality, district_id=found[0].id)
    return url_for(f"console.{page}", municipality=municipality)


def _my_roles(municipality: str) -> list[tuple[str, str]]:
    """The roles of this person here, with the districts in words, in the order of the table of roles."""
    here = place()
    grants = [grant for grant in person().actor.grants if grant.municipality in (None, municipality)]
    grants.sort(key=lambda grant: ROLES.index(grant.role))
    names = {district.id: district.name for district in here.districts}
    return [(grant.role, "・".join(names[d] for d in names if d in grant.districts)) for grant in grants]
