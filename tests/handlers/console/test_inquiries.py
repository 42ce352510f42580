"""The desk: the inbox, opening (audited), referring, drafting, answering, two browsers at once; what departments see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import AuditRow, Desk, Inquiry, InquiryLetter, OutboxMessage, Resident, StaffRole
from bot.services import inquiries
from tests.support.console import DEPARTMENT, invited_to, text_of
from tests.support.inquiring import TEXT, Counter, seen

SECRET_NOTE = "先週も同じ相談がありました"


@pytest.fixture
def counter(cities):
    return Counter(cities)


@pytest.fixture
def desk(office):
    return office.visit(office.hire("city", name="市民協働課 山田"))


def address(row, act=""):
    return f"/console/fuji/inquiries/{row.id}{act}"


def version(counter, row):
    return counter.row(row.id).version


def post(visitor, counter, row, act, **values):
    return visitor.post(address(row, f"/{act}"), {"version": version(counter, row)} | values)


def answer(visitor, counter, row, text="直します。", **values):
    return post(visitor, counter, row, "answer", text=text, **({"name": "市民協働課", "way": "page"} | values))


def audited(counter, action):
    with counter.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.action == action))


def sent(counter):
    """What waits for LINE, opened."""
    context = counter.context
    with context.database.read() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [context.sealer.open(row.body, f"outbox.body/{row.municipality_id}").decode() for row in rows]


def test_the_list_shows_no_word_of_what_was_written_and_opening_is_audited(counter, desk):
    row = counter.sent(counter.resident(), contact="a@example.jp")
    listed = desk.get("/console/fuji/inquiries")
    assert "道路・公園・街灯" in listed.text
    assert TEXT not in listed.text
    assert audited(counter, "inquiry.open") == 0
    opened = desk.get(address(row))
    assert TEXT in opened.text
    assert "a@example.jp" in opened.text
    assert audited(counter, "inquiry.open") == 1


def test_referred_drafted_answered_read_written_again_and_settled(counter, office, desk):
    row = counter.sent(counter.resident(), contact="a@example.jp")
    department = office.visit(office.hire("department"))
    assert department.get(address(row)).status_code == 404
    due = (counter.context.clock() + timedelta(days=3)).date().isoformat()
    referred = post(desk, counter, row, "refer", department=DEPARTMENT, due=due, note=SECRET_NOTE)
    assert referred.status_code == 302
    theirs = department.get(address(row))
    assert TEXT in theirs.text
    assert SECRET_NOTE in theirs.text
    assert "a@example.jp" not in theirs.text
    assert "回答を送る" not in theirs.text
    assert answer(department, counter, row).status_code == 403
    assert post(department, counter, row, "draft", text="12月に球を替えます。").status_code == 302
    assert "12月に球を替えます。" in desk.get(address(row)).text
    assert answer(desk, counter, row, "12月に球を替えます。", name="市民協働課 山田").status_code == 302
    message = sent(counter)[-1]
    assert "/m/fuji/inquiry/answer/" in message
    assert "12月に" not in message
    assert TEXT not in message
    path = message.split("https://entaku.example")[1].split('"')[0]
    page = seen(counter.client.get(path))
    assert "市民協働課 山田の回答" in page
    assert "12月に球を替えます。" in page
    assert SECRET_NOTE not in page
    assert DEPARTMENT not in page
    assert counter.client.post(path, data={"act": "again", "text": "いつ頃ですか"}).status_code == 303
    assert counter.client.post(path, data={"act": "again", "text": "いつ頃ですか"}).status_code == 303
    assert "職員がもう一度見ます" in seen(counter.client.get(path))
    assert (counter.row(row.id).state, counter.row(row.id).department) == ("working", None)
    assert department.get(address(row)).status_code == 404
    assert answer(desk, counter, row, "10日です。").status_code == 302
    assert counter.client.post(path, data={"act": "resolved"}).status_code == 303
    assert counter.client.post(path, data={"act": "resolved"}).status_code == 303
    assert counter.row(row.id).state == "closed"
    assert "この相談は終わりました" in seen(counter.client.get(path))
    with counter.context.database.read() as session:
        assert len(session.scalars(select(InquiryLetter)).all()) == 4


def test_two_browsers_answer_at_once_and_the_slower_keeps_what_it_wrote(counter, office, desk):
    row = counter.sent(counter.resident())
    before = version(counter, row)
    other = office.visit(office.hire("city"))
    first = desk.post(address(row, "/answer"), {"version": before, "text": "はい", "name": "課", "way": "page"})
    slower = other.post(address(row, "/answer"), {"version": before, "text": "いいえ、", "name": "課", "way": "page"})
    assert (first.status_code, slower.status_code) == (302, 409)
    assert "いいえ、" in slower.text
    assert "先に変えました" in slower.text
    assert len(sent(counter)) == 2  # the receipt and one answer


def test_what_was_written_for_one_that_was_closed_meanwhile_can_still_be_copied(counter, office, desk):
    row = counter.sent(counter.resident())
    before = version(counter, row)
    assert post(desk, counter, row, "close").status_code == 302
    slower = desk.post(address(row, "/answer"), {"version": before, "text": "長い回答", "name": "課", "way": "page"})
    assert slower.status_code == 409
    assert "長い回答" in slower.text
    assert "「終了」" in slower.text or "先に変えました" in slower.text


@pytest.mark.parametrize(
    "text", ["090-1234-5678へどうぞ", "今泉1丁目2-3のお宅へ行きます", "yamada@example.jp へ", "あ" * 301]
)
def test_a_short_answer_in_line_may_hold_nothing_personal(counter, desk, text):
    row = counter.sent(counter.resident())
    refused = answer(desk, counter, row, text, way="chat")
    assert refused.status_code == 400
    assert text in refused.text
    assert len(sent(counter)) == 1


def test_a_short_answer_is_signed_and_may_name_the_desks_own_number(counter, desk):
    row = counter.sent(counter.resident())
    with counter.context.database.read() as session:
        desks = session.scalars(select(Desk).where(Desk.municipality_id == "fuji"))
        phone = next(one.data["phone"] for one in desks if "-" in (one.data.get("phone") or ""))
    text = f"あす直します。{phone}へどうぞ。"
    assert answer(desk, counter, row, text, way="chat", name="市民協働課 山田").status_code == 302
    assert "職員(市民協働課 山田)より" in sent(counter)[-1]
    assert text in sent(counter)[-1]


def test_referring_to_who_has_left_or_never_was_is_refused(counter, office, desk):
    row = counter.sent(counter.resident())
    due = (counter.context.clock() + timedelta(days=3)).date()
    gone = office.hire("department", until=due - timedelta(days=10))
    office.hire("department", city="tomioka")
    values = {"department": DEPARTMENT, "due": due.isoformat(), "note": SECRET_NOTE}
    refused = post(desk, counter, row, "refer", **values)
    assert refused.status_code == 400
    assert SECRET_NOTE in refused.text
    assert counter.row(row.id).state == "new"
    office.hire("department")
    assert post(desk, counter, row, "refer", **values).status_code == 302
    with counter.context.database.write() as session:
        for role in session.scalars(select(StaffRole).where(StaffRole.department == DEPARTMENT)):
            role.until = due - timedelta(days=10)
    assert "いま見られる人がいません" in desk.get(address(row)).text
    assert office.visit(gone).get(address(row)).status_code == 403
    past = post(desk, counter, row, "refer", **(values | {"due": "2020-01-01"}))
    assert past.status_code == 400


def test_who_blocked_the_bot_is_said_and_what_did_not_arrive_is_seen(counter, desk):
    resident = counter.resident()
    row = counter.sent(resident)
    with counter.context.database.write() as session:
        session.get_one(Resident, resident).state = "left"
    assert "ブロックしています" in desk.get(address(row)).text
    assert answer(desk, counter, row).status_code == 302
    with counter.context.database.write() as session:
        for message in session.scalars(select(OutboxMessage)):
            message.state, message.error, message.body = "dropped", "the resident has left", None
    assert "LINEで知らせられませんでした(相手がブロックした)" in desk.get(address(row)).text


def test_an_answer_that_could_not_be_stored_is_not_sent_either(counter, desk, monkeypatch):
    row = counter.sent(counter.resident())

    def killed(*_args, **_values):
        raise RuntimeError("killed")

    monkeypatch.setattr("bot.services.inquiry_desk.audit.record", killed)
    with pytest.raises(AssertionError):
        assert answer(desk, counter, row).status_code == 302
    monkeypatch.undo()
    assert counter.row(row.id).state == "new"
    assert len(sent(counter)) == 1
    with counter.context.database.read() as session:
        assert len(session.scalars(select(InquiryLetter)).all()) == 1


def test_district_staff_read_their_district_and_write_drafts(counter, office, desk):
    own = counter.sent(counter.resident(), district=str(office.district("今泉")))
    elsewhere = counter.sent(None, district=str(office.district("吉原")))
    helper = office.visit(office.hire("district_staff", "今泉"))
    listed = helper.get("/console/fuji/inquiries")
    assert address(own) in listed.text
    assert address(elsewhere) not in listed.text
    assert helper.get(address(own)).status_code == 200
    assert helper.get(address(elsewhere)).status_code == 404
    assert post(helper, counter, own, "draft", text="下書きです").status_code == 302
    assert answer(helper, counter, own).status_code == 403


def test_an_answer_written_too_long_to_sign_in_again_is_still_there(counter, office, desk):
    row = counter.sent(counter.resident())
    page = desk.post(address(row, "/answer"), {"act": "restore", "text": "書きかけ", "name": "課", "version": "1"})
    assert page.status_code == 200
    assert "書きかけ" in page.text
    assert counter.row(row.id).state == "new"


def test_the_first_page_counts_those_who_wait_too_long(counter, office, desk):
    row = counter.sent(counter.resident())
    with counter.context.database.write() as session:
        session.get_one(Inquiry, row.id).waiting_since = counter.context.clock() - timedelta(days=8)
    home = text_of(desk.get("/console/fuji/"))
    assert "返事を待っている相談が1件あります" in home
    assert "約束の日を過ぎたもの1件" in home
    assert "相談" not in text_of(office.visit(office.hire("viewer")).get("/console/fuji/")).replace("相談・提案", "")


def test_answers_cannot_be_read_after_their_time_or_with_another_citys_address(counter):
    row = counter.sent(counter.resident())
    expired = counter.answer_link(row.id, keeps=timedelta(seconds=-1))
    assert counter.client.get(expired).status_code == 410
    fresh = counter.answer_link(row.id)
    assert counter.client.get(fresh).status_code == 200
    assert counter.client.get(fresh).status_code == 200
    assert counter.client.get(fresh.replace("/fuji/", "/tomioka/")).status_code == 404
    page = counter.client.post(fresh, data={"act": "again", "text": "まだ返事がないのに"})
    assert page.status_code == 409
    assert "まだ返事がないのに" in page.text
    with counter.context.database.read() as session:
        assert len(inquiries.letters(counter.context, session, counter.row(row.id))) == 1


def test_a_new_account_of_a_department_can_be_referred_to_at_once(counter, office, desk):
    admin = office.visit(office.hire("admin"))
    account = {"email": "road@fuji.example", "name": "佐藤", "role": "department", "department": "道路維持課"}
    link = invited_to(admin.post("/console/fuji/staff/new", account))
    password = "green-tea-and-rice"
    assert office.visit().post(link, {"new": password, "again": password}).status_code == 302
    assert "<option>道路維持課</option>" in desk.get(address(counter.sent(None))).text
