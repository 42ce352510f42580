"""A round on whose statements two camps voted, through the services: for the tests of opinions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.models import District, Entry, Listening, Municipality, RoundTable
from bot.services import meeting_sheet, opinion_audience
from bot.services.context import Context
from bot.services.meeting_sheet import Sheet
from scheduler import statements as ticks
from tests.support.hearing import CITY, NOW, Hearing

LATER = NOW + timedelta(days=15)
TEXTS = (
    "街灯を増やす", "見回りをする", "公園の木を切る", "夜は店を閉める", "橋を明るくする", "掲示板を直す",
    "道を広げる", "花を植える", "畑を借りる",
)  # fmt: skip
FEW = TEXTS[8]  # answered by four
CAMPS = ((1, 1, 1, -1, 1, -1, 1, 0), (1, -1, -1, 1, -1, 1, -1, 0))
SIZES, FROM_ELSEWHERE = (14, 9), 8


class Voted:
    """Fourteen and nine residents answer eight statements, each in their own camp's way; eight live elsewhere."""

    def __init__(self, context: Context) -> None:
        self.context = replace(context, clock=lambda: LATER)
        self.hearing = Hearing(self.context)
        self.ids = [self.hearing.approved(50 + at, text) for at, text in enumerate(TEXTS)]
        self.voters = range(sum(SIZES))

    def cast(self) -> None:
        """One after the other; the clock ticks after each."""
        for voter in self.voters:
            self.answer(voter)
            opinion_audience.keep(self.context, NOW)

    def answer(self, voter: int) -> None:
        for at, answer in enumerate(CAMPS[voter >= SIZES[0]]):
            self.hearing.vote(voter, self.ids[at], 0 if (voter + at) % 11 == 0 else answer)
        if voter < 4:
            self.hearing.vote(voter, self.ids[8], 1)
        if voter < FROM_ELSEWHERE:
            self.hearing.resident(voter, self.hearing.elsewhere)

    def close(self) -> Listening:
        ticks.keep(self.context)
        with self.context.database.read() as session:
            return session.scalars(select(Listening).where(Listening.round_table_id == self.hearing.round)).one()

    def sheet(self) -> Sheet:
        with self.context.database.read() as session:
            return meeting_sheet.sheet(session, session.get_one(RoundTable, self.hearing.round), LATER)

    def population(self, people: int = 1000) -> None:
        """Every district has so many people."""
        with self.context.database.write() as session:
            for key in session.scalars(select(District.key).where(District.municipality_id == CITY)).all():
                data = {"districts": [key], "extra": {"総人口": str(people), "調査年月日": "2026-04-01"}}
                row = Entry(
                    municipality_id=CITY, key=f"people-{key}", kind="population", title=key, data=data, updated_at=NOW
                )
                session.add(row)

    @property
    def city(self) -> Municipality:
        with self.context.database.read() as session:
            return session.get_one(Municipality, CITY)

    @property
    def address(self) -> str:
        return f"/console/{CITY}/round-tables/{self.hearing.round}/opinions"
