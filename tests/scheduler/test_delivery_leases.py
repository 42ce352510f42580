"""Delivery: leases, crashes and what is called off in the middle. On SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.models import Alert, Announcement, AnnouncementBatch
from bot.now import real_now
from bot.services import announcements, batches, claiming
from scheduler.callers import Tried, Work
from scheduler.delivery import ENOUGH, UnderWay
from tests.support.announcing import CITY, Office, states


def claim(office: Office, owner: str, when=None) -> list[batches.Ticket]:
    with office.database.write(durable=True) as session:
        return claiming.claim(session, office.context.sealer, owner, 10, office.context.clock(), when or real_now())


@pytest.mark.mutant
def test_a_claimed_batch_is_not_claimed_again_before_its_lease_has_run_out(office: Office):
    office.residents(2, "今泉")
    office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    first = claim(office, "a")
    assert len(first) == 1
    assert claim(office, "b") == []
    again = claim(office, "b", real_now() + batches.LEASE + timedelta(seconds=1))
    assert [(t.retry_key, t.line_ids) for t in again] == [(t.retry_key, t.line_ids) for t in first]


def test_after_a_crash_the_only_process_goes_on_at_once_and_nobody_gets_two(office: Office):
    """Killed between the claim and the call, or between the call and the record: the same state."""
    line_ids = office.residents(2, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    ticket = claim(office, "the dead process")[0]
    office.call_line(ticket, office.read(announcement_id).messages or b"")
    restarted = office.new_delivery()
    assert restarted.send_due() == 0
    restarted.clear_leases()
    assert restarted.send_due() == 1
    restarted.stop()
    assert office.copies() == dict.fromkeys(line_ids, 1)
    assert office.read(announcement_id).accepted == 2


def test_a_lost_lease_writes_nothing_down_but_an_acceptance(office: Office):
    office.residents(2, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    claim(office, "slow")
    taken_over = claim(office, office.delivery.owner, real_now() + batches.LEASE + timedelta(seconds=1))
    from bot.line.client import Answer, Outcome

    slow = office.new_delivery()
    slow.outcomes._owner = "slow"
    slow.outcomes.record([Tried(taken_over[0], Answer(Outcome.REFUSED, 400, None))], {announcement_id})
    assert states(office, announcement_id) == ["trying"]
    slow.outcomes.record([Tried(taken_over[0], Answer(Outcome.ACCEPTED, 200, "r1"))], {announcement_id})
    office.delivery.outcomes.record([Tried(taken_over[0], Answer(Outcome.ACCEPTED, 409, "r2"))], {announcement_id})
    slow.stop()
    row = office.read(announcement_id)
    assert (row.state, row.accepted) == ("sent", 2), "counted once"


def test_what_may_be_out_is_tried_before_what_nobody_tried(office: Office, monkeypatch):
    """Also when its pause ended after the others were frozen: only its key can tell, and LINE forgets it."""
    monkeypatch.setattr(batches, "SIZE", 1)
    office.residents(3, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    with office.database.write() as session:
        rows = session.scalars(select(AnnouncementBatch).order_by(AnnouncementBatch.id)).all()
        rows[1].state, rows[1].first_try_at, rows[1].unsure = "trying", office.context.clock(), 1
        rows[1].next_try_at = real_now()
    with office.database.write(durable=True) as session:
        claimed = claiming.claim(session, office.context.sealer, "a", 2, office.context.clock(), real_now(), CITY)
    assert [ticket.batch_id for ticket in claimed] == [rows[1].id, rows[0].id]
    assert states(office, announcement_id) == ["trying", "trying", "waiting"]


@pytest.mark.parametrize(("table", "column"), [(Announcement, "messages"), (AnnouncementBatch, "recipients")])
def test_what_is_damaged_waits_alone_and_goes_on_once_it_is_put_right(office: Office, table, column: str):
    line_ids = office.residents(2, "今泉")
    hurt, well = (office.scheduled(office.draft("今泉")) for _ in range(2))
    office.delivery.freeze_due(office.context.clock())
    its_own = table.id == hurt if table is Announcement else table.announcement_id == hurt
    with office.database.write() as session:
        row = session.scalars(select(table).where(its_own)).one()
        whole = getattr(row, column)
        setattr(row, column, None if table is Announcement else whole[:-1] + bytes([whole[-1] ^ 1]))
    office.delivery.send_due()
    assert (office.read(hurt).state, office.read(well).state) == ("sending", "sent")
    assert office.copies() == dict.fromkeys(line_ids, 1)
    assert states(office, hurt) == ["waiting"]
    with office.database.write() as session:
        alert = session.scalars(select(Alert).where(Alert.kind == "damaged")).one()
        assert (alert.subject, alert.count) == (f"announcement:{hurt}", 1)
        setattr(session.scalars(select(table).where(its_own)).one(), column, whole)
        session.execute(update(AnnouncementBatch).values(next_try_at=real_now()))
    office.delivery.send_due()
    assert office.read(hurt).state == "sent"
    assert office.copies() == dict.fromkeys(line_ids, 2)


def one_by_one(office: Office, monkeypatch: pytest.MonkeyPatch, people: int) -> int:
    """An announcement of so many batches of one, frozen; one call at a time."""
    monkeypatch.setattr(batches, "SIZE", 1)
    monkeypatch.setattr("scheduler.delivery.GROUP", 1)
    monkeypatch.setattr("scheduler.delivery.ENOUGH", 1)
    office.residents(people, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    return announcement_id


def test_outcomes_and_the_next_claim_share_a_commit(small: Office, monkeypatch):
    announcement_id = one_by_one(small, monkeypatch, 3)
    write, durable = small.database.write, []

    def counted(**how):
        durable.append(how.get("durable", False))
        return write(**how)

    monkeypatch.setattr(small.database, "write", counted)
    assert small.delivery.send_due() == 3
    assert small.read(announcement_id).state == "sent"
    assert durable.count(True) == 4, "claimed; recorded and claimed, twice; recorded"


def test_a_claim_that_fails_loses_no_outcome(small: Office, monkeypatch):
    """The transaction that was to record one and to claim the next is rolled back; what LINE said is written alone."""
    announcement_id = one_by_one(small, monkeypatch, 2)
    claim_, calls = claiming.claim, []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise SQLAlchemyError("as a lost connection would")
        return claim_(*arguments)

    monkeypatch.setattr(claiming, "claim", failing)
    assert small.delivery.send_due() == 1
    assert states(small, announcement_id) == ["accepted", "waiting"]
    assert small.read(announcement_id).accepted == 1
    monkeypatch.setattr(claiming, "claim", claim_)
    assert small.delivery.send_due() == 1
    assert small.read(announcement_id).state == "sent"
    assert small.multicasts()["calls"] == 2


def test_a_defect_while_claiming_loses_no_outcome_and_leaves_nobody_uncollected(small: Office, monkeypatch):
    announcement_id = one_by_one(small, monkeypatch, 4)
    for most in ("GROUP", "ENOUGH"):
        monkeypatch.setattr(f"scheduler.delivery.{most}", 2)  # two are called; one of them has been collected
    collect, claim_ = small.delivery.callers.collect, claiming.claim
    monkeypatch.setattr(small.delivery.callers, "collect", lambda most, seconds: collect(min(most, 1), seconds))
    calls = []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise ZeroDivisionError
        return claim_(*arguments)

    monkeypatch.setattr(claiming, "claim", failing)
    with pytest.raises(ZeroDivisionError):
        small.delivery.send_due()
    assert small.read(announcement_id).accepted == 1
    small.delivery.send_due()
    assert states(small, announcement_id) == ["accepted"] * 4, "none waits for its lease to run out"
    assert small.multicasts()["calls"] == 4


def test_what_is_under_way_says_how_much_to_claim_and_what_may_be_over():
    def ticket(number: int, announcement_id: int, city: str) -> batches.Ticket:
        return batches.Ticket(number, announcement_id, city, "key", 1, b"")

    here = UnderWay()
    tickets = [ticket(number, 1, "fuji") for number in range(ENOUGH - 1)] + [ticket(500, 2, "tomioka")]
    for one in tickets:
        here.out(one)
    assert here.total == ENOUGH
    assert here.lacks("fuji") == 0, "one alone is not worth a transaction"
    assert here.lacks("tomioka") == ENOUGH - 1, "each channel has its own"
    assert here.lacks("numazu") == ENOUGH
    done = [Tried(one, None) for one in tickets]
    here.back(done[-2:])
    assert here.ended(done[-2:]) == {2}
    here.back(done[:-2])
    assert here.ended(done) == {1, 2}
    assert here.total == 0


def test_a_claim_that_is_too_old_is_given_back_instead_of_called(small: Office):
    small.residents(2, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    ticket = claim(small, small.delivery.owner)[0]
    messages = small.read(announcement_id).messages or b""
    small.delivery.callers.ready_for(1)
    small.delivery.callers.put([Work(ticket, messages, claimed=-60.0)])
    small.delivery.outcomes.record(small.delivery.callers.collect(1, 0.0), ())
    batch = small.batches(announcement_id)[0]
    assert (batch.state, batch.attempts, batch.unsure, batch.first_try_at) == ("waiting", 0, 0, None)
    assert small.multicasts() == {}


def test_stopping_leaves_the_rest_for_the_next_start(small: Office):
    small.residents(2, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    stopped = small.new_delivery()
    stopped.stop()
    assert stopped.send_due() == 0
    assert states(small, announcement_id) == ["waiting"]


# --- calling off -----------------------------------------------------------------------------------


def test_cancelling_after_freezing_stops_what_was_never_tried_and_finishes_what_was(office: Office, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    line_ids, city = office.residents(4, "今泉"), office.person("city")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    with office.database.write(durable=True) as session:
        tried = claiming.claim(session, office.context.sealer, "dead", 1, office.context.clock(), real_now())
    office.delivery.clear_leases()
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        assert announcements.cancel(session, row, city, "雨のため", office.context.clock()) == 2
        assert row.finished_at is None
    assert states(office, announcement_id) == ["trying", "stopped"]
    office.delivery.send_due()
    assert states(office, announcement_id) == ["accepted", "stopped"]
    row = office.read(announcement_id)
    assert (row.state, row.accepted, row.comment) == ("cancelled", 2, "雨のため")
    assert row.finished_at is not None
    assert len(tried) == 1
    assert office.copies() == dict.fromkeys(line_ids[:2], 1)


def test_cancelling_before_anything_was_tried_sends_nothing(small: Office):
    small.residents(2, "今泉")
    city = small.person("city")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    with small.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        assert announcements.cancel(session, row, city, "", small.context.clock()) == 2
        assert row.finished_at is not None
    assert small.delivery.send_due() == 0
    assert small.copies() == {}
