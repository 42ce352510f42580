"""One round table in 今泉 with the people who run it: for the tests of its pages, in a browser and without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.models import Participation, Poll, Referral, Resident, RoundTable
from bot.models.poll import random_id
from bot.now import jst
from bot.services import announcements, freezing, polls, round_tables
from bot.services.context import Context
from tests.support.console import DEPARTMENT, Account, Office, Visitor, text_of

CITY = "fuji"


class Round:
    """One round in 今泉 with an officer, a chair, the city and a department of two."""

    def __init__(self, context: Context, office: Office | None = None) -> None:
        self.context, self.office = context, office or Office(context)
        hire = self.office.hire
        self.officer, self.chair, self.city = hire("officer", "今泉"), hire("chair", "今泉"), hire("city")
        self.clerk, self.head = hire("department"), hire("department")
        if office is None:  # a given one has residents already
            self.office.residents(30, "今泉")
        self.visits = {
            who.id: self.office.visit(who) for who in (self.officer, self.chair, self.city, self.clerk, self.head)
        }
        self.id = 0

    def as_(self, who: Account) -> Visitor:
        return self.visits[who.id]

    @property
    def row(self) -> RoundTable:
        with self.context.database.read() as session:
            return round_tables.get(session, CITY, self.id)

    def form(self, **changes: str) -> dict[str, str]:
        now = jst(self.context.clock())

        def days(number: int) -> str:
            return (now + timedelta(days=number)).date().isoformat()

        return {
            "district": str(self.office.district("今泉")), "kind": "round_table", "theme": "夜道の明るさ\n暗い道はどこか",
            "question": "夜道は明るいですか。", "choices": "明るい\n暗い\nわからない", "takes_statements": "1",
            "close_date": days(7), "close_time": "17:00", "meet_date": days(10), "meet_time": "19:00",
            "place": "今泉まちづくりセンター", "answerer": "道路の担当課", "answer_on": days(30), **changes,
        }  # fmt: skip

    def open(self) -> int:
        answer = self.as_(self.officer).post(f"/console/{CITY}/round-tables/new", self.form())
        assert answer.status_code == 302, text_of(answer)
        self.id = int(answer.location.rsplit("/", 1)[1])
        return self.id

    def to(self, name: str = "") -> str:
        return f"/console/{CITY}/round-tables/{self.id}{'/' + name if name else ''}"

    def send(self) -> int:
        """Approved by the chair, frozen: the poll is open. Returns the poll's id."""
        with self.context.database.write() as session:
            told = announcements.get(session, CITY, self.row.announcement_id)
            announcements.approve(
                session, told, self.chair.actor, told.version, self.context.clock(), sealer=self.context.sealer
            )
        return self.freeze(self.row.announcement_id)

    def freeze(self, announcement_id: int) -> int:
        context, now = self.context, self.context.clock()
        with context.database.read() as session:
            poll = freezing.poll_of(session, announcement_id)
        if poll is not None:
            polls.prepare_key(context.keystore, poll)
        with context.database.write() as session:
            freezing.freeze(session, context.sealer, context.keystore, announcement_id, now, now)
            round_tables.advance(session, now)
        return poll.id if poll is not None else 0

    def close(self, poll_id: int, counts: list[int]) -> None:
        """The poll closed with this tally, a week later; `len` residents took part."""
        with self.context.database.write() as session:
            poll = session.get_one(Poll, poll_id)
            poll.state, poll.participants = "closed", sum(counts)
            poll.tally = {"total": sum(counts), "choices": counts if sum(counts) >= 10 else None}
            row = session.get_one(RoundTable, self.id)
            row.closes_at = poll.closes_at = self.context.clock()
            ids = session.scalars(select(Resident.id).order_by(Resident.id).limit(sum(counts))).all()
            parts = [
                {"id": random_id(), "municipality_id": CITY, "poll_id": poll_id, "resident_id": one} for one in ids
            ]
            session.execute(insert(Participation), parts)
        with self.context.database.write() as session:
            assert round_tables.advance(session, self.context.clock()) == 1

    def do(self, who: Account, name: str, do: str) -> str:
        answer = self.as_(who).post(self.to(name), {"do": do, "version": str(self.row.version)}, follow_redirects=True)
        return text_of(answer)

    def record(self) -> None:
        form = {
            "attendance": "14",
            "title_0": "夜道",
            "said_0": "橋が暗い",
            "decided_0": "見て回る",
            "homework_0": "",
            "in_charge_0": "防犯部会",
            "due_on_0": "",
        }
        assert self.as_(self.officer).post(self.to("record"), form).status_code == 302
        assert "次は振り分けです" in self.do(self.chair, "approve", "approve_record")

    def refer(self, **more: str) -> None:
        form = {
            "new1_title": "橋の街灯",
            "new1_body": "department",
            "new1_name": DEPARTMENT,
            "new1_by_person": "門灯をつける",
            **more,
        }
        answer = self.as_(self.officer).post(self.to("matters"), form)
        assert answer.status_code == 302, text_of(answer)

    def referral(self) -> str:
        with self.context.database.read() as session:
            found = session.scalars(select(Referral.id).order_by(Referral.id)).first()
        return f"/console/{CITY}/referrals/{found}"

    def respond(self, who: Account, **form: str) -> Any:
        return self.as_(who).post(self.referral(), {"kind": "will_do", "text": "来月、街灯を1つ足します。", **form})

    def publish(self, who: Account, version: int = 1) -> Any:
        return self.as_(who).post(self.referral() + "/publish", {"do": "publish", "version": str(version)})

    def until_answering(self) -> None:
        self.open()
        self.close(self.send(), [12, 10, 3])
        self.record()
        self.refer()
        assert "返事を待ちます" in self.do(self.chair, "approve", "approve_referrals")
