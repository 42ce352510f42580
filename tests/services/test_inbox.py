from datetime import UTC, datetime, timedelta

import pytest

from bot.models import InboxEvent, Municipality
from bot.services import inbox

NOW = datetime(2026, 11, 22, 1, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SOURCE = ("fuji", b"sealed-1")


@pytest.fixture
def session(database):
    with database.write() as opened:
        opened.add(Municipality(id="fuji", name="富士市", code="222101"))
        opened.flush()
        yield opened


def add(session, key, at=NOW, source=SOURCE[1], **changes):
    row = InboxEvent(
        municipality_id="fuji",
        event_key=key,
        kind="message/text",
        source=source,
        event_at=at,
        received_at=at,
        body=b"x",
        **changes,
    )
    session.add(row)
    session.flush()
    return row


@pytest.mark.mutant
def test_one_worker_a_source(session):
    assert inbox.take_lease(session, SOURCE, "one", NOW)
    assert not inbox.take_lease(session, SOURCE, "two", NOW + 24 * SECOND)
    assert inbox.take_lease(session, ("fuji", b"sealed-2"), "two", NOW)
    assert inbox.take_lease(session, SOURCE, "two", NOW + 26 * SECOND)


def test_a_lease_that_was_taken_over_stops_the_first_worker(session):
    row = add(session, "a")
    inbox.take_lease(session, SOURCE, "one", NOW)
    inbox.take_lease(session, SOURCE, "two", NOW + 26 * SECOND)
    assert not inbox.take_events(session, SOURCE, "one", [row.id], NOW + 26 * SECOND)
    assert inbox.take_events(session, SOURCE, "two", [row.id], NOW + 26 * SECOND)


def test_an_event_that_was_handled_meanwhile_is_not_ours(session):
    row = add(session, "a")
    inbox.take_lease(session, SOURCE, "one", NOW)
    assert inbox.take_events(session, SOURCE, "one", [row.id], NOW)
    assert not inbox.take_events(session, SOURCE, "one", [row.id], NOW)


def test_oldest_first_by_the_time_of_the_event(session):
    add(session, "late", NOW + SECOND)
    add(session, "early", NOW)
    assert [row.event_key for row in inbox.waiting(session, SOURCE, NOW)] == ["early", "late"]


def test_the_third_failure_parks_the_event_and_later_ones_go_on(session):
    bad, good = add(session, "bad"), add(session, "good", NOW + SECOND)
    at = NOW
    for _ in range(3):
        rows = inbox.waiting(session, SOURCE, at)
        assert rows[0] is bad
        inbox.mark_failed(session, [bad.id], "KeyError", at)
        session.flush()
        at += 10 * SECOND
    assert (bad.state, bad.error, bad.body) == ("parked", "KeyError", b"x")
    assert inbox.waiting(session, SOURCE, at) == [good]


def test_a_failed_turn_of_several_texts_falls_apart(session):
    one, two = add(session, "1"), add(session, "2", NOW + SECOND)
    inbox.mark_failed(session, [one.id, two.id], "ValueError", NOW)
    session.flush()
    assert inbox.waiting(session, SOURCE, NOW) == []
    assert inbox.waiting(session, SOURCE, NOW + 5 * SECOND) == [one]


def test_handled_means_erased(session):
    row = add(session, "a")
    inbox.take_lease(session, SOURCE, "one", NOW)
    inbox.take_events(session, SOURCE, "one", [row.id], NOW)
    session.refresh(row)
    assert (row.state, row.body, row.source) == ("handled", None, SOURCE[1])


def test_the_sweep_finds_sources_that_nobody_works_on(session):
    add(session, "a")
    assert inbox.due_sources(session, NOW) == [SOURCE]
    inbox.take_lease(session, SOURCE, "one", NOW)
    session.flush()
    assert inbox.due_sources(session, NOW) == []
    assert inbox.due_sources(session, NOW + 26 * SECOND) == [SOURCE]


def test_events_that_name_nobody_are_skipped_and_erased(session):
    row = add(session, "a", source=None)
    assert inbox.count_without_source(session) == 1
    assert inbox.skip_without_source(session) == 1
    session.refresh(row)
    assert (row.state, row.body) == ("skipped", None)
