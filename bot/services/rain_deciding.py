"""A named officer chooses in a rain plan: 実施, 中止 or 順延, once.

One transaction changes the activity's date (so every answer, page and calendar file), schedules the announcement
that was approved with the plan, fixes who is told beside its area (who signed up, waits, or was reminded), and
takes the reminders away that would say otherwise. Two choices at once: the plan's own row decides who was first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, union
from sqlalchemy.orm import Session

from bot.core import quiet_hours, rain_rules
from bot.core.moments import date_of
from bot.core.permissions import Actor
from bot.core.sealing import Sealer
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    ChangeNotice,
    RainPlan,
    RainRecipient,
    Reminded,
    Reminder,
    Resident,
    SignUp,
    StaffNotice,
)
from bot.now import jst
from bot.services import activity_changes, erasing, rain_languages, rain_plans
from bot.services.activities import Dated
from bot.services.announcement_card import print_messages
from bot.services.announcement_reach import Whom, may_receive, of_audience
from bot.services.sign_ups import Key
from content import calendar_text
from content.packs_model import Change

MAX_TITLE: Final = 60
CONCERNED: Final = (SignUp, Reminder, Reminded)
KINDS: Final = {"held": "activity", "off": "called_off", "put_off": "called_off"}


def choices(plan: RainPlan) -> tuple[str, ...]:
    """What can be chosen: no 順延 where none was prepared."""
    return tuple(choice for choice in rain_rules.CHOICES if choice != "put_off" or plan.put_off_text)


def text_of(plan: RainPlan, choice: str) -> str:
    """The text that was approved for this choice. Raises BadInputError for what was not prepared."""
    texts = {"held": plan.held_text, "off": plan.off_text, "put_off": plan.put_off_text}
    text = texts.get(choice)
    if not text:
        raise BadInputError("用意していない選び方です。")
    return text


def title_of(dated: Dated, choice: str) -> str:
    """【中止】 and its like first, so that nobody reads on before knowing."""
    return f"【{rain_rules.CHOICES[choice]}】{dated.occurrence.title}"[:MAX_TITLE]


def reach(session: Session, plan: RainPlan, now: datetime) -> int:
    """How many are told, each once: the area, and whoever signed up or was reminded."""
    key = rain_plans.key_of(plan)
    of_date = and_(Resident.municipality_id == key.municipality, may_receive(), Resident.id.in_(_concerned(key)))
    who = or_(of_audience(_area(plan), now), of_date)
    return session.scalar(select(func.count()).select_from(Resident).where(who)) or 0


def most_messages(session: Session, plan: RainPlan, now: datetime) -> int:
    """How many messages any choice costs at most: who paused announcements is told by one of their own."""
    key = rain_plans.key_of(plan)
    paused = and_(Resident.state == "active", Resident.paused_at.is_not(None), Resident.id.in_(_concerned(key)))
    query = select(func.count()).select_from(Resident).where(Resident.municipality_id == key.municipality, paused)
    return reach(session, plan, now) + (session.scalar(query) or 0)


def decide(
    session: Session, plan: RainPlan, actor: Actor, choice: str, version: int, now: datetime, *, sealer: Sealer
) -> Announcement:
    """Choose, once. Returns what goes out now (from 5:30); the caller commits durably.

    Raises NotAllowedError (not named, or no longer), ConflictError (somebody was first, or it was changed: says who
    and what), BadInputError (the activity is over, or there is no such choice).
    """
    if plan.state == "decided":
        raise ConflictError(rain_plans.said(session, plan) or "もう決まっています。")
    if not rain_plans.may_decide(session, plan, actor, now):
        raise NotAllowedError("この行事を決める人の中に入っていません。")
    text = text_of(plan, choice)
    rain_plans.move(
        session, plan, "decide", version, decision=choice, decided_at=now, decided_by_id=actor.id
    )  # the one moment at which two people's choices meet
    key = rain_plans.key_of(plan)
    day = plan.moved_to if choice == "put_off" else None
    wanted = Change(plan.day, rain_rules.CHOICES[choice], text, day)
    moved = activity_changes.rewrite(session, key, actor, wanted, None, now)
    row = _announcement(session, plan, moved, choice, now)
    rain_languages.add(session, row, moved, text, now)
    row.messages = print_messages(session, sealer, row, row.send_at or now)
    _fix_recipients(session, key, row, moved)
    if choice != "put_off":  # a reminder of a new day is still of use
        session.execute(delete(Reminder).where(_of(Reminder, key)))
    activity_changes.move_rows(session, key, moved, now)
    plan.announcement_id = row.id
    session.flush()
    details = {"choice": choice, "announcement": row.id}
    rain_plans.record(session, plan, actor, "decide", now, details)
    return row


def forget(session: Session, now: datetime) -> int:
    """Retention: who was reminded, a day after the activity; who is told beside the area, once that is fixed; what
    staff were told two months ago.
    """
    old = delete(Reminded).where(Reminded.over_at < now - timedelta(days=1))
    fixed = select(Announcement.id).where(Announcement.state != "scheduled")
    told = delete(RainRecipient).where(RainRecipient.announcement_id.in_(fixed))
    notices = delete(StaffNotice).where(StaffNotice.told_at < now - timedelta(days=60))
    return sum(erasing.carry_out(session, one) for one in (old, told, notices))


def _announcement(session: Session, plan: RainPlan, moved: Dated, choice: str, now: datetime) -> Announcement:
    """What was approved with the plan, now with its choice: no second approval."""
    row = Announcement(
        municipality_id=plan.municipality_id, state="scheduled", author_id=plan.author_id,
        approver_id=plan.approver_id, sender=plan.sender, title=title_of(moved, choice),
        body=body_of(plan, moved, choice, now), audience=plan.audience, kind=KINDS[choice], urgency="cancellation",
        send_at=quiet_hours.earliest(now, "cancellation"), created_at=now,
        submitted_at=plan.submitted_at, approved_at=plan.approved_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        AnnouncementDistrict(announcement_id=row.id, district_id=one, municipality_id=plan.municipality_id)
        for one in plan.district_ids
    )
    session.flush()
    return row


def body_of(plan: RainPlan, dated: Dated, choice: str, now: datetime) -> str:
    """The text, then the day, hours and place as they stand after the choice."""
    one = dated.occurrence
    starts, ends = one.starts_at, one.ends_at
    facts = [calendar_text.moment(starts, ends, "ja", all_day=one.all_day, today=jst(now).date())]
    if choice == "put_off" and plan.moved_to is not None:
        facts = [f"新しい日: {date_of(plan.moved_to)}", f"もとの日: {date_of(plan.day)}"]
    if one.place and choice != "off":
        facts.append(f"場所: {one.place}")
    return f"{text_of(plan, choice)}\n\n" + "\n".join(facts)


def _fix_recipients(session: Session, key: Key, row: Announcement, moved: Dated) -> None:
    """Who signed up, waits or was reminded gets the announcement; who paused announcements a message of their own."""
    mine = and_(Resident.municipality_id == key.municipality, Resident.id.in_(_concerned(key)))
    told = [
        {"announcement_id": row.id, "resident_id": one, "municipality_id": key.municipality}
        for one in session.scalars(select(Resident.id).where(mine, may_receive()))
    ]
    if told:
        session.execute(insert(RainRecipient), told)
    session.execute(delete(ChangeNotice).where(_of(ChangeNotice, key)))
    paused = select(Resident.id).where(mine, Resident.state == "active", Resident.paused_at.is_not(None))
    session.add_all(
        ChangeNotice(
            municipality_id=key.municipality, entry_key=key.entry, day=key.day, resident_id=one,
            over_at=moved.occurrence.ends_at,
        )
        for one in session.scalars(paused)
    )  # fmt: skip
    session.flush()


def _concerned(key: Key) -> ColumnElement[int]:
    queries = (select(table.resident_id).where(_of(table, key)) for table in CONCERNED)
    return select(union(*queries).subquery().c[0]).scalar_subquery()


def _of(table: type[SignUp | Reminder | Reminded | ChangeNotice], key: Key) -> ColumnElement[bool]:
    return and_(table.municipality_id == key.municipality, table.entry_key == key.entry, table.day == key.day)


def _area(plan: RainPlan) -> Whom:
    return Whom(plan.municipality_id, plan.audience, tuple(plan.district_ids))
