"""Announcements in the console: writing, submitting, approving, returning, calling off, their polls."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.models import Announcement, AnnouncementBatch, AuditRow, Poll, StaffRole
from bot.now import jst, real_now
from bot.services import announcements, polls
from bot.services.composing import Question
from tests.support.console import Office, later, text_of

BASE = "/console/fuji/announcements"


def form(office: Office, *districts: str, **changes: Any) -> dict[str, Any]:
    values = {
        "title": "防災訓練のお知らせ",
        "body": "12月6日(日) 午前8時30分からです。\n場所は今泉小学校です。",
        "sender": "今泉地区まちづくり協議会",
        "audience": "home_and_interest",
        "districts": [office.district(name) for name in districts or ("今泉",)],
        "when": "now",
    }
    return values | changes


def at(moment) -> dict[str, str]:
    local = jst(moment)
    return {"when": "time", "send_date": f"{local:%Y-%m-%d}", "send_time": f"{local:%H:%M}"}


def poll_fields(hours: float = 72, **changes: str) -> dict[str, str]:
    closes = jst(later(hours))
    return {
        "with_poll": "1",
        "question": "夜の訓練があったら、参加しますか。",
        "choices": "参加する\n\n時間による\r\n参加しない",
        "close_date": f"{closes:%Y-%m-%d}",
        "close_time": f"{closes:%H:%M}",
    } | changes


def number(location: str) -> int:
    return int(location.rstrip("/").split("/")[-1])


def count(office: Office, kind: Any) -> int:
    with office.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_written_submitted_approved_and_scheduled(office: Office):
    office.residents(12, "今泉")
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    writer, second = office.visit(officer), office.visit(chair)
    send_at = jst(later(30)).replace(hour=10, minute=0, second=0, microsecond=0)  # at night it would wait
    made = writer.post(f"{BASE}/new", form(office) | at(send_at))
    assert made.status_code == 302
    announcement_id = number(made.location)
    page = text_of(writer.get(made.location))
    assert "下書きを保存しました" in page
    assert "届く人 12 人" in page
    assert "12 通" in page

    writer.post(f"{BASE}/{announcement_id}/submit")
    assert "承認をお願いします" in text_of(second.get("/console/fuji/"))
    asked = second.get(f"{BASE}/{announcement_id}/approve")
    assert "承認して予約する" in asked.text
    version = asked.text.split('name="version" value="')[1].split('"')[0]
    done = second.post(f"{BASE}/{announcement_id}/approve", {"version": version})
    assert done.status_code == 302
    row = office.announcement(announcement_id)
    assert (row.state, row.approver_id, row.send_at) == ("scheduled", chair.id, send_at)
    assert row.messages is not None
    with office.context.database.read() as session:
        acts = session.scalars(select(AuditRow.action).where(AuditRow.target == f"announcement:{row.id}")).all()
    assert acts == ["announcement.draft", "announcement.submit", "announcement.approve"]


def test_the_preview_is_the_very_json_of_the_message(office: Office):
    officer = office.hire("officer", "今泉")
    announcement_id = office.draft(officer, "今泉", body='「引用」と <b>記号</b> & "引用符"')
    page = office.visit(officer).get(f"{BASE}/{announcement_id}").text
    shown = json.loads(unescape(page.split('data-messages="')[1].split('"')[0]))
    with office.context.database.read() as session:
        row = announcements.get(session, "fuji", announcement_id)
        assert shown == announcements.preview(session, office.context.sealer, row, office.context.clock())
    assert "<b>記号</b>" not in page


def test_hard_words_are_hinted_and_hinder_nothing(office: Office):
    officer = office.hire("officer", "今泉")
    hard = office.draft(
        officer, "今泉", body="貴重品は各自持参してください。9時〜11時です。<b>速やかに</b>来てください。"
    )
    answer = office.visit(officer).get(f"{BASE}/{hard}")
    page = text_of(answer)
    assert "もっと読みやすくするには" in page
    assert "「大切なもの」と書けます" in page
    assert "「から」「まで」と書いてください" in page
    assert "承認に出す" in page
    assert "<b>速やかに</b>" not in answer.text
    plain = office.draft(
        officer, "今泉", title="そうじの お知らせ", body="公園(こうえん)を そうじします。来てください。"
    )
    assert "もっと読みやすくするには" not in text_of(office.visit(officer).get(f"{BASE}/{plain}"))


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"title": "  "}, "title", "見出しを入れてください"),
        ({"title": "あ" * 61}, "title", "1文字減らしてください"),
        ({"body": ""}, "body", "本文を入れてください"),
        ({"body": "あ" * 1501}, "body", "1500文字まで"),
        ({"sender": ""}, "sender", "差出人を入れてください"),
        ({"districts": []}, "districts", "地区を1つ以上選んでください"),
        ({"audience": "everyone"}, "audience", "届ける範囲を選んでください"),
        ({"when": "time"}, "send_date", "送る日時の日を選んでください"),
        ({"when": "time", "send_date": "2026-13-40", "send_time": "9"}, "send_time", "時刻を選んでください"),
        (at(real_now() - timedelta(hours=1)), "send_date", "いまよりあと"),
        (poll_fields(question=""), "question", "設問を入れてください"),
        (poll_fields(choices="一つだけ"), "choices", "2つから10まで"),
        (poll_fields(choices="\n".join("一二三四五六七八九十壱")), "choices", "2つから10まで"),
        (poll_fields(choices="はい\n" + "い" * 41), "choices", "40文字まで"),
        (poll_fields(close_date=""), "close_date", "締切の日を選んでください"),
        (poll_fields(hours=-1), "close_date", "送る日時よりあと"),
    ],
)
def test_a_form_with_errors_names_them_and_loses_nothing(office: Office, changes, field, error):
    visitor = office.visit(office.hire("officer", "今泉"))
    answer = visitor.post(f"{BASE}/new", form(office) | {"body": "消えては困る文"} | changes)
    assert answer.status_code == 400
    assert error in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    if "body" not in changes:
        assert "消えては困る文" in answer.text
    assert count(office, Announcement) == count(office, Poll) == 0


def test_a_refusal_by_the_service_keeps_the_form_too(office: Office):
    visitor = office.visit(office.hire("officer", "今泉"))
    answer = visitor.post(f"{BASE}/new", form(office) | poll_fields(choices="はい\nハイ\nﾊｲ"))
    assert answer.status_code == 400
    assert "同じ選択肢" in answer.text
    assert "防災訓練のお知らせ" in answer.text
    assert count(office, Announcement) == count(office, Poll) == 0


def test_an_officer_writes_for_ones_own_districts_only(office: Office):
    visitor = office.visit(office.hire("officer", "今泉", "伝法"))
    page = visitor.get(f"{BASE}/new").text
    assert ">伝法<" in page
    assert ">吉原<" not in page
    assert "市全体" not in text_of(visitor.get(f"{BASE}/new"))
    assert visitor.post(f"{BASE}/new", form(office, "吉原")).status_code == 400
    assert visitor.post(f"{BASE}/new", form(office, audience="city")).status_code == 400
    elsewhere = form(office) | {"districts": [office.district("東富岡", "tomioka")]}
    assert visitor.post(f"{BASE}/new", elsewhere).status_code == 400
    mixed = visitor.post(f"{BASE}/new", form(office, "今泉", "吉原"))
    with office.context.database.read() as session:
        row = announcements.get(session, "fuji", number(mixed.location))
        assert announcements.district_ids(session, row) == (office.district("今泉"),)


def test_the_city_writes_to_everyone(office: Office):
    office.residents(3, "吉原")
    visitor = office.visit(office.hire("city"))
    made = visitor.post(f"{BASE}/new", form(office, audience="city", districts=[]))
    assert "市全体" in text_of(visitor.get(made.location))


def test_a_second_click_on_save_makes_one_draft(office: Office):
    visitor = office.visit(office.hire("officer", "今泉"))
    for fields in (form(office), form(office, title="もう1つ") | poll_fields()):
        first, second = (visitor.post(f"{BASE}/new", fields).location for _ in range(2))
        assert first == second
    assert (count(office, Announcement), count(office, Poll)) == (2, 1)


def test_the_list_shows_what_may_be_read(office: Office):
    city = office.hire("city")
    office.draft(city, "今泉", title="今泉だけのもの")
    office.draft(city, "吉原", title="吉原だけのもの")
    office.draft(office.hire("city", city="tomioka"), "東富岡", city="tomioka", title="富岡のもの")
    page = office.visit(office.hire("officer", "今泉")).get(BASE).text
    assert "今泉だけのもの" in page
    assert "吉原だけのもの" not in page
    assert "富岡のもの" not in page
    assert "今泉だけのもの" not in office.visit(city).get(f"{BASE}?group=coming").text


def test_the_author_cannot_approve(office: Office):
    office.residents(1, "今泉")
    officer = office.hire("officer", "今泉")
    announcement_id = office.submitted(officer, "今泉")
    visitor = office.visit(officer)
    page = visitor.get(f"{BASE}/{announcement_id}/approve").text
    assert "自分が書いたお知らせは、承認できません" in page
    assert "承認して" not in page
    assert visitor.post(f"{BASE}/{announcement_id}/approve", {"version": "2"}).status_code == 403
    assert office.announcement(announcement_id).state == "submitted"


def test_an_approval_of_an_older_text_is_refused(office: Office):
    office.residents(1, "今泉")
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    announcement_id = office.submitted(officer, "今泉")
    second = office.visit(chair)
    read = office.announcement(announcement_id).version
    writer = office.visit(officer)
    version = office.announcement(announcement_id).version
    writer.post(f"{BASE}/{announcement_id}/edit", form(office, title="すりかえた見出し", version=version))
    writer.post(f"{BASE}/{announcement_id}/submit")
    answer = second.post(f"{BASE}/{announcement_id}/approve", {"version": str(read)})
    assert answer.status_code == 409
    assert "先に変わっていました" in answer.text
    assert "すりかえた見出し" in answer.text
    assert office.announcement(announcement_id).state == "submitted"
    version = str(office.announcement(announcement_id).version)
    second.post(f"{BASE}/{announcement_id}/approve", {"version": version})
    late = writer.get(f"{BASE}/{announcement_id}/edit", follow_redirects=True)
    assert "変更はできません" in late.text
    assert 'name="body"' not in late.text


def test_two_approvals_at_once_give_one(office: Office):
    office.residents(1, "今泉")
    officer = office.hire("officer", "今泉")
    chairs = [office.hire("chair", "今泉") for _ in range(2)]
    announcement_id = office.submitted(officer, "今泉", send_at=later(30))
    version = str(office.announcement(announcement_id).version)
    visitors = [office.visit(chair) for chair in chairs]
    tokens = [visitor.token() for visitor in visitors]
    start, answers = Barrier(2), [0, 0]

    def press(place: int) -> None:
        start.wait()
        data = {"version": version, "csrf_token": tokens[place]}
        answers[place] = visitors[place].client.post(f"{BASE}/{announcement_id}/approve", data=data).status_code

    threads = [Thread(target=press, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 409]
    row = office.announcement(announcement_id)
    assert row.approver_id == chairs[answers.index(302)].id
    with office.context.database.read() as session:
        approvals = session.scalars(select(AuditRow).where(AuditRow.action == "announcement.approve")).all()
    assert len(approvals) == 1


def test_a_second_click_on_approve_shows_that_it_is_done(office: Office):
    office.residents(1, "今泉")
    chair = office.hire("chair", "今泉")
    announcement_id = office.submitted(office.hire("officer", "今泉"), "今泉", send_at=later(30))
    visitor = office.visit(chair)
    version = str(office.announcement(announcement_id).version)
    answers = [visitor.post(f"{BASE}/{announcement_id}/approve", {"version": version}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "もう承認してあります" in visitor.get(answers[1].location).text


def test_a_role_lost_between_the_clicks_counts(office: Office):
    office.residents(1, "今泉")
    chair = office.hire("chair", "今泉")
    announcement_id = office.submitted(office.hire("officer", "今泉"), "今泉", send_at=later(30))
    visitor = office.visit(chair)
    page = visitor.get(f"{BASE}/{announcement_id}/approve")
    version = page.text.split('name="version" value="')[1].split('"')[0]
    with office.context.database.write() as session:
        role = session.scalars(select(StaffRole).where(StaffRole.staff_id == chair.id)).one()
        role.until = jst(real_now()).date() - timedelta(days=1)
    answer = visitor.post(f"{BASE}/{announcement_id}/approve", {"version": version})
    assert answer.status_code == 403
    assert office.announcement(announcement_id).state == "submitted"


def test_nobody_reached_is_said_when_submitting_and_stops_the_approval(office: Office):
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    announcement_id = office.draft(officer, "今泉")
    writer, second = office.visit(officer), office.visit(chair)
    assert "届く人がいない" in writer.get(writer.post(f"{BASE}/{announcement_id}/submit").location).text
    version = str(office.announcement(announcement_id).version)
    answer = second.post(f"{BASE}/{announcement_id}/approve", {"version": version})
    assert answer.status_code == 400
    assert "届く人がいない" in answer.text


def test_returned_with_a_reason_mended_and_submitted_again(office: Office):
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    announcement_id = office.submitted(officer, "今泉")
    writer, second = office.visit(officer), office.visit(chair)
    empty = second.post(f"{BASE}/{announcement_id}/return", {"comment": " "})
    assert empty.status_code == 400
    assert "どこを直せばよいか" in empty.text
    second.post(f"{BASE}/{announcement_id}/return", {"comment": "曜日が違います"})
    assert "曜日が違います" in writer.get("/console/fuji/").text
    page = writer.get(f"{BASE}/{announcement_id}/edit")
    assert "曜日が違います" in page.text
    version = page.text.split('name="version" value="')[1].split('"')[0]
    assert writer.post(f"{BASE}/{announcement_id}/edit", form(office, version=version)).status_code == 302
    writer.post(f"{BASE}/{announcement_id}/submit")
    assert office.announcement(announcement_id).state == "submitted"


def test_two_people_editing_at_once(office: Office):
    officer, other = office.hire("officer", "今泉"), office.hire("officer", "今泉")
    announcement_id = office.draft(officer, "今泉")
    one, two = office.visit(officer), office.visit(other)
    version = str(office.announcement(announcement_id).version)
    assert one.post(f"{BASE}/{announcement_id}/edit", form(office, title="先の人", version=version)).status_code == 302
    answer = two.post(f"{BASE}/{announcement_id}/edit", form(office, title="後の人", version=version))
    assert answer.status_code == 409
    assert "後の人" in answer.text, "what the second one wrote is still in the form"
    assert office.announcement(announcement_id).title == "先の人"


def test_called_off_before_it_goes(office: Office):
    office.residents(1, "今泉")
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    announcement_id = office.submitted(officer, "今泉", send_at=later(30))
    with office.context.database.write() as session:
        row = announcements.get(session, "fuji", announcement_id)
        announcements.approve(session, row, chair.actor, row.version, real_now(), sealer=office.context.sealer)
    visitor = office.visit(officer)
    assert visitor.post(f"{BASE}/{announcement_id}/cancel", {"comment": ""}).status_code == 400
    assert office.announcement(announcement_id).state == "scheduled"
    visitor.post(f"{BASE}/{announcement_id}/cancel", {"comment": "雨のため"})
    assert office.announcement(announcement_id).state == "cancelled"
    assert "雨のため" in visitor.get(f"{BASE}/{announcement_id}").text
    assert visitor.post(f"{BASE}/{announcement_id}/cancel", {"comment": "もう一度"}).status_code == 409


def test_a_poll_comes_and_goes_with_its_announcement(office: Office):
    visitor = office.visit(office.hire("officer", "今泉"))
    made = visitor.post(f"{BASE}/new", form(office) | poll_fields())
    announcement_id = number(made.location)
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(announcement_id).poll_id)
        assert polls.choices_of(session, poll) == ("参加する", "時間による", "参加しない")
    page = visitor.get(f"{BASE}/{announcement_id}/edit").text
    assert "参加する\n時間による\n参加しない" in page
    version = {"version": str(office.announcement(announcement_id).version)}
    visitor.post(f"{BASE}/{announcement_id}/edit", form(office) | version | poll_fields(choices="はい\nいいえ"))
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(announcement_id).poll_id)
        assert polls.choices_of(session, poll) == ("はい", "いいえ")
    version = {"version": str(office.announcement(announcement_id).version)}
    visitor.post(f"{BASE}/{announcement_id}/edit", form(office) | version)
    assert office.announcement(announcement_id).poll_id is None
    assert count(office, Poll) == 0
    version = {"version": str(office.announcement(announcement_id).version)}
    visitor.post(f"{BASE}/{announcement_id}/edit", form(office) | version | poll_fields())
    visitor.post(f"{BASE}/{announcement_id}/delete")
    assert count(office, Announcement) == count(office, Poll) == 0


def test_a_poll_shows_participation_while_open_and_the_tally_once_closed(office: Office):
    officer = office.hire("officer", "今泉")
    announcement_id = office.draft(officer, "今泉", poll=Question("夜でもよいですか。", ("はい", "いいえ"), later()))
    poll_id = office.announcement(announcement_id).poll_id
    visitor, address = office.visit(officer), f"/console/fuji/polls/{office.announcement(announcement_id).poll_id}"

    def become(**values: Any) -> str:
        with office.context.database.write() as session:
            row = polls.get(session, "fuji", poll_id)
            for name, value in values.items():
                setattr(row, name, value)
        return text_of(visitor.get(address))

    assert "まだ送っていません" in text_of(visitor.get(address))
    page = become(state="open", participants=12)
    assert "12 人が回答" in page
    assert "%" not in page
    page = become(state="closed", participants=7, closed_at=real_now(), tally=None)
    assert "10人から結果を出します" in page
    page = become(participants=12, tally={"total": 12, "choices": [9, 3]})
    assert "はい 9 75%" in page
    assert "12人が回答しました" in page
    page = become(state="lost", tally=None)
    assert "結果を出せません" in page


def test_the_result_page_explains_each_outcome(office: Office):
    officer = office.hire("officer", "今泉")
    announcement_id = office.draft(officer, "今泉")
    outcomes = [(500, "accepted", None), (40, "dead", "LINEが断りました(400)。"), (3, "unknown", "返事がありません。")]
    with office.context.database.write() as session:
        row = announcements.get(session, "fuji", announcement_id)
        row.state, row.frozen_at, row.finished_at = "sent", real_now(), real_now()
        row.recipients, row.accepted = 545, 500
        for place, (people, state, error) in enumerate(outcomes):
            session.add(
                AnnouncementBatch(
                    municipality_id="fuji",
                    announcement_id=row.id,
                    position=place,
                    count=people,
                    state=state,
                    retry_key=f"{place}",
                    next_try_at=real_now(),
                    error=error,
                )
            )
    page = text_of(office.visit(officer).get(f"{BASE}/{announcement_id}"))
    for words in (
        "500 人に送りました",
        "断られた 40 人",
        "分からない 3 人",
        "送らなかった 2 人",
        "LINEが断りました(400)。",
    ):
        assert words in page


def test_reach_and_preview_while_writing(office: Office):
    office.residents(4, "今泉")
    office.residents(6, "吉原")
    visitor = office.visit(office.hire("officer", "今泉"))
    query = {"audience": "home", "districts": [office.district("今泉"), office.district("吉原")]}
    assert visitor.get(f"{BASE}/reach", query_string=query).json["recipients"] == 4, "only the person's own districts"
    assert visitor.get(f"{BASE}/reach", query_string={"audience": "city"}).status_code == 400
    drawn = visitor.post(f"{BASE}/preview", form(office, title="書きかけ")).json
    assert "書きかけ" in json.dumps(drawn, ensure_ascii=False)
    drawn = visitor.post(
        f"{BASE}/preview", {"with_poll": "1", "question": "手伝えますか", "choices": "はい\nいいえ"}
    ).json
    assert [message["altText"].split()[-1] for message in drawn["messages"]] == ["…", "手伝えますか"]
    assert "quickReply" in drawn["messages"][1]
    too_long = visitor.post(f"{BASE}/preview", {"with_poll": "1", "choices": "あ" * 41})
    assert (too_long.status_code, too_long.json) == (
        400,
        {"error": "長すぎる文があります。本文か選択肢を短くしてください。"},
    )
    assert count(office, Announcement) == count(office, Poll) == 0


def test_an_expired_role_may_draft_and_send_nothing(office: Office):
    office.residents(1, "今泉")
    gone = jst(real_now()).date() - timedelta(days=10)
    officer = office.hire("officer", "今泉", until=gone)
    visitor = office.visit(officer)
    made = visitor.post(f"{BASE}/new", form(office))
    assert made.status_code == 302
    announcement_id = office.submitted(office.hire("officer", "今泉"), "今泉", title="ほかの人のもの")
    assert visitor.get(f"{BASE}/{announcement_id}/approve").status_code == 403
    assert visitor.post(f"{BASE}/{announcement_id}/cancel", {"comment": "x"}).status_code == 403


def test_the_list_says_why_one_did_not_go_and_gathers_them(office: Office):
    officer = office.hire("officer", "今泉")
    stopped, other = office.draft(officer, "今泉", title="防災訓練"), office.draft(officer, "今泉", title="清掃")
    with office.context.database.write() as session:
        session.get_one(Announcement, stopped).state = "stopped"
        session.get_one(Announcement, stopped).comment = "今月LINEで送れる数を使い切ったため、ここで止めました。"
    visitor = office.visit(officer)
    page = visitor.get("/console/fuji/announcements?group=stuck").text
    assert "使い切ったため" in page
    assert "残りの人だけに続きを送れます" in page
    assert f"/announcements/{other}" not in page
    assert "使い切ったため" in visitor.get(f"/console/fuji/announcements/{stopped}").text
    found = visitor.get("/console/fuji/announcements?q=防災").text
    assert f"/announcements/{stopped}" in found
    assert f"/announcements/{other}" not in found
