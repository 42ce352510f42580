"""The demo's example: one round table in 東富岡 that waits for an answer, made through the services. All of it 見本."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.models import District, RoundTable, Staff, StaffRole
from bot.now import jst
from bot.services import matters, meeting_record, referrals, staff, statements
from bot.services.context import Context
from bot.services.matters import Draft
from bot.services.meeting_record import Item
from bot.services.referrals import Reply
from bot.services.statements import Entered

CITY, DISTRICT = "tomioka", "東富岡"
THEME = "夜道を明るくするには(見本)\n暗くて歩きにくいところはどこか\nみんなでできることは何か"
VOICES = {
    "橋のたもとが暗くて、足元が見えない(見本)": "paper",
    "通学路の角に街灯がほしい(見本)": "paper",
    "夕方の見回りに、もっと人がいるとよい(見本)": "meeting",
    "門灯をつけておくと、道が明るくなる(見本)": "meeting",
}


def add(context: Context) -> None:
    """Make the round once; a demo that has any round keeps what it has."""
    with context.database.write() as session:
        if session.scalar(select(RoundTable.id).where(RoundTable.municipality_id == CITY)) is None:
            _make(session, context.clock())


def _make(session: Session, now: datetime) -> None:
    officer, chair = _actor(session, "officer"), _actor(session, "chair")
    district = session.scalars(
        select(District).where(District.municipality_id == CITY, District.name == DISTRICT)
    ).one()
    row = _round(session, district, officer, now)
    _voices(session, row, officer, now)
    items = [Item("夜道の明るさ(見本)", "橋と通学路が暗い", "みんなで歩いて確かめる", "地図をつくる", "防犯部会(見本)")]
    meeting_record.write_record(session, row, officer, items, 14, now)
    meeting_record.approve_record(session, row, chair, row.version, now)
    _matters(session, row, officer, chair, now)


def _round(session: Session, district: District, officer: Actor, now: datetime) -> RoundTable:
    assert officer.id is not None
    closes = jst(now - timedelta(days=10)).replace(hour=17, minute=0, second=0, microsecond=0)
    row = RoundTable(
        municipality_id=CITY, district_id=district.id, number=1, state="meeting", theme=THEME, author_id=officer.id,
        opens_at=closes - timedelta(days=14), closes_at=closes, meets_at=closes + timedelta(days=4, hours=2),
        place=f"{district.facts.get('centre') or DISTRICT}(見本)", answerer="道路課(見本)と協議会(見本)",
        answer_on=jst(now).date() + timedelta(days=14), created_at=now - timedelta(days=25),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _voices(session: Session, row: RoundTable, officer: Actor, now: datetime) -> None:
    for text, door in VOICES.items():
        statements.enter(session, CITY, officer, Entered(text, door, row.id), now)


def _matters(session: Session, row: RoundTable, officer: Actor, chair: Actor, now: datetime) -> None:
    """Two matters: one waits for a department, one was answered by the council."""
    said = {one.text: one.id for one in statements.of_round(session, CITY, row.id)}
    ids = [said[text] for text in VOICES]
    lamps = matters.add(
        session, row, officer, Draft("橋と通学路の街灯(見本)", by_person="門灯をつける", by_city="街灯を調べる"), now
    )
    walks = matters.add(session, row, officer, Draft("夕方の見回り(見本)", by_community="見回りの日を増やす"), now)
    session.flush()
    for matter, of_it in ((lamps, ids[:2]), (walks, ids[2:])):
        statements.put_under_matter(session, CITY, of_it, matter.id)
    matters.refer(session, lamps, officer, "department", "道路課(見本)", row.answer_on, now)
    matters.refer(session, walks, officer, "council", "", row.answer_on, now)
    matters.approve_referrals(session, row, chair, row.version, now)
    asked = referrals.get(session, CITY, matters.referrals_of(session, walks)[0].id)
    reply = Reply("locally", "見回りを月2回にし、手伝ってくださる方を募ります。(見本)")
    response = referrals.respond(session, asked, officer, reply, now)
    referrals.publish(session, asked, response, chair, response.version, now)


def _actor(session: Session, role: str) -> Actor:
    query = select(Staff).join(StaffRole, StaffRole.staff_id == Staff.id)
    found = session.scalars(
        query.where(StaffRole.municipality_id == CITY, StaffRole.role == role).order_by(Staff.id).limit(1)
    ).one()
    return staff.actor(session, found)
