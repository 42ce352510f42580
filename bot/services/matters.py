"""Matters (まとまり): what statements come down to, to whom each was referred, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.round_table_rules import BODIES, OPEN_RESPONSES, STATES
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Matter, Referral, Response, RoundTable
from bot.now import jst
from bot.services import audit, round_tables
from bot.services.announcement_draft import lines
from bot.services.poll_form import one_line

MAX_TITLE, MAX_SUMMARY, MAX_PART, MAX_NAME, MAX_MATTERS = 80, 1000, 400, 60, 60
WRITABLE = ("listening", "meeting", "referring", "answering")  # late ones are bundled into the next report
REFERRED = ("referring", "answering", "reported")


@dataclass(frozen=True)
class Draft:
    """A matter as typed: its name, what it is about, what each of us can do (個人・地域・行政)."""

    title: str
    summary: str = ""
    by_person: str = ""
    by_community: str = ""
    by_city: str = ""


@dataclass(frozen=True)
class Seen:
    """A matter with its referrals and responses, the newest response first."""

    matter: Matter
    referrals: tuple[Referral, ...] = ()
    responses: tuple[Response, ...] = field(default=())

    @property
    def answers(self) -> tuple[Response, ...]:
        """What counts: the newest published answer of each of those it was referred to, the newest first."""
        found: dict[int | None, Response] = {}
        for one in self.responses:
            if one.state == "published":
                found.setdefault(one.referral_id, one)
        return tuple(found.values())

    @property
    def response(self) -> Response | None:
        """The newest word on it."""
        return next(iter(self.answers), None)

    @property
    def answered(self) -> bool:
        """Whether anything was published."""
        return bool(self.answers)

    @property
    def awaited(self) -> tuple[Referral, ...]:
        """Those who have not answered yet."""
        done = {one.referral_id for one in self.answers}
        return tuple(one for one in self.referrals if one.id not in done)

    @property
    def open(self) -> bool:
        """Whether it is carried over: somebody has not answered, or something is still to come."""
        return not self.answered or bool(self.awaited) or any(one.kind in OPEN_RESPONSES for one in self.answers)

    @property
    def due_on(self) -> date | None:
        """When the next word is due: an answer that is awaited, or the next report of one that is studied."""
        reports = [one.next_report_on for one in self.answers if one.next_report_on is not None]
        return min([*(one.due_on for one in self.awaited), *reports], default=None)

    def who(self, response: Response) -> str:
        """Who gave an answer: the name of the referral; empty when it was taken back since."""
        return next((one.name for one in self.referrals if one.id == response.referral_id), "")


def add(session: Session, row: RoundTable, actor: Actor, new: Draft, now: datetime) -> Matter:
    """One more matter of a round. The same title gives the matter that has it. Raises BadInputError, ConflictError."""
    round_tables.may(actor, "round_table.write", row, now)
    _writable(row)
    new = _checked(new)
    query = select(Matter).where(Matter.municipality_id == row.municipality_id, Matter.round_table_id == row.id)
    twin = session.scalar(query.where(Matter.title == new.title))
    if twin is not None:
        return twin
    highest = select(func.max(Matter.number)).where(Matter.round_table_id == row.id)
    number = (session.scalar(highest.where(Matter.municipality_id == row.municipality_id)) or 0) + 1
    if number > MAX_MATTERS:
        raise BadInputError(f"まとまりは1回の会議に{MAX_MATTERS}までです。")
    matter = Matter(
        municipality_id=row.municipality_id, round_table_id=row.id, number=number, created_at=now, title=new.title,
        summary=new.summary, by_person=new.by_person, by_community=new.by_community, by_city=new.by_city,
    )  # fmt: skip
    session.add(matter)
    session.flush()
    audit.record(session, row.municipality_id, actor, "matter.add", f"matter:{matter.id}", now)
    return matter


def change(session: Session, matter: Matter, actor: Actor, new: Draft, now: datetime) -> None:
    """Rewrite a matter. Nothing is recorded when nothing changed."""
    row = round_tables.get(session, matter.municipality_id, matter.round_table_id)
    round_tables.may(actor, "round_table.write", row, now)
    new = _checked(new)
    present = Draft(matter.title, matter.summary, matter.by_person, matter.by_community, matter.by_city)
    if present == new:
        return
    _writable(row)
    matter.title, matter.summary = new.title, new.summary
    matter.by_person, matter.by_community, matter.by_city = new.by_person, new.by_community, new.by_city
    audit.record(session, row.municipality_id, actor, "matter.change", f"matter:{matter.id}", now)


def remove(session: Session, matter: Matter, actor: Actor, now: datetime) -> None:
    """Take a matter away before it was referred for good. Its statements stay, without a matter."""
    row = round_tables.get(session, matter.municipality_id, matter.round_table_id)
    round_tables.may(actor, "round_table.write", row, now)
    if row.state not in ("listening", "meeting", "referring"):
        raise ConflictError("振り分けを承認したまとまりは消せません。返事を書いてください。")
    audit.record(session, row.municipality_id, actor, "matter.remove", f"matter:{matter.id}", now)
    session.execute(delete(Matter).where(Matter.id == matter.id, Matter.municipality_id == row.municipality_id))


def refer(session: Session, matter: Matter, actor: Actor, body: str, name: str, due_on: date, now: datetime) -> None:
    """Refer a matter to somebody who can answer it, by a day (振り分け). The same one again only moves the day.

    What the chair has approved only the chair or the city adds to. Raises NotAllowedError, BadInputError (who, day),
    ConflictError (the meeting is not over, or the round is).
    """
    row = round_tables.get(session, matter.municipality_id, matter.round_table_id)
    round_tables.may(actor, "round_table.write", row, now)
    name = one_line(name)
    if row.state not in REFERRED:
        raise ConflictError(f"この会議はいま「{STATES[row.state]}」なので、振り分けはできません。")
    if body not in BODIES:
        raise BadInputError("回す先を選んでください。")
    if len(name) > MAX_NAME or (not name and body in ("department", "other")):
        raise BadInputError(f"回す先の名前を{MAX_NAME}文字までで入れてください(例: 道路維持課)。")
    name = name or BODIES[body]
    same = next((one for one in referrals_of(session, matter) if (one.body, one.name) == (body, name)), None)
    if same is not None and same.due_on == due_on:
        return
    if due_on < jst(now).date():
        raise BadInputError("返事の期限は、今日かそれよりあとにしてください。")
    if same is not None:
        same.due_on = due_on
    elif not may_change(row, actor, now):
        raise NotAllowedError(
            f"承認した振り分けに足せるのは、座長か市の担当です。「{name}」に回すことを頼んでください。"
        )
    else:
        session.add(
            Referral(
                municipality_id=row.municipality_id, matter_id=matter.id, body=body, name=name, due_on=due_on,
                created_at=now,
            )
        )  # fmt: skip
    session.flush()
    audit.record(session, row.municipality_id, actor, "matter.refer", f"matter:{matter.id}", now, {"kind": body})


def may_change(row: RoundTable, actor: Actor, now: datetime) -> bool:
    """Whether this person may add to the 振り分け and take from it: once it is approved, only who may approve it."""
    mine = (row.municipality_id, jst(now).date(), (row.district_id,))
    return row.state == "referring" or actor.may("round_table.approve", *mine)


def take_back(session: Session, referral: Referral, actor: Actor, now: datetime) -> None:
    """Take a referral back (the wrong department, somebody who has left); what was answered stays with the matter."""
    matter = get(session, referral.municipality_id, referral.matter_id)
    row = round_tables.get(session, matter.municipality_id, matter.round_table_id)
    round_tables.may(actor, "round_table.write", row, now)
    if not may_change(row, actor, now):
        raise NotAllowedError(
            f"承認した振り分けを取り消せるのは、座長か市の担当です。「{referral.name}」の取り消しを頼んでください。"
        )
    audit.record(session, row.municipality_id, actor, "matter.take_back", f"matter:{matter.id}", now)
    session.delete(referral)
    session.flush()


def approve_referrals(session: Session, row: RoundTable, actor: Actor, version: int, now: datetime) -> None:
    """The chair's yes to the 振り分け; now answers are asked for. Raises BadInputError naming what is not referred."""
    round_tables.may(actor, "round_table.approve", row, now)
    seen = of_round(session, row)
    if not seen:
        raise BadInputError("まとまりがまだありません。声をまとめてから、承認してください。")
    if loose := [one.matter.title for one in seen if not one.referrals]:
        raise BadInputError("回す先が決まっていません: " + "、".join(f"「{title}」" for title in loose))
    round_tables.move(
        session, row, "approve_referrals", version, referrals_approved_by=actor.id, referrals_approved_at=now
    )
    audit.record(session, row.municipality_id, actor, "round_table.approve_referrals", f"round_table:{row.id}", now)


