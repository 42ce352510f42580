"""A round table through the console, without a browser: opening, entering, record, referring, answering, telling."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.round_table_rules import STAGES
from bot.models import Announcement, AnnouncementBatch, Resident, Response, Staff, Statement
from bot.now import jst
from bot.services import (
    announcements,
    printing,
    referrals,
    reports,
    round_table_reminders,
    round_tables,
    statement_keys,
    statements,
)
from bot.services.context import Context
from tests.support.console import text_of
from tests.support.round_tables import CITY, Round


@pytest.fixture
def table(cities: Context) -> Round:
    return Round(cities)


def test_a_whole_round(table: Round) -> None:
    table.open()
    assert table.row.number == 1
    assert table.row.state == "planned"
    poll = table.send()
    assert table.row.state == "listening"
    entered = {
        "paper_0": "3",
        "paper_1": "9",
        "paper_2": "1",
        "phone_1": "1",
        "door": "paper",
        "voices": "橋のたもとが暗い\n街灯がほしい",
    }
    for _ in range(2):  # the same form sent twice
        assert table.as_(table.officer).post(table.to("entries"), entered).status_code == 302
    with table.context.database.read() as session:
        assert sorted(session.scalars(select(Statement.text))) == ["橋のたもとが暗い", "街灯がほしい"]
    table.close(poll, [12, 10, 3])
    assert table.row.state == "meeting"
    sheet = text_of(table.as_(table.chair).get(table.to("sheet")))
    assert "世論の割合ではありません" in sheet
    assert "n=39(LINE 25、紙 13、電話 1)" in sheet
    assert "合計 n=39" in sheet
    pdf = table.as_(table.chair).get(table.to("sheet.pdf"))
    assert pdf.data.startswith(b"%PDF")
    table.record()
    with table.context.database.read() as session:
        said = session.scalars(select(Statement.id)).all()
    table.refer(**{f"s{one}": "new1" for one in said})
    assert "返事を待ちます" in table.do(table.chair, "approve", "approve_referrals")
    assert table.respond(table.clerk).status_code == 302
    assert table.publish(table.head).status_code == 302
    assert "参加した人に知らせる" in text_of(table.as_(table.officer).get(table.to()))
    _told_once(table)
    assert "報告済みにしました" in table.do(table.officer, "act", "report")
    assert "その後の返事がまだない" in table.do(table.officer, "act", "follow_up")
    assert table.respond(table.clerk, kind="done", text="つけました。").status_code == 302
    assert table.publish(table.head).status_code == 302
    assert "まだ参加した人に届いていない" in table.do(table.officer, "act", "follow_up")
    _told(table)
    assert "この会議は終わり" in table.do(table.officer, "act", "follow_up")
    paper = table.as_(table.officer).get(table.to("newsletter")).text
    assert "■橋の街灯" in paper
    assert "つけました" in paper


def _told(table: Round) -> int:
    """Written, approved by the chair, frozen. Returns the announcement's id."""
    told = int(table.as_(table.officer).post(table.to("tell")).location.rsplit("/", 1)[1])
    with table.context.database.write() as session:
        row = announcements.get(session, CITY, told)
        announcements.approve(
            session, row, table.chair.actor, row.version, table.context.clock(), sealer=table.context.sealer
        )
    table.freeze(told)
    return told


def test_a_voice_of_another_day_hears_back_too(table: Round) -> None:
    table.open()
    poll = table.send()
    context, now = table.context, table.context.clock()
    key = statement_keys.of_today(context.keystore, CITY, now)
    with context.database.write() as session:
        last = session.scalars(select(Resident).order_by(Resident.id.desc())).first()
        assert last is not None
        voice = statements.Voice("橋が暗い", context.sealer.open_id(last.line_id, CITY), None, wants_answer=True)
        given = statements.give(session, key, context.sealer, last, voice, now).statement
        assert given is not None
        given.state, given.number = "approved", 1
        number = given.id
    table.close(poll, [12, 10, 3])
    table.record()
    table.refer(**{f"s{number}": "new1"})
    table.do(table.chair, "approve", "approve_referrals")
    table.respond(table.clerk)
    table.publish(table.head)
    told = _told(table)
    assert table.office.announcement(told).recipients == 26


