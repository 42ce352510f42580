"""Closing polls: every step interrupted, every key lost, on both databases."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.models import Alert, Ballot, InboxEvent, Participation, Poll
from bot.services import closing, poll_lists, polls
from bot.services.context import open_context
from bot.services.intake import EVENT_CONTEXT
from bot.services.polls import Vote
from scheduler.polls import close_due
from tests.conftest import make_settings
from tests.support.polling import CITY, NOW, Polling, line_id

STEPS = ("closing", "tallied", "destroyed", "wiped", "closed")
LATER = NOW + timedelta(days=3)


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing after it runs."""


def counted(poll):
    """The counts of a poll of one choice."""
    return {name: poll.tally[name] for name in ("total", "choices")}


@pytest.fixture
def polling(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    yield Polling(context)
    context.database.close()
    context.keystore.database.close()


def rows(polling, table):
    with polling.context.database.read() as session:
        return session.scalars(select(table)).all()


def voted(polling, answers):
    poll_id = polling.opened()
    for number, choice in enumerate(answers):
        assert polling.vote(poll_id, number, choice) is Vote.ACCEPTED
    return poll_id


def seen(polling, poll_id):
    with polling.context.database.read() as session:
        poll = polls.get(session, CITY, poll_id)
        return polls.result(poll, polls.choices_of(session, poll)).shown


def test_a_poll_closes_when_it_is_due_and_not_before(polling):
    poll_id = voted(polling, [0] * 7 + [1] * 5)
    assert closing.close_due(polling.context, LATER - timedelta(seconds=1)) == 0
    assert closing.close_due(polling.context, LATER) == 1
    assert closing.close_due(polling.context, LATER) == 0
    poll = polling.poll(poll_id)
    assert (poll.state, poll.closed_at, poll.participants) == ("closed", LATER, 12)
    assert counted(poll) == {"total": 12, "choices": [7, 5, 0]}
    assert seen(polling, poll_id).counts == (7, 5, 0)
    assert polling.context.keystore.get(f"{CITY}/{poll_id}") is None


def test_closed_ballots_hold_a_choice_and_nothing_of_the_voter(polling):
    voted(polling, [0] * 7 + [1] * 5)
    before = rows(polling, Ballot)
    closing.close_due(polling.context, LATER)
    after = rows(polling, Ballot)
    assert sorted(ballot.choice for ballot in after) == [0] * 7 + [1] * 5
    assert {ballot.voter for ballot in after} == {ballot.answer for ballot in after} == {None}
    assert not {ballot.id for ballot in before} & {ballot.id for ballot in after}


def test_with_fewer_than_ten_answers_only_their_number_is_kept(polling):
    poll_id = voted(polling, [0] * 8 + [1])
    closing.close_due(polling.context, LATER)
    assert counted(polling.poll(poll_id)) == {"total": 9, "choices": None}
    assert rows(polling, Ballot) == []
    assert (seen(polling, poll_id).participants, seen(polling, poll_id).why) == (9, "few")


def test_a_poll_nobody_answered_closes_too(polling):
    poll_id = voted(polling, [])
    assert closing.close_due(polling.context, LATER) == 1
    assert seen(polling, poll_id).participants == 0


def test_the_last_answer_of_a_changed_mind_counts(polling):
    poll_id = voted(polling, [0] * 12)
    for number in range(5):
        assert polling.vote(poll_id, number, 2) is Vote.CHANGED
    closing.close_due(polling.context, LATER)
    assert counted(polling.poll(poll_id)) == {"total": 12, "choices": [7, 0, 5]}


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_is_closed_by_the_next_tick(polling, step):
    poll_id = voted(polling, [0] * 7 + [1] * 5)

    def kill(done):
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        closing.close_due(polling.context, LATER, kill)
    assert polling.vote(poll_id, 99, 0, NOW) is Vote.CLOSED
    assert polling.poll(poll_id).state == ("closed" if step == "closed" else "closing")
    assert seen(polling, poll_id).counts == ((7, 5, 0) if step == "closed" else None)

    closing.close_due(polling.context, LATER + timedelta(minutes=1))
    poll = polling.poll(poll_id)
    assert (poll.state, counted(poll)) == ("closed", {"total": 12, "choices": [7, 5, 0]})
    assert polling.context.keystore.get(f"{CITY}/{poll_id}") is None
    assert len(rows(polling, Ballot)) == 12


def test_every_step_is_reported_in_order(polling):
    voted(polling, [0] * 10)
    done = []
    closing.close_due(polling.context, LATER, done.append)
    assert tuple(done) == STEPS


def test_two_clocks_at_once_count_once(polling):
    poll_id = voted(polling, [0] * 12)

    def the_other_clock(step):
        if step == "closing":
            assert closing.close(polling.context, CITY, poll_id, LATER)

    assert closing.close_due(polling.context, LATER, the_other_clock) == 0
    assert counted(polling.poll(poll_id)) == {"total": 12, "choices": [12, 0, 0]}
    assert polling.poll(poll_id).state == "closed"
    assert len(rows(polling, Ballot)) == 12
    assert rows(polling, Alert) == []


def test_every_accepted_vote_is_in_the_tally_though_it_closes_meanwhile(polling):
    poll_id = polling.opened()
    numbers = list(range(24))
    for number in numbers:
        polling.resident(number)
    started = threading.Barrier(5)

    def crowd(mine):
        started.wait()
        return [polling.vote(poll_id, number, 1) for number in mine]

    with ThreadPoolExecutor(4) as pool:
        crowds = [pool.submit(crowd, numbers[at::4]) for at in range(4)]
        started.wait()
        while polling.poll(poll_id).participants < 10:
            time.sleep(0.005)
        closing.close(polling.context, CITY, poll_id, NOW)
        said = [vote for each in crowds for vote in each.result()]
    accepted = said.count(Vote.ACCEPTED)
    assert accepted + said.count(Vote.CLOSED) == 24
    assert counted(polling.poll(poll_id)) == {"total": accepted, "choices": [0, accepted, 0]}
    assert len(rows(polling, Ballot)) == len(rows(polling, Participation)) == accepted


def test_an_open_poll_without_its_key_is_lost_and_staff_are_told(polling):
    poll_id = voted(polling, [0] * 12)
    polling.context.keystore.destroy(f"{CITY}/{poll_id}")
    closing.look_for_keys(polling.context, NOW)
    assert polling.poll(poll_id).state == "lost"
    assert [(alert.kind, alert.subject) for alert in rows(polling, Alert)] == [("poll_lost", f"poll:{poll_id}")]
    assert polling.vote(poll_id, 50, 0) is Vote.CLOSED
    assert (seen(polling, poll_id).participants, seen(polling, poll_id).why) == (12, "lost")
    assert closing.close_due(polling.context, LATER) == 0


def test_a_key_that_is_missing_at_the_deadline_loses_the_poll(polling):
    poll_id = voted(polling, [0] * 12)
    polling.context.keystore.destroy(f"{CITY}/{poll_id}")
    assert closing.close_due(polling.context, LATER) == 0
    assert polling.poll(poll_id).state == "lost"
    assert len(rows(polling, Alert)) == 1


def test_a_key_that_comes_back_reopens_the_poll(polling, tmp_path):
    # The key store's address was wrong for a while: nothing is thrown away for that.
    poll_id = voted(polling, [0] * 12)
    settings = polling.context.settings.model_copy(update={"keystore_url": f"sqlite:///{tmp_path / 'wrong.db'}"})
    wrong = open_context(settings)
    closing.look_for_keys(wrong, NOW)
    wrong.database.close()
    wrong.keystore.database.close()
    assert polling.poll(poll_id).state == "lost"
    closing.look_for_keys(polling.context, NOW)
    assert polling.poll(poll_id).state == "open"
    assert rows(polling, Alert) == []
    closing.close_due(polling.context, LATER)
    assert counted(polling.poll(poll_id)) == {"total": 12, "choices": [12, 0, 0]}


def test_a_damaged_ballot_is_left_out_and_staff_are_told(polling):
    poll_id = voted(polling, [0] * 12)
    with polling.context.database.write() as session:
        first = session.scalars(select(Ballot)).first()
        session.execute(update(Ballot).where(Ballot.id == first.id).values(answer=b"\0" * 44))
    closing.close_due(polling.context, LATER)
    assert counted(polling.poll(poll_id)) == {"total": 11, "choices": [11, 0, 0]}
    assert [alert.kind for alert in rows(polling, Alert)] == ["poll_spoiled"]


def event_of(polling, poll_id, key, state):
    with polling.context.database.read() as session:
        card = polls.invitation(session, polling.context.sealer, polls.get(session, CITY, poll_id))
    body = b'{"type":"postback","postback":{"data":"%s"}}' % card.buttons[1].data.encode()
    sealer = polling.context.sealer
    return InboxEvent(
        municipality_id=CITY, event_key=key, kind="postback", source=sealer.seal_id(line_id(1), CITY), event_at=NOW,
        received_at=NOW, state=state, body=sealer.seal(body, EVENT_CONTEXT + CITY),
    )  # fmt: skip


def test_votes_that_were_set_aside_are_wiped_at_close(polling):
    poll_id, other = voted(polling, [0] * 12), polling.opened(days=9)
    with polling.context.database.write() as session:
        session.add(event_of(polling, poll_id, "a", "parked"))
        session.add(event_of(polling, other, "b", "parked"))
    closing.close_due(polling.context, LATER)
    bodies = {event.event_key: event.body for event in rows(polling, InboxEvent)}
    assert bodies["a"] is None
    assert bodies["b"] is not None


def test_thirty_days_later_nobody_knows_who_took_part(polling):
    closed, lost = voted(polling, [0] * 12), voted(polling, [1])
    polling.context.keystore.destroy(f"{CITY}/{lost}")
    closing.close_due(polling.context, LATER)
    closing.erase_old(polling.context, LATER + polls.RESULT_FOR - timedelta(seconds=1))
    assert len(rows(polling, Participation)) == 13
    closing.erase_old(polling.context, LATER + polls.RESULT_FOR)
    assert rows(polling, Participation) == []
    assert {ballot.poll_id for ballot in rows(polling, Ballot)} == {closed}
    assert counted(polling.poll(closed)) == {"total": 12, "choices": [12, 0, 0]}


def test_results_are_offered_for_thirty_days(polling):
    poll_id = voted(polling, [0] * 12)
    closing.close_due(polling.context, LATER)
    resident_id = polling.resident(1)
    with polling.context.database.read() as session:
        from bot.models import Resident

        resident = session.get_one(Resident, resident_id)
        assert [poll.id for poll in poll_lists.closed_for(session, resident, LATER)] == [poll_id]
        assert poll_lists.closed_for(session, resident, LATER + polls.RESULT_FOR) == []


def test_one_tick_does_it_all(polling):
    poll_id = voted(polling, [0] * 12)
    with polling.context.database.write() as session:
        session.execute(update(Poll).where(Poll.id == poll_id).values(closes_at=NOW - timedelta(days=1000)))
    close_due(polling.context)
    assert polling.poll(poll_id).state == "closed"
    close_due(polling.context)
    with polling.context.database.write() as session:
        assert session.execute(delete(Participation)).rowcount == 0
