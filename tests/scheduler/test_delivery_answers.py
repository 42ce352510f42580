"""Delivery: every answer of LINE has its row here, over real HTTP. On SQLite and PostgreSQL."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from bot.errors import ConflictError
from bot.now import real_now
from bot.services import announcements, batches
from tests.support.announcing import Office, alerts, resume, states

TOO_FAST = "The API rate limit has been exceeded. Try again later."


class OneByOne:
    """A pace: the next call starts when the outcome of the one before has been written down."""

    spare = 0.0

    def __init__(self) -> None:
        self._free = True

    def next(self) -> None:
        self._free = True

    def due(self) -> float:
        return time.monotonic() + (0.0 if self._free else 0.01)

    def start(self) -> bool:
        free, self._free = self._free, False
        return free


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
    monkeypatch.setattr("scheduler.delivery.ENOUGH", 1)
    wanted = small.residents(12, "今泉")
    delivery = small.delivery = small.new_delivery(calls=1)
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
    delivery = small.delivery = small.new_delivery(calls=1)
    announcement_id = small.scheduled(small.draft("今泉"))
    delivery.freeze_due(small.context.clock())
    starts, record = OneByOne(), delivery._record_and_claim
    monkeypatch.setattr(delivery._limiter, "of", lambda municipality: starts)
    monkeypatch.setattr(delivery, "_record_and_claim", lambda *done: (record(*done), starts.next()))
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