def test_two_who_were_asked_are_both_heard(table: Round) -> None:
    table.open()
    table.close(table.send(), [12, 10, 3])
    table.record()
    table.refer()
    with table.context.database.read() as session:
        row = round_tables.get(session, CITY, table.id)
        matter = reports.matters.of_round(session, row)[0].matter
    more = {f"m{matter.id}_title": "橋の街灯", f"m{matter.id}_body": "council"}
    assert table.as_(table.officer).post(table.to("matters"), more).status_code == 302
    table.do(table.chair, "approve", "approve_referrals")
    table.respond(table.clerk)
    table.publish(table.head)
    with table.context.database.write() as session:
        row = round_tables.get(session, CITY, table.id)
        one = reports.matters.of_round(session, row)[0]
        assert one.open
        assert [each.name for each in one.awaited] == ["協議会"]
        asked = referrals.get(session, CITY, one.awaited[0].id)
        reply = referrals.Reply("locally", "門灯をともします。")
        now = table.context.clock()
        response = referrals.respond(session, asked, table.officer.actor, reply, now)
        referrals.publish(session, asked, response, table.chair.actor, response.version, now)
        told = reports.untold(session, row)
        said = reports.text(session, row, told, "-")
    assert len(told) == 2
    assert "来月、街灯を1つ足します。" in said
    assert "門灯をともします。" in said


def _told_once(table: Round) -> None:
    """The report reaches the 25 who took part and not the 30 who live there; pressed twice it is written once."""
    answer = table.as_(table.officer).post(table.to("tell"))
    told = int(answer.location.rsplit("/", 1)[1])
    table.as_(table.officer).post(table.to("tell"))
    with table.context.database.write() as session:
        row = announcements.get(session, CITY, told)
        assert (
            announcements.reach_of(
                session, row, announcements.district_ids(session, row), table.context.clock()
            ).recipients
            == 25
        )
        announcements.approve(
            session, row, table.chair.actor, row.version, table.context.clock(), sealer=table.context.sealer
        )
    table.freeze(told)
    with table.context.database.read() as session:
        assert session.scalars(
            select(AnnouncementBatch.count).where(AnnouncementBatch.announcement_id == told)
        ).all() == [25]
        assert len(session.scalars(select(Announcement.id)).all()) == 2
        assert reports.untold(session, round_tables.get(session, CITY, table.id)) == []


def test_studying_needs_a_day_and_a_refusal_its_reason(table: Round) -> None:
    table.until_answering()
    answer = table.respond(table.clerk, kind="studying", text="調べます。")
    assert answer.status_code == 400
    assert "次に報告する日を入れてください" in answer.text
    assert "調べます。" in answer.text  # what was typed is still there
    assert "対応できない理由" in table.respond(table.clerk, kind="cannot", text="できません。").text
    day = (jst(table.context.clock()) + timedelta(days=60)).date().isoformat()
    assert table.respond(table.clerk, kind="studying", text="調べます。", next_report_on=day).status_code == 302
    assert table.respond(table.clerk, kind="studying", text="調べます。", next_report_on=day).status_code == 302
    with table.context.database.read() as session:
        assert len(session.scalars(select(Response)).all()) == 1


def test_a_department_answers_its_own_and_a_second_person_publishes(table: Round) -> None:
    table.until_answering()
    assert "その課の人が答えます" in table.respond(table.officer).text
    table.respond(table.clerk)
    assert "自分が書いた返事は承認できません" in table.publish(table.clerk).text
    assert table.publish(table.chair).status_code == 403
    assert table.publish(table.head, version=7).status_code == 409
    assert table.publish(table.city).status_code == 302


