"""Polls of several items on real databases: answered bit by bit, counted once, torn apart at close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.poll_items import DECLINED, UNKNOWN, Item
from bot.errors import BadInputError, ConflictError
from bot.models import Announcement, AnnouncementDistrict, Ballot, PollText
from bot.services import ballots, closing, polls
from bot.services.ballots import Sheet
from tests.support.polling import CITY, NOW, Polling, line_id

ITEMS = (
    Item("single", "参加しますか", ("はい", "いいえ"), may_pass=True),
    Item("multiple", "どれに来ますか", ("朝", "昼", "夜"), after=(0, (0,))),
    Item("scale", "満足ですか", ("とても", "まあ", "ふつう", "あまり", "まったく")),
    Item("number", "何人で来ますか", high=9),
    Item("text", "ひとこと"),
)
LATER = NOW + timedelta(days=4)


@pytest.fixture
def polling(context):
    return Polling(context)


def opened(polling, items=ITEMS):
    with polling.context.database.write() as session:
        poll = polls.create_with(session, CITY, polling.officer, "秋の行事", items, NOW + timedelta(days=3), NOW)
        told = Announcement(
            municipality_id=CITY, state="sent", author_id=polling.officer.id, poll_id=poll.id, sender="協議会",
            title="アンケート", body="", audience="home", created_at=NOW, frozen_at=NOW,
        )  # fmt: skip
        session.add(told)
        session.flush()
        session.add(AnnouncementDistrict(announcement_id=told.id, district_id=polling.district, municipality_id=CITY))
        poll_id = poll.id
    polls.prepare_key(polling.context.keystore, polling.poll(poll_id))
    with polling.context.database.write() as session:
        polls.open_poll(session, polling.context.keystore, polls.get(session, CITY, poll_id), NOW)
    return poll_id


def answer(polling, poll_id, number, item, given, now=NOW):
    resident_id = polling.resident(number)
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    with polling.context.database.write() as session:
        row = session.get_one(polls.Resident, resident_id)
        return polls.vote(session, box, row, polls.Answer(poll_id, given, line_id(number), item), now)


def test_items_are_answered_one_after_another_and_a_branch_is_taken(polling):
    poll_id = opened(polling)
    assert answer(polling, poll_id, 1, 0, (0,)).coming == 1
    assert answer(polling, poll_id, 1, 1, (0, 2)).coming == 2
    assert answer(polling, poll_id, 2, 0, (1,)).coming == 2
    assert answer(polling, poll_id, 1, 0, UNKNOWN).coming == 2  # changed: the branch is not asked any more
    assert polling.poll(poll_id).participants == 2


def test_what_does_not_fit_is_refused_and_nothing_stored(polling):
    poll_id = opened(polling)
    for item, given in ((0, (2,)), (1, DECLINED), (3, 10), (4, {"text": "あ" * 141}), (5, (0,)), (-1, (0,))):
        assert answer(polling, poll_id, 1, item, given).vote is polls.Vote.NO_CHOICE
    assert polling.poll(poll_id).participants == 0


def test_every_ballot_has_the_same_size(polling):
    poll_id = opened(polling)
    answer(polling, poll_id, 1, 0, (0,))
    answer(polling, poll_id, 2, 4, {"text": "街灯を増やしてほしいです。" * 10})
    with polling.context.database.read() as session:
        sizes = {len(one) for one in session.scalars(select(Ballot.answer))}
    assert len(sizes) == 1


def test_at_close_items_are_counted_and_rows_join_nothing(polling):
    poll_id = opened(polling)
    for number in range(12):
        answer(polling, poll_id, number, 0, (0,) if number < 7 else (1,))
        answer(polling, poll_id, number, 1, (0, 2))  # five of them are not asked this
        answer(polling, poll_id, number, 3, number % 5)
        answer(polling, poll_id, number, 4, {"text": f"声{number} 電話0545-51-0123"})
    assert closing.close_due(polling.context, LATER) == 1
    with polling.context.database.read() as session:
        poll = polls.get(session, CITY, poll_id)
        single, multiple, scale, number, text = polls.item_results(session, poll)
        assert (single.tally.counts, poll.participants) == ((7, 5), 12)
        assert (multiple.tally.people, multiple.tally.counts) == (7, None)  # fewer than ten: not kept
        assert (scale.tally.people, text.tally.people) == (0, 12)
        assert number.tally.middle == 1.5
        assert sum(people for *_, people in number.tally.bins) == 12
        rows = session.scalars(select(Ballot)).all()
        assert sorted((row.item, row.choice) for row in rows) == [(0, 0)] * 7 + [(0, 1)] * 5
        assert all(row.voter is None and row.answer is None for row in rows)
        texts = session.scalars(select(PollText)).all()
        assert sorted(row.text for row in texts) == sorted(f"声{number} 電話●●" for number in range(12))
        assert {row.state for row in texts} == {"waiting"}
    assert polling.context.keystore.get(ballots.name_of(poll)) is None


def test_other_doors_are_counted_beside_line_and_a_slip_counts_once(polling):
    poll_id = opened(polling, ITEMS[:1])
    for number in range(9):
        answer(polling, poll_id, number, 0, (number % 2,))
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    with polling.context.database.write() as session:
        poll = polls.locked(session, CITY, poll_id)
        put = [
            ballots.put_in(
                session, poll, box, f"{slip % 11}", Sheet({0: (1,)}, door="paper"), ballots.size_of(ITEMS[:1])
            )
            for slip in range(12)
        ]
    assert put == [True] * 11 + [False]
    closing.close_due(polling.context, LATER)
    with polling.context.database.read() as session:
        (single,) = polls.item_results(session, polls.get(session, CITY, poll_id))
    assert single.tally.counts == (5, 15)
    assert polling.poll(poll_id).tally["doors"] == {"line": 9, "paper": 11}
    # 4 in LINE said いいえ: that row may not be shown, and with it neither may the paper's
    assert single.split == {}


def test_the_form_names_what_is_to_be_mended(polling):
    bad = [
        ([], "1つから5つまで"),
        ([*ITEMS, ITEMS[0]], "1つから5つまで"),
        ([Item("scale", "q", ("a", "b"))], "ちょうど5つ"),
        ([Item("number", "q", low=5, high=5)], "小さいほう"),
        ([ITEMS[0], Item("text", "q", after=(1, (0,)))], "問2: この設問を出す条件"),
        ([ITEMS[0], Item("text", "q", after=(0, (2,)))], "問2: この設問を出す条件"),
        ([ITEMS[0], Item("text", " ")], "問2: 設問を書いて"),
    ]
    with polling.context.database.write() as session:
        for items, why in bad:
            with pytest.raises(BadInputError, match=why):
                polls.create_with(session, CITY, polling.officer, "題", items, NOW + timedelta(days=1), NOW)


def test_items_are_rewritten_until_they_are_submitted(polling):
    with polling.context.database.write() as session:
        poll = polls.create(session, CITY, polling.officer, "q", ["a", "b"], NOW + timedelta(days=1), NOW)
        polls.change_items(session, poll, polling.officer, "題", ITEMS, NOW + timedelta(days=2), NOW)
        assert (polls.items_of(session, poll), poll.question) == (ITEMS, "題")
        polls.change(session, poll, polling.officer, "q2", ["a", "b"], NOW + timedelta(days=1), NOW)
        assert [item.question for item in polls.items_of(session, poll)] == ["q2"]
        poll.state = "open"
        with pytest.raises(ConflictError):
            polls.change_items(session, poll, polling.officer, "題", ITEMS, NOW + timedelta(days=2), NOW)
