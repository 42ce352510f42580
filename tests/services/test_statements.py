"""Statements on both databases: given, looked at, merged, reworded, told, withdrawn, limited, paused."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.core.sealing import Sealer, new_key
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import (
    Alert,
    AuditRow,
    ModerationAct,
    OutboxMessage,
    Resident,
    RoundTable,
    Statement,
    StatementLink,
    StatementQuota,
    StatementUnsend,
)
from bot.services import (
    listening,
    moderation,
    outbox,
    residents,
    statement_keys,
    statement_links,
    statement_votes,
    statements,
)
from bot.services.context import open_context
from bot.services.listening import Terms
from bot.services.resealing import reseal
from bot.services.statements import Entered
from tests.conftest import make_settings
from tests.support.hearing import CITY, NOW, Hearing
from tests.support.polling import line_id


@pytest.fixture
def hearing(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    yield Hearing(context)
    context.database.close()
    context.keystore.database.close()


def rows(hearing, table):
    with hearing.context.database.read() as session:
        return session.scalars(select(table)).all()


def act(hearing, what, *args, actor=None, now=NOW):
    with hearing.context.database.write() as session:
        return what(session, hearing.desk(actor, now), CITY, *args)


def told(hearing):
    bodies = [row.body for row in rows(hearing, OutboxMessage)]
    sealer = hearing.context.sealer
    return [json.loads(sealer.open(body, outbox.BODY_CONTEXT + CITY))[0]["text"] for body in bodies]


def test_a_statement_waits_without_a_trace_of_time_or_writer(hearing):
    given = hearing.give(1, "夜道が暗い")
    assert given.result == "given"
    (row,) = rows(hearing, Statement)
    assert (row.state, row.number, row.district_id) == ("waiting", None, hearing.district)
    assert row.due_at.minute == row.due_at.second == 0
    assert rows(hearing, StatementLink) == []
    assert rows(hearing, AuditRow) == []


def test_approved_in_the_order_of_approval_and_the_writer_is_told(hearing):
    first, second = (
        hearing.give(1, "夜道が暗い", linked=True).statement.id,
        hearing.give(2, "公園がほしい").statement.id,
    )
    act(hearing, moderation.approve, second)
    act(hearing, moderation.approve, first)
    assert [(hearing.statement(one).number, hearing.statement(one).due_at) for one in (second, first)] == [
        (1, None),
        (2, None),
    ]
    (text,) = told(hearing)
    assert "「夜道が暗い」を、みなさんに見えるようにしました" in text
    assert rows(hearing, OutboxMessage)[0].resident_id == hearing.resident(1)
    with pytest.raises(ConflictError):
        act(hearing, moderation.approve, first)


@pytest.mark.parametrize("reason", list(moderation.REASONS))
def test_each_refusal_names_its_reason_and_the_way_on(hearing, reason):
    row = hearing.give(1, "夜道が暗い", linked=True).statement
    act(hearing, moderation.refuse, row.id, reason)
    (text,) = told(hearing)
    assert text.startswith("いただいた声は、")
    kept = hearing.statement(row.id)
    assert (kept.state, kept.reason, kept.due_at) == ("refused", reason, None)
    assert (kept.text == "") == (reason in moderation.ERASED_AT_ONCE)
    assert rows(hearing, StatementLink) == []
    with pytest.raises(BadInputError):
        act(hearing, moderation.refuse, hearing.give(2, "公園").statement.id, "because")


def test_merging_loses_no_voice_and_no_vote(hearing):
    first, second = hearing.approved(1, "街灯を増やして"), hearing.approved(2, "街灯をもっと", linked=True)
    hearing.vote(3, first, 1)
    hearing.vote(3, second, -1)
    hearing.vote(4, second, 1)
    act(hearing, moderation.merge, second, first)
    assert (hearing.statement(second).state, hearing.statement(second).merged_into_id) == ("merged", first)
    assert hearing.statement(first).voices == 2
    with hearing.context.database.read() as session:
        votes, _ = statement_votes.opened(session, hearing.box())
    assert sorted(votes.values()) == [1, 1]  # who voted on both keeps the vote on the words that stay
    assert "「街灯を増やして」" in told(hearing)[-1]
    assert hearing.vote(5, second, 1) == "accepted"  # an old button means the words that stay
    with pytest.raises(ConflictError):
        act(hearing, moderation.merge, first, second)


def test_merging_across_rounds_is_refused(hearing):
    here, there = hearing.approved(1, "街灯を増やして"), hearing.approved(2, "街灯をもっと", any_day=True)
    with pytest.raises(BadInputError):
        act(hearing, moderation.merge, there, here)


def test_rewording_only_before_the_first_vote_and_the_writer_is_informed(hearing):
    row = hearing.approved(1, "街頭を増やして", linked=True)
    act(hearing, moderation.reword, row, "街灯を増やしてほしい")
    assert hearing.statement(row).text == "街灯を増やしてほしい"
    assert "「街灯を増やしてほしい」" in told(hearing)[-1]
    assert [one.before for one in rows(hearing, ModerationAct)][-1] == "街頭を増やして"
    hearing.vote(2, row, 0)
    with pytest.raises(ConflictError, match="言い直せません"):
        act(hearing, moderation.reword, row, "街灯を倍に")


def test_withdrawn_before_and_after_it_was_shown(hearing):
    waiting, shown = (
        hearing.give(1, "夜道が暗い", linked=True, message="m1").statement.id,
        hearing.approved(2, "街灯を"),
    )
    hearing.vote(3, shown, 1)
    keys = statement_keys.live(hearing.context.keystore, CITY, NOW)
    with hearing.context.database.write() as session:
        assert statements.unsend(session, CITY, keys, "other") is None
        assert statements.unsend(session, CITY, keys, "m1") == "waiting"
        assert statements.withdraw(session, CITY, shown) == "approved"
        assert statements.withdraw(session, CITY, shown) is None
    assert (hearing.statement(waiting).state, hearing.statement(waiting).text) == ("withdrawn", "")
    assert (hearing.statement(shown).state, hearing.statement(shown).text) == ("hidden", "")
    assert rows(hearing, StatementLink) == []
    assert hearing.box() is not None
    with pytest.raises(ConflictError):
        act(hearing, moderation.approve, waiting)


def test_five_a_day_then_tomorrow(hearing):
    results = [hearing.give(1, f"声の{'一二三四五六'[at]}").result for at in range(6)]
    assert results == ["given"] * 5 + ["too_many"]
    assert hearing.give(2, "ほかの人").result == "given"
    assert hearing.give(1, "あす", now=NOW + timedelta(days=1)).result == "given"
    # The count says nothing of who: another name each day.
    assert len({row.name for row in rows(hearing, StatementQuota)}) == 3


def test_past_the_promise_intake_pauses_until_it_was_looked_at(hearing):
    late = hearing.give(1, "夜道が暗い").statement
    after = NOW + timedelta(hours=60)
    with hearing.context.database.write() as session:
        assert moderation.remind(session, CITY, NOW + timedelta(hours=30)) == 0
        assert moderation.remind(session, CITY, NOW + timedelta(hours=44)) == 1
        assert moderation.remind(session, CITY, after) == 1
    assert "受付を休んでいます" in rows(hearing, Alert)[0].text
    assert hearing.give(2, "公園がほしい", now=after).result == "late"
    assert hearing.give(2, "公園がほしい", any_day=True, now=after).result == "given"  # another queue
    act(hearing, moderation.approve, late.id, now=after)
    assert hearing.give(2, "公園がほしい", now=after).result == "given"
    with hearing.context.database.write() as session:
        moderation.remind(session, CITY, after)
    assert rows(hearing, Alert) == []


def test_election_days_and_closed_rounds_take_nothing(hearing):
    with hearing.context.database.write() as session:
        listening.add_election(session, CITY, hearing.city, "市議選", (date(2026, 11, 22), date(2026, 11, 29)), NOW)
        with pytest.raises(NotAllowedError):
            listening.add_election(session, CITY, hearing.chair, "x", (date(2026, 11, 22), date(2026, 11, 29)), NOW)
        with pytest.raises(BadInputError):
            listening.add_election(session, CITY, hearing.city, "x", (date(2026, 11, 29), date(2026, 11, 22)), NOW)
    assert hearing.give(1, "夜道が暗い").result == "election"
    after = NOW + timedelta(days=8)
    assert hearing.give(1, "夜道が暗い", now=after).result == "given"
    assert hearing.give(1, "夜道が暗い", now=NOW + timedelta(days=14)).result == "closed"


def test_who_may_moderate(hearing):
    row = hearing.give(1, "夜道が暗い").statement
    with hearing.context.database.read() as session:
        assert moderation.may_moderate(session, hearing.chair, row, NOW)
        assert moderation.may_moderate(session, hearing.city, row, NOW)
        assert not moderation.may_moderate(session, hearing.officer, row, NOW)
        assert moderation.waiting(session, CITY, hearing.officer, NOW) == []
    with pytest.raises(ConflictError):
        act(hearing, moderation.approve, row.id, actor=hearing.officer)
    with hearing.context.database.write() as session:
        listening.set_terms(session, CITY, hearing.chair, Terms(hearing.round, hearing.officer.id, 24), NOW)
    act(hearing, moderation.approve, row.id, actor=hearing.officer)
    election = hearing.give(2, "市長選挙のこと").statement
    with pytest.raises(ConflictError):
        act(hearing, moderation.approve, election.id)
    act(hearing, moderation.approve, election.id, actor=hearing.city)


def test_another_municipality_finds_nothing(hearing):
    row = hearing.approved(1, "夜道が暗い")
    with hearing.context.database.write() as session:
        assert statements.find(session, "tomioka", row) is None
        assert statements.of_round(session, "tomioka", hearing.round) == []
        assert statements.withdraw(session, "tomioka", row) is None
        with pytest.raises(NotFoundError):
            moderation.approve(session, hearing.desk(), "tomioka", row)
        with pytest.raises(NotFoundError):
            listening.round_of(session, "tomioka", hearing.round)


def test_what_was_said_elsewhere_stands_beside_it(hearing):
    with hearing.context.database.write() as session:
        row = statements.enter(
            session, CITY, hearing.officer, Entered("坂道に手すりがほしい", "paper", hearing.round), NOW
        )
        seed = statements.enter(
            session, CITY, hearing.officer, Entered("見回りを増やす", "desk", hearing.round, seed=True), NOW
        )
        for entry in (
            Entered("田中さんのこと", "paper", hearing.round),
            Entered("x", "line"),
            Entered("あ" * 141, "paper", hearing.round),
        ):
            with pytest.raises((BadInputError, NotAllowedError)):
                statements.enter(session, CITY, hearing.officer, entry, NOW)
        with pytest.raises(NotAllowedError):
            statements.enter(
                session, CITY, hearing.officer, Entered("吉原の声", "paper", district_id=hearing.elsewhere), NOW
            )
    assert (row.state, row.door, row.seed, seed.seed) == ("approved", "paper", False, True)
    with hearing.context.database.read() as session:
        assert [one.text for one in statements.of_round(session, CITY, hearing.round)] == [
            "坂道に手すりがほしい",
            "見回りを増やす",
        ]


def test_the_log_is_safe_in_a_spreadsheet(hearing):
    act(hearing, moderation.approve, hearing.give(1, "=1+1で灯りを").statement.id)
    act(hearing, moderation.refuse, hearing.give(2, "公園がほしい").statement.id, "topic")
    with hearing.context.database.read() as session:
        raw = moderation.log_csv(moderation.log_rows(session, CITY, hearing.chair, NOW))
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert text.splitlines()[0] == "日時,声の番号,回,したこと,理由,まとめた先,担当,声の言葉"
    assert "'=1+1で灯りを" in text
    assert "議題と違う" in text


def test_links_follow_a_change_of_keys_and_die_with_the_resident(hearing):
    row = hearing.give(1, "夜道が暗い", linked=True).statement
    old = hearing.context.settings.keys.get_secret_value()
    both = Sealer.parse(f"2:{new_key()},{old}")
    assert reseal(hearing.context.database, both)["statement links"] == 1
    with hearing.context.database.read() as session:
        ((_, writer),) = statement_links.writers(session, both, CITY, [row])
    gone = writer.id
    sealed = rows(hearing, StatementLink)[0].sealed
    hearing.context = replace(hearing.context, sealer=both)
    with hearing.context.database.write() as session:
        resident = session.get_one(Resident, gone)
        residents.erase(hearing.context, session, resident)
        # The row number is given out again: to somebody else.
        session.add(Resident(id=gone, municipality_id=CITY, line_id=both.seal_id(line_id(99), CITY), followed_at=NOW))
    with hearing.context.database.read() as session:
        assert session.scalars(select(StatementLink)).all() == []
    with hearing.context.database.write() as session:  # an old copy of the link brings nobody else a message
        session.add(StatementLink(statement_id=row.id, municipality_id=CITY, sealed=sealed))
        session.flush()
        assert statement_links.writers(session, both, CITY, [row]) == []


def test_who_left_is_not_told(hearing):
    row = hearing.give(1, "夜道が暗い", linked=True).statement
    with hearing.context.database.write() as session:
        residents.leave(session, session.get_one(Resident, hearing.resident(1)), NOW)
    act(hearing, moderation.approve, row.id)
    assert rows(hearing, OutboxMessage) == []


def test_what_is_over_is_forgotten(hearing):
    hearing.give(1, "夜道が暗い", message="m1")
    refused = hearing.give(2, "公園がほしい").statement.id
    act(hearing, moderation.refuse, refused, "topic")
    reworded = hearing.approved(3, "街頭を", linked=True)
    act(hearing, moderation.reword, reworded, "街灯を")
    later = NOW + timedelta(days=31)
    with hearing.context.database.write() as session:
        assert statements.forget(session, NOW + timedelta(days=2)) == 0
        assert statements.forget(session, NOW + timedelta(days=3)) > 0
        moderation.forget_words(session, NOW + timedelta(days=29))
        assert session.get_one(Statement, refused).text == "公園がほしい"
        moderation.forget_words(session, later)
        assert statement_links.drop_old(session, later) == 0
        session.get_one(RoundTable, hearing.round).state = "followed_up"
        assert statement_links.drop_old(session, later) == 1
    assert hearing.statement(refused).text == ""
    assert {one.before for one in rows(hearing, ModerationAct)} == {None}
    assert rows(hearing, StatementUnsend) == rows(hearing, StatementQuota) == []
    assert statement_keys.destroy_old(hearing.context.keystore, CITY, NOW + timedelta(days=3)) == 1
    assert statement_keys.of_day(hearing.context.keystore, CITY, NOW.date()) is None