def test_a_department_without_anybody_left_is_answered_for(table: Round) -> None:
    table.until_answering()
    with table.context.database.write() as session:
        for who in (table.clerk, table.head):
            session.get_one(Staff, who.id).active = False
    page = text_of(table.as_(table.officer).get(table.referral()))
    assert "いま答えられる人がいません" in page
    asked = table.referral().rsplit("/", 1)[1]
    page = table.as_(table.officer).get(table.to("matters"))
    assert "いま答えられる人がいません" in text_of(page)
    assert f"r{asked}_gone" not in page.text
    assert "座長か市の担当です" in table.as_(table.officer).post(table.to("matters"), {f"r{asked}_gone": "1"}).text
    assert f"r{asked}_gone" in table.as_(table.chair).get(table.to("matters")).text
    late = {"new1_title": "歩道", "new1_body": "other", "new1_name": "見本鉄道"}
    assert 'name="new1_body"' not in page.text
    assert "足せるのは、座長か市の担当です" in text_of(table.as_(table.officer).post(table.to("matters"), late))
    assert table.as_(table.chair).post(table.to("matters"), late).status_code == 302
    assert table.respond(table.officer).status_code == 302
    assert table.publish(table.chair).status_code == 302


def test_what_was_asked_stays_once_it_is_open(table: Round) -> None:
    table.open()
    changed = table.as_(table.officer).post(table.to("edit"), table.form(place="体育館", version="1"))
    assert changed.status_code == 302, text_of(changed)
    assert table.row.place == "体育館"
    table.send()
    refused = table.as_(table.officer).post(
        table.to("edit"), table.form(question="暗いですか。", version=str(table.row.version))
    )
    assert refused.status_code == 409
    assert "変更はできません" in refused.text
    assert "暗いですか。" in refused.text


def test_the_same_form_twice_opens_one_round(table: Round) -> None:
    assert table.open() == table.open()
    with table.context.database.read() as session:
        assert len(session.scalars(select(Announcement.id)).all()) == 1


def test_mistakes_are_named_and_nothing_is_lost(table: Round) -> None:
    answer = table.as_(table.officer).post(
        f"/console/{CITY}/round-tables/new", table.form(theme="一\n二\n三\n四", choices="ひとつ")
    )
    assert answer.status_code == 400
    assert "2つから" in answer.text
    assert "ひとつ" in answer.text
    late = table.form(meet_date=jst(table.context.clock()).date().isoformat())
    assert "締切よりあと" in table.as_(table.officer).post(f"/console/{CITY}/round-tables/new", late).text


def test_what_cannot_be_stored_is_shown_again(table: Round) -> None:
    table.open()
    officer = table.as_(table.officer)
    early = officer.post(table.to("record"), {"title_0": "夜道", "said_0": "橋が暗い"})
    assert early.status_code == 409
    assert "橋が暗い" in early.text
    table.send()
    for voices, why in (("電話は0545-12-3456です", "除いてから"), ("あ" * 141, "140字まで")):
        answer = officer.post(table.to("entries"), {"paper_0": "4", "door": "paper", "voices": voices})
        assert answer.status_code == 400
        assert why in answer.text
        assert voices in answer.text
    assert "人数を" in officer.post(table.to("entries"), {"paper_0": "-1", "door": "paper"}).text
    lost = officer.post(table.to("matters"), {"new1_title": "あ" * 81, "new1_by_city": "街灯"})
    assert lost.status_code == 400
    assert "街灯" in lost.text


def test_few_on_paper_stay_hidden_beside_the_tally_of_line(table: Round) -> None:
    table.open()
    poll = table.send()
    table.as_(table.officer).post(table.to("entries"), {"paper_0": "3", "door": "paper", "voices": ""})
    table.close(poll, [12, 10, 3])
    sheet = text_of(table.as_(table.officer).get(table.to("sheet")))
    assert "3人が回答。10人から結果を出します。" in sheet
    assert "合計" not in sheet


