"""The audit's chain: whatever is done to a sealed row is found; erasing details is no break."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from bot.core.audit_chain import GENESIS
from bot.core.permissions import SYSTEM
from bot.db import Database
from bot.errors import ConflictError
from bot.models import AuditChain, AuditRow, Municipality
from bot.now import JST
from bot.services import audit, audit_heads, audit_seals
from bot.services.audit_seals import Noted
from bot.services.context import Context
from scheduler import seals

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)
ROWS = 9
EVERYTHING = {
    "at": NOW - timedelta(days=400), "actor": "だれか", "action": "poll.export", "target": "poll:1", "details": {"day": 1},
    "municipality_id": None, "salt": b"0" * 16, "digest": b"0" * 32, "seal": b"0" * 32, "erased_at": NOW,
}  # fmt: skip


def write(session: Session, number: int) -> None:
    details = {"number": number, "words": "富士 ①", "share": 0.1}
    audit.record(session, "fuji", SYSTEM, "announcement.draft", f"announcement:{number}", NOW, details)


def sealed(database: Database, rows: int = ROWS) -> None:
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        for number in range(rows):
            write(session, number)
        session.flush()
        assert audit_seals.seal_new(session, NOW) == rows


@pytest.fixture
def chain(database: Database) -> Database:
    sealed(database)
    return database


def row_at(session: Session, position: int) -> AuditRow:
    return session.scalars(select(AuditRow).where(AuditRow.position == position)).one()


def shift(session: Session, first: int, by: int) -> None:
    """Move the places of all rows from `first` on, past the unique index."""
    places = update(AuditRow).where(AuditRow.position >= first)
    session.execute(places.values(position=AuditRow.position + 1000))
    session.execute(places.values(position=AuditRow.position - 1000 + by))


def tamper(session: Session, how: str, position: int, other: int) -> int:
    """Do it with all the care a person at the database could take; returns the first place that must not hold."""
    row = row_at(session, position)
    if how in EVERYTHING:
        session.execute(update(AuditRow).where(AuditRow.id == row.id).values({how: EVERYTHING[how]}))
        return position
    if how == "delete":
        session.execute(delete(AuditRow).where(AuditRow.id == row.id))
        return position
    if how == "delete and close the gap":
        session.execute(delete(AuditRow).where(AuditRow.id == row.id))
        shift(session, position + 1, -1)
        session.execute(update(AuditChain).values(count=AuditChain.count - 1))
        return position
    if how == "insert":
        shift(session, position, 1)
        copy = {name: getattr(row, name) for name in (*EVERYTHING, "actor_id")}
        session.add(AuditRow(**copy, position=position))
        session.execute(update(AuditChain).values(count=AuditChain.count + 1))
        session.flush()
        return position
    first, second = row_at(session, min(position, other)), row_at(session, max(position, other))
    if how == "swap places":
        low, high, first_id, second_id = first.position, second.position, first.id, second.id
        for row_id, place in ((first_id, None), (second_id, low), (first_id, high)):
            session.execute(update(AuditRow).where(AuditRow.id == row_id).values(position=place))
        return min(position, other)
    assert how == "swap details"
    first.details, second.details = second.details, first.details
    session.flush()
    return min(position, other)


WAYS = (*EVERYTHING, "delete", "delete and close the gap", "insert", "swap places", "swap details")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(how=st.sampled_from(WAYS), places=st.lists(st.integers(1, ROWS), min_size=2, max_size=2, unique=True))
def test_any_change_deletion_insertion_and_moving_is_found_where_it_is(
    chain: Database, how: str, places: list[int]
) -> None:
    with chain.read() as session:
        whole = audit_seals.check(session)
        assert whole.broken is None
        assert whole.rows == ROWS
    with chain.read() as session:  # what is done here is not kept
        first = tamper(session, how, *places)
        session.flush()
        session.expire_all()
        broken = audit_seals.check(session).broken
        assert broken is not None
        assert broken.position == first or (how == "delete and close the gap" and first == ROWS)


def test_the_end_cut_off_with_its_head_is_found_by_the_head_kept_outside(chain: Database) -> None:
    with chain.read() as session:
        before = audit_seals.check(session)
        session.execute(delete(AuditRow).where(AuditRow.position > ROWS - 2))
        session.execute(update(AuditChain).values(count=ROWS - 2, seal=row_at(session, ROWS - 2).seal))
        assert audit_seals.check(session).broken is None  # nothing inside can tell
        for noted in (Noted(before.head), Noted(before.head, ROWS)):
            found = audit_seals.check(session, [noted])
            assert found.broken
            assert found.broken.why == "noted"


def test_erased_details_are_no_break_but_an_erasure_nobody_wrote_down_is(chain: Database) -> None:
    with chain.write() as session:
        row_id = row_at(session, 4).id
        audit_seals.erase_details(session, row_id, SYSTEM, "本人の求め", NOW)
        with pytest.raises(ConflictError):
            audit_seals.erase_details(session, row_id, SYSTEM, "本人の求め", NOW)
        session.flush()
        assert audit_seals.check(session).broken is None, "the act stands there, though nobody has sealed it yet"
        assert audit_seals.seal_new(session, NOW) == 1
    with chain.read() as session:
        row = row_at(session, 4)
        assert (row.details, row.salt) == ({}, None)
        assert row.digest
        found = audit_seals.check(session)
        assert found.broken is None
        assert found.erased == 1
        assert found.rows == ROWS + 1
        said = row_at(session, ROWS + 1)
        assert (said.action, said.target, said.details["reason"]) == ("audit.erase", f"audit:{row_id}", "本人の求め")
        erased: dict[str, object] = {"details": {}, "salt": None, "erased_at": NOW}
        session.execute(update(AuditRow).where(AuditRow.position == 6).values(erased))
        session.expire_all()
        broken = audit_seals.check(session).broken
        assert broken
        assert (broken.position, broken.why) == (6, "unsaid")


def test_what_commits_late_leaves_no_gap(postgres_url: str) -> None:
    """A row whose id was given out first is committed last."""
    database = Database(postgres_url)
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
    with database.write() as slow:
        write(slow, 1)
        slow.flush()
        with database.write() as session:
            write(session, 2)
        with database.write() as session:
            assert audit_seals.seal_new(session, NOW) == 1
    with database.write() as session:
        assert audit_seals.seal_new(session, NOW) == 1
    with database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.position)).all()
        assert [row.target for row in rows] == ["announcement:2", "announcement:1"]
        assert rows[0].id > rows[1].id
        found = audit_seals.check(session)
        assert found.broken is None
        assert found.rows == 2
    database.close()


def test_the_clock_seals_in_batches_writes_the_head_once_a_day_and_tells_of_a_break(cities: Context) -> None:
    context = cities
    with context.database.write() as session:
        for number in range(2500):
            write(session, number)
    seals.keep(context)
    seals.keep(context)
    file = audit_heads.file_of(context.settings)
    assert file is not None
    lines = file.read_text().splitlines()
    with context.database.read() as session:
        head = audit_seals.chain(session)
        assert head is not None
        assert head.count >= 2500
        assert head.seal != GENESIS
        assert head.broken is None
        assert head.checked_count == head.count
    assert len(lines) == 1
    assert lines[0].endswith(f" {head.count} {head.seal.hex()}")
    with context.database.write() as session:
        session.execute(text("UPDATE audit_row SET actor = 'x' WHERE position = 1234"))
        audit_seals.ask(session, NOW)
    seals.keep(context)
    with context.database.read() as session:
        head = audit_seals.chain(session)
        assert head is not None
        assert head.broken
        assert "1234" in head.broken
        assert head.asked_at is None
        assert session.scalar(text("SELECT count(*) FROM alert WHERE kind = 'audit_broken'")) == 2  # both cities


def test_heads_file_takes_only_lines_that_are_heads(tmp_path: Path) -> None:
    file = tmp_path / "heads.log"
    assert audit_heads.read(file) == []
    file.write_text(f"2026-11-22T09:00:00+09:00 7 {'ab' * 32}\nrubbish\n")
    assert audit_heads.read(file) == [Noted(bytes.fromhex("ab" * 32), 7, "2026-11-22T09:00:00+09:00")]
