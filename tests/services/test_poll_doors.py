"""Slips of paper and answers by telephone: sealed like all others, each once, counted by door and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.core.poll_items import DECLINED, UNKNOWN, Item
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Ballot, Participation, PollDoor
from bot.services import closing, poll_doors, polls
from bot.services.poll_doors import Slip
from tests.services.test_poll_items import ITEMS, LATER, answer, opened
from tests.support.polling import CITY, NOW, Polling


@pytest.fixture
def polling(context, database):
    return Polling(replace(context, database=database))


def enter(polling, poll_id, serial, answers, door="paper", actor=None, now=NOW, act=poll_doors.enter):
    poll = polling.poll(poll_id)
    box = polls.box_of(polling.context.keystore, poll)
    with polling.context.database.write() as session:
        act(session, poll, actor or polling.officer, box, Slip(door, serial, answers), now)


def entered(polling, poll_id):
    with polling.context.database.read() as session:
        return poll_doors.entered(session, polling.poll(poll_id))


@pytest.mark.parametrize(
    ("at", "typed", "given"),
    [(0, "2", (1,)), (0, "２番", (1,)), (0, "0", UNKNOWN), (0, "－", DECLINED), (0, "", None), (1, "13", (0, 2)),
     (1, "1、3", (0, 2)), (3, " 7 ", 7), (4, " 街灯 ", {"text": "街灯"})],
)  # fmt: skip
def test_what_is_typed_is_read(at, typed, given):
    assert poll_doors.read(ITEMS[at], typed) == given


@pytest.mark.parametrize(
    ("at", "typed"), [(0, "3"), (0, "はい"), (0, "1 2"), (1, "4"), (2, "0"), (3, "10"), (4, "あ" * 141)]
)
def test_what_does_not_fit_is_said(at, typed):
    with pytest.raises(BadInputError):
        poll_doors.read(ITEMS[at], typed)


def test_two_figures_are_one_choice_where_there_are_ten():
    item = Item("multiple", "どれ", tuple("あいうえおかきくけこ"))
    assert poll_doors.read(item, "10") == (9,)


def test_a_slip_counts_once_and_can_be_taken_back(polling):
    poll_id = opened(polling)
    enter(polling, poll_id, "12", {0: (0,), 1: (1,)})
    with pytest.raises(ConflictError):
        enter(polling, poll_id, " １２ ", {0: (1,)})
    enter(polling, poll_id, "12", {0: (1,)}, door="phone")  # another door counts its own
    assert entered(polling, poll_id) == {"paper": 1, "phone": 1, "desk": 0, "meeting": 0}
    assert polling.poll(poll_id).participants == 2
    enter(polling, poll_id, "12", {}, act=poll_doors.undo)
    with pytest.raises(NotFoundError):
        enter(polling, poll_id, "12", {}, act=poll_doors.undo)
    assert (entered(polling, poll_id)["paper"], polling.poll(poll_id).participants) == (0, 1)


def test_nothing_of_who_or_what_can_be_read(polling):
    poll_id = opened(polling)
    enter(polling, poll_id, "1", {0: (0,)})
    answer(polling, poll_id, 1, 4, {"text": "街灯"})
    with polling.context.database.read() as session:
        rows = session.scalars(select(Ballot)).all()
        assert len({len(row.answer) for row in rows}) == 1
        assert len(session.scalars(select(Participation)).all()) == 1  # the resident in LINE


def test_what_is_refused(polling):
    poll_id = opened(polling)
    with pytest.raises(BadInputError):
        enter(polling, poll_id, "1", {1: (0,)})  # only an item that is not asked
    with pytest.raises(BadInputError):
        enter(polling, poll_id, "1", {0: (0,)}, door="line")
    with pytest.raises(ConflictError):
        enter(polling, poll_id, "1", {0: (0,)}, now=LATER)
    stranger = Actor(polling.officer.id, "-", (Grant("officer", CITY, frozenset({polling.elsewhere})),))
    expired = Actor(1, "-", tuple(replace(one, until=NOW.date().replace(day=1)) for one in polling.officer.grants))
    for actor in (stranger, expired):
        with pytest.raises(NotAllowedError):
            enter(polling, poll_id, "1", {0: (0,)}, actor=actor)
    assert polling.poll(poll_id).participants == 0


def test_doors_are_told_apart_and_together_at_close(polling):
    poll_id = opened(polling)
    for number in range(12):
        answer(polling, poll_id, number, 0, (number % 2,))
        enter(polling, poll_id, str(number), {0: (0,)})
    assert closing.close_due(polling.context, LATER) == 1
    with polling.context.database.read() as session:
        poll = polls.get(session, CITY, poll_id)
        first = polls.item_results(session, poll)[0]
        assert first.tally.counts == (18, 6)
        assert first.split == {"line": (6, 6, 0, 0), "paper": (12, 0, 0, 0)}
        assert poll.tally["doors"] == {"line": 12, "paper": 12}
        assert session.scalars(select(PollDoor)).all() == []
