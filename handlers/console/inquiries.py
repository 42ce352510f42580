"""Inquiries: the inbox, and one opened. Opening is written to the audit; the list shows no word of what was written."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from flask import render_template, request
from sqlalchemy.orm import Session

from bot.core.inquiry_rules import CATEGORIES, OWED, STATES, possible
from bot.services import desks, inquiries, inquiry_desk
from bot.services.inquiry_desk import Desk, Wanted
from handlers.console import show
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

DUE_DAYS: Final = 3  # what a referral suggests
GROUPS: Final = {"owed": ("返事を待っているもの", OWED)} | {
    state: (word, (state,)) for state, (word, _look) in show.INQUIRY_STATES.items()
}


@right("inquiry.read")
def listing(municipality: str) -> str:
    """By state; those who wait longest first."""
    group = request.args.get("group", "owed")
    group = group if group in GROUPS else "owed"
    district, category = request.args.get("district", type=int), request.args.get("category", "")
    category = category if category in CATEGORIES else ""
    wanted = Wanted(STATES, district, category)
    with context().database.read() as db:
        every = inquiry_desk.listing(db, municipality, person().actor, now(), wanted)
        numbers = {row.id: inquiries.number(db, row) for row in every}
    counts = Counter(row.state for row in every)
    promise = context().settings.inquiry_promise_days
    rows = [row for row in every if row.state in GROUPS[group][1]]
    return render_template(
        "console/inquiries.html",
        rows=rows if group not in {"answered", "closed"} else rows[::-1],
        numbers=numbers,
        late={row.id for row in rows if inquiry_desk.overdue(row, now(), promise)},
        ages={row.id: show.ago(row.waiting_since, now()).removesuffix("前") for row in rows},
        groups=GROUPS,
        group=group,
        counts={name: sum(counts[state] for state in states) for name, (_, states) in GROUPS.items()},
        district=district,
        category=category,
        promise=promise,
        only_referred=not _beyond_department(),
    )


@right("inquiry.read")
def show_one(municipality: str, inquiry_id: int) -> str:
    """One inquiry with everything this person may know of it."""
    return page(municipality, inquiry_id, None)


def page(municipality: str, inquiry_id: int, fields: Fields | None) -> str:
    """The page, with what was typed when it is shown again. Raises NotFoundError."""
    with context().database.write() as db:
        reader = desk(db, municipality).open(inquiry_id)
        departments = inquiry_desk.departments(db, municipality, person().today)
        desk_name = _desk_name(db, municipality)
    values = {"text": reader.draft, "name": desk_name, "way": "page", "version": str(reader.row.version)}
    values |= {"department": "", "due": (person().today + timedelta(days=DUE_DAYS)).isoformat(), "note": ""}
    return render_template(
        "console/inquiry.html",
        reader=reader,
        row=reader.row,
        fields=fields if fields is not None else Fields.of(values),
        acts=possible(reader.row.state),
        departments=departments,
        desk_name=desk_name,
        late=inquiry_desk.overdue(reader.row, now(), context().settings.inquiry_promise_days),
        past_due=reader.row.due is not None and reader.row.state == "referred" and reader.row.due < person().today,
        chat_chars=inquiry_desk.CHAT_CHARS,
        text_chars=inquiries.TEXT_CHARS,
        name_chars=inquiry_desk.NAME_CHARS,
        note_chars=inquiry_desk.NOTE_CHARS,
        open_days=context().settings.inquiry_open_days,
    )


def desk(db: Session, municipality: str) -> Desk:
    """The desk with the person who is signed in."""
    return Desk(context(), db, municipality, person().actor, now())


def _desk_name(db: Session, municipality: str) -> str:
    found = desks.for_district(db, municipality, None)
    return (found[-1].name if found else place().municipality.name)[: inquiry_desk.NAME_CHARS]


def _beyond_department() -> bool:
    return any(grant.role != "department" for grant in person().actor.grants)
