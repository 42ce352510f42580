"""The age is asked once, after the answers, by tap or number; nothing but the sealed ballot holds it."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.core.age_bands import BANDS, DECLINED
from bot.models import InboxEvent, Poll, Resident
from bot.services import ballots, closing, polls
from content.phrases import SERVED
from tests.support.polling import CITY, NOW, Chat, line_id

ASKED = "年代を教えてください。"


@pytest.fixture
def chat(context):
    return Chat(context)


@pytest.fixture
def poll_id(chat):
    made = chat.polling.opened()
    with chat.context.database.write() as session:
        session.execute(update(Poll).where(Poll.id == made).values(asks_age=True))
    chat.polling.resident(1)
    return made


def age_of(chat, poll_id, number=1):
    box = polls.box_of(chat.context.keystore, chat.polling.poll(poll_id))
    with chat.context.database.read() as session:
        return ballots.sheet_of(session, chat.polling.poll(poll_id), box, line_id(number)).age


def words(messages):
    return json.dumps(messages, ensure_ascii=False)


def test_after_the_answer_it_is_asked_and_a_tap_gives_it(chat, poll_id):
    said = words(chat.press(1, "poll.vote", poll=poll_id, choice=0))
    assert ASKED in said
    assert "受け取りました" in said
    assert all(name in said for name in (*BANDS, "答えない"))
    said = words(chat.press(1, "poll.age", poll=poll_id, a=3))
    assert "ありがとうございます" in said
    assert not [name for name in BANDS if name in said]  # what was given is not repeated
    assert age_of(chat, poll_id) == 3
    assert chat.ballots(poll_id) == [0]


def test_a_number_gives_it_too_and_nobody_is_asked_twice(chat, poll_id):
    chat.press(1, "poll.vote", poll=poll_id, choice=0)
    assert "ありがとうございます" in words(chat.say(1, "5"))
    assert age_of(chat, poll_id) == 4
    assert ASKED not in words(chat.press(1, "poll.vote", poll=poll_id, choice=1))
    assert (chat.ballots(poll_id), age_of(chat, poll_id)) == ([1], 4)


def test_who_does_not_want_to_say_is_left_alone(chat, poll_id):
    chat.press(1, "poll.vote", poll=poll_id, choice=0)
    chat.press(1, "poll.age", poll=poll_id, a=DECLINED)
    assert age_of(chat, poll_id) == DECLINED
    assert ASKED not in words(chat.press(1, "poll.vote", poll=poll_id, choice=2))


@pytest.mark.parametrize("band", ["6", "-1", "", "３", "33"])
def test_what_is_no_band_is_not_kept(chat, poll_id, band):
    chat.press(1, "poll.vote", poll=poll_id, choice=0)
    assert "先に、アンケートに答えてください" in words(chat.press(1, "poll.age", poll=poll_id, a=band))
    assert age_of(chat, poll_id) is None


def test_without_an_answer_after_the_close_or_where_it_was_not_asked_nothing_is_kept(chat, poll_id):
    assert "先に" in words(chat.press(1, "poll.age", poll=poll_id, a=1))
    other = chat.polling.opened()
    assert ASKED not in words(chat.press(1, "poll.vote", poll=other, choice=0))
    assert "先に" in words(chat.press(1, "poll.age", poll=other, a=1))
    assert age_of(chat, other) is None
    chat.now = NOW + timedelta(days=4)
    assert "終わりました" in words(chat.press(1, "poll.age", poll=poll_id, a=1))


def test_no_event_or_state_holds_a_band_beside_a_resident(chat, poll_id):
    chat.press(1, "poll.vote", poll=poll_id, choice=0)
    chat.press(1, "poll.age", poll=poll_id, a=2)
    assert chat.kind == "vote"  # never pushed
    with chat.context.database.read() as session:
        assert {row.body for row in session.scalars(select(InboxEvent))} == {None}
    assert BANDS[2] not in words(chat.state(1))
    assert "poll.age" in closing.BALLOT_ACTIONS  # one that failed is wiped at close like a vote


@pytest.mark.parametrize("language", SERVED)
def test_it_is_asked_in_every_language(chat, poll_id, language):
    with chat.context.database.write() as session:
        session.execute(update(Resident).where(Resident.municipality_id == CITY).values(language=language))
    said = chat.press(1, "poll.vote", poll=poll_id, choice=0)
    assert {"29", "74"} <= set(re.findall("[0-9]+", words(said)))
