"""Delivery over real HTTP to LINE in a box: every outcome has its row here. On SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.errors import ConflictError
from bot.models import Alert, AuditRow, Poll, Resident
from bot.now import real_now
from bot.services import announcements, batches, freezing, polls, residents, resuming, standstill
from scheduler.callers import Work
from tests.support.announcing import CITY, Office, open_office
from tests.support.reading import words

TOO_FAST = "The API rate limit has been exceeded. Try again later."


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    """On SQLite only, for what does not depend on the database; LINE's quota is 7."""
    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path, quota=7) as opened:
        yield opened


def states(office: Office, announcement_id: int) -> list[str]:
    return [batch.state for batch in office.batches(announcement_id)]


def alerts(office: Office) -> set[str]:
    with office.database.read() as session:
        return set(session.scalars(select(Alert.kind)))


def resume(office: Office, announcement_id: int) -> None:
    """A person lets it go on, in the console."""
    city = office.person("city")
    with office.database.write(durable=True) as session:
        row = announcements.get(session, CITY, announcement_id)
        resuming.resume(session, row, city, row.version, office.context.clock(), real_now())
    office.delivery.send_due()


# --- the way it should go --------------------------------------------------------------------------


def test_everybody_of_the_audience_gets_it_once_in_batches_of_500(office: Office):
    wanted = (
        office.residents(510, "今泉")
        + office.residents(2, "吉原", ("今泉",))
        + office.residents(1, "岩松", ("今泉", "吉原"))
    )
    office.residents(3, "吉原")
    office.residents(3, "今泉", paused=True)
    office.residents(3, "今泉", left=True)
    office.residents(3, None)
    announcement_id = office.send(office.draft("今泉"))
    assert office.copies() == dict.fromkeys(wanted, 1)
    row = office.read(announcement_id)
    assert (row.state, row.recipients, row.accepted) == ("sent", 513, 513)
    assert row.finished_at is not None
    done = office.batches(announcement_id)
    assert [(batch.count, batch.state, batch.recipients) for batch in done] == [
        (500, "accepted", None),
        (13, "accepted", None),
    ]
    assert office.multicasts()["calls"] == 2
    assert office.violations() == []


def test_the_whole_city_holds_residents_without_a_district(office: Office):
    wanted = office.residents(2, "今泉") + office.residents(3, None)
    office.send(office.draft())
    assert office.copies() == dict.fromkeys(wanted, 1)


def test_what_arrives_is_what_was_approved_byte_for_byte(small: Office):
    line_id = small.residents(1, "今泉")[0]
    announcement_id = small.send(small.draft("今泉"))
    received = small.simulator.control("GET", f"/_sim/{CITY}/inbox/{line_id}")[0]["messages"]
    with small.database.read() as session:
        row = announcements.get(session, CITY, announcement_id)
        assert received == announcements.preview(session, small.context.sealer, row)


def test_nothing_goes_before_its_time(small: Office):
    small.residents(1, "今泉")
    at = small.context.clock() + timedelta(hours=1)
    announcement_id = small.scheduled(small.draft("今泉", send_at=at))
    assert small.delivery.freeze_due(at - timedelta(seconds=1)) == 0
    assert small.delivery.send_due() == 0
    assert small.delivery.freeze_due(at) == 1
    assert small.read(announcement_id).state == "sending"


def test_a_poll_opens_when_its_announcement_is_frozen(office: Office):
    line_id = office.residents(1, "今泉")[0]
    city, now = office.person("city"), real_now()
    with office.database.write() as session:
        poll = polls.create(session, CITY, city, "参加しますか", ["はい", "いいえ"], now + timedelta(days=3), now)
    office.scheduled(office.draft("今泉"), poll_id=poll.id)
    office.delivery.freeze_due(office.context.clock())
    with office.database.read() as session:
        assert session.get_one(Poll, poll.id).state == "open"
    office.delivery.send_due()
    inbox = office.simulator.control("GET", f"/_sim/{CITY}/inbox/{line_id}")
    assert len(inbox) == 1
    assert "参加しますか" in words(inbox[0]["messages"])


