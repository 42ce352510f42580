"""Numbers, labels and the words that always work."""

from __future__ import annotations

import pytest

from handlers.chat.commands import MEANINGS
from handlers.chat.understood import number
from tests.handlers.chat.driver import Person


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1), ("１", 1), ("①", 1), ("2番", 2), ("2.", 2), ("２番です", 2), ("(3)", 3), ("三", 3), ("12", 12),
        (" 4 ", 4), ("5番目", 5), ("1番でお願いします", None), ("１番お願いします", 1), ("100", None), ("1丁目", None),
        ("1日", None), ("令和8年", None), ("", None), ("一", 1), ("いち", None), ("1.5", None), ("٣", None),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(text: str, expected: int | None) -> None:
    assert number(text) == expected


def test_the_menu_can_be_chosen_by_number_or_label(resident: Person) -> None:
    for typed in ("3", "３", "③", "3番", "3.", "声をとどける", "声をとどける。", " 声をとどける "):
        resident.say("メニュー")
        assert "アンケート" in resident.say(typed), typed


def test_a_number_beyond_the_list_brings_the_list_again(resident: Person) -> None:
    resident.say("設定")
    said = resident.say("88")
    assert "1から9まで" in said
    assert "わたしの登録" in resident.labels


def test_a_number_without_a_list_brings_the_menu(resident: Person) -> None:
    resident.now = resident.now.replace(hour=18)
    assert "何の番号か" in resident.say("2")
    assert "行事" in resident.labels


@pytest.mark.parametrize("word", ["もどる", "戻る", "Back", "もどる。"])
def test_back_leads_one_step_back_from_everywhere(resident: Person, word: str) -> None:
    resident.say("設定")
    resident.say("2")
    resident.say("1")
    resident.say(word)
    assert "地区を加える" in resident.labels
    resident.say(word)
    assert "わたしの登録" in resident.labels
    resident.say(word)
    assert "声をとどける" in resident.labels
    resident.say(word)
    assert "声をとどける" in resident.labels


@pytest.mark.parametrize("word", ["もういちど", "もう一度", "again"])
def test_again_shows_the_same_once_more(resident: Person, word: str) -> None:
    for step in ("設定", "関わり", "行事", "わたしの登録", "防災訓練はいつですか"):
        first = resident.say(step)
        assert resident.say(word) == first


def test_again_and_back_work_for_a_stranger_too(person: Person) -> None:
    person.follow()
    for word in ("もういちど", "もどる"):
        person.say(word)
        assert "あ行" in person.labels


def test_quit_ends_what_is_going_on(resident: Person) -> None:
    resident.say("設定")
    resident.say("3")
    assert "やめました" in resident.say("やめる")
    resident.say("青葉町内会")
    assert resident.resident is not None
    assert resident.resident.neighbourhood is None


def test_every_command_is_answered_by_its_own_screen(resident: Person) -> None:
    for word in MEANINGS:
        said = resident.say(word)
        assert said, word
        assert "古くなりました" not in said, word


def test_a_command_leaves_a_question_for_a_name(resident: Person) -> None:
    resident.say("設定")
    resident.say("3")
    assert "何をしましょうか" in resident.say("メニュー")


@pytest.mark.parametrize(
    "old", [("chat.gone", {}), ("district.pick", {"for": "home", "d": "nowhere"}), ("home.area", {})]
)
def test_an_old_button_gets_a_sensible_answer(resident: Person, old: tuple[str, dict[str, str]]) -> None:
    resident.post(old[0], **old[1])
    assert resident.labels
    assert resident.resident is not None
    assert resident.resident.home_district_id is not None


def test_a_forged_button_gets_the_present_menu(resident: Person) -> None:
    assert "古くなりました" in resident.post(None)
    assert "地区・設定" in resident.labels


@pytest.mark.parametrize("page", ["-1", "x", "999", "１", ""])
def test_a_page_that_does_not_exist_is_no_fault(resident: Person, page: str) -> None:
    assert resident.post("activities.list", page=page)


def test_a_button_works_when_its_conversation_is_long_over(resident: Person) -> None:
    resident.say("設定")
    screen = list(resident.seen)
    resident.now = resident.now.replace(month=12)
    resident.seen = screen
    assert "気になる地区" in resident.tap("気になる地区")
