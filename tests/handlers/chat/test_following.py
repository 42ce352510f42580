"""What is typed after an answer: follow-ups, more, not that; the context ends; personal data; the home district."""

from __future__ import annotations

import pytest

from bot.services import residents
from tests.handlers.chat.driver import Person


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("場所は？", "今泉小学校"), ("どこでやるの", "今泉小学校"), ("いくら？", "無料"), ("申込みは？", "申込不要"),
        ("誰でも行けますか", "どなたでも"), ("何時から？", "8時30分"),
    ],
)  # fmt: skip
def test_one_thing_about_what_was_answered(resident: Person, text: str, expected: str) -> None:
    resident.say("防災訓練いつ？")
    said = resident.say(text)
    assert expected in said
    assert "防災訓練" in said
    assert {"役に立った", "ちがう"} <= set(resident.labels)


def test_another_district_and_another_time(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    assert "大淵地区 防災訓練" in resident.say("大淵は？")
    said = resident.say("3月は？")
    assert "大淵地区 防災訓練" in said
    assert "3月7日(日)" in said


def test_another_range_of_events_is_shown_as_it_was_understood(resident: Person) -> None:
    assert "11月28日(土)・29日(日)の行事 (今泉)" in resident.say("今度の土日の行事")
    assert "12月1日(火)から31日(木)までの行事 (今泉)" in resident.say("来月は？")


def test_more_of_a_list_then_no_more(resident: Person) -> None:
    first = resident.say("来月の行事")
    assert "ほかに" in first
    second = resident.say("もっと")
    assert second != first
    assert "までの行事" in second
    for _ in range(8):
        second = resident.say("もっと")
    assert "見つかりませんでした" in second


def test_more_and_not_that_lead_to_the_next_candidates(resident: Person) -> None:
    resident.say("ごみの日はいつ")
    resident.say("もっと")
    first = list(resident.labels)
    assert "窓口で聞く" in first
    resident.say("ちがう")
    assert not {label for label in resident.labels if label in first} - {"窓口で聞く", "もどる", "メニュー", "窓口"}


def test_not_that_typed_is_the_button(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    typed = resident.say("ちがいます")
    resident.say("防災訓練いつ？")
    assert resident.tap("ちがう").split("\n")[0] == typed.split("\n")[0]


def test_what_is_no_activity_is_asked_again_with_the_new_word(resident: Person) -> None:
    resident.say("まちセンの部屋借りたい")
    assert "使用料" in resident.say("いくら？")


def test_the_context_ends_after_a_while_and_says_so(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    resident.now += residents.CONVERSATION_KEEPS
    said = resident.say("場所は？")
    assert "30分たつと" in said
    assert "防災訓練" in resident.say("防災訓練の場所は？")


def test_a_question_of_its_own_is_no_follow_up(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    assert "組長" in resident.say("ごみ当番いつ")
    assert "12月6日(日)の行事" in resident.say("12月6日")


def test_without_an_answer_before_there_is_nothing_to_follow(resident: Person) -> None:
    assert "もう一度送ってください" in resident.say("場所は？")


@pytest.mark.parametrize(
    "text", ["ごみの日はいつ 090-1234-5678", "今泉1丁目2番3号ですが、ごみの日は", "taro@example.com に送って"]
)
def test_who_writes_personal_data_is_told_it_need_not_be_and_never_reads_it_again(resident: Person, text: str) -> None:
    said = resident.say(text)
    assert "書かなくて大丈夫" in said
    for secret in ("1234", "2番3号", "taro@"):
        assert secret not in said
        assert secret not in str(resident.state)


def test_a_district_chosen_for_a_question_is_not_kept_unasked(person: Person) -> None:
    person.follow()
    person.say("防災訓練はいつですか")
    said = person.say("須津")
    assert "まだ登録していません" in said
    assert person.resident is not None
    assert person.resident.home_district_id is None
    assert "須津" in person.tap("この地区を登録する")
    assert person.resident.home_district_id is not None


def test_the_district_chosen_for_a_question_holds_for_what_follows(person: Person) -> None:
    person.follow()
    person.say("防災訓練はいつですか")
    person.say("須津")
    assert "須津地区 防災訓練" in person.say("3月は？")


@pytest.mark.parametrize(
    ("text", "word"), [("👍", "はい"), ("🙏", "どういたしまして"), ("😭😭", "言葉で"), ("❓", "言葉で")]
)
def test_signs_alone(resident: Person, text: str, word: str) -> None:
    assert word in resident.say(text)