# --- freezing --------------------------------------------------------------------------------------


def test_two_processes_freeze_it_once(office: Office):
    office.residents(3, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    now = office.context.clock()
    with office.database.read() as session:
        assert freezing.due(session, now) == freezing.due(session, now) == [announcement_id]
    results = []
    for _ in range(2):
        with office.database.write(durable=True) as session:
            results.append(
                freezing.freeze(
                    session, office.context.sealer, office.context.keystore, announcement_id, now, real_now()
                )
            )
    assert results[0] is not None
    assert results[1] is None
    assert len(office.batches(announcement_id)) == 1


def test_a_filter_that_matches_nobody_by_then_stops_the_send_and_says_why(office: Office):
    line_id = office.residents(1, "今泉")[0]
    office.residents(2, "吉原")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.change(line_id, paused_at=real_now())
    assert office.delivery.freeze_due(office.context.clock()) == 0
    office.delivery.send_due()
    row = office.read(announcement_id)
    assert (row.state, row.recipients) == ("refused", 0)
    assert "届く人がいない" in (row.comment or "")
    assert office.batches(announcement_id) == []
    assert office.copies() == {}
    assert "refused" in alerts(office)


def test_a_quota_that_was_used_up_by_others_meanwhile_sends_to_nobody_rather_than_to_some(small: Office):
    small.residents(5, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.line_quota(100, 88)
    small.delivery.freeze_due(small.context.clock())
    row = small.read(announcement_id)
    assert (row.state, small.batches(announcement_id)) == ("refused", [])
    assert "残り2通" in (row.comment or "")


def test_a_poll_whose_time_has_passed_is_not_sent(small: Office):
    small.residents(1, "今泉")
    city, now = small.person("city"), real_now()
    with small.database.write() as session:
        poll = polls.create(session, CITY, city, "参加しますか", ["はい", "いいえ"], now + timedelta(days=1), now)
    announcement_id = small.scheduled(small.draft("今泉"), poll_id=poll.id)
    small.delivery.freeze_due(small.context.clock() + timedelta(days=2))
    row = small.read(announcement_id)
    assert row.state == "refused"
    with small.database.read() as session:
        assert session.get_one(Poll, poll.id).state == "draft"


def test_one_that_cannot_be_frozen_does_not_hold_up_the_others(small: Office, monkeypatch):
    small.residents(1, "今泉")
    first, second = small.scheduled(small.draft("今泉")), small.scheduled(small.draft("今泉", title="二つ目"))
    freeze = small.delivery._freeze

    def failing(announcement_id, now):
        if announcement_id == first:
            raise RuntimeError("as a defect would")
        return freeze(announcement_id, now)

    monkeypatch.setattr(small.delivery, "_freeze", failing)
    assert small.delivery.freeze_due(small.context.clock()) == 1
    assert [small.read(one).state for one in (first, second)] == ["scheduled", "sending"]


def test_a_district_that_was_closed_to_a_batch_never_widens_it(small: Office):
    """Audience `home` with no districts matches nobody, whatever the table holds."""
    small.residents(3, "今泉")
    with small.database.read() as session:
        for audience in ("home", "home_and_interest"):
            assert announcements.reach(session, CITY, audience, (), real_now()).recipients == 0


# --- between freezing and the first try ------------------------------------------------------------


def test_what_stood_still_until_the_night_waits_for_the_morning(office: Office):
    """Frozen at ten, killed before the first call, started again at two: nobody is woken."""
    (resident,) = office.residents(1, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 16 * 3600})
    assert office.delivery.send_due() == 0
    with office.database.read() as session:
        why = standstill.reason(session, announcements.get(session, CITY, announcement_id), office.context.clock())
    assert why is not None
    assert "午前7時" in why.why
    assert not why.stuck
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 5 * 3600})
    office.delivery.send_due()
    assert office.copies() == {resident: 1}


