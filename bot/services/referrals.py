"""Responses (対応): what those to whom a matter was referred answer, and the second person who publishes it.

A department answers only what is referred to it; its yes comes from a second person of the department, or from the
city. A department without anybody left (or that never had an account) is answered for by the district's secretariat,
who got the answer on paper; then the chair or the city gives the yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.round_table_rules import REASON_NEEDED, RESPONSES, STATES
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Matter, Referral, Response, RoundTable, Staff, StaffRole
from bot.now import jst
from bot.services import audit, matters, round_tables
from bot.services.announcement_draft import lines

MAX_TEXT, MAX_REASON, MAX_COMMENT = 600, 400, 400
ANSWERABLE = ("answering", "reported")
SAME_FORM = timedelta(minutes=10)


@dataclass(frozen=True)
class Reply:
    """A response as typed."""

    kind: str
    text: str
    reason: str = ""
    next_report_on: date | None = None


@dataclass(frozen=True)
class Asked:
    """A referral with its matter and round: one line of the list of what waits for an answer."""

    referral: Referral
    seen: matters.Seen
    round_table: RoundTable

    @property
    def pending(self) -> Response | None:
        """What was written for this referral and is not published."""
        mine = (one for one in self.seen.responses if one.referral_id == self.referral.id)
        newest = next(mine, None)
        return newest if newest is not None and newest.state != "published" else None

    @property
    def answered(self) -> bool:
        """Whether this referral has a published answer."""
        return any(one.referral_id == self.referral.id and one.state == "published" for one in self.seen.responses)

    @property
    def due_on(self) -> date | None:
        """When the next word is due from here; None when nothing is."""
        mine = [one for one in self.seen.responses if one.referral_id == self.referral.id and one.state == "published"]
        return mine[0].next_report_on if mine else self.referral.due_on


def get(session: Session, municipality: str, referral_id: int) -> Asked:
    """One referral of a municipality. Raises NotFoundError."""
    referral = session.get(Referral, referral_id)
    if referral is None or referral.municipality_id != municipality:
        raise NotFoundError("その振り分けは、もうありません。")
    matter = matters.get(session, municipality, referral.matter_id)
    row = round_tables.get(session, municipality, matter.round_table_id)
    return Asked(referral, matters.seen(session, municipality, [matter])[0], row)


def listing(session: Session, municipality: str, actor: Actor, now: datetime) -> list[Asked]:
    """What this person could answer or give the second yes to, the next due first; a department sees only its own."""
    query = (
        select(Referral, Matter)
        .join(Matter, Matter.id == Referral.matter_id)
        .join(RoundTable, RoundTable.id == Matter.round_table_id)
        .where(Referral.municipality_id == municipality, RoundTable.state.in_(ANSWERABLE))
    )
    found = session.execute(query.order_by(Referral.due_on, Referral.id)).all()
    known = {one.matter.id: one for one in matters.seen(session, municipality, [row.Matter for row in found])}
    rounds = {row.Matter.round_table_id for row in found}
    tables = {one: round_tables.get(session, municipality, one) for one in rounds}
    asked = [Asked(row.Referral, known[row.Matter.id], tables[row.Matter.round_table_id]) for row in found]
    mine = [one for one in asked if may_read(actor, one, now)]
    return sorted(mine, key=lambda one: (one.due_on is None, one.due_on or date.max))


def may_read(actor: Actor, asked: Asked, now: datetime) -> bool:
    """Whether this person may open a referral: their department's, their district's, or the whole city's."""
    today, city = jst(now).date(), asked.referral.municipality_id
    if asked.referral.body == "department" and asked.referral.name in actor.departments(city, today):
        return True
    return _of_district(actor, "round_table.answer", asked, today)


def why_not_answer(session: Session, asked: Asked, actor: Actor, now: datetime) -> str | None:
    """Why this person cannot answer it now; None when they can."""
    today, city = jst(now).date(), asked.referral.municipality_id
    if asked.round_table.state not in ANSWERABLE:
        return f"この会議はいま「{STATES[asked.round_table.state]}」なので、返事は書けません。"
    if asked.referral.body == "department" and people_of(session, city, asked.referral.name, today):
        if asked.referral.name in actor.departments(city, today) or _city(actor, "round_table.answer", city, today):
            return None
        return f"「{asked.referral.name}」に回したものは、その課の人が答えます。"
    return None if _of_district(actor, "round_table.answer", asked, today) else "この返事を書く役割がありません。"


def why_not_publish(session: Session, asked: Asked, response: Response, actor: Actor, now: datetime) -> str | None:
    """Why this person cannot be the second one; None when they can."""
    today, city = jst(now).date(), asked.referral.municipality_id
    if actor.id is None or actor.id == response.author_id:
        return "自分が書いた返事は承認できません。ほかの人に頼んでください。"
    if _city(actor, "round_table.publish", city, today):
        return None
    if asked.referral.body == "department" and people_of(session, city, asked.referral.name, today):
        mine = asked.referral.name in actor.departments(city, today)
        return None if mine else f"「{asked.referral.name}」の返事は、その課のもう1人か、市の担当が承認します。"
    allowed = _of_district(actor, "round_table.publish", asked, today)
    return None if allowed else "この返事を承認する役割がありません。座長か市の担当が承認します。"


