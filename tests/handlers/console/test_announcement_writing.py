"""Writing: examples, particulars, buttons, other languages, pictures and papers, print, last year's; what is refused."""

from __future__ import annotations

import io
import json
from html import unescape
from typing import Any

import pytest
from PIL import Image

from bot.core import pdf_rules
from bot.errors import BadInputError
from bot.line import limits
from bot.models import AnnouncementFile, AnnouncementText, ElectionPeriod
from bot.now import jst, real_now
from bot.services import announcement_card, announcement_files, freezing
from tests.handlers.console.test_announcements import BASE, form, number
from tests.support.console import Office, Visitor, text_of
from tests.support.pictures import MAKE, photograph, said_to_be

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
PARTICULARS = {
    "part_date": "12月6日(日) 午前8時30分から",
    "part_place": "今泉小学校",
    "part_audience": "どなたでも",
    "part_contact": "今泉まちづくりセンター",
}


@pytest.fixture
def writer(office: Office) -> Visitor:
    office.residents(3, "今泉")
    return office.visit(office.hire("officer", "今泉"))


def shown(page: str) -> list[dict[str, Any]]:
    return json.loads(unescape(page.split('data-messages="')[1].split('"', maxsplit=1)[0]))


def attach(writer: Visitor, announcement_id: int, kind: str, content: bytes, words: str = "公園の写真") -> Any:
    data = {"kind": kind, "words": words, "file": (io.BytesIO(content), "a.bin")}
    return writer.post(f"{BASE}/{announcement_id}/files", data)