def test_what_was_tried_before_the_night_is_tried_again_at_night(office: Office):
    """It may be out: only the same key again can tell, and LINE forgets it after a day."""
    (resident,) = office.residents(1, "今泉")
    office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    with office.database.write() as session:
        batches.claim(session, office.context.sealer, "dead", 1, office.context.clock(), real_now())
        batches.clear_leases(session)
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 16 * 3600})
    office.delivery.send_due()
    assert office.copies() == {resident: 1}


def test_who_leaves_pauses_or_is_erased_before_the_first_try_gets_nothing(office: Office):
    stays, leaves, pauses, erased = office.residents(4, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    office.change(leaves, state="left")
    office.change(pauses, paused_at=real_now())
    gone = office.resident(erased).id
    with office.database.write() as session:
        residents.erase(office.context, session, session.get_one(Resident, gone))
    office.delivery.send_due()
    assert office.copies() == {stays: 1}
    row = office.read(announcement_id)
    assert (row.state, row.recipients, row.accepted) == ("sent", 4, 1)
    with office.database.read() as session:
        progress = announcements.progress(session, row)
    assert (progress.accepted, progress.dropped, progress.open) == (1, 3, 0)


def test_a_batch_that_everybody_left_is_empty_and_not_sent(office: Office):
    line_ids = office.residents(2, "今泉")
    announcement_id = office.scheduled(office.draft("今泉"))
    office.delivery.freeze_due(office.context.clock())
    for line_id in line_ids:
        office.change(line_id, state="left")
    office.delivery.send_due()
    assert states(office, announcement_id) == ["empty"]
    assert office.read(announcement_id).state == "sent"
    assert office.multicasts() == {}


def test_a_batch_that_was_tried_is_repeated_unchanged_even_for_who_left_meanwhile(office: Office):
    line_ids = office.residents(3, "今泉")
    office.fault({"type": "status", "status": 500}, when="before", times=1)
    announcement_id = office.send(office.draft("今泉"))
    assert states(office, announcement_id) == ["trying"]
    office.change(line_ids[0], state="left")
    office.again()
    assert office.copies() == dict.fromkeys(line_ids, 1)
    assert office.violations() == []


# --- LINE's answers --------------------------------------------------------------------------------


@pytest.mark.mutant
def test_accepted_and_then_the_line_breaks_is_tried_again_and_counts_once(office: Office):
    """The core promise: the answer is lost, the same key gets 409, every inbox holds one copy."""
    line_ids = office.residents(7, "今泉")
    office.fault({"type": "drop"}, when="after", times=1)
    announcement_id = office.send(office.draft("今泉"))
    assert states(office, announcement_id) == ["trying"]
    assert office.read(announcement_id).accepted == 0
    office.again()
    assert office.multicasts()["conflicts"] == 1
    assert office.copies() == dict.fromkeys(line_ids, 1)
    row = office.read(announcement_id)
    assert (row.state, row.accepted) == ("sent", 7)
    assert office.violations() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_500_is_tried_again_with_the_same_key_after_a_pause_that_grows(small: Office, when: str):
    line_ids = small.residents(2, "今泉")
    small.fault({"type": "status", "status": 500}, when=when, times=3)
    announcement_id = small.send(small.draft("今泉"))
    pauses, keys = [], set()
    for _ in range(3):
        batch = small.batches(announcement_id)[0]
        keys.add(batch.retry_key)
        pauses.append((batch.next_try_at - real_now()).total_seconds())
        assert small.delivery.send_due() == 0, "not before its pause is over"
        small.again()
    assert pauses[0] > 0.5
    assert pauses == sorted(pauses)
    assert len(keys) == 1
    assert states(small, announcement_id) == ["accepted"]
    assert small.copies() == dict.fromkeys(line_ids, 1)


def test_too_fast_is_tried_again_with_the_same_key(small: Office):
    small.residents(2, "今泉")
    small.fault({"type": "status", "status": 429, "message": TOO_FAST}, times=1)
    announcement_id = small.send(small.draft("今泉"))
    batch = small.batches(announcement_id)[0]
    assert (batch.state, batch.unsure, batch.status) == ("trying", 0, 429)
    small.again()
    assert [(b.state, b.retry_key) for b in small.batches(announcement_id)] == [("accepted", batch.retry_key)]
    assert small.violations() == []


def test_a_used_up_quota_stops_the_announcement_tells_staff_and_keeps_what_was_sent(small: Office, monkeypatch):
    """LINE's quota is 7: two batches of three fit, the third does not, the fourth is not tried."""
    monkeypatch.setattr(batches, "SIZE", 3)
    monkeypatch.setattr("scheduler.delivery.GROUP", 1)
    wanted = small.residents(12, "今泉")
    delivery = small.delivery = small.new_delivery(threads=1)
    announcement_id = small.scheduled(small.draft("今泉"))
    delivery.freeze_due(small.context.clock())
    delivery.send_due()
    assert states(small, announcement_id) == ["accepted", "accepted", "stopped", "stopped"]
    row = small.read(announcement_id)
    assert (row.state, row.accepted) == ("stopped", 6)
    assert row.finished_at is not None
    assert "使い切った" in (row.comment or "")
    assert small.copies() == dict.fromkeys(wanted[:6], 1)
    assert "quota" in alerts(small)
    assert small.multicasts()["calls"] == 3
    kept = [batch.recipients is not None for batch in small.batches(announcement_id)]
    assert kept == [False, False, True, True], "of those who got nothing: it can go on next month"


def test_what_is_claimed_when_the_quota_ends_comes_back_uncalled(small: Office, monkeypatch):
    """LINE is not asked once more for each of the batches that were claimed already; all of them stay unsent."""
    monkeypatch.setattr(batches, "SIZE", 3)
    wanted = small.residents(60, "今泉")
    delivery = small.delivery = small.new_delivery(threads=1)
    announcement_id = small.scheduled(small.draft("今泉"))
    delivery.freeze_due(small.context.clock())
    delivery.callers.put = turned = [].append  # all twenty are claimed before the first is called
    work = turned.__self__
    delivery.callers.collect = lambda most, seconds: [delivery.callers.attempt(work.pop(0))]
    delivery.send_due()
    assert small.multicasts()["calls"] == 3
    assert states(small, announcement_id) == ["accepted"] * 2 + ["stopped"] * 18
    row = small.read(announcement_id)
    assert (row.state, row.accepted, row.finished_at is not None) == ("stopped", 6, True)
    assert small.copies() == dict.fromkeys(wanted[:6], 1)


def test_a_token_that_line_does_not_take_waits_with_an_alert_and_goes_on_when_it_is_right(office: Office):
    line_ids = office.residents(2, "今泉")
    office.fault({"type": "status", "status": 401, "message": "Authentication failed"}, times=1)
    announcement_id = office.send(office.draft("今泉"))
    batch = office.batches(announcement_id)[0]
    assert (batch.state, batch.status, batch.unsure) == ("waiting", 401, 0)
    assert batch.next_try_at > real_now() + timedelta(seconds=30)
    assert "token" in alerts(office)
    office.again()
    assert office.copies() == dict.fromkeys(line_ids, 1)
    assert "token" not in alerts(office)
    assert office.violations() == []


def test_in_doubt_a_batch_keeps_its_key_even_after_a_401(small: Office):
    """Accepted, then the line broke, then the token is refused: under a new key everybody would get it twice."""
    line_ids = small.residents(2, "今泉")
    small.fault({"type": "drop"}, when="after", times=1)
    announcement_id = small.send(small.draft("今泉"))
    key = small.batches(announcement_id)[0].retry_key
    small.fault({"type": "status", "status": 401, "message": "Authentication failed"}, times=1)
    small.again()
    batch = small.batches(announcement_id)[0]
    assert (batch.state, batch.unsure, batch.retry_key) == ("trying", 1, key)
    small.again()
    assert states(small, announcement_id) == ["accepted"]
    assert small.copies() == dict.fromkeys(line_ids, 1)


def test_another_4xx_is_a_dead_letter_with_an_explanation_that_a_person_may_send_again(office: Office):
    line_ids = office.residents(2, "今泉")
    office.fault({"type": "status", "status": 400, "message": "The request body has 1 error(s)"}, times=1)
    announcement_id = office.send(office.draft("今泉"))
    batch = office.batches(announcement_id)[0]
    assert batch.state == "dead"
    assert "LINEがこの内容を受け付けませんでした" in (batch.error or "")
    row = office.read(announcement_id)
    assert (row.state, row.accepted, row.comment) == ("stopped", 0, batch.error)
    assert "dead_letter" in alerts(office)
    assert office.multicasts()["calls"] == 1
    resume(office, announcement_id)
    again = office.batches(announcement_id)[0]
    assert (again.state, again.retry_key != batch.retry_key) == ("accepted", True)
    assert office.copies() == dict.fromkeys(line_ids, 1)
    assert (office.read(announcement_id).state, "dead_letter" in alerts(office)) == ("sent", False)


def test_refused_after_an_answer_was_lost_is_unknown_and_cannot_be_sent_again(small: Office):
    """Accepted, the answer lost, then a 403: under a new key everybody would get it twice."""
    line_ids = small.residents(2, "今泉")
    small.fault({"type": "drop"}, when="after", times=1)
    announcement_id = small.send(small.draft("今泉"))
    small.fault({"type": "status", "status": 403, "message": "Not available"}, times=1)
    small.again()
    batch = small.batches(announcement_id)[0]
    assert (batch.state, batch.recipients) == ("unknown", None)
    assert "届いたかどうかが分かりません" in (batch.error or "")
    with pytest.raises(ConflictError):
        resume(small, announcement_id)
    assert small.copies() == dict.fromkeys(line_ids, 1)


def test_23_hours_without_an_answer_is_unknown_and_never_sent_under_another_key(office: Office):
    office.residents(2, "今泉")
    office.fault({"type": "drop"}, when="before")
    announcement_id = office.send(office.draft("今泉"))
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 23 * 3600 + 60})
    office.no_faults()
    calls = office.multicasts()["calls"]
    office.again()
    batch = office.batches(announcement_id)[0]
    assert (batch.state, batch.recipients) == ("unknown", None)
    assert "23時間" in (batch.error or "")
    assert office.multicasts()["calls"] == calls
    with office.database.read() as session:
        assert announcements.progress(session, office.read(announcement_id)).unknown == 2
    assert office.read(announcement_id).finished_at is not None


