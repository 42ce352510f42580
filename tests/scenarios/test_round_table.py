"""A round table over real HTTP: the card, the vote, the word after it, closing, the answer on each phone once."""

from __future__ import annotations

from datetime import timedelta

import requests
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import District, RoundTable, Staff
from bot.now import jst
from bot.services import announcements, matters, meeting_record, referrals, reports, round_tables
from bot.services.meeting_record import Item
from bot.services.referrals import Reply
from bot.services.round_table_form import Opening
from tests.scenarios.test_poll import settled
from tests.support.house import labels, words

CITY, DAY = "fuji", 86_400


class Table:
    """今泉's first round, run by an officer and a chair of the district, answered by the council."""

    def __init__(self, house):
        self.house, self.context = house, house.context
        now = self.now
        with self.context.database.write(durable=True) as session:
            place = session.scalars(
                select(District).where(District.municipality_id == CITY, District.name == "今泉")
            ).one()
            self.officer, self.chair = (self._person(session, place.id, role) for role in ("officer", "chair"))
            new = Opening(
                place.id, "round_table", "夜道の明るさ", now + timedelta(days=1), now + timedelta(days=3), "公民館", "協議会",
                jst(now + timedelta(days=20)).date(), "夜道は明るいですか。", ("明るい", "暗い"),
            )  # fmt: skip
            row = round_tables.open_round(session, CITY, self.officer, new, now)
            self.id = row.id
            self._approve(session, row.announcement_id)

    @property
    def now(self):
        return self.context.clock()

    @property
    def state(self):
        with self.context.database.read() as session:
            return session.get_one(RoundTable, self.id).state

    def _person(self, session, district_id, role):
        row = Staff(municipality_id=CITY, email=f"{role}@t.example", name=role, password_hash="-", created_at=self.now)
        session.add(row)
        session.flush()
        return Actor(row.id, role, (Grant(role, CITY, frozenset({district_id})),))

    def _approve(self, session, announcement_id):
        told = announcements.get(session, CITY, announcement_id)
        announcements.approve(session, told, self.chair, told.version, self.now, sealer=self.context.sealer)

    def answered(self):
        """From the meeting to the report, which the chair approves."""
        with self.context.database.write(durable=True) as session:
            row = round_tables.get(session, CITY, self.id)
            meeting_record.write_record(session, row, self.officer, [Item("夜道")], 9, self.now)
            meeting_record.approve_record(session, row, self.chair, row.version, self.now)
            matter = matters.add(session, row, self.officer, matters.Draft("橋の街灯"), self.now)
            matters.refer(session, matter, self.officer, "council", "", row.answer_on, self.now)
            matters.approve_referrals(session, row, self.chair, row.version, self.now)
            asked = referrals.get(session, CITY, matters.referrals_of(session, matter)[0].id)
            reply = referrals.respond(session, asked, self.officer, Reply("locally", "門灯をともします。"), self.now)
            referrals.publish(session, asked, reply, self.chair, reply.version, self.now)
            report = reports.tell(session, self.context.sealer, row, self.officer, "https://entaku.example/r", self.now)
            self._approve(session, report.id)


def received(house, user):
    return words([message for sent in house.inbox(user) for message in sent["messages"]])


def test_who_took_part_hears_once_what_became_of_it(house):
    voter, silent = house.residents(2, "今泉")
    table = Table(house)
    for user in (voter, silent):
        house.wait(lambda user=user: "夜道は明るいですか。" in received(house, user))
    house.wait(lambda: table.state == "listening")
    thanks = house.tap(voter, "暗い")
    assert "受け取りました" in words(thanks)
    assert "ひとことを書く" in labels(thanks)
    assert "140字" in words(house.tap(voter, "ひとことを書く"))
    assert "夜道の明るさ" in words(house.tap(silent, "声をとどける"))
    assert "会議: " in words(house.tap(silent, "円卓会議"))
    settled(house)
    house.control("clock", {"advance_s": DAY + 60})
    house.wait(lambda: table.state == "meeting")
    table.answered()
    house.wait(lambda: "門灯をともします。" in received(house, voter))
    assert sum("門灯をともします。" in words(sent["messages"]) for sent in house.inbox(voter)) == 1
    assert "門灯をともします。" not in received(house, silent)
    page = requests.get(f"{house.url}/m/{CITY}/round-tables/{table.id}", timeout=20)
    assert "門灯をともします。" in page.text
    assert "1件のうち、1件(100%)に返事をしました" in page.text
    assert "1人が回答。10人から結果を出します。" in page.text
    assert requests.get(f"{house.url}/m/tomioka/round-tables/{table.id}", timeout=20).status_code == 404
    assert house.violations() == []
