"""A round that listens, those who look at its statements, and residents who give them: for the tests of statements."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import District, Municipality, Resident, RoundTable, Staff, Statement
from bot.now import JST
from bot.services import moderation, residents, statement_keys, statement_votes, statements
from bot.services.context import Context
from bot.services.moderation import Desk
from bot.services.outbox import At
from bot.services.statements import Given, Voice
from tests.support.polling import line_id

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)
CITY = "fuji"


class Hearing:
    """One district with a round of two weeks; the chair, an officer and the city; anybody may speak."""

    def __init__(self, context: Context, *, voting: bool = True) -> None:
        self.context = context
        with context.database.write() as session:
            if session.get(Municipality, CITY) is None:
                session.add(Municipality(id=CITY, name="富士市", code="222101"))
                session.flush()
            self.district = self._district(session, "今泉")
            self.elsewhere = self._district(session, "吉原")
            self.chair = self._staff(session, "座長", "chair", self.district)
            self.officer = self._staff(session, "役員", "officer", self.district)
            self.city = self._staff(session, "市民協働課", "city")
            self.round = self.open_round(session, "夜道を明るくするには\n街灯と防犯灯", voting=voting)

    def _district(self, session: Any, name: str) -> int:
        found = session.scalar(select(District).where(District.municipality_id == CITY, District.name == name))
        if found is None:
            found = District(municipality_id=CITY, key=name, name=name, kana="ちく")
            session.add(found)
            session.flush()
        return int(found.id)

    def _staff(self, session: Any, name: str, role: str, *districts: int) -> Actor:
        row = Staff(municipality_id=CITY, email=f"{role}@example.jp", name=name, password_hash="-", created_at=NOW)
        session.add(row)
        session.flush()
        return Actor(row.id, name, (Grant(role, CITY, frozenset(districts)),))

    def open_round(
        self, session: Any, theme: str, *, voting: bool, closes_at: datetime = NOW + timedelta(days=14)
    ) -> int:
        numbers = session.scalars(select(RoundTable.number).where(RoundTable.district_id == self.district)).all()
        row = RoundTable(
            municipality_id=CITY, district_id=self.district, number=len(numbers) + 1, state="listening", theme=theme,
            opens_at=NOW - timedelta(days=1), closes_at=closes_at, meets_at=closes_at + timedelta(days=7),
            place="今泉まちづくりセンター", answerer="協議会", answer_on=(closes_at + timedelta(days=30)).date(),
            voting=voting, author_id=self.chair.id, created_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return int(row.id)

    def desk(self, actor: Actor | None = None, now: datetime = NOW) -> Desk:
        return Desk(actor or self.chair, self.context.sealer, At(now, now))

    def resident(self, number: int, district: int | None = None) -> int:
        with self.context.database.write() as session:
            found = residents.find(session, self.context.sealer, CITY, line_id(number))
            row = found or residents.create(session, CITY, self.context.sealer.seal_id(line_id(number), CITY), NOW)
            row.home_district_id = district or self.district
            return int(row.id)

    def give(
        self,
        number: int,
        text: str,
        *,
        linked: bool = False,
        any_day: bool = False,
        now: datetime = NOW,
        message: str = "",
    ) -> Given:
        """A resident's voice on the round, or on any day."""
        resident = self.resident(number)
        key = statement_keys.of_today(self.context.keystore, CITY, now)
        voice = Voice(text, line_id(number), None if any_day else self.round, linked, (message,) if message else ())
        with self.context.database.write() as session:
            row = session.get_one(Resident, resident)
            return statements.give(session, key, self.context.sealer, row, voice, now)

    def approved(self, number: int, text: str, **how: Any) -> int:
        """The same, approved by the chair."""
        given = self.give(number, text, **how)
        assert given.statement is not None, given.result
        with self.context.database.write() as session:
            moderation.approve(session, self.desk(), CITY, given.statement.id)
        return given.statement.id

    def statement(self, statement_id: int) -> Statement:
        with self.context.database.read() as session:
            return statements.get(session, CITY, statement_id)

    def box(self) -> statement_votes.VoteBox | None:
        with self.context.database.read() as session:
            return statement_votes.box_of(session, self.context.keystore, session.get_one(RoundTable, self.round))

    def vote(self, number: int, statement_id: int, answer: int, now: datetime = NOW) -> str:
        resident, box = self.resident(number), self.box()
        if box is None:
            return "closed"
        with self.context.database.write() as session:
            row = session.get_one(Resident, resident)
            vote = statement_votes.Vote(statement_id, answer, line_id(number))
            return statement_votes.cast(session, box, row, vote, now)
