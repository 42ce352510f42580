"""Round tables in chat: the list, one round, numbers, other languages, buttons of rounds that are not there."""

import pytest

from bot.models import Resident, RoundTable
from tests.support.hearing import NOW, Hearing


@pytest.fixture
def hearing(cities):
    return Hearing(cities, voting=False)


@pytest.fixture
def resident(resident):
    resident.now = NOW
    return resident


def test_one_round_is_shown_at_once_and_its_word_goes_by_number(resident, hearing):
    said = resident.post("round.list")
    for words in ("第1回 円卓会議", "夜道を明るくするには", "ご意見の締切: ", "場所: 今泉まちづくりセンター", "協議会"):
        assert words in said
    assert "140字" in resident.say("1")


def test_several_rounds_are_chosen_by_number(resident, hearing):
    with hearing.context.database.write() as session:
        hearing.open_round(session, "ごみ置き場", voting=False)
    assert "どの会議" in resident.post("round.list")
    assert "会議: " in resident.say("2")


def test_a_round_in_english(resident, hearing):
    with hearing.context.database.write() as session:
        session.get_one(Resident, resident.resident.id).language = "en"
    said = resident.post("round.list")
    assert "Round table no. 1" in said
    assert "Opinions until:" in said


@pytest.mark.parametrize("number", ["999", "-1", "x", "9" * 30, ""])
def test_an_old_or_forged_button_gets_an_answer(resident, hearing, number):
    assert "いまはありません" in resident.post("round.show", round=number)


def test_what_is_not_published_is_not_there(resident, hearing):
    with hearing.context.database.write() as session:
        session.get_one(RoundTable, hearing.round).state = "planned"
    assert "いまはありません" in resident.post("round.show", round=str(hearing.round))
    assert "会議はありません" in resident.post("round.list")
