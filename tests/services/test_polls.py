"""Polls from draft to result, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select

from bot.core.permissions import Actor, Grant
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Announcement, Ballot, Participation, Poll, Resident, ResidentDistrict
from bot.services import ballots, poll_lists, polls
from bot.services.context import open_context
from bot.services.polls import Vote
from tests.conftest import make_settings
from tests.support.polling import CITY, NOW, QUESTION, Polling, line_id


@pytest.fixture
def polling(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    yield Polling(context)
    context.database.close()
    context.keystore.database.close()


def rows(polling, table):
    with polling.context.database.read() as session:
        return session.scalars(select(table)).all()


def test_each_mistake_in_a_draft_is_named(polling):
    with polling.context.database.read() as session, pytest.raises(BadInputError) as error:
        polls.create(session, CITY, polling.officer, " \n ", ["はい", " はい ", "x" * 41], NOW, NOW)
    for word in ("設問を書いて", "40文字", "同じ選択肢", "締切は、いまより"):
        assert word in error.value.message


@pytest.mark.parametrize("choices", [[], ["はい"], [f"{n}番目" for n in range(11)], ["はい", "  "]])
def test_two_to_ten_choices(polling, choices):
    with polling.context.database.read() as session, pytest.raises(BadInputError, match="2つから10"):
        polls.create(session, CITY, polling.officer, QUESTION, choices, NOW + timedelta(days=1), NOW)


def test_lengths_are_utf16_as_line_counts_them(polling):
    closes_at = NOW + timedelta(days=1)
    with polling.context.database.read() as session:
        with pytest.raises(BadInputError, match="設問は200文字"):
            polls.create(session, CITY, polling.officer, "🍎" * 101, ["はい", "いいえ"], closes_at, NOW)
        with pytest.raises(BadInputError, match="40文字"):
            polls.create(session, CITY, polling.officer, QUESTION, ["🍎" * 21, "いいえ"], closes_at, NOW)
        poll = polls.create(session, CITY, polling.officer, "🍎" * 100, ["🍎" * 20, "いいえ"], closes_at, NOW)
        assert polls.choices_of(session, poll) == ("🍎" * 20, "いいえ")


def test_choices_equal_but_for_width_are_the_same_choice(polling):
    with polling.context.database.read() as session, pytest.raises(BadInputError, match="同じ選択肢"):
        polls.create(session, CITY, polling.officer, QUESTION, ["ＡＢ", "ab"], NOW + timedelta(days=1), NOW)


def test_an_end_months_away_is_refused(polling):
    with polling.context.database.read() as session, pytest.raises(BadInputError, match="92日以内"):
        polls.create(session, CITY, polling.officer, QUESTION, ["a", "b"], NOW + timedelta(days=93), NOW)


def test_a_department_writes_no_polls(polling):
    other = Actor(1, "課", (Grant("department", CITY),))
    with polling.context.database.read() as session, pytest.raises(NotAllowedError):
        polls.create(session, CITY, other, QUESTION, ["a", "b"], NOW + timedelta(days=1), NOW)


def test_a_draft_changes_until_its_announcement_is_submitted(polling):
    poll_id = polling.draft()
    with polling.context.database.write() as session:
        poll = polls.get(session, CITY, poll_id)
        polls.change(session, poll, polling.officer, "新しい設問", ["甲", "乙"], NOW + timedelta(days=2), NOW)
        assert polls.choices_of(session, poll) == ("甲", "乙")
        session.scalars(select(Announcement)).one().state = "submitted"
    with polling.context.database.write() as session:
        poll = polls.get(session, CITY, poll_id)
        with pytest.raises(ConflictError):
            polls.change(session, poll, polling.officer, "別の設問", ["甲", "乙"], NOW + timedelta(days=2), NOW)


def test_an_officer_of_another_district_changes_nothing(polling):
    poll_id = polling.draft()
    neighbour = Actor(1, "隣", (Grant("officer", CITY, frozenset({polling.elsewhere})),))
    with polling.context.database.write() as session:
        poll = polls.get(session, CITY, poll_id)
        with pytest.raises(NotAllowedError):
            polls.change(session, poll, neighbour, QUESTION, ["甲", "乙"], NOW + timedelta(days=2), NOW)


def test_it_must_close_after_it_is_sent(polling):
    poll = polling.poll(polling.draft(days=3))
    polls.check_times(poll, NOW + timedelta(days=2), NOW)
    with pytest.raises(BadInputError):
        polls.check_times(poll, NOW + timedelta(days=3), NOW)
    with pytest.raises(BadInputError):
        polls.check_times(poll, None, NOW + timedelta(days=4))


def test_another_citys_poll_does_not_exist(polling):
    poll_id = polling.opened()
    with polling.context.database.read() as session:
        assert polls.find(session, "tomioka", poll_id) is None
        assert polls.locked(session, "tomioka", poll_id) is None
        with pytest.raises(NotFoundError):
            polls.get(session, "tomioka", poll_id)


def test_a_cancelled_poll_does_not_open(polling):
    poll_id = polling.draft()
    with polling.context.database.write() as session:
        polls.cancel(session, polls.get(session, CITY, poll_id))
    with polling.context.database.write() as session, pytest.raises(ConflictError):
        polls.open_poll(session, polling.context.keystore, polls.get(session, CITY, poll_id), NOW)


def test_a_sent_poll_is_not_deleted(polling):
    draft, sent = polling.draft(), polling.opened()
    with polling.context.database.write() as session:
        session.delete(session.query(Announcement).filter_by(poll_id=draft).one())
        session.flush()
        polls.delete_draft(session, polls.get(session, CITY, draft))
        with pytest.raises(ConflictError):
            polls.delete_draft(session, polls.get(session, CITY, sent))
    assert [poll.id for poll in rows(polling, Poll)] == [sent]


def test_opening_twice_keeps_the_key_and_the_moment(polling):
    poll_id = polling.opened()
    key = polling.context.keystore.get(f"{CITY}/{poll_id}")
    polls.prepare_key(polling.context.keystore, polling.poll(poll_id))
    with polling.context.database.write() as session:
        later = NOW + timedelta(hours=1)
        polls.open_poll(session, polling.context.keystore, polls.get(session, CITY, poll_id), later)
    assert polling.context.keystore.get(f"{CITY}/{poll_id}") == key is not None
    assert polling.poll(poll_id).opened_at == NOW


def test_one_ballot_per_line_account_changed_in_place(polling):
    poll_id = polling.opened()
    assert polling.vote(poll_id, 1, 0) is Vote.ACCEPTED
    first = rows(polling, Ballot)[0]
    assert polling.vote(poll_id, 1, 2) is Vote.CHANGED
    again = rows(polling, Ballot)
    assert len(again) == len(rows(polling, Participation)) == polling.poll(poll_id).participants == 1
    assert again[0].voter == first.voter
    assert again[0].id != first.id
    assert again[0].answer != first.answer


def test_a_ballot_outlives_a_new_registration_of_the_same_account(polling):
    poll_id = polling.opened()
    polling.vote(poll_id, 1, 0)
    with polling.context.database.write() as session:
        session.delete(session.scalars(select(Resident)).one())
    assert polling.vote(poll_id, 1, 1) is Vote.CHANGED
    assert polling.poll(poll_id).participants == 1
    assert len(rows(polling, Participation)) == 1


def test_what_is_stored_of_a_vote_says_nothing_without_the_key(polling):
    poll_id = polling.opened()
    for number in range(6):
        polling.vote(poll_id, number, number % 3)
    stored = rows(polling, Ballot)
    assert {ballot.choice for ballot in stored} == {None}
    assert len({len(ballot.answer) for ballot in stored}) == 1
    assert len({ballot.answer for ballot in stored}) == len({ballot.voter for ballot in stored}) == 6
    times = {"created_at", "at", "voted_at", "updated_at"}
    for table in ("ballot", "participation"):
        columns = {column["name"] for column in inspect(polling.context.database.engine).get_columns(table)}
        assert not columns & times


def test_an_answer_moved_to_another_voter_does_not_open(polling):
    poll_id = polling.opened()
    polling.vote(poll_id, 1, 1)
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    ballot = rows(polling, Ballot)[0]
    assert box.open_sheet(ballot.answer, ballot.voter).answers == {0: (1,)}
    assert box.open_sheet(ballot.answer, box.voter(line_id(2))) is None
    assert box.open_sheet(ballot.answer[:-1] + bytes([ballot.answer[-1] ^ 1]), ballot.voter) is None


def test_keys_stay_out_of_reprs(polling):
    poll_id = polling.opened()
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    assert repr(box) == f"BallotBox(poll='{CITY}/{poll_id}')"
    assert line_id(7) not in repr(polls.Answer(1, 2, line_id(7)))


@pytest.mark.parametrize("choice", [-1, 3, 255])
def test_a_choice_that_is_none_stores_nothing(polling, choice):
    poll_id = polling.opened()
    assert polling.vote(poll_id, 1, choice) is Vote.NO_CHOICE
    assert rows(polling, Ballot) == rows(polling, Participation) == []


def test_a_vote_after_the_deadline_is_refused_though_the_clock_is_late(polling):
    poll_id = polling.opened(days=3)
    assert polling.vote(poll_id, 1, 0, NOW + timedelta(days=3)) is Vote.CLOSED
    assert polling.vote(poll_id, 1, 0, NOW + timedelta(days=3, seconds=-1)) is Vote.ACCEPTED
    assert polling.poll(poll_id).state == "open"


def test_a_vote_that_races_the_closing_is_refused(polling):
    poll_id = polling.opened()
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    resident_id = polling.resident(1)
    with polling.context.database.write() as session:
        session.get_one(Poll, poll_id).state = "closing"
    with polling.context.database.write() as session:
        resident = session.get_one(Resident, resident_id)
        result = polls.vote(session, box, resident, polls.Answer(poll_id, 0, line_id(1)), NOW)
    assert result.vote is Vote.CLOSED
    assert rows(polling, Ballot) == []


def test_open_polls_of_my_districts(polling):
    home, city = polling.opened(), polling.opened(audience="city", days=1)
    interest = polling.opened(audience="home_and_interest", days=2)
    polling.draft()
    here, there = polling.resident(1), polling.resident(2, polling.elsewhere)
    with polling.context.database.write() as session:
        row = ResidentDistrict(resident_id=there, district_id=polling.district, municipality_id=CITY)
        session.add(row)
    with polling.context.database.read() as session:
        mine = [poll.id for poll in poll_lists.open_for(session, session.get_one(Resident, here), NOW)]
        theirs = [poll.id for poll in poll_lists.open_for(session, session.get_one(Resident, there), NOW)]
        later = poll_lists.open_for(session, session.get_one(Resident, here), NOW + timedelta(days=2))
    assert mine == [city, interest, home]
    assert theirs == [city, interest]
    assert [poll.id for poll in later] == [home]


def test_an_open_poll_shows_participation_only(polling):
    poll_id = polling.opened()
    for number in range(12):
        polling.vote(poll_id, number, 0)
    with polling.context.database.read() as session:
        poll = polls.get(session, CITY, poll_id)
        result = polls.result(poll, polls.choices_of(session, poll))
    assert (result.shown.participants, result.shown.counts, result.shown.why) == (12, None, "open")


def test_erasing_a_resident_withdraws_the_answers_of_open_polls(polling):
    poll_id, other = polling.opened(), polling.opened()
    for number in (1, 2):
        polling.vote(poll_id, number, 0)
    polling.vote(other, 1, 1)
    with polling.context.database.write() as session:
        resident = session.get_one(Resident, polling.resident(1))
        assert polls.forget_in_open_polls(polling.context, session, resident, line_id(1)) == 2
        session.delete(resident)
    assert polling.poll(poll_id).participants == 1
    assert polling.poll(other).participants == 0
    assert len(rows(polling, Ballot)) == len(rows(polling, Participation)) == 1
    with polling.context.database.read() as session:
        assert ballots.number_of(session, other) == 0


def test_the_invitation_carries_each_choice_signed_and_shows_nothing_in_the_chat(polling):
    poll_id = polling.opened()
    with polling.context.database.read() as session:
        card = polls.invitation(session, polling.context.sealer, polls.get(session, CITY, poll_id))
    assert card.title == QUESTION
    assert [button.label for button in card.buttons[:3]] == ["はい", "いいえ", "わからない"]
    assert [button.shown for button in card.buttons[:3]] == [None, None, None]
    assert card.numbered == 3
    said = " ".join([*card.body, *card.notes])
    assert "11月25日(水)午前10時" in said
    assert "投票や決定ではありません" in said
    assert "管理者" in said
