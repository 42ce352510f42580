"""Reminders of a grant's last day: 30 and 7 days before, each once; a moved deadline moves them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import DeadlineReminder, Entry, OutboxMessage, Resident
from bot.now import JST
from bot.services import deadlines, outbox, residents
from bot.services.context import Context
from content.packs_json import entry_from
from handlers.chat import deadlines as chat
from handlers.chat.turn import Event, Turn
from scheduler import deadlines as ticks
from tests.support.reading import labels, words

CITY, GRANT = "fuji", "kasseika-hojokin"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)
LAST = date(2027, 1, 15)


@pytest.fixture
def person(cities: Context) -> Resident:
    due_on(cities, LAST)
    with cities.database.write() as session:
        return residents.create(session, CITY, cities.sealer.seal_id("U" + "1" * 32, CITY), NOW)


def due_on(context: Context, day: date | None) -> None:
    with context.database.write() as session:
        row = session.scalars(select(Entry).where(Entry.municipality_id == CITY, Entry.key == GRANT)).one()
        extra = {**row.data.get("extra", {}), deadlines.COLUMN: day.isoformat() if day else ""}
        session.execute(update(Entry).where(Entry.id == row.id).values(data={**row.data, "extra": extra}))


def pressed(context: Context, person: Resident, action: str, now: datetime) -> str:
    """What a button answers, carried out."""
    with context.database.read() as session:
        turn = Turn(context, session, CITY, now, Event("postback"), session.get(Resident, person.id), {})
        outcome = chat.DeadlinesHandler().handle(turn.pressed(action, e=GRANT))
    if outcome.write is not None:
        with context.database.write() as session:
            outcome.write(session, session.get_one(Resident, person.id))
    return "\n".join(getattr(one, "text", "") for one in outcome.messages)


def tick(context: Context, now: datetime) -> int:
    return ticks.remind(replace(context, clock=lambda: now))


def told(context: Context) -> list[list[dict[str, Any]]]:
    with context.database.read() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        place = outbox.BODY_CONTEXT + CITY
        return [json.loads(context.sealer.open(row.body or b"", place)) for row in rows]


def offered(context: Context, person: Resident, now: datetime) -> list[str]:
    with context.database.read() as session:
        turn = Turn(context, session, CITY, now, Event("message/text"), session.get(Resident, person.id), {})
        row = session.scalars(select(Entry).where(Entry.municipality_id == CITY, Entry.key == GRANT)).one()
        return [one.label for one in chat.offered(turn, entry_from(row.data))]


def test_asked_for_by_tap_and_told_twice(cities: Context, person: Resident):
    assert offered(cities, person, NOW) == ["締切を知らせて"]
    said = pressed(cities, person, "deadline.remind", NOW)
    assert "1月15日(金)" in said
    assert "12月16日(水)、1月8日(金)" in said
    pressed(cities, person, "deadline.remind", NOW)  # twice is once
    assert offered(cities, person, NOW) == ["締切の知らせをやめる"]
    assert tick(cities, datetime(2026, 12, 16, 8, 59, tzinfo=JST)) == 0
    assert tick(cities, datetime(2026, 12, 16, 9, 0, tzinfo=JST)) == 1
    assert tick(cities, datetime(2027, 1, 8, 6, 0, tzinfo=JST)) == 0
    assert tick(cities, datetime(2027, 1, 8, 9, 0, tzinfo=JST)) == 1
    assert tick(cities, datetime(2027, 1, 14, 9, 0, tzinfo=JST)) == 0
    first, second = told(cities)
    assert "あと30日です" in words(first)
    assert "くわしく" in labels(first)
    assert "あと7日です" in words(second)


def test_a_moved_deadline_moves_the_reminder_and_one_taken_away_ends_it(cities: Context, person: Resident):
    pressed(cities, person, "deadline.remind", NOW)
    due_on(cities, LAST + timedelta(days=31))
    assert tick(cities, datetime(2027, 1, 8, 9, 0, tzinfo=JST)) == 0
    with cities.database.read() as session:
        assert {one.day for one in session.scalars(select(DeadlineReminder))} == {LAST + timedelta(days=31)}
    due_on(cities, None)
    assert tick(cities, datetime(2027, 2, 10, 9, 0, tzinfo=JST)) == 0
    assert told(cities) == []
    assert "いま載っていません" in pressed(cities, person, "deadline.remind", NOW)


def test_too_near_is_said_and_not_offered(cities: Context, person: Resident):
    near = datetime(2027, 1, 12, 10, 0, tzinfo=JST)
    assert offered(cities, person, near) == []
    assert "もうすぐなので" in pressed(cities, person, "deadline.remind", near)
