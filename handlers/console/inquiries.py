"""Inquiries: the inbox, and one opened. Opening is written to the audit; the list shows no word of what was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template
from sqlalchemy.orm import Session

from bot.core.inquiry_rules import possible
from bot.services import desk_team, desks, inquiries, inquiry_desk, reply_templates
from bot.services.inquiry_desk import Desk
from handlers.console import inquiry_list, show
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

DUE_DAYS: Final = 3  # what a referral suggests


@right("inquiry.read")
def listing(municipality: str) -> str:
    """By state; those who wait longest first, or by the day an answer is due."""
    with context().database.read() as db:
        inbox = inquiry_list.read(db, municipality)
    return render_template(
        "console/inquiries.html",
        inbox=inbox,
        chosen=inbox.chosen,
        group=inbox.chosen.get("group", "owed"),
        groups=inquiry_list.GROUPS,
        sorts=inquiry_list.SORTS,
        whose=inquiry_list.WHOSE,
        ages={row.id: show.ago(row.waiting_since, now()).removesuffix("前") for row in inbox.rows},
        promise=context().settings.inquiry_promise_days,
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
        notes = desk_team.notes(context(), db, reader.row)
        people = desk_team.candidates(db, reader.row, now()) if "inquiry.refer" in reader.rights else []
        templates = reply_templates.listing(db, municipality) if "inquiry.draft" in reader.rights else []
        inbox = inquiry_list.read(db, municipality)
    values = {"text": reader.draft, "memo": "", "name": desk_name, "way": "page", "version": str(reader.row.version)}
    values |= {"department": "", "due": (person().today + timedelta(days=DUE_DAYS)).isoformat(), "note": ""}
    before, after = inbox.beside(inquiry_id)
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
        notes_of_staff=notes,
        cut_days=context().settings.inquiry_cut_days,
        people=people,
        assigned=inbox.assigned.get(inquiry_id, (None, "")),
        templates=templates,
        due_day=inquiry_list.due_day(reader.row),
        chosen=inbox.chosen,
        before=before,
        after=after,
    )


def desk(db: Session, municipality: str) -> Desk:
    """The desk with the person who is signed in."""
    return Desk(context(), db, municipality, person().actor, now())


def _desk_name(db: Session, municipality: str) -> str:
    found = desks.for_district(db, municipality, None)
    return (found[-1].name if found else place().municipality.name)[: inquiry_desk.NAME_CHARS]


def _beyond_department() -> bool:
    return any(grant.role != "department" for grant in person().actor.grants)
