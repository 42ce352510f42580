"""Votes on others' words on both databases: taken, changed, closed at every step, lost, forgotten."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.statement_rules import Seen
from bot.models import Alert, Listening, Resident, RoundParticipation, RoundTable, StatementVote
from bot.services import residents, statement_closing, statement_links, statement_votes
from bot.services.context import open_context
from bot.services.statement_votes import VoteBox, name_of
from tests.conftest import make_settings
from tests.support.hearing import CITY, NOW, Hearing
from tests.support.polling import line_id

LATER = NOW + timedelta(days=15)


@pytest.fixture
def hearing(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    yield Hearing(context)
    context.database.close()
    context.keystore.database.close()


def listening_row(hearing):
    with hearing.context.database.read() as session:
        return session.scalars(select(Listening).where(Listening.round_table_id == hearing.round)).one()


def count(hearing, table):
    with hearing.context.database.read() as session:
        return len(session.scalars(select(table)).all())


def voted(hearing, voters=12):
    """Three statements and votes on them: 12 on the first, 11 on the second, 4 on the last."""
    ids = [hearing.approved(50 + at, text) for at, text in enumerate(["街灯を増やす", "見回りをする", "公園がほしい"])]
    for voter in range(voters):
        hearing.vote(voter, ids[0], 1 if voter < 8 else -1)
        if voter < voters - 1:
            hearing.vote(voter, ids[1], 0)
        if voter < 4:
            hearing.vote(voter, ids[2], 1)
    return ids


def test_one_vote_per_account_and_statement_the_last_one_counts(hearing):
    row = hearing.approved(50, "街灯を増やす")
    assert [hearing.vote(1, row, answer) for answer in (1, -1, 0)] == ["accepted", "changed", "changed"]
    assert hearing.vote(2, row, 1) == "accepted"
    with hearing.context.database.read() as session:
        votes, spoiled = statement_votes.opened(session, hearing.box())
        assert statement_links.participants(session, CITY, hearing.round) == {hearing.resident(1), hearing.resident(2)}
    assert (sorted(votes.values()), spoiled) == ([0, 1], 0)
    assert (listening_row(hearing).voters, count(hearing, StatementVote)) == (2, 2)


def test_only_what_is_shown_in_this_round_while_it_listens(hearing):
    waiting = hearing.give(50, "街灯を増やす").statement.id
    other = hearing.approved(51, "公園がほしい", any_day=True)
    assert hearing.vote(1, waiting, 1) == hearing.vote(1, other, 1) == hearing.vote(1, 12345, 1) == "gone"
    row = hearing.approved(52, "見回りをする")
    assert hearing.vote(1, row, 1, now=LATER) == "closed"
    with hearing.context.database.write() as session:
        session.get_one(RoundTable, hearing.round).voting = False
    assert hearing.vote(1, row, 1) == "closed"
    assert count(hearing, StatementVote) == 0


def test_the_board_is_sealed_padded_and_says_what_was_counted(hearing):
    ids = voted(hearing)
    assert statement_votes.refresh_boards(hearing.context) == 1
    row, box = listening_row(hearing), hearing.box()
    board = box.open_board(row.board)
    assert (board[ids[0]].agree, board[ids[0]].disagree, board[ids[0]].seen) == (8, 4, 12)
    assert VoteBox.of(CITY, hearing.round, b"x" * 32).open_board(row.board) == {}
    assert len(box.seal_board({})) == len(box.seal_board({1: Seen(1, 2, 3, 0.5)}))


def test_the_next_one_is_never_one_that_was_answered(hearing):
    ids = voted(hearing)
    resident = hearing.resident(3)
    with hearing.context.database.read() as session:
        person = session.get_one(Resident, resident)
        assert statement_votes.next_for(session, hearing.box(), person, line_id(3)).statement is None
        person = session.get_one(Resident, hearing.resident(6))
        for seed in range(20):
            found = statement_votes.next_for(session, hearing.box(), person, line_id(6), chance=random.Random(seed))
            assert (found.statement.id, found.left) == (ids[2], 1)
        assert statement_votes.next_for(session, hearing.box(), person, line_id(6), ids[2]).statement is None


@pytest.mark.parametrize("stop", ["", "closing", "tallied", "destroyed", "wiped"])
def test_closing_from_wherever_it_was_killed(hearing, stop):
    ids = voted(hearing)

    def killed(step):
        if step == stop:
            raise KeyboardInterrupt

    def analyse(votes):
        assert len(votes) == 12 + 11 + 4
        return {"voters": 12}

    assert statement_closing.close_due(hearing.context, NOW) == 0
    if stop:
        with pytest.raises(KeyboardInterrupt):
            statement_closing.close_due(hearing.context, LATER, analyse, killed)
        assert hearing.vote(30, ids[0], 1) == "closed"
    assert statement_closing.close_due(hearing.context, LATER, analyse) == 1
    assert statement_closing.close_due(hearing.context, LATER) == 0
    tallies = [(one.agree, one.disagree, one.passed) for one in map(hearing.statement, ids)]
    assert tallies == [(8, 4, 0), (0, 0, 11), (None, None, None)]  # four votes may not be shown, so they are not kept
    row = listening_row(hearing)
    assert (row.votes_state, row.voters, row.board, row.groups) == ("closed", 12, None, {"voters": 12})
    assert count(hearing, StatementVote) == 0
    assert hearing.context.keystore.get(name_of(CITY, hearing.round)) is None
    assert hearing.vote(31, ids[0], 1) == "closed"


def test_a_round_whose_key_is_gone_says_so_and_keeps_its_statements(hearing):
    ids = voted(hearing)
    hearing.context.keystore.destroy(name_of(CITY, hearing.round))
    assert hearing.vote(20, ids[0], 1) == "closed"
    statement_closing.look_for_keys(hearing.context, NOW)
    assert listening_row(hearing).votes_state == "lost"
    assert (count(hearing, StatementVote), count(hearing, Alert)) == (0, 1)
    assert hearing.statement(ids[0]).state == "approved"
    assert statement_closing.close_due(hearing.context, LATER) == 0


def test_who_is_erased_takes_the_votes_along(hearing):
    voted(hearing)
    with hearing.context.database.write() as session:
        residents.erase(hearing.context, session, session.get_one(Resident, hearing.resident(0)))
    assert count(hearing, StatementVote) == 12 + 11 + 4 - 3
    assert listening_row(hearing).voters == 11
    assert count(hearing, RoundParticipation) == 11


def test_a_damaged_vote_is_not_counted(hearing):
    ids = voted(hearing)
    with hearing.context.database.write() as session:
        first = session.scalars(select(StatementVote).where(StatementVote.statement_id == ids[0])).first()
        first.answer = b"\0" * 44
    statement_closing.close_due(hearing.context, LATER)
    kept = hearing.statement(ids[0])
    assert kept.agree + kept.disagree + kept.passed == 11