def test_a_batch_that_was_surely_refused_each_time_starts_anew_with_a_new_key(office: Office):
    line_ids = office.residents(2, "今泉")
    office.fault({"type": "status", "status": 429, "message": TOO_FAST}, times=2)
    announcement_id = office.send(office.draft("今泉"))
    office.again()
    old = office.batches(announcement_id)[0].retry_key
    office.simulator.control("POST", "/_sim/clock", {"advance_s": 25 * 3600})
    office.change(line_ids[0], state="left")
    office.again()
    assert office.batches(announcement_id)[0].retry_key != old
    assert office.copies() == {line_ids[1]: 1}, "not tried under the new key: who left is dropped"
    assert office.violations() == []


# --- leases and crashes ----------------------------------------------------------------------------


def claim(office: Office, owner: str, when=None) -> list[batches.Ticket]:
    with office.database.write(durable=True) as session:
        return batches.claim(session, office.context.sealer, owner, 10, office.context.clock(), when or real_now())


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
    token, messages = office.simulator.token(CITY), office.read(announcement_id).messages or b""
    office.client.multicast(token, ticket.to(), messages, ticket.retry_key)
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
    from scheduler.callers import Tried

    slow = office.new_delivery()
    slow.outcomes._owner = "slow"
    slow.outcomes.record([Tried(taken_over[0], Answer(Outcome.REFUSED, 400, None))])
    assert states(office, announcement_id) == ["trying"]
    slow.outcomes.record([Tried(taken_over[0], Answer(Outcome.ACCEPTED, 200, "r1"))])
    office.delivery.outcomes.record([Tried(taken_over[0], Answer(Outcome.ACCEPTED, 409, "r2"))])
    slow.stop()
    row = office.read(announcement_id)
    assert (row.state, row.accepted) == ("sent", 2), "counted once"


