"""Single messages against LINE in a box: every outcome LINE can give, and what becomes of the message."""

import time
from dataclasses import replace

import pytest
import requests
from sqlalchemy import select

from bot.line import client as client_module
from bot.line.client import LineClient
from bot.line.render import Text
from bot.line.sender import Sender
from bot.models import Alert, Municipality, OutboxMessage
from bot.now import real_now
from bot.services import outbox, residents
from bot.services.channels import ChannelBook, ChannelKeys, save_channel
from bot.services.outbox import Recipient
from bot.simulator.server import Simulator
from tests.simulator.conftest import Bot
from tests.support import daytime
from tests.support.line_spec import validate_messages

BOT = "U" + "b" * 32


class Post:
    def __init__(self, context, simulator, bot):
        context = replace(context, clock=daytime.clock)  # nothing here is about the quiet hours
        self.context, self.simulator, self.bot = context, simulator, bot
        self.sender = Sender(context, ChannelBook(context.database, context.sealer), LineClient(simulator.url))
        self.user = self.control("fuji/users", {"follow": True})["userId"]
        with context.database.write() as session:
            self.resident = residents.create(session, "fuji", context.sealer.seal_id(self.user, "fuji"), real_now()).id
        self.sender.send(self.add(bot.token()))  # the greeting
        self.greetings = self.copies()

    def control(self, path, body=None, method="POST"):
        answer = requests.request(method, f"{self.simulator.url}/_sim/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def fault(self, action, path="/v2/bot/message/push", when="before", times=1):
        self.control(
            "faults", {"match": {"method": "POST", "path": path}, "action": action, "when": when, "times": times}
        )

    def add(self, token=None, kind="answer"):
        to = Recipient("fuji", self.resident, reply_token=token, received_at=self.context.clock())
        with self.context.database.write() as session:
            return outbox.add(session, self.context.sealer, to, [Text("こんにちは")], kind, self.sender.at()).id

    def row(self, message_id):
        with self.context.database.read() as session:
            return session.get(OutboxMessage, message_id)

    def try_again(self, message_id):
        """The pause is over (LINE in a box calls less than a tenth of a second too fast)."""
        time.sleep(0.12)
        with self.context.database.write() as session:
            session.get(OutboxMessage, message_id).next_try_at = real_now()
        return self.sender.send(message_id)

    def copies(self):
        return len(self.control(f"fuji/inbox/{self.user}", method="GET")) - getattr(self, "greetings", 0)

    def violations(self):
        return self.control("violations", method="GET")

    def reply_token(self):
        """A fresh token: the person says something."""
        self.control(f"fuji/users/{self.user}/say", {"text": "はい"})
        return self.bot.token()


@pytest.fixture
def post(context):
    simulator, bot = Simulator().start(), Bot()
    channel = {
        "id": "fuji",
        "name": "富士(見本)",
        "secret": "s",
        "token": "t",
        "botUserId": BOT,
        "webhook": bot.url,
        "quota": None,
        "redelivery": False,
    }
    requests.put(f"{simulator.url}/_sim/fuji", json=channel, timeout=10).raise_for_status()
    with context.database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        save_channel(session, context.sealer, ChannelKeys("fuji", BOT, b"s", "t"))
    yield Post(context, simulator, bot)
    simulator.stop()
    bot.close()


def test_a_push_is_accepted_and_erased(post):
    message = post.add()
    assert post.sender.send(message)
    assert (post.row(message).state, post.row(message).body, post.copies()) == ("settled", None, 1)
    assert post.violations() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_500_is_tried_again_under_the_same_key_and_arrives_once(post, when):
    post.fault({"type": "status", "status": 500}, when=when)
    message = post.add()
    assert not post.sender.send(message)
    key = post.row(message).retry_key
    assert post.try_again(message)
    assert (post.row(message).retry_key, post.copies()) == (key, 1)
    assert post.violations() == []


def test_accepted_and_then_the_connection_breaks_arrives_once(post):
    post.fault({"type": "drop"}, when="after")
    message = post.add()
    assert not post.sender.send(message)
    assert post.row(message).state == "trying"
    assert post.try_again(message)
    assert post.copies() == 1


def test_half_an_answer_is_no_answer(post):
    post.fault({"type": "half_body"}, when="after")
    message = post.add()
    post.sender.send(message)
    post.try_again(message)
    assert (post.row(message).state, post.copies()) == ("settled", 1)


def test_a_line_that_hangs_is_given_up_and_tried_again(post, monkeypatch):
    monkeypatch.setattr(client_module, "TIMEOUT", (0.5, 0.3))
    post.fault({"type": "delay", "ms": 1200}, when="after")
    message = post.add()
    assert not post.sender.send(message)
    assert post.row(message).error.startswith("no answer")
    assert post.try_again(message)
    assert post.copies() == 1


def test_too_fast_waits_and_goes_on(post):
    post.fault({"type": "status", "status": 429, "message": "The API rate limit has been exceeded. Try again later."})
    message = post.add()
    assert not post.sender.send(message)
    assert post.try_again(message)
    assert post.violations() == []


def test_a_used_up_quota_drops_a_single_push(post):
    post.fault({"type": "status", "status": 429, "message": "You have reached your monthly limit."})
    message = post.add()
    post.sender.send(message)
    assert (post.row(message).state, post.row(message).error) == ("dropped", "monthly quota used up")


def test_a_token_that_line_does_not_take_alerts_staff_and_waits(post):
    post.fault({"type": "status", "status": 401, "message": "Authentication failed"})
    message = post.add()
    post.sender.send(message)
    with post.context.database.read() as session:
        assert session.scalar(select(Alert.kind)) == "token"
    assert post.try_again(message)


def test_a_400_is_a_dead_letter_without_the_words(post):
    post.fault({"type": "status", "status": 400, "message": "Failed to send messages"})
    message = post.add()
    post.sender.send(message)
    row = post.row(message)
    assert (row.state, row.body, row.error) == ("dead", None, "400: Failed to send messages")
    assert not post.sender.send(message)


def test_nobody_listens_is_no_answer(context):
    assert LineClient("http://127.0.0.1:9").call("GET", "/v2/bot/info", "t").status is None


def test_a_reply_that_was_lost_on_the_way_back_arrives_once(post):
    token = post.reply_token()
    post.fault({"type": "drop"}, path="/v2/bot/message/reply", when="after")
    message = post.add(token)
    assert not post.sender.send(message)
    assert post.try_again(message)  # 400 invalid token now means: sent before
    assert (post.row(message).state, post.copies()) == ("settled", 1)
    assert post.violations() == []


def test_a_token_that_never_was_valid_becomes_a_push(post):
    message = post.add("0" * 32)
    assert not post.sender.send(message)
    assert post.try_again(message)
    assert (post.row(message).via, post.copies()) == ("push", 1)


def test_the_sweep_sends_what_was_left(post):
    message = post.add()
    assert post.sender.send_due() == 1
    assert post.row(message).state == "settled"
    assert post.sender.send_due() == 0


@pytest.mark.shared
def test_what_arrived_fits_lines_own_description(post):
    post.sender.send(post.add())
    _greeting, delivery = post.control(f"fuji/inbox/{post.user}", method="GET")
    sent = [
        {key: value for key, value in message.items() if key not in {"id", "quoteToken"}}
        for message in delivery["messages"]
    ]
    assert validate_messages(sent) == []
