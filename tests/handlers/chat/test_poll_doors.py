"""「アンケート12」, as the QR code on paper sends it: the poll, for who may answer it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import closing, poll_doors, polls
from bot.services.poll_doors import Slip
from tests.handlers.chat.test_polls import words
from tests.support.polling import NOW, QUESTION, Chat


@pytest.fixture
def chat(context):
    return Chat(context)


@pytest.mark.parametrize("text", ["アンケート{}", "アンケート {}番", "ｱﾝｹｰﾄNo.{}", "アンケート{} "])
def test_the_code_shows_the_poll_and_a_number_answers_it(chat, text):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    assert QUESTION in words(chat.say(1, text.format(poll_id)))
    assert "受け取りました" in words(chat.say(1, "2"))
    assert chat.ballots(poll_id) == [1]


def test_another_district_an_unsent_and_an_unknown_poll(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1, chat.polling.elsewhere)
    assert "登録している地区のものではありません" in words(chat.say(1, f"アンケート{poll_id}"))
    draft = chat.polling.draft()
    for number in (draft, poll_id + 100, "999999999"):
        assert "いまはありません" in words(chat.say(1, f"アンケート{number}"))
    assert chat.ballots(poll_id) == []


def test_somebody_new_is_asked_for_the_district_first(chat):
    poll_id = chat.polling.opened()
    said = words(chat.say(9, f"アンケート{poll_id}"))
    assert "お住まいの地区を教えてください" in said
    assert QUESTION not in said


def test_a_result_of_two_doors_says_that_one_person_may_be_in_it_twice(chat):
    poll_id = chat.polling.opened()
    poll = chat.polling.poll(poll_id)
    box = polls.box_of(chat.context.keystore, poll)
    for number in range(6):
        chat.polling.vote(poll_id, number, 0)
        with chat.context.database.write() as session:
            poll_doors.enter(session, poll, chat.polling.officer, box, Slip("paper", f"{number}", {0: (1,)}), NOW)
    chat.now = NOW + timedelta(days=3)
    closing.close_due(chat.context, chat.now)
    said = words(chat.press(1, "poll.result", poll=poll_id))
    assert "12人が回答しました" in said
    assert "同じ人が二つの入口で答えていることがあります" in said
