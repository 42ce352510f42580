"""The demo's examples in 東富岡, made through the services: a round table that waits for an answer, a circular's issue.

All of it 見本.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.models import CircularRule, District, RoundTable, Staff, StaffRole
from bot.now import jst
from bot.services import associations, circular_items, circulars, matters, meeting_record, referrals, staff, statements
from bot.services.associations import Line
from bot.services.circular_items import NewItem
from bot.services.circulars import NewRule
from bot.services.context import Context
from bot.services.matters import Draft
from bot.services.meeting_record import Item
from bot.services.referrals import Reply
from bot.services.statements import Entered
from content.issue_days import IssueRule, of_weekdays

CITY, DISTRICT = "tomioka", "東富岡"
THEME = "夜道を明るくするには(見本)\n暗くて歩きにくいところはどこか\nみんなでできることは何か"
VOICES = {
    "橋のたもとが暗くて、足元が見えない(見本)": "paper",
    "通学路の角に街灯がほしい(見本)": "paper",
    "夕方の見回りに、もっと人がいるとよい(見本)": "meeting",
    "門灯をつけておくと、道が明るくなる(見本)": "meeting",
}


# For the next issue of the circular: whose item it is, its sender, its title.
ITEMS = (
    ("city", "市民協働課(見本)", "冬の節電のお願い(見本)"),
    ("school", "東富岡小学校(見本)", "学校公開のご案内(見本)"),
    ("police", "交番(見本)", "年末の戸締まり(見本)"),
)


def add(context: Context) -> None:
    """Make each once; a demo that has any round, or any rule of a circular, keeps what it has."""
    with context.database.write() as session:
        if session.scalar(select(RoundTable.id).where(RoundTable.municipality_id == CITY)) is None:
            _make(session, context.clock())
        if session.scalar(select(CircularRule.district_id).where(CircularRule.municipality_id == CITY)) is None:
            _circular(session, context.clock())


def _circular(session: Session, now: datetime) -> None:
    """第1・第3木曜日, three items in the next issue, and the 部数表 of two associations."""
    officer, district = _actor(session, "officer"), _district(session)
    rule = NewRule(IssueRule(of_weekdays((1, 3), 3)))
    circulars.set_rule(session, CITY, officer, district.id, rule, 0, now)
    issue = circulars.listing(session, CITY, [district.id])[0]
    for origin, sender, title in ITEMS:
        item = NewItem(origin, sender, title, f"{title}の本文です。日時・場所・連絡先を、ここに書きます。")
        circular_items.add_item(session, issue, officer, item, now, late=True)
    copies = [Line(None, "上町区(見本)", 42), Line(None, "下町区(見本)", 35)]
    associations.save(session, CITY, officer, district.id, copies, now)


def _make(session: Session, now: datetime) -> None:
    officer, chair = _actor(session, "officer"), _actor(session, "chair")
    row = _round(session, _district(session), officer, now)
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


def _district(session: Session) -> District:
    here = (District.municipality_id == CITY, District.name == DISTRICT)
    return session.scalars(select(District).where(*here)).one()


def _actor(session: Session, role: str) -> Actor:
    query = select(Staff).join(StaffRole, StaffRole.staff_id == Staff.id)
    found = session.scalars(
        query.where(StaffRole.municipality_id == CITY, StaffRole.role == role).order_by(Staff.id).limit(1)
    ).one()
    return staff.actor(session, found)