def get(session: Session, municipality: str, matter_id: int) -> Matter:
    """One matter of a municipality. Raises NotFoundError."""
    found = session.get(Matter, matter_id)
    if found is None or found.municipality_id != municipality:
        raise NotFoundError("そのまとまりは見つかりません。")
    return found


def referrals_of(session: Session, matter: Matter) -> list[Referral]:
    """To whom it was referred, in that order."""
    query = select(Referral).where(Referral.matter_id == matter.id, Referral.municipality_id == matter.municipality_id)
    return list(session.scalars(query.order_by(Referral.id)))


def of_round(session: Session, row: RoundTable) -> list[Seen]:
    """A round's matters in their order."""
    return of_rounds(session, row.municipality_id, [row.id])


def of_rounds(session: Session, municipality: str, round_table_ids: Collection[int]) -> list[Seen]:
    """The matters of several rounds, with what became of them, in three queries."""
    query = select(Matter).where(Matter.municipality_id == municipality, Matter.round_table_id.in_(round_table_ids))
    return seen(session, municipality, session.scalars(query.order_by(Matter.round_table_id, Matter.number)).all())


def seen(session: Session, municipality: str, matters: Sequence[Matter]) -> list[Seen]:
    """These matters with their referrals and responses."""
    ids = [one.id for one in matters]
    referrals: dict[int, list[Referral]] = {one: [] for one in ids}
    responses: dict[int, list[Response]] = {one: [] for one in ids}
    query = select(Referral).where(Referral.municipality_id == municipality, Referral.matter_id.in_(ids))
    for referral in session.scalars(query.order_by(Referral.id)):
        referrals[referral.matter_id].append(referral)
    newest = select(Response).where(Response.municipality_id == municipality, Response.matter_id.in_(ids))
    for response in session.scalars(newest.order_by(Response.id.desc())):
        responses[response.matter_id].append(response)
    return [Seen(one, tuple(referrals[one.id]), tuple(responses[one.id])) for one in matters]


