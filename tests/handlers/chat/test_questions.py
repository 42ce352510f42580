"""Questions: answered, chosen, asked back, unknown; what is said about an answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.models import Entry, UnansweredQuestion
from tests.handlers.chat.driver import Person


def unanswered(person: Person) -> list[UnansweredQuestion]:
    with person.context.database.read() as session:
        return list(session.scalars(select(UnansweredQuestion)))


def counts(person: Person, key: str) -> tuple[int, int]:
    with person.context.database.read() as session:
        row = session.scalar(select(Entry).where(Entry.municipality_id == person.city, Entry.key == key))
        assert row is not None
        return row.useful, row.not_useful


def test_an_answer_names_source_and_desk_and_asks_whether_it_helped(resident: Person) -> None:
    said = resident.say("防災訓練いつ？")
    assert "12月6日(日)" in said
    assert "出典" in said
    assert resident.labels[-4:] == ["役に立った", "ちがう", "メニュー", "窓口"]


def test_useful_is_counted_once(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    button = list(resident.seen)
    assert "よかったです" in resident.tap("役に立った")
    resident.seen = button
    assert "ありがとうございます" in resident.tap("役に立った")
    assert counts(resident, "bousai-kunren-imaizumi") == (1, 0)


def test_wrong_offers_others_and_then_the_desk(resident: Person) -> None:
    resident.say("防災訓練いつ？")
    said = resident.tap("ちがう")
    assert counts(resident, "bousai-kunren-imaizumi") == (0, 1)
    assert [row.reason for row in unanswered(resident)] == ["wrong"]
    for _ in range(6):
        if "窓口で聞く" not in resident.labels:
            break
        assert resident.labels.index("窓口で聞く") == len(resident.labels) - 4  # the last of the candidates
        resident.say("1")
        said = resident.tap("ちがう")
    assert "職員にも伝えました" in said
    assert len(unanswered(resident)) == 1


def test_candidates_are_chosen_by_tap_or_number(resident: Person) -> None:
    vague = next(
        text for text in ("夜間の急病はどこ", "計画", "補助", "次", "登録") if "窓口で聞く" in _labels(resident, text)
    )
    labels = _labels(resident, vague)
    assert 2 <= labels.index("窓口で聞く") <= 4
    by_number = resident.say("1番")
    resident.say(vague)
    assert resident.tap(labels[0]) == by_number


def _labels(person: Person, text: str) -> list[str]:
    person.say(text)
    return person.labels


def test_a_list_of_activities_can_be_opened_by_number(resident: Person) -> None:
    said = resident.say("今度の土日は何がある")
    assert "1. 11月28日(土)" in said
    second = said.split("2. ")[1].split("\n")[0].split("まで ")[-1].removeprefix("【中止】")
    assert second in resident.say("2")
    assert "くわしく" not in resident.labels


def test_unknown_is_said_openly_and_listed_masked_and_counted(resident: Person) -> None:
    said = resident.say("ペンギンの餌の作り方 電話は090-1234-5678")
    assert "まだ持っていません" in said
    assert "090" not in said
    assert resident.labels[-1] == "窓口"
    resident.say("ペンギンの餌の作り方 電話は090-1234-5678")
    rows = unanswered(resident)
    assert len(rows) == 1
    assert rows[0].count == 2
    assert "1234" not in rows[0].text
    assert "090" not in str(resident.state)
    assert rows[0].reason == "unknown"


def test_what_depends_on_the_district_is_asked_back_and_then_answered(person: Person) -> None:
    person.follow()
    said = person.say("防災訓練はいつですか")
    assert "地区" in said
    assert "あ行" in person.labels
    said = person.say("須津")
    assert "須津地区 防災訓練" in said
    assert person.resident is not None
    assert person.resident.home_district_id is None


def test_asked_back_by_row_and_by_location(person: Person) -> None:
    person.follow()
    person.say("防災訓練はいつですか")
    person.say("か行")
    assert "神戸地区 防災訓練" in person.tap("神戸(ごうど)")
    person.say("防災訓練はいつですか")
    person.send("location", latitude=35.1666, longitude=138.6934)
    assert "今泉地区 防災訓練" in person.say("1")


def test_the_whole_city_is_an_answer_to_which_district(person: Person) -> None:
    person.follow()
    person.say("防災訓練はいつですか")
    said = person.tap("市全体")
    assert said
    assert "あ行" not in person.labels


def test_which_hazard_is_asked_back_and_the_question_answered(resident: Person) -> None:
    said = resident.say("どこに逃げればいいですか")
    assert "災害" in said
    labels = list(resident.labels)
    assert "津波" in labels
    assert "窓口で聞く" in labels
    assert "津波" in resident.tap("津波")


def test_a_lost_question_is_asked_for_again(resident: Person) -> None:
    assert "もう一度" in resident.post("question.hazard", h="tsunami")
    assert "もう一度" in resident.post("district.pick", **{"for": "ask", "d": "sudo"})
    assert "もう一度" in resident.post("question.entry", e="gone")


@pytest.mark.parametrize(
    ("text", "first"),
    [("火事です", "119"), ("ひとが倒れた", "119"), ("泥棒に入られました", "110"), ("消えてしまいたい", "0120-279-338")],
)
def test_emergencies_come_before_everything(resident: Person, text: str, first: str) -> None:
    resident.say("設定")
    resident.say("3")
    before = resident.state
    said = resident.say(text)
    assert first in said
    assert resident.outcome.kind == "emergency"
    assert resident.state == before
    assert unanswered(resident) == []


def test_a_stranger_in_danger_gets_the_number_and_nothing_else(person: Person) -> None:
    said = person.say("火事です！")
    assert "119" in said
    assert "ようこそ" not in said


def test_drills_are_no_emergency(resident: Person) -> None:
    assert "119へ電話" not in resident.say("火災訓練はいつですか")


def test_the_answer_follows_the_language_of_the_message(resident: Person) -> None:
    said = resident.say("When is the next disaster drill in Imaizumi?")
    assert "December" in said
    assert "Helpful" in resident.labels
    said = resident.say("つぎの防災訓練はいつ")
    assert "12月6日" in said
    assert "役に立った" in resident.labels


@pytest.mark.parametrize(
    "text", ["あ" * 5000, "🙂🎉", "مرحبا كيف حالك", "\x00\x00", "\u202eabc", "？？？", "　", "a\x00b", "́" * 50]
)
def test_strange_texts_get_a_sensible_answer(resident: Person, text: str) -> None:
    assert resident.say(text)
    assert resident.labels


def test_texts_that_came_together_are_read_together(resident: Person) -> None:
    assert "12月6日" in resident.say("防災訓練\nいつですか")


@pytest.mark.parametrize(
    ("text", "label", "then"),
    [
        ("お知らせを止めたい", "お知らせを止める", "お知らせを止めました"),
        ("地区を変えたい", "お住まいの地区", "新しい地区はどこですか"),
        ("登録した情報を消してほしい", "登録を消す", "登録を消してよいですか"),
        ("英語で話して", "🌐 Language", "言葉を選んでください"),
    ],
)
def test_a_question_about_the_bot_brings_the_button_for_it(resident: Person, text: str, label: str, then: str) -> None:
    assert "出典" in resident.say(text)
    assert resident.labels[0] == label
    assert resident.labels[-1] == "窓口"
    assert then in resident.tap(label)