def test_a_missing_font_is_said_and_the_page_still_prints(table: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    table.open()
    monkeypatch.setattr(printing, "FONT", "NotThere.otf")
    answer = table.as_(table.officer).get(table.to("sheet.pdf"))
    assert answer.status_code == 503
    assert "pylopdf-fonts-jp" in answer.text
    assert table.as_(table.officer).get(table.to("sheet")).status_code == 200


@pytest.mark.parametrize(
    "words", ['#panic("x")', '"); #import "x"', "*太字* $x$ `raw` @ref <l> // \\ #set text(9pt)", "= 見出し\n- 点"]
)
def test_words_are_never_markup(words: str) -> None:
    data = {
        "city": words, "district": words, "title": words, "theme": [words], "facts": [[words, words]], "question": words,
        "results": [{"name": words, "answered": 10, "rows": [[words, 10, 100]], "why": ""}], "sample": True,
        "voices": [{"title": words, "statements": [words], "parts": [["個人", words]]}], "before_title": words,
        "before": [{"title": words, "word": words, "text": words, "note": words}], "notes": [words],
        "opinions": [[words, [words]]], "meter": words,
    }  # fmt: skip
    assert json.dumps(data)
    assert printing.pdf("meeting_sheet.typ", data).startswith(b"%PDF")


def test_late_answers_are_told_once_a_day_until_they_come(table: Round) -> None:
    table.until_answering()
    now = table.context.clock()
    later = now + timedelta(days=60)
    with table.context.database.write() as session:
        round_table_reminders.remind(session, now)
        assert round_table_reminders.waiting(session, CITY, table.clerk.actor, now) == []
        for _ in range(2):
            round_table_reminders.remind(session, later)
        alerts = session.execute(select(round_table_reminders.Alert.count, round_table_reminders.Alert.text)).all()
        assert [count for count, _ in alerts] == [1]
        assert "橋の街灯" in alerts[0][1]
        waiting = round_table_reminders.waiting(session, CITY, table.clerk.actor, later)
        assert [one.tag[0] for one in waiting] == ["返事が遅れています"]
    table.respond(table.clerk)
    table.publish(table.head)
    with table.context.database.write() as session:
        round_table_reminders.remind(session, later)
        assert session.scalars(select(round_table_reminders.Alert.id)).all() == []


def test_open_matters_come_back_at_the_next_round(table: Round) -> None:
    table.until_answering()
    first = table.id
    answer = table.as_(table.officer).post(f"/console/{CITY}/round-tables/new", table.form(theme="つぎのテーマ"))
    table.id = int(answer.location.rsplit("/", 1)[1])
    assert table.id != first
    assert table.row.number == 2
    page = text_of(table.as_(table.officer).get(table.to("sheet")))
    assert "前回の声とその返事(第1回 円卓会議)" in page
    assert "橋の街灯" in page


def test_a_referral_cannot_be_read_from_another_district_or_city(table: Round) -> None:
    table.until_answering()
    other = table.office.visit(table.office.hire("officer", "吉原"))
    abroad = table.office.visit(table.office.hire("city", city="tomioka"))
    for path in (table.referral(), table.to(), table.to("sheet.pdf")):
        assert other.get(path).status_code == 404
        assert abroad.get(path).status_code == 403
        assert abroad.get(path.replace("/fuji/", "/tomioka/")).status_code == 404
    stranger = table.office.hire("department")
    with table.context.database.read() as session:
        asked = referrals.listing(session, CITY, stranger.actor, table.context.clock())
    assert len(asked) == 1  # of the same department


def test_every_stage_has_a_way_out() -> None:
    from bot.core import round_table_rules as rules

    leading = {state for state, _act in STAGES}
    assert set(rules.STATES) - leading == rules.FINAL
    assert set(STAGES.values()) == set(rules.STATES)
    assert {act for _, act in STAGES} == set(rules.ACTS)
