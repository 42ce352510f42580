"""前のお知らせ in the chat: what typed words ask for, a page at a time; questions stay questions."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.now import JST
from bot.services import announcement_archive
from bot.services.context import Context
from tests.handlers.chat.driver import Person
from tests.handlers.chat.test_areas import send_announcement

NOW = datetime(2026, 11, 22, 10, tzinfo=JST)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("11月", date(2026, 11, 1)),
        ("１２月", date(2025, 12, 1)),  # the last one that has begun
        ("先月", date(2026, 10, 1)),
        ("2025年3月号", date(2025, 3, 1)),
        ("令和7年4月", date(2025, 4, 1)),
        ("去年の11月", date(2025, 11, 1)),
        ("13月", None),
        ("防災", None),
    ],
)
def test_months_as_people_say_them(text, month):
    assert announcement_archive.month_of(text, NOW) == month


def test_found_by_word_month_and_district_a_page_at_a_time(resident: Person, cities: Context) -> None:
    for number in range(8):
        send_announcement(cities, "fuji", "今泉", f"ごみの話{number}", number)
    send_announcement(cities, "fuji", "須津", "須津のごみの日 ＰＴＡ", 9)
    said = resident.say("ごみのお知らせ")
    assert "「ごみ」のお知らせです。" in said
    assert said.index("須津のごみの日") < said.index("ごみの話7")
    assert "ごみの話2" not in said
    assert "ごみの話2" in resident.tap("もっと見る")
    assert "二行目です" in resident.say("1")
    assert "須津のごみの日" in resident.say("前のお知らせ pta")
    said = resident.say("今泉のごみのお知らせを見せて")
    assert "「今泉・ごみ」" in said
    assert "須津" not in said
    assert "ごみの話7" in resident.say("前のお知らせ ごみ 話７")
    assert "「須津」" in resident.say("まえのおしらせ、須津地区")
    assert "「花火」のお知らせは、見つかりませんでした" in resident.say("前のお知らせ　花火")
    months = resident.say("前のお知らせ")
    assert "月を選んでください" in months
    assert "年" in resident.say("1")


def test_a_question_stays_a_question(resident: Person, cities: Context) -> None:
    send_announcement(cities, "fuji", "今泉", "公園の清掃")
    assert "のお知らせです。" not in resident.say("ワクチンのお知らせ")
    assert "見つかりませんでした" in resident.say("1月のお知らせ")
