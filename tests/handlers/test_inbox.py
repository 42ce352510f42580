"""The inbox worker on a real database, with LINE in a box as the other side and small stand-in conversations."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import select

from bot.line.client import LineClient
from bot.line.render import Text
from bot.line.sender import Sender
from bot.line.webhook import Incoming
from bot.models import InboxEvent, Municipality, OutboxMessage, Resident, SourceLease
from bot.now import real_now
from bot.services import inbox
from bot.services.channels import ChannelBook, ChannelKeys, save_channel
from bot.services.intake import Intake
from bot.simulator.server import Simulator
from handlers.chat.turn import Outcome
from handlers.inbox import InboxWorker

BOT = "U" + "b" * 32
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Room:
    """A worker whose conversation is `react`; events are put in by hand."""

    def __init__(self, context, simulator):
        self.context, self.simulator = context, simulator
        channels = ChannelBook(context.database, context.sealer)
        self.sender = Sender(context, channels, LineClient(simulator.url))
        self.turns = []
        self.react = lambda turn: Outcome([Text(f"「{turn.event.text}」ですね。")])
        self.worker = self.new_worker()
        self.intake = Intake(context.database, context.sealer)
        self.number = 0

    def new_worker(self):
        return InboxWorker(self.context, self.sender, self._react)

    def _react(self, turn):
        self.turns.append(turn.event)
        return self.react(turn)

    def person(self):
        return requests.post(f"{self.simulator.url}/_sim/fuji/users", json={"follow": True}, timeout=10).json()[
            "userId"
        ]

    def put(self, user, text="こんにちは", key=None, **changes):
        self.number += 1
        event = {
            "type": "message",
            "mode": "active",
            "source": {"type": "user", "userId": user},
            "message": {"type": "text", "text": text},
        } | changes
        stamp = START + timedelta(seconds=self.number)
        incoming = Incoming(
            key or f"event-{self.number}",
            f"{event['type']}/{event['message']['type']}"
            if "message" in event and event["type"] == "message"
            else event["type"],
            user,
            stamp,
            json.dumps(event).encode(),
        )
        sources = self.intake.store("fuji", [incoming], real_now())
        return ("fuji", sources[0])

    def events(self):
        with self.context.database.read() as session:
            return session.scalars(select(InboxEvent).order_by(InboxEvent.id)).all()

    def outbox(self):
        with self.context.database.read() as session:
            return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()

    def received(self, user):
        inbox_ = requests.get(f"{self.simulator.url}/_sim/fuji/inbox/{user}", timeout=10).json()
        return [message["text"] for delivery in inbox_ for message in delivery["messages"]]


@pytest.fixture
def room(context):
    simulator = Simulator()
    simulator.start()
    channel = {
        "id": "fuji",
        "name": "富士(見本)",
        "secret": "s",
        "token": "t",
        "botUserId": BOT,
        "webhook": "http://127.0.0.1:9/line/fuji",
        "quota": None,
        "redelivery": False,
    }
    requests.put(f"{simulator.url}/_sim/fuji", json=channel, timeout=10).raise_for_status()
    with context.database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        save_channel(session, context.sealer, ChannelKeys("fuji", BOT, b"s", "t"))
    yield Room(context, simulator)
    simulator.stop()


def test_an_event_is_answered_and_its_words_are_erased(room):
    user = room.person()
    room.worker.work(room.put(user))
    assert room.received(user) == ["「こんにちは」ですね。"]
    (event,), (message,) = room.events(), room.outbox()
    assert (event.state, event.body) == ("handled", None)
    assert (message.state, message.body, message.reply_token) == ("settled", None, None)


@pytest.mark.mutant
def test_a_duplicate_is_answered_once(room):
    user = room.person()
    source = room.put(user, key="same")
    room.put(user, key="same")
    room.worker.work(source)
    room.put(user, key="same")
    room.worker.work(source)
    assert len(room.received(user)) == 1


def test_texts_that_wait_together_are_read_together(room):
    user = room.person()
    room.put(user, "防災訓練")
    source = room.put(user, "いつですか")
    room.worker.work(source)
    assert [turn.text for turn in room.turns] == ["防災訓練\nいつですか"]
    assert {event.state for event in room.events()} == {"handled"}


def test_a_sticker_between_two_texts_keeps_its_place(room):
    user = room.person()
    room.put(user, "一")
    room.put(user, message={"type": "sticker"})
    source = room.put(user, "二")
    room.worker.work(source)
    assert [turn.kind for turn in room.turns] == ["message/text", "message/sticker", "message/text"]


def test_a_poisonous_event_is_parked_after_three_tries_and_later_ones_go_on(room):
    def react(turn):
        if "毒" in turn.event.text:
            raise KeyError("住民の言葉は記録しない")
        return Outcome([Text("はい")])

    room.react = react
    user = room.person()
    room.put(user, "毒")
    room.put(user, message={"type": "sticker"})
    source = room.put(user, "元気")
    for _ in range(4):
        room.worker.work(source)
        with room.context.database.write() as session:  # the pause is over
            for row in session.scalars(select(InboxEvent)):
                row.next_try_at = None
    assert [event.state for event in room.events()] == ["parked", "handled", "handled"]
    assert room.events()[0].error == "KeyError"
    assert room.received(user) == ["はい", "はい"]


@pytest.mark.mutant
def test_two_workers_answer_a_source_once(room):
    user = room.person()
    go_on = threading.Event()
    room.react = lambda turn: (go_on.wait(5), Outcome([Text("一度だけ")]))[1]
    source = room.put(user)
    first = threading.Thread(target=room.worker.work, args=(source,))
    first.start()
    second = threading.Thread(target=room.new_worker().work, args=(source,))
    second.start()
    second.join(1)
    go_on.set()
    first.join()
    second.join()
    assert len(room.turns) == 1
    assert room.received(user) == ["一度だけ"]


def test_a_worker_that_lost_its_lease_stores_nothing(room):
    user = room.person()
    source = room.put(user)

    def react(_turn):
        with room.context.database.write() as session:  # it slept too long: another worker took over
            lease = session.scalar(select(SourceLease))
            lease.owner = "another"
        return Outcome([Text("遅い")])

    room.react = react
    room.worker.work(source)
    assert room.received(user) == []
    assert room.outbox() == []
    assert room.events()[0].state == "waiting"


def test_what_a_killed_worker_left_is_found_by_the_sweep(room):
    user = room.person()
    source = room.put(user)
    with room.context.database.write() as session:
        inbox.take_lease(session, source, "killed", real_now() - timedelta(seconds=61))
    with room.context.database.read() as session:
        assert inbox.due_sources(session, real_now()) == [source]
    room.worker.work(source)
    assert len(room.received(user)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"source": {"type": "group", "groupId": "C" + "1" * 32}},
        {"mode": "standby"},
        {"mode": "future"},
        {"type": "beacon"},
        {"type": "message", "message": {"type": "hologram"}},
        {"source": "nonsense"},
        {"message": 3, "type": "postback", "postback": "nonsense"},
    ],
)
def test_strange_events_are_handled_without_a_failure(room, changes):
    room.react = lambda _turn: Outcome()
    user = room.person()
    room.worker.work(room.put(user, **changes))
    (event,) = room.events()
    assert (event.state, event.attempts) == ("handled", 0)


def test_a_message_over_lines_limit_is_not_half_sent(room):
    room.react = lambda _turn: Outcome([Text("あ" * 5001)])
    user = room.person()
    room.worker.work(room.put(user))
    assert room.outbox() == []
    assert room.events()[0].error == "BadInputError"


def test_what_a_conversation_writes_and_its_answer_are_one_transaction(room):
    def write(session, resident):
        resident.language = "en"
        session.flush()
        raise ValueError

    room.react = lambda _turn: Outcome([Text("はい")], write=write)
    user = room.person()
    room.worker.work(room.put(user))
    with room.context.database.read() as session:
        assert session.scalar(select(Resident)) is None
    assert room.received(user) == []