def test_an_example_fills_what_is_empty_and_nothing_goes_out_with_a_gap(office: Office, writer: Visitor):
    page = writer.post(
        f"{BASE}/new", form(office, title="", body="", about="cleaning", fill="1") | {"part_place": "吉原公園"}
    )
    assert page.status_code == 200
    assert "〇月〇日(〇) 〇〇の清掃のお知らせ" in page.text
    assert 'value="吉原公園"' in page.text
    kept = writer.post(f"{BASE}/new", form(office, title="わたしの見出し", about="cleaning", fill="1"))
    assert 'value="わたしの見出し"' in kept.text
    assert writer.get(f"{BASE}/new?kind=disaster").text.count("防災訓練のお知らせ") == 2  # and the hint
    made = writer.post(f"{BASE}/new", form(office, body="〇月〇日(〇)に清掃します。"))
    told = writer.post(f"{BASE}/{number(made.location)}/submit", follow_redirects=True)
    assert "文例のままのところ(「〇月〇」)があります" in told.text
    assert office.announcement(number(made.location)).state == "draft"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"body": "3組の山田太郎様が逝去されました。"}, "訃報は、LINEでは送れません"),
        ({"body": "ごみ当番\n12月1日 鈴木さん"}, "当番の人の名前は、LINEでは送れません"),
        ({"title": "会費未納者一覧"}, "会計の方がひとりずつ声をかけて"),
        ({"links": "map"}, "場所を書いてください"),
        ({"part_place": "あ" * 81}, "80文字までです"),
        ({"title": "🍎" * 61}, "60文字までです"),
        ({"button_poll": "99999"}, "そのアンケートは選べません"),
        ({"button_activity": "no-such|2026-12-06"}, "その行事は選べません"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(office: Office, writer: Visitor, changes, words):
    answer = writer.post(f"{BASE}/new", form(office, part_contact="事務局の窓口") | changes)
    assert answer.status_code == 400
    assert words in answer.text
    assert 'value="事務局の窓口"' in answer.text


def test_elections_wait_for_the_city_and_freeze_the_council(office: Office, writer: Visitor):
    chair, city = office.hire("chair", "今泉"), office.hire("city")
    made = writer.post(f"{BASE}/new", form(office, body="11月29日は市議会議員選挙の投票日です。"))
    announcement_id = number(made.location)
    writer.post(f"{BASE}/{announcement_id}/submit")
    page = office.visit(chair).get(f"{BASE}/{announcement_id}/approve")
    assert "市の担当が承認するまで待ちます" in page.text
    version = {"version": office.announcement(announcement_id).version}
    assert office.visit(chair).post(f"{BASE}/{announcement_id}/approve", version).status_code == 403
    assert office.announcement(announcement_id).state == "submitted"
    today = jst(real_now()).date()
    with office.context.database.write() as session:
        session.add(ElectionPeriod(municipality_id="fuji", name="市議選", first_day=today, last_day=today))
    stopped = office.visit(city).post(f"{BASE}/{announcement_id}/approve", version)
    assert stopped.status_code == 400
    assert "選挙の期間(市議選" in stopped.text
    with office.context.database.write() as session:
        session.query(ElectionPeriod).delete()
    assert office.visit(city).post(f"{BASE}/{announcement_id}/approve", version).status_code == 302
    with office.context.database.write() as session:
        session.add(ElectionPeriod(municipality_id="fuji", name="市議選", first_day=today, last_day=today))
        parts = office.context
        frozen = freezing.freeze(session, parts.sealer, parts.keystore, announcement_id, parts.clock(), real_now())
    assert frozen is not None
    assert frozen.state == "refused"
    assert "選挙の期間(市議選" in str(frozen.comment)


def test_a_picture_loses_its_place_and_becomes_the_hero(office: Office, writer: Visitor):
    made = writer.post(f"{BASE}/new", form(office, links=["share", "page"]) | PARTICULARS)
    announcement_id = number(made.location)
    assert attach(writer, announcement_id, "picture", photograph()).status_code == 302
    with office.context.database.read() as session:
        row = session.query(AnnouncementFile).one()
        drawn = Image.open(io.BytesIO(row.content))
    assert (row.width, row.height) == drawn.size == (768, 1024)  # turned upright, within LINE's size
    assert MAKE not in drawn.getexif()
    assert b"Secret" not in row.content
    bubble = shown(writer.get(f"{BASE}/{announcement_id}").text)[0]["contents"]
    assert bubble["hero"]["url"] == row.url == f"https://entaku.example/m/fuji/pictures/{row.token}.jpg"
    actions = [button.get("action", {}).get("uri", "") for button in bubble["footer"]["contents"]]
    assert actions[0].startswith("https://line.me/R/share?text=")
    assert actions[1] == f"https://entaku.example/m/fuji/announcements/{announcement_id}"
    live = writer.post(f"{BASE}/preview", form(office, announcement=announcement_id)).json
    assert live["messages"][0]["contents"]["hero"] == bubble["hero"]
    writer.post(f"{BASE}/{announcement_id}/files", {"kind": "picture", "remove": "1"})
    assert "hero" not in shown(writer.get(f"{BASE}/{announcement_id}").text)[0]["contents"]


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("picture", b"GIF89a" + b"\0" * 50, announcement_files.NOT_A_PICTURE),
        ("picture", photograph()[:500], announcement_files.NOT_A_PICTURE),
        ("paper", b"MZ not a pdf", pdf_rules.NOT_A_PDF),
        ("paper", PDF.replace(b"/Catalog", b"/Catalog /S /JavaScript"), pdf_rules.ACTIVE),
        ("paper", PDF, "日時・場所・対象・連絡先を文字で書いてください"),
    ],
)
def test_files_that_cannot_be_sent_are_refused_with_words(office: Office, writer: Visitor, kind, content, why):
    made = writer.post(f"{BASE}/new", form(office))
    answer = attach(writer, number(made.location), kind, content, "今泉の祭り")
    assert answer.status_code == 400
    assert why in answer.text
    assert 'value="今泉の祭り"' in answer.text
    assert office.announcement(number(made.location)).body.startswith("12月6日(日)")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (photograph(20_000, 2_600, "PNG"), announcement_files.TOO_MANY_PIXELS),
        (said_to_be(60_000, 60_000), announcement_files.TOO_MANY_PIXELS),
        (b"\xff\xd8" + bytes(limits.MAX_PICTURE_BYTES), announcement_files.PICTURE_TOO_LARGE),
    ],
    ids=["unfolds", "unfolds beyond what Pillow opens", "large"],
)
def test_a_picture_too_large_is_not_unfolded(content, why):
    with pytest.raises(BadInputError) as refused:
        announcement_files.picture(content)
    assert refused.value.message == why


def test_a_request_of_200_mb_and_a_forged_address(office: Office, writer: Visitor):
    announcement_id = number(writer.post(f"{BASE}/new", form(office)).location)
    huge = writer.client.post(
        f"{BASE}/{announcement_id}/files",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )
    assert huge.status_code == 413
    assert "10MBまで" in huge.text
    stranger = office.visit(office.hire("officer", "吉原"))
    for path in ("files", "texts", "print"):
        assert stranger.get(f"{BASE}/{announcement_id}/{path}").status_code == 404
    assert attach(stranger, announcement_id, "picture", photograph(40, 30)).status_code == 404
    assert stranger.get(f"{BASE}/new?copy={announcement_id}").status_code == 404
    with office.context.database.read() as session:
        assert session.query(AnnouncementFile).count() == 0


