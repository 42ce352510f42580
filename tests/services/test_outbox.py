from datetime import UTC, datetime, timedelta

import pytest

from bot.core.sealing import Sealer, new_key
from bot.line.render import Text
from bot.models import Municipality, OutboxMessage, Resident
from bot.services import outbox
from bot.services.outbox import At, Recipient

NOW = datetime(2026, 11, 22, 1, 0, 0, tzinfo=UTC)
SEALER = Sealer.parse(f"1:{new_key()}")
USER = "U" + "1" * 32
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def desk(database):
    """A session with one resident, closed again without keeping anything."""
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        resident = Resident(municipality_id="fuji", line_id=SEALER.seal_id(USER, "fuji"), followed_at=NOW)
        session.add(resident)
        session.flush()
        yield Desk(session, resident)


class Desk:
    def __init__(self, session, resident):
        self.session, self.resident = session, resident

    def add(self, token="reply-token", kind="answer"):
        to = Recipient("fuji", self.resident.id, reply_token=token, received_at=NOW)
        return outbox.add(self.session, SEALER, to, [Text("こんにちは")], kind, At(NOW, NOW))

    def claim(self, row, at=NOW, owner="me"):
        return outbox.claim(self.session, SEALER, row.id, owner, At(at, at))

    def lapse(self, row):
        """The claimer died: its lease ran out."""
        self.session.flush()
        self.session.refresh(row)
        return NOW + outbox.LEASE + SECOND


def test_a_reply_goes_first_and_costs_nothing(desk):
    request = desk.claim(desk.add())
    assert (request.via, request.reply_token, request.retry_key) == ("reply", "reply-token", None)
    assert request.body == '[{"type":"text","text":"こんにちは"}]'.encode()


def test_one_claim_at_a_time(desk):
    row = desk.add()
    assert desk.claim(row, owner="one")
    assert desk.claim(row, owner="two") is None
    assert desk.claim(row, at=NOW + outbox.LEASE + SECOND, owner="two")


def test_an_unanswered_reply_is_tried_again_with_the_same_token_for_50_seconds(desk):
    row = desk.add()
    desk.claim(row)
    again = desk.claim(row, at=NOW + 40 * SECOND)
    assert (again.via, again.reply_token, again.attempt) == ("reply", "reply-token", 2)


def test_an_unanswered_reply_is_never_pushed(desk):
    row = desk.add()
    desk.claim(row)
    assert desk.claim(row, at=NOW + 51 * SECOND) is None
    assert row.state == "unknown"
    assert row.body is None


def test_a_reply_never_tried_is_pushed_while_it_is_fresh(desk):
    request = desk.claim(desk.add(), at=NOW + 2 * MINUTE)
    assert (request.via, request.to) == ("push", USER)
    assert request.retry_key


@pytest.mark.parametrize(
    ("kind", "minutes", "state"),
    [
        ("answer", 11, "dropped"),
        ("receipt", 11, None),
        ("vote", 1, "dropped"),
        ("emergency", 23 * 60, None),
        ("emergency", 25 * 60, "dropped"),
    ],
)
def test_too_late_is_dropped_and_counted(desk, kind, minutes, state):
    row = desk.add(kind=kind)
    request = desk.claim(row, at=NOW + minutes * MINUTE)
    assert (request is None) == (state is not None)
    assert row.state == (state or "trying")


def test_a_push_keeps_its_key_and_its_bytes_until_23_hours_have_passed(desk):
    row = desk.add(token=None)
    first = desk.claim(row)
    later = desk.claim(row, at=NOW + 22 * HOUR)
    assert (later.retry_key, later.body, later.via) == (first.retry_key, first.body, "push")
    assert desk.claim(row, at=NOW + 23 * HOUR + MINUTE) is None
    assert row.state == "unknown"


def test_what_was_sent_is_erased(desk):
    row = desk.add()
    desk.claim(row)
    outbox.succeeded(row, "request-1")
    assert (row.state, row.body, row.reply_token, row.request_id) == ("settled", None, None, "request-1")
    assert desk.claim(row, at=NOW + MINUTE) is None


def test_a_token_refused_at_its_first_try_becomes_a_push(desk):
    row = desk.add()
    desk.claim(row)
    outbox.reply_refused(row, NOW)
    assert desk.claim(row).via == "push"


def test_nothing_is_pushed_to_someone_who_left(desk):
    row = desk.add(token=None)
    desk.resident.state = "left"
    desk.session.flush()
    assert desk.claim(row) is None
    assert row.state == "dropped"


def test_pauses_grow(desk):
    row = desk.add(token=None)
    pauses = []
    for attempt in range(1, 10):
        row.attempts = attempt
        outbox.try_later(row, NOW, "500")
        pauses.append((row.next_try_at - NOW).total_seconds())
    assert pauses == sorted(pauses)
    assert pauses[0] == 1
    assert pauses[-1] == 1800


def test_due_finds_what_a_crash_left(desk):
    row = desk.add()
    assert outbox.due(desk.session, NOW) == [row.id]
    desk.claim(row)
    assert outbox.due(desk.session, NOW) == []
    assert outbox.due(desk.session, NOW + outbox.LEASE + SECOND) == [row.id]
    outbox.clear_leases(desk.session)
    assert outbox.due(desk.session, NOW) == [row.id]
    desk.session.refresh(row)
    assert isinstance(row, OutboxMessage)


def test_a_reply_follows_the_products_time_and_its_lease_the_real_one(desk):
    row = desk.add()
    request = outbox.claim(desk.session, SEALER, row.id, "me", At(NOW + 2 * HOUR, NOW))  # the demo's clock was moved
    assert request is None
    assert row.state == "dropped"
