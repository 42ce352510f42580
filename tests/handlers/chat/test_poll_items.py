"""Polls of several items in chat: by tap and by typing, forward, again, left and come back to."""

from __future__ import annotations

import pytest

from bot.core.poll_items import UNKNOWN, Item, Words
from bot.services import polls
from tests.services.test_poll_items import ITEMS, LATER, opened
from tests.support.house import labels, words
from tests.support.polling import Chat


@pytest.fixture
def chat(context):
    chat = Chat(context)
    chat.polling.resident(1)
    return chat


def sheet(chat, poll_id):
    from sqlalchemy import select

    from bot.models import Ballot

    box = polls.box_of(chat.context.keystore, chat.polling.poll(poll_id))
    with chat.context.database.read() as session:
        (row,) = session.scalars(select(Ballot).where(Ballot.poll_id == poll_id)).all()
    return box.open_sheet(row.answer, row.voter).answers


def test_the_first_card_says_how_many_there_are_and_the_rest_follow_one_by_one(chat):
    poll_id = opened(chat.polling)
    shown = chat.press(1, "poll.show", poll=poll_id)
    assert "全部で5問" in words(shown)
    assert "アンケート 1/5" in words(shown)
    assert labels(shown)[:4] == ["はい", "いいえ", "わからない", "答えたくない"]
    said = chat.press(1, "poll.vote", poll=poll_id, item=0, choice=1)
    assert "アンケート 3/5" in words(said)  # the second is for those who come
    assert "満足ですか" in words(said)
    assert "いいえ" not in words(said)


def test_by_typing_alone_to_the_end(chat):
    poll_id = opened(chat.polling)
    chat.press(1, "poll.show", poll=poll_id)
    assert "どれに来ますか" in words(chat.say(1, "1"))
    assert "満足ですか" in words(chat.say(1, "１ と ３"))
    assert "何人で" in words(chat.say(1, "まあ"))
    assert "0から9まで" in words(chat.say(1, "たくさん"))
    assert "ひとこと" in words(chat.say(1, "3人です"))
    assert "140文字まで" in words(chat.say(1, "あ" * 141))
    said = words(chat.say(1, "夜は0545-51-0123の田中まで"))
    assert "これで全部です" in said
    assert sheet(chat, poll_id) == {0: (0,), 1: (0, 2), 2: (1,), 3: 3, 4: {"text": "夜は●●の田中まで"}}
    assert chat.say(1, "2") is None  # nothing waits any more


def test_back_leads_to_the_item_before_that_was_asked(chat):
    poll_id = opened(chat.polling)
    shown = chat.press(1, "poll.vote", poll=poll_id, item=0, choice=1)  # the second item is not asked
    assert "もどる" in labels(shown)
    assert "参加しますか" in words(chat.say(1, "もどる"))
    chat.press(1, "poll.vote", poll=poll_id, item=0, choice=0)
    chat.press(1, "poll.done", poll=poll_id, item=1)
    assert "どれに来ますか" in words(chat.press(1, "poll.back", poll=poll_id, item=2))
    assert sheet(chat, poll_id) == {0: (0,)}


def test_several_choices_by_tap_say_how_many_not_which(chat):
    poll_id = opened(chat.polling)
    chat.press(1, "poll.vote", poll=poll_id, item=0, choice=0)
    chat.press(1, "poll.pick", poll=poll_id, item=1, choice=2)
    said = chat.press(1, "poll.pick", poll=poll_id, item=1, choice=0)
    assert "2つ選びました" in words(said)
    assert "夜" not in words(said)
    assert "2つ選びました" in words(chat.press(1, "poll.pick", poll=poll_id, item=1, choice=0))  # tapped twice
    assert sheet(chat, poll_id)[1] == (2, 0)
    assert "満足ですか" in words(chat.press(1, "poll.done", poll=poll_id, item=1))
    assert "どれに来ますか" in words(chat.press(1, "poll.again", poll=poll_id, item=1))
    assert 1 not in sheet(chat, poll_id)


