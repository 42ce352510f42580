"""受け取るお知らせ by number and by tap; a trial's code that is wrong, old or used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.models.resident import TOPICS
from bot.services import residents, trials
from content.phrases import SERVED, phrases
from tests.handlers.chat.driver import Person


def chosen(person: Person) -> list[str]:
    with person.context.database.read() as session:
        resident = residents.find(session, person.context.sealer, person.city, person.line_id)
        assert resident is not None
        return residents.topics(session, resident)


def test_topics_are_chosen_by_number_and_by_tap_and_given_up_again(resident: Person) -> None:
    assert "話題: ぜんぶ" in resident.say("設定")
    resident.tap("受け取るお知らせ")
    resident.say("3")
    resident.tap("ごみ・環境")
    assert chosen(resident) == ["safety", "environment"]
    resident.tap("✓ 防災・安全")
    assert chosen(resident) == ["environment"]
    assert "話題: ごみ・環境" in resident.say("設定")
    resident.say("受け取るお知らせ")
    resident.tap("ぜんぶ受け取る")
    assert chosen(resident) == []
    for _ in TOPICS:
        resident.post("settings.topic", t=next(name for name in TOPICS if name not in chosen(resident)))
    assert chosen(resident) == [], "all of them is everything"
    assert "どんなお知らせ" in resident.post("settings.topic", t="unknown")


@pytest.mark.parametrize("language", SERVED)
def test_every_language_has_its_topics(resident: Person, language: str) -> None:
    resident.post("language.set", to=language)
    say = phrases(language).say
    assert say("topic.title") in resident.post("settings.topics")
    assert set(resident.labels) >= {say(f"topic.{name}") for name in TOPICS}


def test_a_code_that_is_wrong_shows_nothing_and_says_why(resident: Person) -> None:
    for typed in ("ためし 000 0000", "ためし0000000", "試し ０００-００００"):
        assert "その番号は使えません" in resident.say(typed)
    assert trials.typed("ためし 000 00000") is None
    assert timedelta(minutes=30) == trials.LASTS