def carried_over(session: Session, row: RoundTable) -> list[Seen]:
    """Matters of earlier rounds of this series that are still open: they come back at this meeting."""
    before = round_tables.earlier(session, row)
    return [one for one in of_rounds(session, row.municipality_id, [each.id for each in before]) if one.open]


def _writable(row: RoundTable) -> None:
    if row.state not in WRITABLE:
        raise ConflictError(f"この会議はいま「{STATES[row.state]}」なので、まとまりは変えられません。")


def _checked(new: Draft) -> Draft:
    tidied = Draft(
        one_line(new.title), lines(new.summary), lines(new.by_person), lines(new.by_community), lines(new.by_city)
    )
    problems = []
    if not 1 <= len(tidied.title) <= MAX_TITLE:
        problems.append(f"まとまりの名前を{MAX_TITLE}文字までで入れてください。")
    if len(tidied.summary) > MAX_SUMMARY:
        problems.append(f"まとまりの説明は{MAX_SUMMARY}文字までです。")
    for label, text in (("個人", tidied.by_person), ("地域", tidied.by_community), ("行政", tidied.by_city)):
        if len(text) > MAX_PART:
            problems.append(f"「{label}にできること」は{MAX_PART}文字までです(いま{len(text)}文字)。")
    if problems:
        raise BadInputError("".join(problems))
    return tidied
