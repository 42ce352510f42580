"""A district with residents and polls on a real database, for the tests of polls and ballots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.core.permissions import Actor, Grant
from bot.models import Announcement, AnnouncementDistrict, District, Municipality, Poll, Resident, Staff
from bot.services import polls, residents
from bot.services.context import Context

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # 10:00 in Japan
CITY = "fuji"
QUESTION = "夜の防災訓練があったら、参加しますか。"


def line_id(number: int) -> str:
    """A LINE user id as LINE makes them."""
    return f"U{number:08x}{'0123456789abcdef' * 2}"[:33]


class Polling:
    """Two districts, an officer of the first; `now` stands still unless a test says otherwise."""

    def __init__(self, context: Context) -> None:
        self.context = context
        with context.database.write() as session:
            if session.get(Municipality, CITY) is None:
                session.add(Municipality(id=CITY, name="富士市", code="222101"))
                session.flush()
            places = [District(municipality_id=CITY, key=f"d{at}", name=f"地区{at}", kana="ちく") for at in (1, 2)]
            author = Staff(municipality_id=CITY, email="a@example.jp", name="役員", password_hash="-", created_at=NOW)
            session.add_all([*places, author])
            session.flush()
            self.district, self.elsewhere = places[0].id, places[1].id
            self.officer = Actor(author.id, "役員", (Grant("officer", CITY, frozenset({self.district})),))

    def draft(self, choices: Sequence[str] = ("はい", "いいえ", "わからない"), days: float = 3, audience: str = "home") -> int:
        """A poll carried by an announcement for the first district."""
        with self.context.database.write() as session:
            closes_at = NOW + timedelta(days=days)
            poll = polls.create(session, CITY, self.officer, QUESTION, choices, closes_at, NOW)
            assert self.officer.id is not None
            told = Announcement(
                municipality_id=CITY, state="draft", author_id=self.officer.id, poll_id=poll.id, sender="協議会",
                title="アンケート", body="", audience=audience, created_at=NOW, frozen_at=NOW,
            )  # fmt: skip
            session.add(told)
            session.flush()
            if audience != "city":
                row = AnnouncementDistrict(announcement_id=told.id, district_id=self.district, municipality_id=CITY)
                session.add(row)
            return poll.id

    def opened(self, choices: Sequence[str] = ("はい", "いいえ", "わからない"), days: float = 3, audience: str = "home") -> int:
        """The same, sent and open, as freezing does it."""
        poll_id = self.draft(choices, days, audience)
        polls.prepare_key(self.context.keystore, self.poll(poll_id))
        with self.context.database.write() as session:
            poll = polls.get(session, CITY, poll_id)
            polls.open_poll(session, self.context.keystore, poll, NOW)
            carrier = session.query(Announcement).filter_by(poll_id=poll_id).one()
            carrier.state = "sent"
        return poll_id

    def poll(self, poll_id: int) -> Poll:
        with self.context.database.read() as session:
            return polls.get(session, CITY, poll_id)

    def resident(self, number: int, district: int | None = None) -> int:
        """A resident of the first district (or another) with a LINE id of their own."""
        with self.context.database.write() as session:
            sealed = self.context.sealer.seal_id(line_id(number), CITY)
            found = residents.find(session, self.context.sealer, CITY, line_id(number))
            row = found or residents.create(session, CITY, sealed, NOW)
            row.home_district_id = district or self.district
            return row.id

    def vote(self, poll_id: int, number: int, choice: int, now: datetime = NOW) -> polls.Vote:
        """The answer of one resident, in a transaction of its own."""
        resident_id = self.resident(number)
        box = polls.box_of(self.context.keystore, self.poll(poll_id))
        if box is None:
            return polls.Vote.CLOSED
        with self.context.database.write() as session:
            row = session.get_one(Resident, resident_id)
            return polls.vote(session, box, row, polls.Answer(poll_id, choice, line_id(number)), now).vote