def test_a_paper_stands_beside_its_particulars(office: Office, writer: Visitor):
    announcement_id = number(writer.post(f"{BASE}/new", form(office) | PARTICULARS).location)
    assert attach(writer, announcement_id, "paper", PDF, "訓練のチラシ").status_code == 302
    bubble = shown(writer.get(f"{BASE}/{announcement_id}").text)[0]["contents"]
    assert "チラシを見る" in json.dumps(bubble["footer"], ensure_ascii=False)
    edited = writer.post(
        f"{BASE}/{announcement_id}/edit", form(office, version=office.announcement(announcement_id).version)
    )
    assert edited.status_code == 302  # without the particulars: kept as a draft, but not submitted
    told = writer.post(f"{BASE}/{announcement_id}/submit", follow_redirects=True)
    assert "チラシ(紙)だけでは読めない人がいます。日時・場所・対象・連絡先を" in told.text


def test_a_text_in_easy_japanese_beside_the_japanese(office: Office, writer: Visitor):
    announcement_id = number(writer.post(f"{BASE}/new", form(office, about="disaster")).location)
    texts = f"{BASE}/{announcement_id}/texts"
    assert "防災訓練(ぼうさいくんれん)は" in writer.post(texts, {"language": "easy-ja", "fill": "1"}).text
    hinted = writer.post(
        texts, {"language": "easy-ja", "title": "訓練", "body": "貴重品を持参してください。", "check": "1"}
    )
    assert "もっとやさしくするには" in hinted.text
    written = {"language": "easy-ja", "title": "くんれんの お知らせ", "body": "学校(がっこう)に 来(き)てください。"}
    assert writer.post(texts, written).status_code == 302
    assert writer.post(texts, {"language": "en", "title": "Drill", "body": "Come.", "machine": "1"}).status_code == 302
    page = writer.get(f"{BASE}/{announcement_id}?lang=en").text
    assert "Drill" in json.dumps(shown(page))
    assert "Translated by a machine" in json.dumps(shown(page))
    live = writer.post(f"{BASE}/preview", written | {"announcement": announcement_id}).json["messages"]
    with office.context.database.read() as session:
        row = office.announcement(announcement_id)
        sealer = office.context.sealer
        assert live == announcement_card.preview(session, sealer, row, office.context.clock(), "easy-ja")
        assert announcement_card.variants(session, row) == ("easy-ja", "en")
    version = office.announcement(announcement_id).version
    writer.post(f"{BASE}/{announcement_id}/edit", form(office, body="12月13日(日)に変わりました。", version=version))
    told = writer.post(f"{BASE}/{announcement_id}/submit", follow_redirects=True)
    assert "やさしい日本語の文は、日本語を直す前のものです" in told.text
    writer.post(texts, written)
    writer.post(texts, {"language": "en", "title": "", "body": ""})
    writer.post(f"{BASE}/{announcement_id}/submit")
    assert office.announcement(announcement_id).state == "submitted"


def test_a_draft_takes_its_files_and_texts_along(office: Office, writer: Visitor):
    announcement_id = number(writer.post(f"{BASE}/new", form(office)).location)
    attach(writer, announcement_id, "picture", photograph(40, 30))
    writer.post(f"{BASE}/{announcement_id}/texts", {"language": "en", "title": "Drill", "body": "Come."})
    writer.post(f"{BASE}/{announcement_id}/delete")
    with office.context.database.read() as session:
        assert session.query(AnnouncementFile).count() == session.query(AnnouncementText).count() == 0


def test_on_paper_and_as_the_beginning_of_next_years(office: Office, writer: Visitor):
    announcement_id = number(writer.post(f"{BASE}/new", form(office) | PARTICULARS).location)
    page = writer.get(f"{BASE}/{announcement_id}/print").text
    assert "<svg" in page
    assert "今泉小学校" in page
    pdf = writer.get(f"{BASE}/{announcement_id}/print.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    copied = writer.get(f"{BASE}/new?copy={announcement_id}")
    assert "日付(12月6日(日))は「〇月〇日」に置きかえました" in text_of(copied)
    assert "〇月〇日(〇) 午前8時30分からです。" in copied.text
    assert '"12月6日' not in copied.text
    assert ">12月6日(日) 午前" not in copied.text
