"""In the chat: wishing to hear an answer, taking it back; the three questions after 役に立った."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import EntryRating, QuestionAsker, UnansweredQuestion
from bot.services.context import Context
from tests.handlers.chat.driver import Person

ASKED = "ドローンを飛ばしてもよい公園はどこですか"


def waiting(context: Context) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(QuestionAsker)) or 0


def test_a_wish_is_one_tap_and_so_is_taking_it_back(resident: Person, cities: Context) -> None:
    resident.say(ASKED)
    assert resident.labels[0] == "答えが載ったら知らせて"
    before = resident.seen
    said = resident.tap("答えが載ったら知らせて")
    assert "90日" in said
    assert "職員には見えません" in said
    assert waiting(cities) == 1
    resident.seen = before
    resident.tap("答えが載ったら知らせて")  # the old button once more
    assert waiting(cities) == 1
    assert "お知らせは、しません" in resident.tap("お知らせはいらない")
    assert waiting(cities) == 0


def test_by_number_and_in_other_words(resident: Person, cities: Context) -> None:
    resident.say(ASKED)
    resident.say("1")
    assert waiting(cities) == 1
    resident.say("お知らせはいらない")
    assert waiting(cities) == 0


def test_after_the_last_wrong_answer_too(resident: Person, cities: Context) -> None:
    resident.say("まちづくりセンターの部屋を借りたい")
    for _ in range(30):  # each ちがう offers the next candidates until there are none
        resident.tap("ちがう")
        if "答えが載ったら知らせて" in resident.labels:
            break
        resident.say("1")
    resident.tap("答えが載ったら知らせて")
    assert waiting(cities) == 1


def test_a_question_that_is_gone_is_said_to_be(resident: Person, cities: Context) -> None:
    resident.say(ASKED)
    with cities.database.write() as session:
        session.delete(session.scalars(select(UnansweredQuestion)).one())
    assert "もう残っていません" in resident.tap("答えが載ったら知らせて")
    assert "もう残っていません" in resident.post("askers.wish", q="")


def test_the_wish_is_among_ones_own_data_and_goes_with_them(resident: Person, cities: Context) -> None:
    resident.say(ASKED)
    resident.tap("答えが載ったら知らせて")
    resident.say("わたしの登録")
    assert f"答えを待っている質問: {ASKED}" in resident.tap("全部を文字で受け取る")
    resident.say("登録を消す")
    resident.tap("消す")
    assert waiting(cities) == 0
    with cities.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UnansweredQuestion)) == 1


def test_numbers_in_a_question_leave_no_trace_in_its_mark(resident: Person, cities: Context) -> None:
    for number in ("090-1111-2222", "090-3333-4444"):
        resident.say(f"ドローンを飛ばしたい {number}")
    with cities.database.read() as session:
        row = session.scalars(select(UnansweredQuestion)).one()
    assert (row.count, "1111" in row.text) == (2, False)


def rate(resident: Person, *answers: str) -> str:
    resident.say("町内会に入らないといけませんか")
    said = resident.tap("役に立った")
    for answer in answers:
        said = resident.tap(answer)
    return said


def test_three_taps_are_counted_and_appear_nowhere(resident: Person, cities: Context) -> None:
    assert "ありがとうございました" in rate(resident, "はい", "どちらともいえない", "いいえ")
    with cities.database.read() as session:
        rows = session.execute(select(EntryRating.question, EntryRating.value, EntryRating.count)).all()
        assert sorted(map(tuple, rows)) == [("clear", 2, 1), ("found", 3, 1), ("useful", 1, 1)]
    assert resident.resident is not None
    assert resident.resident.rating_asked == "2026-11"


def test_an_old_or_second_press_counts_nothing(resident: Person, cities: Context) -> None:
    resident.say("町内会に入らないといけませんか")
    resident.tap("役に立った")
    first = resident.seen
    resident.tap("はい")
    resident.seen = first
    assert "もう終わっています" in resident.tap("はい")
    resident.now += timedelta(hours=1)
    resident.seen = first
    assert "もう終わっています" in resident.tap("いいえ")
    with cities.database.read() as session:
        assert session.scalar(select(func.sum(EntryRating.count))) == 1


@pytest.mark.parametrize(("later", "asked"), [(timedelta(days=3), False), (timedelta(days=12), True)])
def test_once_a_month(resident: Person, later: timedelta, asked: bool) -> None:
    assert "わかりました" in rate(resident, "答えない")
    resident.now += later
    resident.say("まちづくりセンターの部屋を借りたい")
    assert ("1/3" in resident.tap("役に立った")) == asked
