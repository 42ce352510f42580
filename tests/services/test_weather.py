"""Weather warnings for a municipality: each once, in every language, never an old one as new."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.permissions import Actor, Grant
from bot.core.weather_rules import hazard_of
from bot.errors import BadInputError, NotAllowedError
from bot.models import Alert, Announcement, AnnouncementText, Municipality, Staff, WeatherTelegram
from bot.services import weather
from content.formats import jma
from content.phrases import SERVED
from tests.support.polling import CITY, NOW, Polling
from tests.support.weather import FUJI, TOMIOKA, telegram

RAIN, HEAVIER, ADVISORY = (
    [("大雨警報", "発表")],
    [("大雨特別警報", "発表"), ("洪水警報", "発表")],
    [("大雨注意報", "発表")],
)


class Station:
    """A city that gets telegrams."""

    def __init__(self, context):
        self.context = context
        self.polling = Polling(context)

    def rule(self, mode="send", tell_from=3):
        actor = Actor(self.polling.officer.id, "市", (Grant("city", CITY),))
        with self.context.database.write() as session:
            weather.set_rule(session, CITY, actor, mode, tell_from, NOW)

    def hears(self, kinds, minutes=0, *, now=None, area=FUJI, title="気象警報・注意報（Ｈ２７）", **head):
        at = NOW + timedelta(minutes=minutes)
        data = telegram(at, {area: kinds}, title, **head)
        with self.context.database.write() as session:
            city = session.get_one(Municipality, CITY)
            return weather.take(session, city, jma.telegram(data), weather.digest(data), now or at)

    def told(self):
        with self.context.database.read() as session:
            return session.scalars(select(Announcement.title).order_by(Announcement.id)).all()


@pytest.fixture
def station(context):
    return Station(context)


def test_raised_lowered_and_withdrawn_are_told_once_each(station):
    station.rule()
    assert station.hears(ADVISORY).why == "unchanged"
    assert station.hears(RAIN, 10).announcement_id
    assert station.hears(RAIN, 10).why == "seen"
    assert station.hears(RAIN, 20).why == "unchanged"
    station.hears(HEAVIER, 30)
    station.hears(ADVISORY, 40)
    station.hears([], 50)
    assert station.told() == [
        "富士市に大雨警報が出ました",
        "富士市に大雨特別警報・洪水警報が出ました",
        "富士市の大雨特別警報は大雨注意報に変わりました",
    ]
    with station.context.database.read() as session:
        assert weather.in_force(session, CITY) == {}


def test_it_goes_to_the_whole_city_in_every_language_at_once(station):
    station.rule()
    given = station.hears(RAIN)
    with station.context.database.read() as session:
        row = session.get_one(Announcement, given.announcement_id)
        assert (row.state, row.audience, row.urgency, row.kind) == ("scheduled", "city", "emergency", "disaster")
        texts = session.scalars(select(AnnouncementText).order_by(AnnouncementText.language)).all()
        assert {one.language for one in texts} == set(SERVED) - {"ja"}
        for one in [row, *texts]:
            (message,) = json.loads(one.messages)
            assert one.title in message["altText"]
            assert "https" not in json.dumps(message)
        english = next(one for one in texts if one.language == "en")
        assert english.title == "Warning: heavy rain for 富士市"
        assert "evacuate now" in english.body


@pytest.mark.parametrize(
    ("head", "minutes", "why"),
    [
        ({"status": "訓練"}, 0, "exercise"),
        ({"status": "試験"}, 0, "exercise"),
        ({}, -200, "late"),
        ({}, 30, "ahead"),
        ({"area": TOMIOKA}, 0, "elsewhere"),
    ],
)
def test_exercises_old_ones_and_other_cities_are_never_told(station, head, minutes, why):
    station.rule()
    assert station.hears(RAIN, minutes, now=NOW, **head).why == why
    assert station.told() == []


def test_an_older_telegram_that_arrives_late_changes_nothing(station):
    station.rule()
    station.hears(HEAVIER, 30)
    assert station.hears(ADVISORY, 20, now=NOW + timedelta(minutes=31)).why == "old"
    with station.context.database.read() as session:
        assert weather.in_force(session, CITY)["大雨"].level == 5


def test_a_telegram_taken_back_gives_what_was_before(station):
    station.rule()
    station.hears(RAIN)
    station.hears(HEAVIER, 10)
    station.hears(HEAVIER, 20, act="取消")
    assert station.told()[-1] == "富士市の大雨特別警報は大雨警報に変わりました"


def test_what_puts_another_right_may_bear_its_time(station):
    station.rule()
    station.hears(RAIN)
    assert station.hears(HEAVIER, act="訂正").announcement_id
    assert station.hears(ADVISORY).why == "old"  # a plain one of the same time, in another form
    station.hears(HEAVIER, act="取消")
    assert station.told()[-1] == "富士市の大雨特別警報は大雨警報に変わりました"
    assert station.hears(HEAVIER, act="取消", title="気象特別警報・警報・注意報").why == "unchanged"
    with station.context.database.read() as session:
        assert weather.in_force(session, CITY)["大雨"].level == 3


def test_landslides_have_telegrams_of_their_own(station):
    station.rule()
    station.hears(RAIN)
    station.hears([("警戒", "発表")], 5, title="土砂災害警戒情報")
    with station.context.database.read() as session:
        body = session.scalars(select(Announcement.body).order_by(Announcement.id.desc())).first()
    assert "土砂災害警戒情報・大雨警報" in body
    assert "いま避難してください" in body
    station.hears([("解除", "解除")], 15, title="土砂災害警戒情報")
    assert station.told()[-1] == "富士市の土砂災害警戒情報は解除されました"


def test_without_a_rule_staff_see_it_and_nobody_else(station):
    assert station.hears(RAIN).why == "off"
    assert station.told() == []
    with station.context.database.read() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.kind, "富士市に大雨警報が出ました" in alert.text) == ("weather", True)


def test_by_rule_it_waits_for_a_second_person(station):
    station.rule("approve")
    given = station.hears(RAIN)
    with station.context.database.read() as session:
        row = session.get_one(Announcement, given.announcement_id)
        assert (row.state, row.messages, row.approved_at) == ("submitted", None, None)


def test_who_decided_has_left(station):
    station.rule()
    with station.context.database.write() as session:
        session.get_one(Staff, station.polling.officer.id).active = False
    given = station.hears(RAIN)
    with station.context.database.read() as session:
        assert session.get_one(Announcement, given.announcement_id).state == "submitted"


def test_only_the_city_decides_and_only_sensibly(station):
    with station.context.database.write() as session, pytest.raises(NotAllowedError):
        weather.set_rule(session, CITY, station.polling.officer, "send", 3, NOW)
    with pytest.raises(BadInputError):
        station.rule("always")
    with pytest.raises(BadInputError):
        station.rule("send", 1)


def test_every_telegram_is_kept_once(station):
    station.rule()
    station.hears(RAIN)
    station.hears(RAIN)
    with station.context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WeatherTelegram)) == 1


@pytest.mark.parametrize(
    ("name", "hazard"),
    [
        ("大雨特別警報", "大雨"),
        ("土砂災害警戒情報", "土砂災害"),
        ("暴風雪警報", "暴風雪"),
        ("警報", "警報"),
        ("大雨警報(土砂災害)", "大雨"),
    ],
)
def test_a_hazard_is_the_name_without_its_strength(name, hazard):
    assert hazard_of(name) == hazard
