"""`entaku demo announce` and `demo poll`: an announcement or a poll on a running demo, as the console would make it.

Written by the district's officer, approved by a second account, through the same services, rights and audit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor, Grant
from bot.demo import Demo, parse_moment
from bot.errors import BadInputError
from bot.models import District, Municipality, Staff, StaffRole
from bot.services import announcements, polls
from bot.services.context import Context, open_context

POLL_OPEN_FOR = timedelta(days=3)
LONGEST_TITLE = 30


def announce(demo: Demo, municipality: str, district: str, text: str, at: str | None) -> dict[str, int]:
    """Write, approve and schedule; `at` None: at once. Returns the announcement's id and whom it reaches now."""
    context = open_context(demo.settings())
    now = context.clock()
    send_at = parse_moment(at) if at else None
    with context.database.write(durable=True) as session:
        place = _district(session, municipality, district)
        author, approver = _two_people(session, municipality, place.id)
        title = text.strip().split("\n")[0][:LONGEST_TITLE] or "お知らせ"
        return _send(context, session, (author, approver), _draft(place, title, text, send_at), None, now)


def ask(
    demo: Demo, municipality: str, district: str, question: str, choices: tuple[str, ...], close_at: str | None
) -> dict[str, int]:
    """Ask one question of a district, at once; closes in three days unless said otherwise."""
    context = open_context(demo.settings())
    now = context.clock()
    closes_at = parse_moment(close_at) if close_at else now + POLL_OPEN_FOR
    with context.database.write(durable=True) as session:
        place = _district(session, municipality, district)
        author, approver = _two_people(session, municipality, place.id)
        poll = polls.create(session, municipality, author, question, choices, closes_at, now)
        draft = _draft(place, "アンケートのお願い", "1つだけ教えてください。", None)
        return _send(context, session, (author, approver), draft, poll.id, now) | {"poll": poll.id}


def _draft(place: District, title: str, text: str, send_at: datetime | None) -> announcements.Draft:
    sender = str(place.facts.get("council") or place.name)
    return announcements.Draft(title, text, sender, "home_and_interest", (place.id,), send_at)


def _send(
    context: Context,
    session: Session,
    people: tuple[Actor, Actor],
    draft: announcements.Draft,
    poll_id: int | None,
    now: datetime,
) -> dict[str, int]:
    author, approver = people
    municipality = next(grant.municipality for grant in author.grants if grant.municipality)
    row = announcements.draft(session, municipality, author, draft, now, poll_id=poll_id)
    row.at_once = True  # whoever shows the demo at night wants to see it arrive
    announcements.submit(session, row, author, now)
    # Past the hold: what the demo's command announces goes out at once.
    announcements.approve(session, row, approver, row.version, now, sealer=context.sealer, hold=timedelta(0))
    reached = announcements.reach(session, municipality, draft.audience, draft.district_ids, now)
    return {"id": row.id, "recipients": reached.recipients}


def _district(session: Session, municipality: str, name: str) -> District:
    if session.get(Municipality, municipality) is None:
        known = ", ".join(session.scalars(select(Municipality.id)))
        raise BadInputError(f"There is no municipality {municipality} here (there are: {known}).")
    row = session.scalar(select(District).where(District.municipality_id == municipality, District.name == name))
    if row is None:
        names = session.scalars(select(District.name).where(District.municipality_id == municipality))
        raise BadInputError(f"{municipality} has no district {name} (there are: {', '.join(names)}).")
    return row


def _two_people(session: Session, municipality: str, district_id: int) -> tuple[Actor, Actor]:
    """The first two sample officers, for any district: the demo's own accounts cover one district each."""
    query = (
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.municipality_id == municipality, StaffRole.role.in_(("officer", "chair")), Staff.active)
        .order_by(Staff.id)
        .limit(2)
    )
    people = session.scalars(query).all()
    if len(people) < 2:
        raise BadInputError("The demo's staff is missing; start it with `make demo` first.")
    grant = Grant("officer", municipality, frozenset({district_id}))
    author, approver = (Actor(person.id, person.name, (grant,)) for person in people)
    return author, approver
