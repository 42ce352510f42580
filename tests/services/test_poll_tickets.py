"""Tickets: unguessable, good once, and apart from the ballots they gave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Ballot, Participation, PollTicket
from bot.services import closing, poll_tickets, polls
from bot.services.ballots import Sheet
from tests.services.test_poll_items import LATER, opened
from tests.support.polling import CITY, NOW, Polling


@pytest.fixture
def polling(context, database):
    return Polling(replace(context, database=database))


def make(polling, poll_id, count=3, now=NOW, actor=None):
    with polling.context.database.write() as session:
        return poll_tickets.make(session, polls.get(session, CITY, poll_id), actor or polling.officer, count, now)


def use(polling, code, choice=0, now=NOW):
    with polling.context.database.read() as session:
        found = poll_tickets.find(session, CITY, code)
    box = polls.box_of(polling.context.keystore, found.poll)
    with polling.context.database.write() as session:
        return poll_tickets.use(session, found, code, box, Sheet({0: (choice,)}, door="web"), now)


def rows(polling, table):
    with polling.context.database.read() as session:
        return session.scalars(select(table)).all()


def test_a_ticket_is_good_once_however_its_code_is_typed(polling):
    poll_id = opened(polling)
    codes = make(polling, poll_id)
    assert len({*codes}) == 3
    assert all(len(code) == 16 and not set(code) & set("OILU") for code in codes)
    typed = f" {poll_tickets.shown(codes[0]).lower().replace('0', 'o').replace('1', 'l')} "
    assert use(polling, typed)
    assert not use(polling, codes[0], 1)
    assert polling.poll(poll_id).participants == 1
    with polling.context.database.read() as session:
        assert poll_tickets.made_of(session, polling.poll(poll_id)) == (3, 1)
        assert poll_tickets.find(session, CITY, codes[1] + "X") is None
        assert poll_tickets.find(session, "tomioka", codes[1]) is None


def test_ticket_and_ballot_share_nothing(polling):
    poll_id = opened(polling)
    codes = make(polling, poll_id, 12)
    made = [row.code_hash for row in rows(polling, PollTicket)]
    assert made == sorted(made)  # the table does not keep the order in which the labels were printed
    for code in codes:
        assert use(polling, code)
    box = polls.box_of(polling.context.keystore, polling.poll(poll_id))
    tickets, ballots = rows(polling, PollTicket), rows(polling, Ballot)
    hints = [*codes, *(row.code_hash for row in tickets), *map(poll_tickets.shown, codes)]
    assert not {box.voter(f"web/{hint}") for hint in hints} & {row.voter for row in ballots}
    assert not any(code in str(vars(row)) for code in codes for row in tickets)
    assert rows(polling, Participation) == []


def test_at_close_no_ticket_tells_whether_it_was_used_and_later_all_are_gone(polling):
    poll_id = opened(polling)
    codes = make(polling, poll_id, 12)
    for code in codes[:11]:
        use(polling, code)
    closing.close_due(polling.context, LATER)
    assert {row.used for row in rows(polling, PollTicket)} == {True}
    assert not use_closed(polling, codes[11])
    closing.erase_old(polling.context, LATER + polls.RESULT_FOR)
    assert rows(polling, PollTicket) == []
    with polling.context.database.read() as session:
        first = polls.item_results(session, polls.get(session, CITY, poll_id))[0]
    assert first.tally.counts == (11, 0)


def use_closed(polling, code):
    with polling.context.database.write() as session:
        found = poll_tickets.find(session, CITY, code)
        return poll_tickets.use(session, found, code, None, Sheet({0: (0,)}), LATER)


def test_who_may_make_how_many_and_when(polling):
    poll_id = opened(polling)
    for count in (0, 501):
        with pytest.raises(BadInputError):
            make(polling, poll_id, count)
    with pytest.raises(ConflictError):
        make(polling, poll_id, now=LATER)
    with pytest.raises(NotAllowedError):
        make(polling, poll_id, actor=replace(polling.officer, grants=()))
    assert rows(polling, PollTicket) == []
