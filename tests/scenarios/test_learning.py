"""The learning loop in the running house: asked, not known, wished for, written, published, told once, known."""

from __future__ import annotations

import requests
from sqlalchemy import select

from bot.models import EntryRating, OutboxMessage, QuestionAsker, Resident, UnansweredQuestion
from tests.support.console import Office
from tests.support.house import RunningHouse, labels, words

ASKED = "ドローンを飛ばしてもよい公園はどこですか"


def test_an_answer_that_was_missing_reaches_those_who_asked(house: RunningHouse) -> None:
    user, other = house.resident("今泉"), house.resident("須津")
    said = house.say(user, ASKED)
    assert "答えが載ったら知らせて" in labels(said)
    assert "職員には見えません" in words(house.tap(user, "答えが載ったら知らせて"))
    house.say(other, "ドローン 飛ばしていい公園どこ")  # asks the same, does not want to hear
    before = {who: len(house.inbox(who)) for who in (user, other)}

    office = Office(house.context)
    city = office.visit(office.hire("city", name="市民協働課"))
    page = city.get("/console/fuji/questions").text
    assert "2回聞かれました" in _plain(page)
    assert "1人が、答えが載るのを待っています" in page
    assert "今泉" not in _plain(page).split("同じことを聞いている")[1]
    with house.context.database.read() as session:
        ids = list(session.scalars(select(UnansweredQuestion.id)))
    made = city.post(f"/console/fuji/questions/{ids[0]}/draft", {"question": ids})
    address = made.location.removesuffix("/edit")
    form = {
        "version": "1",
        "kind": "faq",
        "title": "ドローンを飛ばせる公園",
        "questions": f"{ASKED}\nドローン 飛ばしていい公園どこ",
        "body": "公園では、ドローンを飛ばせません。",
        "source_title": "公園の決まり",
        "checked_on": "2026-11-20",
    }
    assert city.post(f"{address}/edit", form).status_code == 302
    assert len(house.inbox(user)) == before[user]  # nothing before it is published
    page = _plain(city.get(address).text)
    assert "1人が待っています" in page
    for _ in range(2):  # a double click
        assert city.post(f"{address}/publish", {"version": "2"}).status_code == 302

    told = house.wait(lambda: house.inbox(user)[before[user] :])
    text = words(told[0]["messages"])
    assert "公園では、ドローンを飛ばせません。" in text
    assert "公園の決まり" in text
    city.post(f"{address}/withdraw")
    city.post(f"{address}/publish", {"version": "4"})
    assert "公園では、ドローンを飛ばせません。" in words(house.say(other, ASKED))
    assert "公園では、ドローンを飛ばせません。" in words(house.say(user, ASKED))
    with house.context.database.read() as session:
        assert session.scalars(select(QuestionAsker)).all() == []
        pushes = session.scalars(select(OutboxMessage).where(OutboxMessage.inbox_event_id.is_(None))).all()
        assert [row.state for row in pushes] == ["settled"]
    assert house.violations() == []


def test_three_questions_once_a_month_and_by_anyone_on_the_page(house: RunningHouse) -> None:
    user = house.resident("今泉")
    house.say(user, "町内会に入らないといけませんか")
    asked = house.tap(user, "役に立った")
    assert "1/3 見つけやすかったですか" in words(asked)
    assert "2/3" in words(house.tap(user, "はい"))
    assert "3/3" in words(house.say(user, "3"))
    assert "ありがとうございました" in words(house.tap(user, "どちらともいえない"))
    house.say(user, "まちづくりセンターの部屋を借りたい")
    assert "1/3" not in words(house.tap(user, "役に立った"))
    with house.context.database.read() as session:
        rows = session.scalars(select(EntryRating)).all()
        assert sorted((row.question, row.value, row.count) for row in rows) == [
            ("clear", 1, 1),
            ("found", 3, 1),
            ("useful", 2, 1),
        ]
        months = set(session.scalars(select(Resident.rating_asked).where(Resident.rating_asked.is_not(None))))
        assert len(months) == 1

    page = f"{house.url}/m/fuji/entries/gomi-basho/"
    seen = requests.get(page, timeout=20)
    assert "ごみ置き場は、町内会・区が場所を決めて" in seen.text
    assert "Set-Cookie" not in seen.headers
    done = requests.post(f"{page}rating", data={"found": "1", "clear": "x", "useful": "9"}, timeout=20)
    assert "ありがとうございました" in done.text
    assert "Garbage stations" in requests.get(page, params={"lang": "en"}, timeout=20).text
    assert requests.get(f"{house.url}/m/fuji/entries/nothing/", timeout=20).status_code == 404
    assert requests.get(f"{house.url}/m/nowhere/entries/", timeout=20).status_code == 404
    assert "ごみを出す場所" in requests.get(f"{house.url}/m/fuji/entries/", params={"q": "ごみ置き場"}, timeout=20).text
    for _ in range(40):
        last = requests.post(f"{page}rating", data={"found": "1"}, timeout=20)
    assert "数えませんでした" in last.text
    with house.context.database.read() as session:
        assert (
            session.scalar(select(EntryRating.count).where(EntryRating.value == 1, EntryRating.question == "found"))
            == 30
        )
    assert house.violations() == []


def _plain(page: str) -> str:
    import re

    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
