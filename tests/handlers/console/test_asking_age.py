"""The age in every form it is asked or entered in: the author's tick, slips, the printed ballot, a ticket's page."""

import re

import pytest

from bot.core.age_bands import BANDS
from bot.models import RoundTable
from bot.services import ballots, poll_doors, poll_print, polls, round_tables
from bot.services.poll_doors import read_age
from handlers import public
from tests.handlers.console.test_announcements import BASE, form, number, poll_fields
from tests.handlers.console.test_poll_doors import opened
from tests.support.console import Office, later, make_app, text_of
from tests.support.round_tables import Round


@pytest.fixture
def office(cities):
    return Office(cities)


def poll_of(office, announcement_id):
    with office.context.database.read() as session:
        return polls.get(session, "fuji", office.announcement(announcement_id).poll_id)


def sheets(office, poll_id):
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", poll_id)
        return list(ballots.sheets(session, poll, polls.box_of(office.context.keystore, poll)))


def test_the_author_ticks_it_and_who_approves_sees_it(office):
    visitor = office.visit(office.hire("officer", "今泉"))
    made = number(visitor.post(f"{BASE}/new", form(office) | poll_fields() | {"asks_age": "1"}).location)
    assert poll_of(office, made).asks_age
    assert "年代もたずねます(答えなくてもよい)" in visitor.get(f"{BASE}/{made}").text
    page = visitor.get(f"{BASE}/{made}/edit").text
    assert 'name="asks_age" value="1" checked' in page
    version = page.split('name="version" value="')[1].split('"')[0]
    assert visitor.post(f"{BASE}/{made}/edit", form(office, version=version) | poll_fields()).status_code == 302
    assert not poll_of(office, made).asks_age


def test_a_round_asks_those_who_answer_its_question(cities):
    made = Round(cities)
    answer = made.as_(made.officer).post("/console/fuji/round-tables/new", made.form(asks_age="1"))
    made.id = int(answer.location.rsplit("/", 1)[1])
    with cities.database.read() as session:
        assert round_tables.card_of(session, session.get_one(RoundTable, made.id)).poll.asks_age
    assert 'name="asks_age" value="1" checked' in made.as_(made.officer).get(made.to("edit")).text


def test_a_slip_takes_the_number_of_a_band_and_says_what_is_wrong_with_another(office):
    officer = office.hire("officer", "今泉")
    poll_id = opened(office, officer, later(240), asks_age=True)
    visitor, place = office.visit(officer), f"/console/fuji/polls/{poll_id}"
    assert all(name in visitor.get(f"{place}/slips").text for name in BANDS)
    wrong = visitor.post(f"{place}/slips", {"door": "paper", "slip": "a", "item_0": "1", "age": "6"})
    assert wrong.status_code == 400
    assert "年代は、1から5までの番号" in wrong.text
    assert 'value="6"' in wrong.text
    for slip, age in (("a", "4"), ("b", "")):
        visitor.post(f"{place}/slips", {"door": "paper", "slip": slip, "item_0": "1", "age": age})
    assert sorted((one.age is None, one.age) for one in sheets(office, poll_id)) == [(False, 3), (True, None)]
    said = text_of(visitor.get(f"{place}/ballot"))
    assert poll_print.AGE.title in said
    assert "1 29歳まで" in said


@pytest.mark.parametrize(("typed", "band"), [("", None), (" ", None), ("1", 0), ("５", 4)])
def test_what_is_typed_of_a_slip(typed, band):
    assert read_age(typed) == band


@pytest.mark.parametrize("typed", ["0", "6", "x", "1 2", "-1"])
def test_what_is_no_band(typed):
    with pytest.raises(poll_doors.BadInputError):
        read_age(typed)


def test_a_ticket_asks_on_its_page_and_nobody_has_to_say(office):
    officer = office.hire("officer", "今泉")
    poll_id = opened(office, officer, later(240), asks_age=True)
    page = office.visit(officer).post(f"/console/fuji/polls/{poll_id}/tickets", {"count": "2"})
    codes = re.search(r'name="codes" value="([^"]+)"', page.text)[1].split()
    app = make_app(office.context)
    public.register(app, office.context)
    client = app.test_client()
    assert "年代を教えてください" in client.get(f"/m/fuji/poll/{codes[0]}").text
    check = client.post(f"/m/fuji/poll/{codes[0]}", data={"q0": "0", "q_age": "2", "step": "check"})
    assert BANDS[2] in text_of(check)
    for code, answer in zip(codes, ({"q0": "0", "q_age": "2"}, {"q0": "1", "q_age": "9"}), strict=True):
        assert client.post(f"/m/fuji/poll/{code}", data={**answer, "step": "send"}).status_code == 303
    assert sorted((one.age is None, one.age) for one in sheets(office, poll_id)) == [(False, 2), (True, None)]
