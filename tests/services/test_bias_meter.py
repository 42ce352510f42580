"""The bias meter of polls and rounds: what is compared with what, and what it says where nothing can be compared."""

from types import SimpleNamespace

import pytest

from bot.models import Entry, Poll, RoundAudience
from bot.services import bias_meter, population
from content.formats.column_words import AGES
from tests.support.polling import CITY, NOW, Polling

TALLY = {"total": 60, "items": [{"counts": [40, 20]}]}


@pytest.fixture
def polling(context):
    return Polling(context)


def table(polling, **people):
    """Population tables: so many people of each age band and sex in the districts d1, d2 ..."""
    with polling.context.database.write() as session:
        for key, each in people.items():
            ages = {f"{age}の{sex}": str(each) for age in AGES for sex in ("男性", "女性")}
            extra = {"総人口": str(each * 36), "調査年月日": "2026-04-01", **ages}
            data = {"districts": [key], "extra": extra, "source": {"title": "市の統計"}}
            session.add(
                Entry(municipality_id=CITY, key=f"p-{key}", kind="population", title=key, data=data, updated_at=NOW)
            )


def meter(polling, audience="city", **tally):
    poll_id = polling.draft(audience=audience)
    with polling.context.database.write() as session:
        poll = session.get_one(Poll, poll_id)
        poll.state, poll.participants, poll.asks_age = "closed", 60, "ages" in tally
        poll.tally = TALLY | tally
        session.flush()
        return bias_meter.of_poll(session, poll)


def test_districts_and_ages_are_compared_with_the_city(polling):
    table(polling, d1=10, d2=90)
    home, away = str(polling.district), str(polling.elsewhere)
    found = meter(polling, districts={home: 40, away: 20}, ages={"0": 6, "3": 20, "4": 26, "5": 8})
    assert [one.attribute for one in found.parts] == ["地区", "年代"]
    assert found.parts[0].words[0] == "地区1の人が多めです: 参加した人の67%、人口では10%。"
    assert "75歳からの人が多めです: 参加した人の50%、人口では20%。" in found.parts[1].words
    assert found.notes == ("年代を答えなかった人は8人です。",)
    assert found.line.startswith("答えた人のかたより: 地区1の人が多めです")
    assert found.line.endswith("世論の割合ではありません。")
    assert found.source == "市の統計(2026年4月1日)"


def test_without_a_table_it_says_so_and_a_part_of_the_city_is_no_whole(polling):
    table(polling, d1=10)  # of the second district nothing is known
    home, away = str(polling.district), str(polling.elsewhere)
    found = meter(polling, districts={home: 40, away: 20}, ages={"3": 30, "": 30})
    assert found.lacks_table
    assert bias_meter.NO_TABLE in found.notes
    assert "人口の表がない" in found.line


def test_one_district_is_compared_by_age_with_its_own_people_only(polling):
    table(polling, d1=10)
    found = meter(polling, "home", districts={}, ages={"3": 30, "4": 30})
    assert [one.attribute for one in found.parts] == ["年代"]
    assert found.parts[0].compared
    assert bias_meter.ONE_PLACE in found.notes
    assert found.parts[0].shares[1].of_population == pytest.approx(4 / 15, abs=0.1)


def test_a_table_that_leaves_one_to_four_over_is_not_shown(polling):
    """As those of the first release could: people of no district stood in no row."""
    home, away = str(polling.district), str(polling.elsewhere)
    assert meter(polling, districts={home: 38, away: 20}).parts == ()


def test_an_open_poll_and_one_of_nine_have_no_meter(polling):
    poll_id = polling.opened()
    with polling.context.database.read() as session:
        poll = session.get_one(Poll, poll_id)
        assert bias_meter.of_poll(session, poll) is None
        poll.state, poll.tally = "closed", {"total": 9, "items": [{"counts": None}]}
        assert bias_meter.of_poll(session, poll) is None


def test_people_of_one_kind_are_not_the_city(polling):
    """A row on foreign residents only, or on one district, is not taken for the whole city."""
    with polling.context.database.write() as session:
        for key, area, people in (("f", "富士市(外国人住民)", "4434"), ("p-d1", "地区1", "900")):
            data = {
                "districts": ["d1"] if key != "f" else [],
                "extra": {"地域名": area, "総人口": people, "調査年月日": "2026-04-01"},
            }
            session.add(Entry(municipality_id=CITY, key=key, kind="population", title=area, data=data, updated_at=NOW))
    with polling.context.database.read() as session:
        found = population.of(session, CITY)
    assert found.city is None
    assert found.people([polling.district]) == {str(polling.district): 900}


def test_a_round_says_whose_ages_they_are(polling, monkeypatch):
    """Who only voted on others' words was not asked (docs/decisions/0037)."""
    poll = Poll(state="closed", asks_age=True, tally={"ages": {"1": 12, "3": 14}}, municipality_id=CITY)
    monkeypatch.setattr(bias_meter, "of_poll", lambda *_: None)
    monkeypatch.setattr(bias_meter.round_tables, "card_of", lambda *_: SimpleNamespace(poll=poll))
    audience = RoundAudience(districts={"1": 14, "2": 12})
    monkeypatch.setattr(bias_meter.opinion_audience, "of_round", lambda *_: audience)
    row = SimpleNamespace(municipality_id=CITY, id=1, district_id=polling.district)
    with polling.context.database.read() as session:
        assert bias_meter.ASKED_ONLY in bias_meter.of_round(session, row).notes
        poll.asks_age = False
        assert bias_meter.ASKED_ONLY not in bias_meter.of_round(session, row).notes
