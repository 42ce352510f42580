"""Residents: what they chose, leaving and coming back, erasing, under several keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.sealing import Sealer, new_key
from bot.models import Ballot, Conversation, InboxEvent, OutboxMessage, Participation, Poll, PollChoice, Resident
from bot.models import District as DistrictRow
from bot.now import JST, real_now
from bot.services import ballots, districts, polls, residents
from bot.services.context import Context

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=JST)
LINE_ID = "U" + "1" * 32


def make(session: Session, context: Context, line_id: str = LINE_ID, city: str = "fuji") -> Resident:
    return residents.create(session, city, context.sealer.seal_id(line_id, city), NOW)


def district(session: Session, name: str) -> int:
    return next(place.id for place in districts.listed(session, "fuji") if place.name == name)


def test_a_resident_is_found_under_any_live_key(cities: Context) -> None:
    old, new = new_key(), new_key()
    before, after = Sealer.parse(f"1:{old}"), Sealer.parse(f"2:{new},1:{old}")
    with cities.database.write() as session:
        row = residents.create(session, "fuji", before.seal_id(LINE_ID, "fuji"), NOW)
        assert residents.find(session, after, "fuji", LINE_ID) is row
        assert residents.find_sealed(session, after, "fuji", after.seal_id(LINE_ID, "fuji")) is row
        assert residents.find(session, after, "tomioka", LINE_ID) is None


def test_choosing_a_home_consents_and_is_no_interest(cities: Context) -> None:
    with cities.database.write() as session:
        row, home = make(session, cities), district(session, "今泉")
        residents.add_interest(session, row, home)
        residents.choose_home(session, row, home, NOW)
        assert (row.home_district_id, row.city_wide) == (home, False)
        assert residents.interests(session, row) == []
        assert (row.consent_version, row.consented_at) == (residents.CONSENT_VERSION, NOW)
        residents.choose_home(session, row, None, NOW + timedelta(days=1))
        assert (row.home_district_id, row.city_wide, row.consented_at) == (None, True, NOW)


def test_interests_are_a_set_without_the_home(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        residents.choose_home(session, row, district(session, "今泉"), NOW)
        for name in ("須津", "須津", "今泉"):
            residents.add_interest(session, row, district(session, name))
        assert residents.interests(session, row) == [district(session, "須津")]
        residents.remove_interest(session, row, district(session, "須津"))
        residents.remove_interest(session, row, district(session, "須津"))
        assert residents.interests(session, row) == []


def test_relations_keep_one_order_and_known_words(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        residents.set_relations(row, ["support", "work", "spy", "work"])
        assert row.relations == ["work", "support"]


def test_leaving_forgets_the_conversation_and_coming_back_the_menu(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        row.menu_language = "en"
        residents.keep_conversation(session, row, {"at": "district"}, NOW)
        residents.leave(session, row, NOW)
        session.flush()
        assert (row.state, row.left_at) == ("left", NOW)
        assert session.get(Conversation, row.id) is None
        residents.come_back(row, NOW + timedelta(days=1))
        assert (row.state, row.left_at, row.menu_language) == ("active", None, None)


def test_a_conversation_is_forgotten_after_half_an_hour(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        residents.keep_conversation(session, row, {"at": "x"}, NOW)
        session.flush()
        assert residents.conversation(session, row, NOW + timedelta(minutes=29)) == {"at": "x"}
        assert residents.conversation(session, row, NOW + timedelta(minutes=31)) == {}


def event(city: str, source: bytes, key: str, state: str = "handled", at: datetime = NOW) -> InboxEvent:
    return InboxEvent(
        municipality_id=city, event_key=key, kind="message/text", source=source, state=state, body=b"x", event_at=at,
        received_at=real_now(),
    )  # fmt: skip


def test_messages_are_counted_in_a_window(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        other = cities.sealer.seal_id("U" + "2" * 32, "fuji")
        for second in range(10):
            session.add(event("fuji", row.line_id, f"m{second}", at=NOW + timedelta(seconds=second)))
        session.add(event("fuji", other, "o"))
        session.flush()
        assert residents.messages_since(session, row, NOW, NOW + timedelta(seconds=5)) == 5


def test_erasing_leaves_no_trace_of_the_person(cities: Context) -> None:
    with cities.database.write() as session:
        row, kept = make(session, cities), make(session, cities, "U" + "2" * 32)
        residents.choose_home(session, row, district(session, "今泉"), NOW)
        residents.add_interest(session, row, district(session, "須津"))
        residents.keep_conversation(session, row, {"at": "x"}, NOW)
        session.add_all(event("fuji", row.line_id, f"e{state}", state) for state in ("handled", "parked", "waiting"))
        session.add(event("fuji", kept.line_id, "other"))
        session.add(
            OutboxMessage(municipality_id="fuji", resident_id=row.id, kind="answer", created_at=NOW, next_try_at=NOW)
        )
        session.flush()
        residents.erase(cities, session, row)
    with cities.database.read() as session:
        assert session.scalars(select(Resident.id)).all() == [kept.id]
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
        left = session.execute(
            select(InboxEvent.event_key, InboxEvent.body).where(InboxEvent.source.is_not(None))
        ).all()
        assert sorted(key for key, _ in left) == ["ewaiting", "other"]
        parked = session.scalar(select(InboxEvent.body).where(InboxEvent.event_key == "eparked"))
        assert parked is None


def test_erasing_withdraws_answers_from_open_polls(cities: Context) -> None:
    with cities.database.write() as session:
        poll = Poll(municipality_id="fuji", state="draft", question="?", closes_at=NOW + timedelta(days=1))
        session.add(poll)
        session.flush()
        session.add_all(
            PollChoice(poll_id=poll.id, position=at, municipality_id="fuji", label=str(at)) for at in (0, 1)
        )
        polls.prepare_key(cities.keystore, poll)
        polls.open_poll(session, cities.keystore, poll, NOW)
        row = make(session, cities)
        box = polls.box_of(cities.keystore, poll)
        assert box is not None
        ballots.cast(session, poll, box, ballots.Voter(row.id, LINE_ID), {0: (1,)}, ballots.SHEET_BYTES)
        session.flush()
        residents.erase(cities, session, row)
    with cities.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Ballot)) == 0
        assert session.scalar(select(func.count()).select_from(Participation)) == 0


def test_what_is_held_names_polls_without_answers(cities: Context) -> None:
    with cities.database.write() as session:
        row = make(session, cities)
        poll = Poll(municipality_id="fuji", state="closed", question="夜の訓練", closes_at=NOW)
        session.add_all([poll, event("fuji", row.line_id, "a")])
        session.flush()
        session.add(Participation(municipality_id="fuji", poll_id=poll.id, resident_id=row.id))
        session.flush()
        held = residents.held(session, cities.sealer, row)
    assert held == replace(held, polls=["夜の訓練"], messages=1, sent=0, interests=[], conversation=False)


@pytest.mark.parametrize("city", ["fuji", "tomioka"])
def test_districts_are_listed_for_one_municipality_only(cities: Context, city: str) -> None:
    with cities.database.read() as session:
        places = districts.listed(session, city)
        rows = session.scalars(
            select(DistrictRow.municipality_id).where(DistrictRow.id.in_([one.id for one in places]))
        )
        assert set(rows) == {city}
        assert districts.by_key(places, places[3].key) == places[3]
        assert districts.by_id(places, places[3].id) == places[3]
        assert districts.by_id(places, None) is None
