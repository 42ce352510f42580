"""The same poll in two years, side by side where it asked the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.poll_items import Item
from bot.services import closing, poll_years, polls
from tests.services.test_poll_items import ITEMS, LATER, answer, opened
from tests.support.polling import CITY, NOW, Polling


@pytest.fixture
def polling(context):
    return Polling(context)


def closed(polling, items, votes, repeats=None):
    poll_id = opened(polling, items)
    for number in range(votes):
        for at, item in enumerate(items):
            answer(
                polling,
                poll_id,
                number,
                at,
                {"text": "声"} if item.kind == "text" else 3 if item.kind == "number" else (number % 2,),
            )
    with polling.context.database.write() as session:
        polls.get(session, CITY, poll_id).repeats_id = repeats
    closing.close_due(polling.context, LATER)
    return poll_id


def beside(polling, poll_id):
    with polling.context.database.read() as session:
        return poll_years.beside(session, polls.get(session, CITY, poll_id))


def test_items_that_ask_the_same_stand_beside_each_other(polling):
    old = closed(polling, (ITEMS[2], ITEMS[0], ITEMS[4]), 12)
    new = closed(polling, (ITEMS[0], Item("single", "ほかのこと", ("はい", "いいえ")), ITEMS[2], ITEMS[4]), 10, old)
    found = beside(polling, new)
    assert found.poll.id == old
    assert {at: one.item.question for at, one in found.items.items()} == {0: "参加しますか", 2: "満足ですか"}
    assert found.items[0].tally.counts == (6, 6)
    assert beside(polling, old) is None


def test_what_may_not_be_shown_is_not_shown_beside_either(polling):
    old = closed(polling, ITEMS[:1], 9)
    assert beside(polling, closed(polling, ITEMS[:1], 12, old)) is None


def test_only_closed_polls_of_ones_own_districts_can_be_chosen(polling):
    old = closed(polling, ITEMS[:1], 12)
    opened(polling)
    with polling.context.database.read() as session:
        found = poll_years.choosable(session, CITY, polling.officer, NOW + timedelta(days=300))
        assert [poll.id for poll in found] == [old]
        assert poll_years.choosable(session, "tomioka", polling.officer, NOW) == []
