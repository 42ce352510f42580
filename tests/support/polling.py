"""A district with residents and polls on a real database, for the tests of polls and ballots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.core.postback import encode
from bot.line.sender import Sender
from bot.models import (
    Announcement,
    AnnouncementDistrict,
    Ballot,
    Conversation,
    District,
    Municipality,
    OutboxMessage,
    Poll,
    Resident,
    Staff,
)
from bot.services import outbox, polls, residents
from bot.services.context import Context
from bot.services.intake import Intake
from handlers.chat.polls import PollHandler
from handlers.chat.turn import Outcome, Turn
from handlers.chat.understood import understood
from handlers.inbox import InboxWorker

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

    def draft(
        self, choices: Sequence[str] = ("はい", "いいえ", "わからない"), days: float = 3, audience: str = "home"
    ) -> int:
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

    def opened(
        self, choices: Sequence[str] = ("はい", "いいえ", "わからない"), days: float = 3, audience: str = "home"
    ) -> int:
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


def react(turn: Turn) -> Outcome:
    """What the registry does, with the polls alone."""
    handler, meant = PollHandler(), understood(turn)
    return handler.handle(meant) if handler.wants(meant) else Outcome()


class _Away(Sender):
    """LINE is away: what is said stays in the outbox."""

    def send_claimed(self, _request: Any, then: Any) -> Any:
        with self._context.database.write() as session:
            return then(session)


class Chat:
    """One resident after another talks; the product's time stands at NOW unless moved."""

    def __init__(self, context: Any) -> None:
        self.now = NOW
        self.context: Any = replace(context, clock=lambda: self.now)
        self.polling = Polling(self.context)
        self.worker = InboxWorker(self.context, _Away(self.context, None, None), react)
        self.intake = Intake(context.database, context.sealer)
        self.events = self.seen = 0
        self.kind = ""

    def event(self, number: int, kind: str, event: dict[str, Any]) -> Any:
        """One webhook event of a resident, worked off; the messages it led to."""
        sources = self.arrive(number, kind, event)
        for source in sources:
            self.worker.work((CITY, source))
        return self.last()

    def arrive(self, number: int, kind: str, event: dict[str, Any]) -> list[bytes]:
        """The same event, stored only."""
        self.events += 1
        body = {
            "type": kind.split("/", maxsplit=1)[0],
            "source": {"type": "user", "userId": line_id(number)},
            "mode": "active",
            "replyToken": f"reply{self.events}",
            **event,
        }
        stored = SimpleNamespace(
            event_key=f"e{self.events}", kind=kind, source=line_id(number), event_at=datetime.now(UTC),
            body=json.dumps(body).encode(),
        )  # fmt: skip
        return self.intake.store(CITY, [stored], self.now)

    def say(self, number: int, text: str) -> Any:
        return self.event(number, "message/text", {"message": {"type": "text", "text": text}})

    def press(self, number: int, action: str, **fields: str | int) -> Any:
        return self.event(number, "postback", self.button(action, **fields))

    def button(self, action: str, **fields: str | int) -> dict[str, Any]:
        key = next(self.context.sealer.signing_keys("postback"))
        return {"postback": {"data": encode(action, fields, CITY, key)}}

    def last(self) -> Any:
        """The messages of the newest outbox row; None when nothing new was said."""
        with self.context.database.read() as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        said, self.seen = rows[self.seen :], len(rows)
        if not said:
            return None
        self.kind = said[-1].kind
        return json.loads(self.context.sealer.open(said[-1].body, outbox.BODY_CONTEXT + CITY))

    def ballots(self, poll_id: int) -> list[Any]:
        box = polls.box_of(self.context.keystore, self.polling.poll(poll_id))
        with self.context.database.read() as session:
            found = session.scalars(select(Ballot).where(Ballot.poll_id == poll_id)).all()
        assert box is not None
        return sorted(box.open_sheet(ballot.answer, ballot.voter).answers[0][0] for ballot in found)

    def state(self, number: int) -> Any:
        with self.context.database.read() as session:
            resident = residents.find(session, self.context.sealer, CITY, line_id(number))
            row = session.get(Conversation, resident.id)
            return row.state if row else {}
