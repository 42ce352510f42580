"""The desk as a team: notes that never leave the house, texts kept ready, who looks after what, the list in order."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.models import AuditRow, Inquiry, InquiryAssignment, InquiryNote, OutboxMessage, Resident, UnansweredQuestion
from bot.now import real_now
from bot.services import inquiry_keeping, my_record
from tests.support.console import Office, Visitor, text_of
from tests.support.inquiring import Counter, seen

NOTE = "この人は先月も窓口に来て、大きな声を出した"
INQUIRIES = "/console/fuji/inquiries"


@pytest.fixture
def counter(cities: Any) -> Counter:
    return Counter(cities)


@pytest.fixture
def desk(office: Office) -> Visitor:
    return office.visit(office.hire("city", name="市民協働課 山田"))


def address(row: Inquiry, act: str = "") -> str:
    return f"{INQUIRIES}/{row.id}{act}"


def post(visitor: Visitor, counter: Counter, row: Inquiry, act: str, **values: Any) -> Any:
    return visitor.post(address(row, f"/{act}"), {"version": counter.row(row.id).version} | values)


def test_a_note_is_seen_by_the_desk_and_by_nobody_outside(counter: Counter, office: Office, desk: Visitor) -> None:
    resident = counter.resident()
    row = counter.sent(resident)
    assert post(desk, counter, row, "note", memo=NOTE).status_code == 302
    assert NOTE in desk.get(address(row)).text
    assert NOTE not in desk.get(INQUIRIES).text
    post(desk, counter, row, "answer", text="直します。", name="市民協働課", way="page")
    assert NOTE not in seen(counter.client.get(counter.answer_link(row.id)))
    context = counter.context
    with context.database.read() as session:
        waiting = session.scalars(select(OutboxMessage)).all()
        said = [context.sealer.open(one.body, f"outbox.body/{one.municipality_id}").decode() for one in waiting]
        record = my_record.collect(context, session, session.get_one(Resident, resident), context.clock())
        stored = session.scalars(select(InquiryNote.body)).one()
        audit = session.scalars(select(AuditRow.details)).all()
    assert said
    assert NOTE not in "".join(said)
    assert NOTE not in json.dumps(record, ensure_ascii=False, default=str)
    assert NOTE.encode() not in stored
    assert NOTE not in json.dumps(list(audit), ensure_ascii=False)
    outsider = office.visit(office.hire("officer", "今泉"))
    assert outsider.get(address(row)).status_code == 403


def test_notes_go_with_the_ties_to_the_person(counter: Counter, desk: Visitor) -> None:
    row = counter.sent(counter.resident())
    post(desk, counter, row, "note", memo=NOTE)
    post(desk, counter, row, "close")
    context = counter.context
    later = context.clock() + timedelta(days=context.settings.inquiry_cut_days + 1)
    with context.database.write() as session:
        inquiry_keeping.cut(context, session, later)
        assert session.scalar(select(func.count()).select_from(InquiryNote)) == 0


def test_an_empty_or_long_note_is_refused_and_kept(counter: Counter, desk: Visitor) -> None:
    row = counter.sent(counter.resident())
    assert post(desk, counter, row, "note", memo=" ").status_code == 400
    long = post(desk, counter, row, "note", memo="あ" * 1001)
    assert long.status_code == 400
    assert "あ" * 1001 in long.text


def test_a_text_kept_ready_is_filled_in_and_never_sent_by_itself(
    counter: Counter, office: Office, desk: Visitor
) -> None:
    wrong = desk.post("/console/fuji/templates", {"name": "受け取り", "body": "{住所}へ行きます。"})
    assert wrong.status_code == 400
    assert "{住所}」は使えません" in text_of(wrong)
    desk.post(
        "/console/fuji/templates", {"name": "受け取り", "body": "{受付番号}を受け取りました。{窓口の電話} {担当}"}
    )
    (number,) = re.findall(r"/templates/(\d+)", desk.get("/console/fuji/templates").text)
    row = counter.sent(counter.resident())
    page = post(desk, counter, row, "fill", template=number, text="こんにちは。")
    assert "こんにちは。\n\n富-" in page.text
    assert "市民協働課 山田" in page.text
    assert "{窓口の電話} は分からないため" in text_of(page)
    assert counter.row(row.id).state == "new"
    unfilled = post(desk, counter, row, "answer", text="{窓口の電話}へどうぞ。", name="市民協働課", way="page")
    assert unfilled.status_code == 400
    assert "残っています" in text_of(unfilled)
    assert post(desk, counter, row, "fill", template="", text="書きかけ").status_code == 400
    helper = office.visit(office.hire("district_staff", "今泉"))
    assert helper.post("/console/fuji/templates", {"name": "だめ", "body": "-"}).status_code == 403


def test_of_two_who_change_a_text_the_slower_is_told(desk: Visitor) -> None:
    desk.post("/console/fuji/templates", {"name": "受け取り", "body": "受け取りました。"})
    (number,) = re.findall(r"/templates/(\d+)", desk.get("/console/fuji/templates").text)
    one = f"/console/fuji/templates/{number}"
    assert desk.post(one, {"name": "受け取り", "body": "一人目", "version": "1"}).status_code == 302
    slower = desk.post(one, {"name": "受け取り", "body": "二人目", "version": "1"})
    assert slower.status_code == 409
    assert "二人目" in slower.text
    assert desk.post(one, {"name": "受け取り", "body": "二人目", "version": "2"}).status_code == 302
    desk.post(f"{one}/remove")
    assert desk.get(one).status_code == 404


def test_taking_one_makes_it_mine_and_the_list_is_filtered_by_it(
    counter: Counter, office: Office, desk: Visitor
) -> None:
    first, second = counter.sent(counter.resident("a")), counter.sent(counter.resident("b"))
    post(desk, counter, first, "take")
    mine = desk.get(f"{INQUIRIES}?whose=mine").text
    assert address(first) in mine
    assert address(second) not in mine
    nobodys = desk.get(f"{INQUIRIES}?whose=nobody").text
    assert address(second) in nobodys
    assert address(first) not in nobodys
    officer = office.hire("officer", "今泉")
    assert post(desk, counter, second, "assign", staff=officer.id).status_code == 400
    colleague = office.hire("city", name="市民協働課 佐藤")
    post(desk, counter, second, "assign", staff=colleague.id)
    assert "担当: 市民協働課 佐藤" in desk.get(INQUIRIES).text
    post(desk, counter, second, "assign", staff="")
    with counter.context.database.read() as session:
        assert session.scalars(select(InquiryAssignment.inquiry_id)).all() == [first.id]


def test_the_next_one_is_the_next_of_the_list_it_was_opened_from(counter: Counter, desk: Visitor) -> None:
    rows = [counter.sent(counter.resident(name)) for name in "abc"]
    with counter.context.database.write() as session:
        for hours, row in enumerate(rows):
            session.get_one(Inquiry, row.id).waiting_since -= timedelta(hours=hours)  # the last one waits longest
    page = desk.get(f"{address(rows[1])}?sort=waiting").text
    assert re.search(rf'rel="prev" href="{address(rows[2])}\?sort=waiting"', page)
    assert re.search(rf'rel="next" href="{address(rows[0])}\?sort=waiting"', page)
    newest = desk.get(f"{address(rows[1])}?sort=newest").text
    assert re.search(rf'rel="next" href="{address(rows[0])}\?sort=newest"', newest)
    assert desk.get(f"{INQUIRIES}?sort=nonsense&district=x&whose=<b>").status_code == 200


@pytest.fixture
def asked(office: Office) -> list[int]:
    with office.context.database.write() as session:
        rows = [
            UnansweredQuestion(
                municipality_id="fuji", text=text, folded=text, language="ja", asked_at=real_now(), count=count
            )
            for count, text in enumerate(("猫の登録は?", "月の石はどこ?", "星は買えますか?"), 1)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def test_several_questions_are_done_at_once_and_taken_back(office: Office, desk: Visitor, asked: list[int]) -> None:
    picks = {"pick": [str(asked[0]), str(asked[1])], "reason": "elsewhere"}
    answer = desk.post("/console/fuji/questions/close", picks)
    page = desk.get(answer.location).text
    assert "済みにしました。" in page
    assert "月の石" not in page
    assert "星は買えますか" in page
    assert "市や地区では答えられない" in desk.get("/console/fuji/questions?state=done").text
    (undo,) = re.findall(r'name="pick" value="([\d.]+)"', page.split("一覧に戻す")[0])
    desk.post("/console/fuji/questions/reopen", {"pick": undo})
    again = desk.get("/console/fuji/questions").text
    assert "月の石" in again
    assert "猫の登録" in again
    assert desk.post("/console/fuji/questions/close", {"reason": "other"}).status_code == 400
    assert desk.post("/console/fuji/questions/close", {**picks, "reason": "<x>"}).status_code == 400
    stranger = office.visit(office.hire("admin"))
    assert stranger.post("/console/fuji/questions/close", picks).status_code == 403


def test_several_questions_become_one_entry(office: Office, desk: Visitor, asked: list[int]) -> None:
    answer = desk.post("/console/fuji/questions/draft", {"pick": [str(asked[0]), str(asked[1])]})
    page = desk.get(answer.location).text
    assert "猫の登録は?" in page
    assert "月の石はどこ?" in page
    with office.context.database.read() as session:
        rows = session.scalars(select(UnansweredQuestion).where(UnansweredQuestion.id.in_(asked[:2]))).all()
    assert len({row.entry_id for row in rows}) == 1
    assert rows[0].entry_id is not None


def test_questions_are_found_by_a_word_and_put_in_order(desk: Visitor, asked: list[int]) -> None:
    found = desk.get("/console/fuji/questions?q=月").text
    assert "月の石" in found
    assert "星は" not in found
    often = desk.get("/console/fuji/questions").text
    assert often.index("星は買えますか") < often.index("猫の登録")
