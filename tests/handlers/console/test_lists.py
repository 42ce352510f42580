"""Questions, entries, head counts, health, audit and staff in the console."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import Alert, AuditRow, InboxEvent, OutboxMessage, Poll, Staff, StaffRole, UnansweredQuestion
from bot.now import jst, real_now
from bot.services import knowledge
from bot.services.composing import Question
from bot.services.context import open_context
from bot.services.entries import PAGE
from content import packs
from tests.conftest import make_settings
from tests.support.console import Office, later, text_of
from tests.support.places import PACKS


def add(office: Office, row):
    with office.context.database.write() as session:
        session.add(row)
        session.flush()
        return row.id


def question(office: Office, text: str, district: str | None, **changes) -> int:
    values = {
        "municipality_id": "fuji",
        "district_id": office.district(district) if district else None,
        "text": text,
        "folded": text,
        "language": "ja",
        "asked_at": real_now(),
    }
    return add(office, UnansweredQuestion(**(values | changes)))


def parked(office: Office, **changes) -> int:
    now = real_now()
    values = {
        "municipality_id": "fuji",
        "event_key": f"{changes}",
        "kind": "message",
        "event_at": now,
        "received_at": now,
        "state": "parked",
        "attempts": 3,
        "body": b"sealed",
        "error": "KeyError",
    }
    return add(office, InboxEvent(**(values | changes)))


def test_questions_of_ones_districts_are_closed_by_a_click(office: Office):
    mine = question(office, "街灯はどこに言えばよいですか", "今泉", count=7)
    question(office, "吉原の質問", "吉原")
    question(office, "市全体の質問", None)
    visitor = office.visit(office.hire("chair", "今泉"))
    page = text_of(visitor.get("/console/fuji/questions"))
    assert "街灯はどこに" in page
    assert "7回" in page
    assert "吉原の質問" not in page
    assert "市全体の質問" not in page
    assert "1件あります" in text_of(visitor.get("/console/fuji/"))
    visitor.post(f"/console/fuji/questions/{mine}/close")
    assert "街灯は" not in visitor.get("/console/fuji/questions").text
    assert "街灯は" in visitor.get("/console/fuji/questions?state=done").text
    assert visitor.post(f"/console/fuji/questions/{mine}/close").status_code == 302
    with office.context.database.read() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "question.close")).all()) == 1
    assert "吉原の質問" in office.visit(office.hire("city")).get("/console/fuji/questions").text


def test_what_residents_typed_is_shown_as_text(office: Office):
    question(office, "<script>alert(1)</script>", "今泉")
    page = office.visit(office.hire("city")).get("/console/fuji/questions").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_entries_are_found_by_words_of_any_width(office: Office):
    visitor = office.visit(office.hire("viewer"))
    every = visitor.get("/console/fuji/entries")
    assert "次の50件" in every.text
    found = text_of(visitor.get("/console/fuji/entries?q=防災　訓練&kind=activity"))
    assert "防災訓練" in found
    assert visitor.get(f"/console/fuji/entries?page={PAGE * 100}").status_code == 200
    link = every.text.split('<ul class="rows">')[1].split('href="')[1].split('"')[0]
    page = text_of(visitor.get(link))
    for word in ("出典", "使う期間", "住民の声"):
        assert word in page
    assert "0件見つかりました" in text_of(visitor.get("/console/fuji/entries?q=存在しない言葉"))


def test_small_numbers_of_residents_are_hidden(office: Office):
    office.residents(12, "今泉")
    office.residents(4, "吉原")
    page = text_of(office.visit(office.hire("city")).get("/console/fuji/residents"))
    assert "今泉 12人" in page
    assert "吉原 5人未満" in page
    assert "(5人未満の1地区を除く) 12人" in page
    officer = text_of(office.visit(office.hire("officer", "今泉")).get("/console/fuji/residents"))
    assert "12人" in officer
    assert "吉原" not in officer


def test_health_shows_kinds_never_texts(office: Office):
    event = parked(office)
    gone = parked(office, body=None)
    add(
        office,
        OutboxMessage(
            municipality_id="fuji",
            kind="answer",
            state="dropped",
            created_at=real_now(),
            next_try_at=real_now(),
            error="too late to be of use",
        ),
    )
    visitor = office.visit(office.hire("city"))
    page = visitor.get("/console/fuji/health").text
    assert "KeyError" in page
    assert "sealed" not in page
    assert "時間がたち、役に立たなくなった" in page
    assert "止まっているメッセージが2件" in visitor.get("/console/fuji/").text
    assert visitor.post(f"/console/fuji/health/events/{event}/retry").status_code == 302
    assert visitor.post(f"/console/fuji/health/events/{gone}/retry").status_code == 409
    with office.context.database.read() as session:
        row = session.get(InboxEvent, event)
        assert row is not None
        assert (row.state, row.attempts, row.error) == ("waiting", 0, None)
    assert visitor.post(f"/console/fuji/health/events/{gone}/drop").status_code == 302
    assert visitor.post(f"/console/fuji/health/events/{gone}/drop").status_code == 404


def test_an_alert_is_cleared(office: Office):
    now = real_now()
    alert = add(
        office, Alert(municipality_id="fuji", kind="token", text="トークンが使えません", first_at=now, last_at=now)
    )
    visitor = office.visit(office.hire("city"))
    assert "トークンが使えません" in visitor.get("/console/fuji/").text
    visitor.post(f"/console/fuji/health/alerts/{alert}/clear")
    assert "トークンが使えません" not in visitor.get("/console/fuji/health").text


def test_the_audit_goes_back_page_by_page(office: Office):
    with office.context.database.write() as session:
        for place in range(130):
            session.add(AuditRow(municipality_id="fuji", at=real_now(), actor="x", action="a", target=f"poll:{place}"))
        session.add(AuditRow(municipality_id="tomioka", at=real_now(), actor="x", action="a", target="poll:9999"))
    visitor = office.visit(office.hire("city"))
    first = visitor.get("/console/fuji/audit").text
    assert "9999" not in first
    assert "アンケート 129" in first
    second = text_of(visitor.get(first.split('class="button plain" href="')[1].split('"')[0]))
    assert "アンケート 0 " in second
    assert "前の100件" not in second


def new_staff(**changes):
    return {"email": "Kato@Fuji.Example ", "name": "加藤", "role": "city"} | changes


def test_an_admin_changes_and_ends_an_account(office: Office):
    visitor, colleague = office.visit(office.hire("admin")), office.hire("city")
    with office.context.database.read() as session:
        row = session.get_one(Staff, colleague.id)
    person = f"/console/fuji/staff/{row.id}"
    password = visitor.post(f"{person}/password").text.split('<p class="once"><code>')[1].split("<")[0]
    assert password not in visitor.get(person).text
    imaizumi, until = office.district("今泉"), jst(real_now()).date() + timedelta(days=365)
    role = {"role": "officer", "districts": [imaizumi], "until": until.isoformat()}
    visitor.post(f"{person}/roles", role)
    assert "今泉" in text_of(visitor.get(person))
    with office.context.database.read() as session:
        line = session.scalars(select(StaffRole).where(StaffRole.staff_id == row.id, StaffRole.role == "officer")).one()
    assert f'value="{until}"' in visitor.get(f"{person}/roles/{line.id}").text
    visitor.post(f"{person}/roles/{line.id}", role | {"role": "chair"})
    assert "座長" in text_of(visitor.get(person))
    visitor.post(f"{person}/roles/{line.id}/revoke")
    assert "座長" not in text_of(visitor.get(person))
    assert visitor.post(f"{person}/roles/{line.id}/revoke").status_code == 404
    assert visitor.post(f"{person}/password").text.split('<p class="once"><code>')[1].split("<")[0] != password
    visitor.post(f"{person}/active", {"active": "0"})
    assert "使えません" in text_of(visitor.get("/console/fuji/staff"))
    visitor.post(f"{person}/active", {"active": "1"})
    with office.context.database.read() as session:
        acts = set(session.scalars(select(AuditRow.action).where(AuditRow.target == f"staff:{row.id}")))
    assert acts == {
        "staff.grant",
        "staff.change_role",
        "staff.revoke",
        "staff.reset_password",
        "staff.deactivate",
        "staff.reactivate",
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "no address"}, "メールアドレスの形"),
        ({"name": ""}, "名前を入れてください"),
        ({"role": "king"}, "役割を選んでください"),
        ({"role": "officer"}, "地区を1つ以上選んでください"),
        ({"until": "2001-01-01"}, "今日よりあと"),
    ],
)
def test_an_invitation_is_checked(office: Office, changes, error):
    visitor = office.visit(office.hire("admin"))
    answer = visitor.post("/console/fuji/staff/new", new_staff() | changes)
    assert answer.status_code == 400
    assert error in answer.text
    assert "加藤" in answer.text or "name" in changes


def test_an_address_has_one_account(office: Office):
    visitor, known = office.visit(office.hire("admin")), office.hire("city")
    answer = visitor.post("/console/fuji/staff/new", new_staff(email=known.email.upper()))
    assert answer.status_code == 409
    assert "もう登録されています" in answer.text


def test_a_districts_box_of_another_city_is_not_taken(office: Office):
    visitor = office.visit(office.hire("admin"))
    foreign = new_staff(role="officer", districts=[office.district("東富岡", "tomioka")])
    assert visitor.post("/console/fuji/staff/new", foreign).status_code == 400


def test_nobody_locks_themselves_out(office: Office):
    admin = office.hire("admin")
    visitor, person = office.visit(admin), f"/console/fuji/staff/{admin.id}"
    with office.context.database.read() as session:
        line = session.scalars(select(StaffRole.id).where(StaffRole.staff_id == admin.id)).one()
    assert visitor.post(f"{person}/active", {"active": "0"}).status_code == 409
    assert visitor.post(f"{person}/roles/{line}/revoke").status_code == 409
    assert visitor.post(f"{person}/roles/{line}", {"role": "viewer"}).status_code == 400
    assert visitor.get("/console/fuji/staff").status_code == 200


def test_a_lost_phone_starts_again(office: Office):
    lost = office.hire("city", totp="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    theirs = office.visit(lost)
    office.visit(office.hire("admin")).post(f"/console/fuji/staff/{lost.id}/totp")
    assert theirs.get("/console/fuji/").status_code == 302
    with office.context.database.read() as session:
        row = session.get(Staff, lost.id)
        assert row is not None
        assert row.totp_secret is None


def test_the_demo_says_that_it_is_a_sample(office: Office):
    office.hire("admin")  # else the page is that of the first setting up
    assert "公式のものではありません" in office.visit().get("/console/sign-in").text


def test_an_unknown_page_is_friendly(office: Office):
    answer = office.visit(office.hire("city")).get("/console/fuji/no-such-page")
    assert answer.status_code == 404
    assert "見つかりません" in answer.text


def test_a_fault_of_ours_shows_no_details(office: Office, monkeypatch):
    from handlers.console import residents

    monkeypatch.setattr(residents.head_counts, "by_district", lambda *_: 1 / 0)
    answer = office.visit(office.hire("city")).get("/console/fuji/residents")
    assert answer.status_code == 500
    assert "うまくいきませんでした" in answer.text
    assert "ZeroDivision" not in answer.text


def test_addresses_without_their_last_slash_lead_on(office: Office):
    visitor = office.visit(office.hire("city"))
    for address in ("/console", "/console/fuji"):
        answer = visitor.get(address)
        assert (answer.status_code, answer.location) == (308, f"http://localhost{address}/")


def test_every_list_opens_on_postgresql(postgres_url, tmp_path):
    opened = open_context(make_settings(tmp_path, postgres_url))
    with opened.database.write() as session:
        knowledge.load_pack(session, packs.load(PACKS / "fuji"), real_now())
    office = Office(opened)
    office.residents(7, "今泉")
    parked(office)
    question(office, "街灯はどこに?", "今泉")
    announcement = office.draft(office.hire("officer", "今泉"), "今泉")
    visitor = office.visit(office.hire("admin"))
    for page in (
        "",
        "announcements",
        f"announcements/{announcement}",
        "polls",
        "questions",
        "entries?q=防災",
        "residents",
    ):
        assert visitor.get(f"/console/fuji/{page}").status_code == 200, page
    for page in ("health", "audit", "staff"):
        assert visitor.get(f"/console/fuji/{page}").status_code == 200, page
    opened.database.close()
    opened.keystore.database.close()


def test_polls_and_rounds_are_found_and_copied(office: Office):
    officer = office.hire("officer", "今泉")
    asked = Question("夜の訓練に来ますか。", ("はい", "いいえ"), later(72))
    poll = office.announcement(office.draft(officer, "今泉", title="訓練", poll=asked)).poll_id
    other = office.announcement(
        office.draft(officer, "今泉", title="清掃", poll=Question("清掃は?", ("はい", "いいえ"), later(72)))
    ).poll_id
    with office.context.database.write() as session:
        session.get_one(Poll, other).state = "open"
    visitor = office.visit(officer)
    every = visitor.get("/console/fuji/polls").text
    assert every.index(f"/polls/{other}") < every.index(f"/polls/{poll}")  # what is open comes first
    before = visitor.get("/console/fuji/polls?group=before&q=訓練").text
    assert f"/polls/{poll}" in before
    assert f"/polls/{other}" not in before
    assert "この条件に合うアンケートはありません" in visitor.get("/console/fuji/polls?year=1999").text
    copied = visitor.get(f"/console/fuji/announcements/new?copy={office.announcement(1).id}&poll=1").text
    assert "夜の訓練に来ますか。" in copied
    chair = office.hire("chair", "今泉")
    row = office.round_table(officer, "今泉")
    listed = office.visit(chair).get("/console/fuji/round-tables?group=going").text
    assert "案内の承認を待っています。" in listed
    assert "夜道の明るさ" in visitor.get(f"/console/fuji/round-tables/new?copy={row}").text
    assert "この条件に合う会議はありません" in visitor.get("/console/fuji/round-tables?q=ありません").text
