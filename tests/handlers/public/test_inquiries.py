"""Our own form: written, checked, sent once; links used twice, expired, forged, another city's; nothing typed is lost."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import Inquiry, InquiryLetter, InquiryLink, OutboxMessage
from bot.services import inquiries, inquiry_keeping
from tests.support.inquiring import TEXT, Counter, seen


@pytest.fixture
def counter(cities):
    return Counter(cities)


def count(counter, table=Inquiry):
    with counter.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_written_checked_and_sent_with_a_receipt_on_the_page_and_in_line(counter):
    path = counter.link(counter.resident())
    assert "職員に聞く" in seen(counter.client.get(path))
    checked = seen(counter.post(path, "confirm", contact="0545-12-3456"))
    assert "まだ送っていません" in checked
    assert TEXT in checked
    assert "0545-12-3456" in checked
    assert count(counter) == 0
    assert counter.post(path, contact="0545-12-3456").status_code == 303
    done = seen(counter.client.get(path))
    assert re.search(r"受付番号 富-1\d{3}-\d", done)
    assert "合言葉" not in done
    with counter.context.database.read() as session:
        row = session.scalars(select(Inquiry)).one()
        letter = session.scalars(select(InquiryLetter)).one()
        waiting = session.scalars(select(OutboxMessage)).one()
        assert [one.text for one in inquiries.letters(counter.context, session, row)] == [TEXT]
    assert (row.state, row.door, row.category) == ("new", "line", "road")
    assert TEXT.encode() not in letter.body
    assert b"0545" not in row.contact
    assert (waiting.kind, waiting.state, waiting.reply_token) == ("receipt", "waiting", None)
    assert waiting.resident_id == row.resident_id


def test_a_link_is_good_once_and_says_so_kindly(counter):
    resident = counter.resident()
    path = counter.link(resident)
    first = counter.post(path, text="一度目")
    again = counter.post(path, text="戻って、もう一度")  # a double press, or the back button
    assert (first.status_code, again.status_code) == (303, 303)
    assert (count(counter), count(counter, OutboxMessage)) == (1, 1)
    later = counter.context.clock() + timedelta(hours=2)
    object.__setattr__(counter.context, "clock", lambda: later)
    assert "この用紙は、もう送られています" in seen(counter.client.get(path))


def test_an_expired_link_keeps_what_was_typed_and_carries_it_into_a_new_form(counter):
    path = counter.link(counter.resident(), at=counter.context.clock() - timedelta(hours=25))
    page = counter.post(path, "confirm")
    assert page.status_code == 410
    assert TEXT in seen(page)
    token = counter.token("/m/fuji/inquiry/")
    fresh = counter.client.post("/m/fuji/inquiry/", data={"csrf_token": token, "text": TEXT, "category": "road"})
    assert fresh.status_code == 200
    assert TEXT in fresh.text
    assert 'value="road" checked' in fresh.text
    assert count(counter) == 0


@pytest.mark.parametrize("forged", ["x", "a" * 32, "a" * 5000, "%00", "🍊", "..%2f..", "' OR 1=1 --"])
def test_a_forged_link_opens_nothing(counter, forged):
    page = counter.client.get(f"/m/fuji/inquiry/{forged}")
    assert page.status_code == 404
    assert counter.post(f"/m/fuji/inquiry/{forged}").status_code == 404
    assert count(counter) == 0


def test_another_citys_link_opens_nothing(counter):
    path = counter.link(counter.resident(), "fuji").replace("/fuji/", "/tomioka/")
    assert counter.client.get(path).status_code == 404
    assert counter.post(path).status_code == 404
    assert counter.client.get("/m/nowhere/inquiry/").status_code == 404
    assert count(counter) == 0


def test_what_has_to_be_mended_is_said_and_nothing_is_lost(counter):
    path = counter.link(counter.resident())
    page = counter.post(path, "confirm", text="あ" * 10_000, category="", contact="c" * 121)
    said = seen(page)
    assert page.status_code == 400
    assert "4000文字までです。いま10000文字です。6000文字減らしてください。" in said
    assert "何についてか、1つ選んでください" in said
    assert "あ" * 10_000 in said
    assert "c" * 121 in page.text
    assert page.text.count('aria-invalid="true"') == 2
    empty = counter.post(path, text=" \n　\x00 ")
    assert "聞きたいことを書いてください" in seen(empty)
    assert count(counter) == 0


def test_strange_letters_are_kept_as_people_see_them(counter):
    row = counter.sent(counter.resident(), text="\x00\u202e絵文字👨‍👩‍👧\r\n<script>alert(1)</script>{{7*7}}\x1b")
    with counter.context.database.read() as session:
        (letter,) = inquiries.letters(counter.context, session, counter.row(row.id))
    assert letter.text == "絵文字👨‍👩‍👧\n<script>alert(1)</script>{{7*7}}"
    page = counter.client.get(counter.answer_link(row.id))
    assert "<script>" not in page.text
    assert "{{7*7}}" in page.text


def test_danger_now_comes_first_on_the_page_to_check(counter):
    path = counter.link(counter.resident())
    page = counter.post(path, "confirm", text="もう消えてしまいたいです")
    assert "0120-279-338" in seen(page)
    assert page.text.index('href="tel:0120279338"') < page.text.index("<h1>この内容で送りますか")
    assert "tel:" not in counter.post(path, "confirm", text="防災訓練の日を教えてください").text
    assert counter.post(path, text="もう消えてしまいたいです").status_code == 303


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Ask the staff"), ("pt", "Falar com a prefeitura"), ("easy-ja", "市(し)の人に 聞く")]
)
def test_the_form_speaks_the_links_language(counter, language, words):
    page = counter.client.get(counter.link(counter.resident(), language=language))
    assert words in seen(page)
    assert f'<html lang="{"ja" if language == "easy-ja" else language}"' in page.text


def test_the_address_stays_secret(counter, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    path = counter.link(counter.resident())
    page = counter.client.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-cache"  # the phone's way back shows what was typed
    assert counter.client.get(counter.link(None)).headers["Cache-Control"] == "no-store"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    counter.post(path)
    printed = capsys.readouterr()
    token = path.rsplit("/", 1)[1]
    assert token not in caplog.text + printed.out + printed.err
    with counter.context.database.read() as session:
        assert token not in str(session.connection().exec_driver_sql("SELECT * FROM inquiry_link").all())


def test_without_line_a_secret_word_shown_once_opens_the_answer(counter):
    token = counter.token("/m/fuji/inquiry/")
    begun = counter.client.post("/m/fuji/inquiry/", data={"csrf_token": token, "lang": "ja"})
    path = begun.location
    assert counter.post(path).status_code == 303
    done = seen(counter.client.get(path))
    number = re.search(r"富-\d+-\d", done).group()
    word = re.search(r"合言葉 (\w{4}-\w{4})", done).group(1)
    assert count(counter, OutboxMessage) == 0
    look = "/m/fuji/inquiry/answer"
    wrong = counter.client.post(look, data={"csrf_token": counter.token(look), "number": number, "secret": "zzzz-zzzz"})
    assert wrong.status_code == 400
    assert number in wrong.text
    typed = {"number": number.replace("-", "ー"), "secret": word.upper().replace("-", " ")}
    opened = counter.client.post(look, data={"csrf_token": counter.token(look)} | typed)
    assert opened.status_code == 303
    assert "返事は、まだです" in seen(counter.client.get(opened.location))
    later = counter.context.clock() + timedelta(minutes=16)
    object.__setattr__(counter.context, "clock", lambda: later)
    assert word not in counter.client.get(path).text


def test_the_door_without_line_wants_its_token_no_machine_and_no_crowd(counter):
    start = "/m/fuji/inquiry/"
    assert counter.client.post(start, data={}).status_code == 400
    token = counter.token(start)
    assert counter.client.post(start, data={"csrf_token": token, "website": "x"}).status_code == 400
    for _ in range(20):
        assert counter.client.post(start, data={"csrf_token": token}).status_code == 303
    crowd = counter.client.post(start, data={"csrf_token": token, "text": TEXT})
    assert crowd.status_code == 429
    assert TEXT in crowd.text


def test_trying_secret_words_is_stopped(counter):
    row = counter.sent(None)
    look = "/m/fuji/inquiry/answer"
    with counter.context.database.read() as session:
        word = inquiries.unseal(counter.context, row, row.secret)
        number = inquiries.number(session, row)
    token = counter.token(look)
    for _ in range(10):
        bad = counter.client.post(look, data={"csrf_token": token, "number": number, "secret": "no"})
        assert bad.status_code == 400
    right = counter.client.post(look, data={"csrf_token": token, "number": number, "secret": word})
    assert right.status_code == 429


def test_what_is_kept_by_wish_is_there_again_sealed_and_gone_when_sent_or_over(counter):
    path = counter.link(None)
    saved = counter.post(path, "save", contact="0545-12-3456")
    assert "途中まで保存しました" in seen(saved)
    assert path in saved.text
    with counter.context.database.read() as session:
        (link,) = session.scalars(select(InquiryLink)).all()
    assert TEXT.encode() not in link.draft
    again = counter.client.get(path)
    assert TEXT in again.text
    assert 'value="0545-12-3456"' in again.text
    assert count(counter) == 0
    assert counter.post(path).status_code == 303
    with counter.context.database.read() as session:
        assert session.scalars(select(InquiryLink.draft).where(InquiryLink.kind == "form")).all() == [None]
    other = counter.link(None)
    counter.post(other, "save")
    with counter.context.database.write() as session:
        inquiry_keeping.drop_links(counter.context, session, counter.context.clock() + timedelta(hours=25))
        assert session.scalars(select(InquiryLink.draft)).all() == [None, None]
    late = counter.context.clock() + timedelta(hours=25)
    object.__setattr__(counter.context, "clock", lambda: late)
    assert counter.post(other, "save").status_code == 410
