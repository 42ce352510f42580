"""The table of retention: what goes, what stays, that it can be repeated."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.models import (
    AuditRow,
    Conversation,
    InboxEvent,
    OutboxMessage,
    QuestionAsker,
    Resident,
    SourceLease,
    UnansweredQuestion,
)
from bot.now import JST, real_now
from bot.services import residents
from bot.services.context import Context
from bot.services.retention import RULES
from scheduler import retention

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)


def person(context: Context, number: int, *, left: timedelta | None = None) -> bytes:
    """A resident, who left so long ago; returns the sealed id."""
    sealed = context.sealer.seal_id(f"U{number:032x}", "fuji")
    with context.database.write() as session:
        row = residents.create(session, "fuji", sealed, NOW - timedelta(days=100))
        if left is not None:
            residents.leave(session, row, NOW - left)
    return sealed


def event(
    context: Context, key: str, source: bytes | None, state: str, age: timedelta, body: bytes | None = None
) -> None:
    with context.database.write() as session:
        row = InboxEvent(municipality_id="fuji", event_key=key, kind="follow", source=source, state=state, body=body)
        row.event_at = row.received_at = NOW - age
        session.add(row)


def count(context: Context, table: type) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_residents_who_left_are_erased_after_the_set_days(cities: Context) -> None:
    days = cities.settings.erase_after_days
    gone = person(cities, 1, left=timedelta(days=days, minutes=1))
    person(cities, 2, left=timedelta(days=days - 1))
    person(cities, 3)
    event(cities, "gone", gone, "handled", timedelta(days=1))
    assert retention.apply(cities, NOW)["left_residents"] == 1
    assert count(cities, Resident) == 2
    with cities.database.read() as session:
        assert session.scalar(select(InboxEvent.source).where(InboxEvent.event_key == "gone")) is None


def test_more_than_fit_one_transaction_are_erased_too(cities: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.retention.ERASED_AT_ONCE", 3)
    monkeypatch.setattr("scheduler.retention.ERASED_AT_ONCE", 3)
    for number in range(8):
        person(cities, number, left=timedelta(days=400))
    assert retention.apply(cities, NOW)["left_residents"] == 8
    assert count(cities, Resident) == 0


def test_sources_of_nobody_are_cleared_but_not_what_waits(cities: Context) -> None:
    somebody, nobody = person(cities, 1), cities.sealer.seal_id("U" + "f" * 32, "fuji")
    event(cities, "mine", somebody, "handled", timedelta(0))
    event(cities, "old", nobody, "handled", timedelta(0))
    event(cities, "new", nobody, "waiting", timedelta(0), b"x")
    assert retention.apply(cities, NOW)["sources_of_nobody"] == 1
    with cities.database.read() as session:
        kept = session.scalars(select(InboxEvent.event_key).where(InboxEvent.source.is_not(None))).all()
    assert sorted(kept) == ["mine", "new"]


def test_texts_of_parked_events_go_after_three_days(cities: Context) -> None:
    somebody = person(cities, 1)
    event(cities, "old", somebody, "parked", timedelta(hours=73), b"text")
    event(cities, "young", somebody, "parked", timedelta(hours=71), b"text")
    assert retention.apply(cities, NOW)["parked_bodies"] == 1
    with cities.database.read() as session:
        bodies = dict(session.execute(select(InboxEvent.event_key, InboxEvent.body)).all())
    assert bodies == {"old": None, "young": b"text"}


def test_traces_of_messages_go_after_their_days(cities: Context) -> None:
    somebody, days = person(cities, 1), cities.settings.inbox_keep_days
    for state in ("handled", "skipped", "parked", "waiting"):
        event(cities, f"old {state}", somebody, state, timedelta(days=days + 1))
    event(cities, "young", somebody, "handled", timedelta(days=days - 1))
    with cities.database.write() as session:
        resident = session.scalars(select(Resident)).one()
        for state in ("settled", "dropped", "dead", "unknown", "trying"):
            row = OutboxMessage(municipality_id="fuji", resident_id=resident.id, kind="answer", state=state)
            row.created_at = row.next_try_at = NOW - timedelta(days=days + 1)
            session.add(row)
    done = retention.apply(cities, NOW)
    assert (done["inbox_rows"], done["outbox_rows"]) == (3, 4)
    with cities.database.read() as session:
        assert sorted(session.scalars(select(InboxEvent.event_key))) == ["old waiting", "young"]
        assert session.scalars(select(OutboxMessage.state)).all() == ["trying"]


def test_conversations_and_questions_go(cities: Context) -> None:
    person(cities, 1)
    person(cities, 2)
    days = cities.settings.question_keep_days
    with cities.database.write() as session:
        first, second = session.scalars(select(Resident).order_by(Resident.id)).all()
        residents.keep_conversation(session, first, {"question": "old"}, NOW - timedelta(minutes=31))
        residents.keep_conversation(session, second, {"question": "new"}, NOW - timedelta(minutes=29))
        for age in (days - 1, days + 1):
            row = UnansweredQuestion(municipality_id="fuji", text="?", folded=str(age), language="ja")
            row.asked_at = NOW - timedelta(days=age)
            session.add(row)
            session.flush()
            for who, since in ((first, age), (second, 0)):
                wish = QuestionAsker(question_id=row.id, resident_id=who.id, municipality_id="fuji")
                wish.wished_at = NOW - timedelta(days=since)
                session.add(wish)
        old = session.scalars(select(UnansweredQuestion).order_by(UnansweredQuestion.asked_at)).all()[1]
        session.get_one(QuestionAsker, (old.id, first.id)).wished_at = NOW - timedelta(days=days + 1)
    done = retention.apply(cities, NOW)
    assert (done["conversations"], done["questions"], done["askers"]) == (1, 1, 1)
    assert (count(cities, Conversation), count(cities, UnansweredQuestion)) == (1, 1)
    assert count(cities, QuestionAsker) == 1  # one went with its question, one with the wish itself


def test_leases_that_a_crash_left_go(cities: Context) -> None:
    with cities.database.write() as session:
        for hours in (-2, 1):
            until = real_now() + timedelta(hours=hours)
            session.add(SourceLease(municipality_id="fuji", source=str(hours).encode(), owner="x", until=until))
    assert retention.apply(cities, NOW)["leases"] == 1
    assert count(cities, SourceLease) == 1


def test_records_stay_and_a_second_run_finds_nothing(cities: Context) -> None:
    with cities.database.write() as session:
        session.add(AuditRow(municipality_id="fuji", at=NOW - timedelta(days=4000), actor="x", action="y", target="z"))
    person(cities, 1, left=timedelta(days=500))
    assert retention.apply(cities, NOW)
    assert retention.apply(cities, NOW) == {}
    assert count(cities, AuditRow) == 1


def test_erased_means_erased_in_the_files_too(cities: Context) -> None:
    sealed = person(cities, 1, left=timedelta(days=500))
    retention.apply(cities, NOW)
    path = str(cities.database.url.database)
    for name in (path, f"{path}-wal"):
        assert not Path(name).exists() or sealed not in Path(name).read_bytes()
    assert Path(path).exists()


def test_every_rule_says_what_it_keeps() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(":" in rule.keeps for rule in RULES)
