"""Rain plans: written with the activity's date, approved by a second person, ready for the morning of the day.

Each act checks the right, the state and the version and writes its audit row, as announcements do. What happens
when a named officer chooses is bot.services.rain_deciding.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core import quiet_hours, rain_rules
from bot.core.moments import moment_of
from bot.core.permissions import Actor
from bot.core.rain_rules import next_state
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import District, Entry, RainPlan, RainPlanOfficer, Reminded, Resident, Staff
from bot.models.announcement import AUDIENCES
from bot.now import jst
from bot.services import announcement_checks, approval, audit, sign_ups
from bot.services.activities import Dated
from bot.services.sign_ups import Key

MAX_TEXT: Final = 100
MAX_SENDER: Final = 60
MAX_COMMENT: Final = 400


@dataclass(frozen=True)
class Draft:
    """What a person writes. `moved_to` and `put_off_text` come together or not at all; no districts: the whole city."""

    sender: str
    audience: str
    district_ids: tuple[int, ...]
    decide_at: datetime
    held_text: str
    off_text: str
    put_off_text: str
    moved_to: date | None
    officer_ids: tuple[int, ...]


# --- reading -----------------------------------------------------------------------------------------


def find(session: Session, key: Key) -> RainPlan | None:
    """The plan of a date."""
    query = select(RainPlan).where(
        RainPlan.municipality_id == key.municipality, RainPlan.entry_key == key.entry, RainPlan.day == key.day
    )
    return session.scalar(query)


def get(session: Session, municipality: str, plan_id: int) -> RainPlan:
    """One plan. Raises NotFoundError for anyone else's."""
    row = session.get(RainPlan, plan_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その雨の日の用意は見つかりません。")
    return row


def key_of(plan: RainPlan) -> Key:
    """The date it is for."""
    return Key(plan.municipality_id, plan.entry_key, plan.day)


def dated(session: Session, plan: RainPlan, now: datetime) -> Dated | None:
    """The activity's date as it stands; None when it is gone or no longer published."""
    return sign_ups.find(session, key_of(plan), now)


def ahead(session: Session, plan: RainPlan, now: datetime) -> Dated | None:
    """The same while it is still to take place, and not over."""
    found = dated(session, plan, now)
    return found if found is not None and found.occurrence.takes_place and found.occurrence.ends_at > now else None


def officer_ids(session: Session, plan: RainPlan) -> tuple[int, ...]:
    """Who may choose."""
    query = select(RainPlanOfficer.staff_id).where(RainPlanOfficer.plan_id == plan.id)
    return tuple(sorted(session.scalars(query)))


def officers(session: Session, plan: RainPlan) -> list[Staff]:
    """The same with their names."""
    query = select(Staff).where(Staff.id.in_(officer_ids(session, plan)))
    return list(session.scalars(query.order_by(Staff.name, Staff.id)))


def could_decide(session: Session, municipality: str, entry_key: str, now: datetime) -> list[Staff]:
    """Whom a plan for this activity may name: everybody who may call it off."""
    wanted = _districts_of_entry(session, municipality, entry_key)
    today = jst(now).date()
    return [
        person
        for person, actor in approval.people(session, municipality)
        if actor.may("activity.manage", municipality, today, wanted)
    ]


def may_decide(session: Session, plan: RainPlan, actor: Actor, now: datetime) -> bool:
    """Whether this person is named and still may call this activity off."""
    if actor.id is None or actor.id not in officer_ids(session, plan):
        return False
    wanted = _districts_of_entry(session, plan.municipality_id, plan.entry_key)
    return actor.may("activity.manage", plan.municipality_id, jst(now).date(), wanted)


def to_decide(session: Session, municipality: str, actor: Actor, now: datetime) -> list[RainPlan]:
    """Approved plans that this person may choose in, the next hour first."""
    mine = select(RainPlanOfficer.plan_id).where(RainPlanOfficer.staff_id == actor.id)
    query = select(RainPlan).where(
        RainPlan.municipality_id == municipality, RainPlan.state == "approved", RainPlan.id.in_(mine)
    )
    found = session.scalars(query.order_by(RainPlan.decide_at, RainPlan.id))
    return [row for row in found if may_decide(session, row, actor, now) and ahead(session, row, now)]


def late(session: Session, now: datetime) -> list[RainPlan]:
    """Approved plans whose hour has come without a choice."""
    query = select(RainPlan).where(RainPlan.state == "approved", RainPlan.decide_at <= now)
    return list(session.scalars(query.order_by(RainPlan.decide_at, RainPlan.id)))


# --- acts ----------------------------------------------------------------------------------------------


def save(session: Session, key: Key, actor: Actor, new: Draft, version: int, now: datetime) -> RainPlan:
    """Write the plan of a date, or rewrite it (`version`; 0: a new one); what was approved is a draft again.

    Raises NotFoundError, NotAllowedError, BadInputError naming every field to mend, ConflictError.
    """
    found = sign_ups.find(session, key, now)
    if found is None or not found.occurrence.takes_place:
        raise NotFoundError("その日の行事は見つかりません。")
    _need(session, key, actor, now)
    area = () if new.audience == "city" else tuple(new.district_ids)
    if not actor.may("announcement.write", key.municipality, jst(now).date(), area):
        raise NotAllowedError("届ける地区に、担当ではない地区が入っています。")
    _check(session, key, found, new, now)
    row = find(session, key)
    values = {
        "sender": new.sender.strip(), "audience": new.audience, "district_ids": sorted(set(area)),
        "decide_at": new.decide_at, "held_text": new.held_text.strip(), "off_text": new.off_text.strip(),
        "put_off_text": new.put_off_text.strip() or None, "moved_to": new.moved_to, "author_id": actor.id,
    }  # fmt: skip
    if row is None and version == 0:
        row = RainPlan(
            municipality_id=key.municipality, entry_key=key.entry, day=key.day, created_at=now, **values
        )  # fmt: skip
        session.add(row)
        session.flush()
        record(session, row, actor, "draft", now)
    elif row is None or version == 0:
        raise ConflictError("この日の用意は、ほかの人がもう作りました。いまの内容を確かめてください。")
    else:
        move(session, row, "change", version, approver_id=None, approved_at=None, submitted_at=None, **values)
        record(session, row, actor, "change", now)
    _name(session, row, new.officer_ids)
    return row


def submit(session: Session, plan: RainPlan, actor: Actor, now: datetime) -> None:
    """Ask for approval."""
    _need(session, key_of(plan), actor, now)
    move(session, plan, "submit", plan.version, submitted_at=now, submitted_by_id=actor.id, comment=None)
    record(session, plan, actor, "submit", now)


def approve(session: Session, plan: RainPlan, actor: Actor, version: int, now: datetime) -> None:
    """A second person's yes to all its texts. Raises NotAllowedError, ConflictError, BadInputError (too late)."""
    if why := approval.why_not(session, plan, actor, now):
        raise NotAllowedError(why)
    if not ahead(session, plan, now):
        raise BadInputError("この日の行事は、もう終わったか、なくなりました。")
    move(session, plan, "approve", version, approver_id=actor.id, approved_at=now, reminded_at=None)
    record(session, plan, actor, "approve", now, {"version": version})


def send_back(session: Session, plan: RainPlan, actor: Actor, comment: str, now: datetime) -> None:
    """Return it with a reason."""
    districts = tuple(plan.district_ids)
    if not actor.may("announcement.approve", plan.municipality_id, jst(now).date(), districts):
        raise NotAllowedError("この地区のお知らせを扱う権限がありません。")
    if not comment.strip():
        raise BadInputError("どこを直せばよいかを書いてください。")
    move(
        session, plan, "send_back", plan.version, comment=comment.strip()[:MAX_COMMENT], approver_id=None,
        approved_at=None,
    )  # fmt: skip
    record(session, plan, actor, "send_back", now)


def withdraw(session: Session, plan: RainPlan, actor: Actor, now: datetime) -> None:
    """No plan for this date after all."""
    _need(session, key_of(plan), actor, now)
    move(session, plan, "withdraw", plan.version, approver_id=None, approved_at=None)
    record(session, plan, actor, "withdraw", now)


def lapse_over(session: Session, now: datetime) -> int:
    """End plans whose activity is over or gone; returns how many."""
    open_ones = [state for state, act in rain_rules.RAIN_PLAN if act == "lapse"]
    rows = session.scalars(select(RainPlan).where(RainPlan.state.in_(open_ones), RainPlan.decide_at <= now)).all()
    over = [row for row in rows if not ahead(session, row, now)]
    for row in over:
        row.state, row.version = next_state(row.state, "lapse"), row.version + 1
    return len(over)


def note_reminded(session: Session, key: Key, resident: Resident, over_at: datetime) -> None:
    """Somebody was just reminded of a date; kept only where a rain plan may have to tell them otherwise."""
    same = (
        Reminded.municipality_id == key.municipality, Reminded.entry_key == key.entry, Reminded.day == key.day,
        Reminded.resident_id == resident.id,
    )  # fmt: skip
    if find(session, key) is None or session.scalar(select(Reminded.id).where(*same)) is not None:
        return
    session.add(
        Reminded(
            municipality_id=key.municipality, entry_key=key.entry, day=key.day, resident_id=resident.id, over_at=over_at
        )
    )


# --- checks --------------------------------------------------------------------------------------------


def _check(session: Session, key: Key, found: Dated, new: Draft, now: datetime) -> None:
    texts = (("実施の文", new.held_text), ("中止の文", new.off_text), ("差出人", new.sender))
    problems = [f"{name}を書いてください。" for name, text in texts if not text.strip()]
    lines = (*texts, ("順延の文", new.put_off_text))
    problems += [
        f"{name}は、1行で{MAX_TEXT if name != '差出人' else MAX_SENDER}文字までです。"
        for name, text in lines
        if len(text.strip()) > (MAX_TEXT if name != "差出人" else MAX_SENDER) or "\n" in text.strip()
    ]
    if bool(new.put_off_text.strip()) != (new.moved_to is not None):
        problems.append(
            "順延するときは、順延の文と新しい日の両方を入れてください。順延しないなら、両方とも空にします。"
        )
    if new.moved_to is not None and new.moved_to <= jst(found.occurrence.starts_at).date():
        problems.append("順延の日は、もとの日よりあとにしてください。")
    problems += _hour(found, new.decide_at, now)
    problems += _whom(session, key, new, now)
    if problems:
        raise BadInputError("".join(problems))
    announcement_checks.wording(*(text for _, text in lines))


def _hour(found: Dated, decide_at: datetime, now: datetime) -> list[str]:
    if decide_at <= now:
        return ["決める時刻は、これからの時刻にしてください。"]
    if decide_at > found.occurrence.starts_at:
        return ["決める時刻は、行事が始まる前にしてください。"]
    if not quiet_hours.decent(decide_at, "cancellation"):
        return ["決める時刻は、朝5時30分から夜9時のあいだにしてください(5時30分より前には、だれにも届きません)。"]
    return []


def _whom(session: Session, key: Key, new: Draft, now: datetime) -> list[str]:
    found = []
    if new.audience not in AUDIENCES:
        found.append("届ける範囲を選んでください。")
    wanted = set(new.district_ids)
    here = select(District.id).where(District.municipality_id == key.municipality, District.id.in_(wanted))
    if (new.audience != "city" and not wanted) or len(session.scalars(here).all()) != len(wanted):
        found.append("届ける地区を1つ以上選んでください。")
    able = {person.id for person in could_decide(session, key.municipality, key.entry, now)}
    if not new.officer_ids or not able.issuperset(new.officer_ids):
        found.append("その朝に決める人を、1人以上選んでください。")
    return found


def _need(session: Session, key: Key, actor: Actor, now: datetime) -> None:
    wanted = _districts_of_entry(session, key.municipality, key.entry)
    if actor.id is None or not actor.may("activity.manage", key.municipality, jst(now).date(), wanted):
        raise NotAllowedError("この行事の雨の日の用意を作れるのは、地区の役員と座長、市の担当です。")


def _districts_of_entry(session: Session, municipality: str, entry_key: str) -> tuple[int, ...]:
    same = (Entry.municipality_id == municipality, Entry.key == entry_key, Entry.kind == "activity")
    row = session.scalar(select(Entry).where(*same))
    if row is None:
        raise NotFoundError("その行事は見つかりません。")
    keys = row.data.get("districts") or []
    query = select(District.id).where(District.municipality_id == municipality, District.key.in_(keys))
    return tuple(session.scalars(query))


def move(session: Session, plan: RainPlan, act: str, version: int, **values: Any) -> None:
    """The only way a state changes: by one UPDATE that names the state and version it was decided on."""
    state = next_state(plan.state, act)
    session.flush()
    moved = session.execute(
        update(RainPlan)
        .where(RainPlan.id == plan.id, RainPlan.state == plan.state, RainPlan.version == version)
        .values(state=state, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(plan)
        raise ConflictError(said(session, plan) or "この用意は、ほかの人が変えました。いまの内容を確かめてください。")
    session.refresh(plan)


def said(session: Session, plan: RainPlan) -> str | None:
    """Who decided what and when, in a sentence; None while nobody has."""
    if plan.decision is None or plan.decided_at is None or plan.decided_by_id is None:
        return None
    who = session.get_one(Staff, plan.decided_by_id).name
    return f"{who}さんが{moment_of(plan.decided_at)}に「{rain_rules.CHOICES[plan.decision]}」に決めました。"


def _name(session: Session, plan: RainPlan, ids: Collection[int]) -> None:
    session.execute(delete(RainPlanOfficer).where(RainPlanOfficer.plan_id == plan.id))
    session.add_all(
        RainPlanOfficer(plan_id=plan.id, staff_id=one, municipality_id=plan.municipality_id) for one in sorted(set(ids))
    )
    session.flush()


def record(
    session: Session, plan: RainPlan, actor: Actor, act: str, now: datetime, details: dict[str, Any] | None = None
) -> None:
    """The audit row of an act."""
    audit.record(session, plan.municipality_id, actor, f"rain_plan.{act}", f"rain_plan:{plan.id}", now, details)