def test_a_ranking_takes_five_at_most_in_their_order(chat):
    items = (Item("ranking", "大事な順に", tuple("abcdefg")),)
    poll_id = opened(chat.polling, items)
    chat.press(1, "poll.show", poll=poll_id)
    for choice in (6, 0, 5, 1, 4):
        said = chat.press(1, "poll.pick", poll=poll_id, item=0, choice=choice)
    assert "5番目まで" in words(said)
    assert "選べるのは5つまで" in words(chat.press(1, "poll.pick", poll=poll_id, item=0, choice=2))
    assert sheet(chat, poll_id) == {0: (6, 0, 5, 1, 4)}
    assert "これで全部です" in words(chat.press(1, "poll.done", poll=poll_id, item=0))


def test_not_to_say_is_an_answer_and_an_item_can_be_left_out(chat):
    poll_id = opened(chat.polling)
    assert "満足ですか" in words(chat.press(1, "poll.vote", poll=poll_id, item=0, choice="u"))
    assert "何人で" in words(chat.press(1, "poll.skip", poll=poll_id, item=2))
    assert sheet(chat, poll_id) == {0: UNKNOWN}


def test_left_halfway_it_goes_on_with_the_same_answers(chat):
    poll_id = opened(chat.polling)
    chat.press(1, "poll.vote", poll=poll_id, item=0, choice=1)
    assert "満足ですか" in words(chat.press(1, "poll.vote", poll=poll_id, item=0, choice=1))
    assert chat.polling.poll(poll_id).participants == 1


@pytest.mark.parametrize(
    "fields", [{"item": 9, "choice": 0}, {"item": "x", "choice": 0}, {"item": 0, "choice": 7}, {"item": 3, "choice": 1}]
)
def test_a_button_that_fits_no_item_stores_nothing(chat, fields):
    poll_id = opened(chat.polling)
    action = "poll.pick" if fields["item"] == 3 else "poll.vote"
    assert chat.press(1, action, poll=poll_id, **fields)
    assert chat.polling.poll(poll_id).participants == 0


def test_after_the_close_buttons_and_words_are_told_so(chat):
    poll_id = opened(chat.polling)
    chat.press(1, "poll.vote", poll=poll_id, item=0, choice=0)
    chat.now = LATER
    for action in ("poll.pick", "poll.done", "poll.again", "poll.skip", "poll.vote"):
        assert "終わりました" in words(chat.press(1, action, poll=poll_id, item=1, choice=0))


def test_translated_items_are_shown_in_the_residents_language(chat):
    items = (Item("single", "参加しますか", ("はい", "いいえ"), texts={"en": Words("Will you come?", ("Yes", "No"))}),)
    poll_id = opened(chat.polling, items)
    with chat.context.database.write() as session:
        session.get_one(polls.Resident, chat.polling.resident(1)).language = "en"
    shown = chat.press(1, "poll.show", poll=poll_id)
    assert "Will you come?" in words(shown)
    assert labels(shown)[:2] == ["Yes", "No"]


def test_the_result_tells_each_item(chat):
    from bot.services import closing

    items = (
        ITEMS[0],
        ITEMS[2],
        Item("ranking", "順に", ("a", "b")),
        Item("number", "何人", high=9, unit="人"),
        ITEMS[4],
    )
    poll_id = opened(chat.polling, items)
    for number in range(10):
        chat.polling.resident(number)
        chat.press(number, "poll.vote", poll=poll_id, item=0, choice="d" if number == 9 else 0)
        chat.press(number, "poll.pick", poll=poll_id, item=2, choice=number % 2)
        chat.press(number, "poll.skip", poll=poll_id, item=2)
        chat.say(number, "4")
    closing.close_due(chat.context, LATER)
    said = words(chat.press(1, "poll.result", poll=poll_id))
    for part in (
        "10人が回答",
        "問1 参加しますか",
        "はい: 9人(90%)",
        "答えたくない: 1",
        "0人が回答。10人から",
        "a: 10点",
        "まん中の値は4人",
        "4から4人: 10人",
    ):
        assert part in said
