"""Dropping a list in at the console: looked at, taken, asked about; and addresses that are read by the clock."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from bot.models import AuditRow, Entry, Feed, ImportRun
from bot.services import answers
from bot.services.context import Context
from content.formats.tables import to_excel
from tests.support.console import Office

HEADER = "市区町村コード,ID,イベント名,開始日,終了日,開始時間,場所名称,説明,備考"
GOOD = "222101,e-0001,けやき読書会,2026-12-19,,13：30,けやき会館,本を持ちよって話します。,"
WRONG = "222101,e-0002,けやき散歩,2026-02-30,,,,,"
FORMULA = '222101,e-0003,"=HYPERLINK(""http://x"")",2026-12-20,,,,,'


@pytest.fixture
def office(cities: Context) -> Office:
    return Office(cities)


def put(visitor, body: bytes, name: str = "events_2026-12.csv", kind: str = ""):
    data = {"csrf_token": visitor.token(), "kind": kind, "file": (io.BytesIO(body), name)}
    return visitor.client.post("/console/fuji/imports/new", data=data, content_type="multipart/form-data")


def test_a_list_is_looked_at_then_taken_then_asked_about(office: Office):
    visitor = office.visit(office.hire("city"))
    answer = put(visitor, f"{HEADER}\r\n{GOOD}\r\n{WRONG}\r\n{FORMULA}".encode("cp932"))
    assert answer.status_code == 303
    page = visitor.client.get(answer.location).get_data(as_text=True)
    assert "2026-02-30" in page  # what to mend, with its column
    assert "開始日" in page
    with office.context.database.read() as session:
        assert session.scalar(select(Entry).where(Entry.title == "けやき読書会")) is None
    taken = visitor.client.post(f"{answer.location}/take", data={"csrf_token": visitor.token()}, follow_redirects=True)
    assert "2行を取り込みました" in taken.get_data(as_text=True)
    with office.context.database.read() as session:
        stored = answers.read(session, "fuji")
        assert session.scalar(select(Entry.title).where(Entry.key == "e-0003")) == '=HYPERLINK("http://x")'
        assert session.scalar(select(ImportRun.body)) is None
        assert "import.take" in set(session.scalars(select(AuditRow.action)))
    question = answers.Question("けやき読書会はいつ？", office.context.clock())
    assert "12月19日" in answers.answer(question, answers.knowledge(stored)).text
    again = visitor.client.post(f"{answer.location}/take", data={"csrf_token": visitor.token()})
    assert again.status_code == 409


def test_an_excel_file_and_a_kind_put_right_by_hand(office: Office):
    visitor = office.visit(office.hire("city"))
    book = to_excel("一覧", ("名称", "住所", "緯度", "経度"), [("けやき会館", "富士市見本町1", 138.6, 35.1)])
    answer = put(visitor, book, "places.xlsx", kind="shelters")
    again = visitor.client.post(
        f"{answer.location}/again", data={"csrf_token": visitor.token(), "kind": "facilities"}, follow_redirects=True
    )
    text = again.get_data(as_text=True)
    assert "公共施設一覧" in text
    assert "緯度と経度が入れかわっていた" in text


@pytest.mark.parametrize(
    ("body", "name", "word"),
    [
        (b"%PDF-1.7 ...", "a.csv", "PDF"),
        (b"", "a.csv", "空です"),
        (b"\x00\x01\x02\xff" * 50, "a.csv", "文字のファイルではありません"),
        ("なまえ\nたろう\n".encode(), "a.csv", "何のファイルか分かりません"),
    ],
)
def test_what_is_no_list_is_refused_in_words(office: Office, body, name, word):
    visitor = office.visit(office.hire("city"))
    answer = put(visitor, body, name)
    assert answer.status_code == 400
    assert word in answer.get_data(as_text=True)


def test_too_large_is_refused_before_it_is_read(office: Office):
    visitor = office.visit(office.hire("city"))
    answer = visitor.client.post(
        "/console/fuji/imports/new",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "200000000"},
    )
    assert answer.status_code == 413
    with office.context.database.read() as session:
        assert session.scalar(select(ImportRun.id)) is None


def test_an_address_is_written_down_and_mended(office: Office):
    visitor = office.visit(office.hire("city"))
    form = {
        "csrf_token": visitor.token(), "name": "市のイベント", "kind": "activities", "url": "ftp://x/", "hosts": "",
        "every": "360", "accept": "review",
    }  # fmt: skip
    refused = visitor.client.post("/console/fuji/feeds/new", data=form)
    assert refused.status_code == 400
    assert "https://" in refused.get_data(as_text=True)
    assert "市のイベント" in refused.get_data(as_text=True)  # what was typed stays
    form["url"] = "https://data.example.jp/events.csv"
    assert visitor.client.post("/console/fuji/feeds/new", data=form).status_code == 303
    with office.context.database.read() as session:
        feed = session.scalars(select(Feed)).one()
    assert "市のイベント" in visitor.client.get("/console/fuji/imports").get_data(as_text=True)
    form["active"], form["name"] = "", "休みのイベント"
    assert visitor.client.post(f"/console/fuji/feeds/{feed.id}", data=form).status_code == 303
    with office.context.database.read() as session:
        changed = session.scalars(select(Feed)).one()
    assert (changed.active, changed.name) == (False, "休みのイベント")
    visitor.client.post(f"/console/fuji/feeds/{feed.id}/remove", data={"csrf_token": visitor.token()})
    with office.context.database.read() as session:
        assert session.scalars(select(Feed)).all() == []
