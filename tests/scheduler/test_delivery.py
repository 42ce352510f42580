"""Delivery over real HTTP to LINE in a box: from freezing to what it leaves behind. On SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.db import Database
from bot.models import AuditRow, Poll, Resident
from bot.now import real_now
from bot.services import announcements, claiming, freezing, polls, residents, standstill
from tests.support.announcing import CITY, Office, alerts, open_office, states
from tests.support.reading import words

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
        claiming.claim(session, office.context.sealer, "dead", 1, office.context.clock(), real_now())
        claiming.clear_leases(session)
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

    def flaky(session, done, ended):
        if done and next(fails):
            raise UnavailableError("locked")
        write(session, done, ended)

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