def test_a_claim_that_is_too_old_is_given_back_instead_of_called(small: Office):
    small.residents(2, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    ticket = claim(small, small.delivery.owner)[0]
    messages = small.read(announcement_id).messages or b""
    small.delivery.outcomes.record([small.delivery.callers.attempt(Work(ticket, messages, claimed=-60.0))])
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
        tried = batches.claim(session, office.context.sealer, "dead", 1, office.context.clock(), real_now())
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


# --- what it leaves behind -------------------------------------------------------------------------


def test_the_audit_tells_of_freezing_and_of_the_end(small: Office):
    small.residents(2, "今泉")
    announcement_id = small.send(small.draft("今泉"))
    with small.database.read() as session:
        rows = session.execute(
            select(AuditRow.actor, AuditRow.action, AuditRow.details)
            .where(AuditRow.target == f"announcement:{announcement_id}", AuditRow.actor == "system")
            .order_by(AuditRow.id)
        ).all()
    assert [(actor, action) for actor, action, _ in rows] == [
        ("system", "announcement.freeze"),
        ("system", "announcement.finish"),
    ]
    assert rows[1].details == {"state": "sent", "accepted": 2, "recipients": 2}


def test_no_line_id_is_left_in_the_batches_or_in_the_log(small: Office, capfd):
    line_ids = small.residents(3, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    for batch in small.batches(announcement_id):
        assert batch.recipients is not None
        assert not any(line_id.encode() in batch.recipients for line_id in line_ids)
    small.delivery.send_due()
    assert all(batch.recipients is None for batch in small.batches(announcement_id))
    output = "".join(capfd.readouterr())
    assert "batches.sent" in output
    assert not any(line_id in output for line_id in line_ids)


def test_a_database_that_is_away_while_outcomes_are_written_is_asked_again(small: Office, monkeypatch):
    from bot.errors import UnavailableError

    small.residents(2, "今泉")
    announcement_id = small.scheduled(small.draft("今泉"))
    small.delivery.freeze_due(small.context.clock())
    monkeypatch.setattr("scheduler.outcomes.RECORD_AGAIN", 0.01)
    write, fails = small.delivery.outcomes.write, iter([True, True, False])

    def flaky(done):
        if next(fails):
            raise UnavailableError("locked")
        write(done)

    monkeypatch.setattr(small.delivery.outcomes, "write", flaky)
    small.delivery.send_due()
    assert small.read(announcement_id).state == "sent"
    assert small.multicasts()["calls"] == 1


def test_only_one_process_sends_at_a_time_on_postgresql(postgres_url: str, tmp_path: Path):
    with open_office(postgres_url, tmp_path) as office:
        office.residents(2, "今泉")
        announcement_id = office.send(office.draft("今泉"))
        assert states(office, announcement_id) == ["accepted"]
        office.scheduled(office.draft("今泉", title="二つ目"))
        office.delivery.freeze_due(office.context.clock())
        database = Database(postgres_url)
        other = office.new_delivery()
        assert other.send_due() == 0, "the first holds the lock"
        office.delivery.stop()
        assert other.send_due() == 1
        other.stop()
        database.close()