def respond(session: Session, asked: Asked, actor: Actor, reply: Reply, now: datetime) -> Response:
    """Write an answer and hand it to a second person; one that waits or was returned is replaced.

    The same form posted twice gives the first answer. Raises NotAllowedError, ConflictError, BadInputError.
    """
    if why := why_not_answer(session, asked, actor, now):
        raise NotAllowedError(why) if asked.round_table.state in ANSWERABLE else ConflictError(why)
    reply = _checked(reply, jst(now).date())
    author_id = _person(actor)
    values: dict[str, Any] = {
        "kind": reply.kind, "text": reply.text, "reason": reply.reason, "next_report_on": reply.next_report_on,
        "author_id": author_id, "state": "submitted", "comment": None,
    }  # fmt: skip
    newest = next((one for one in asked.seen.responses if one.referral_id == asked.referral.id), None)
    if (
        newest is not None
        and newest.created_at > now - SAME_FORM
        and newest.author_id == author_id
        and _same(newest, reply)
    ):
        return newest
    response = asked.pending
    if response is None:
        response = Response(
            municipality_id=asked.referral.municipality_id, matter_id=asked.seen.matter.id,
            referral_id=asked.referral.id, created_at=now, **values,
        )  # fmt: skip
        session.add(response)
        session.flush()
    else:
        _move(session, response, ("submitted", "returned"), response.version, **values, approver_id=None)
    _record(session, response, actor, "write", now)
    return response


def publish(session: Session, asked: Asked, response: Response, actor: Actor, version: int, now: datetime) -> None:
    """The second person's yes: from now on everybody can read it. Raises NotAllowedError, ConflictError."""
    if why := why_not_publish(session, asked, response, actor, now):
        raise NotAllowedError(why)
    _move(session, response, ("submitted",), version, state="published", approver_id=actor.id, published_at=now)
    _record(session, response, actor, "publish", now)


def send_back(
    session: Session, asked: Asked, response: Response, actor: Actor, comment: str, *, version: int, now: datetime
) -> None:
    """Return it to its writer with a reason. Raises as `publish`, or BadInputError without a reason."""
    if why := why_not_publish(session, asked, response, actor, now):
        raise NotAllowedError(why)
    reason = lines(comment)[:MAX_COMMENT]
    if not reason:
        raise BadInputError("どこを直せばよいかを書いてください。")
    _move(session, response, ("submitted",), version, state="returned", comment=reason)
    _record(session, response, actor, "send_back", now)


def response_of(asked: Asked, response_id: int) -> Response:
    """One of the matter's responses for this referral. Raises NotFoundError for any other."""
    for one in asked.seen.responses:
        if one.id == response_id and one.referral_id == asked.referral.id:
            return one
    raise NotFoundError("その返事は、もうありません。")


def people_of(session: Session, municipality: str, department: str, today: date) -> list[Staff]:
    """Who speaks for a department today: nobody when all have left, or none ever had an account."""
    still: ColumnElement[bool] = or_(StaffRole.until.is_(None), StaffRole.until >= today)
    query = (
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            StaffRole.municipality_id == municipality,
            StaffRole.role == "department",
            StaffRole.department == department,
            Staff.active.is_(True),
            still,
        )
    )
    return list(session.scalars(query.order_by(Staff.id)))


def _of_district(actor: Actor, right: str, asked: Asked, today: date) -> bool:
    """By a role for the district or the city; a department's role counts for its own referrals only."""
    grants = tuple(grant for grant in actor.grants if grant.role != "department")
    other = Actor(actor.id, actor.name, grants)
    return other.may(right, asked.referral.municipality_id, today, (asked.round_table.district_id,))


def _city(actor: Actor, right: str, municipality: str, today: date) -> bool:
    grants = tuple(grant for grant in actor.grants if grant.role == "city")
    return Actor(actor.id, actor.name, grants).may(right, municipality, today, ())


def _checked(reply: Reply, today: date) -> Reply:
    text, reason = lines(reply.text), lines(reply.reason)
    problems = []
    if reply.kind not in RESPONSES:
        problems.append("対応を選んでください。")
    if not 1 <= len(text) <= MAX_TEXT:
        problems.append(f"返事を{MAX_TEXT}文字までで書いてください(いま{len(text)}文字)。")
    if reply.kind in REASON_NEEDED and not 1 <= len(reason) <= MAX_REASON:
        problems.append(f"{REASON_NEEDED[reply.kind]}を{MAX_REASON}文字までで書いてください。")
    if reply.kind == "studying" and reply.next_report_on is None:
        problems.append("検討中のときは、次に報告する日を入れてください。")
    if reply.next_report_on is not None and reply.next_report_on <= today:
        problems.append("次に報告する日は、あすかそれよりあとにしてください。")
    if problems:
        raise BadInputError("".join(problems))
    return Reply(reply.kind, text, reason if reply.kind in REASON_NEEDED else "", reply.next_report_on)


def _same(response: Response, reply: Reply) -> bool:
    stored = Reply(response.kind, response.text, response.reason, response.next_report_on)
    return response.state in ("submitted", "published") and stored == reply


def _move(session: Session, response: Response, states: tuple[str, ...], version: int, **values: Any) -> None:
    session.flush()
    moved = session.execute(
        update(Response)
        .where(
            Response.id == response.id,
            Response.municipality_id == response.municipality_id,
            Response.state.in_(states),
            Response.version == version,
        )
        .values(version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("この返事は、ほかの人が先に変えました。もう一度開いて、いまの内容を確かめてください。")
    session.refresh(response)


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise NotAllowedError("返事は、職員か役員の名前で書きます。")
    return actor.id


def _record(session: Session, response: Response, actor: Actor, act: str, now: datetime) -> None:
    target = f"matter:{response.matter_id}"
    audit.record(session, response.municipality_id, actor, f"response.{act}", target, now, {"kind": response.kind})
