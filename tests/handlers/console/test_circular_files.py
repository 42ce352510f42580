"""Pictures and papers of circular items: checked as an announcement's, printed, on pages of their own when it is out."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from bot.models import Announcement, Circular, CircularFile, CircularItem
from bot.now import jst, real_now
from bot.services import circular_items
from bot.services.circular_items import NewItem
from bot.services.context import Context
from handlers import public
from tests.handlers.console.test_announcement_writing import PARTICULARS, PDF
from tests.support.console import Office, Visitor
from tests.support.pictures import photograph

BASE = "/console/fuji/circulars"
TITLE = "学校公開"


def started(office: Office, account: Any) -> tuple[int, int]:
    """An open issue with one item; their ids."""
    now = office.context.clock()
    with office.context.database.write() as session:
        day = jst(now).date() + timedelta(days=9)
        row = Circular(
            municipality_id="fuji", district_id=office.district("今泉"), named_on=day, issue_on=day,
            closes_at=now + timedelta(days=2), send_at=now + timedelta(days=9),
        )  # fmt: skip
        session.add(row)
        session.flush()
        new = NewItem("school", "今泉小学校(見本)", TITLE, "授業を見に来てください。")
        return row.id, circular_items.add_item(session, row, account.actor, new, now).id


def attach(visitor: Visitor, item: int, kind: str, content: bytes, words: str) -> Any:
    data = {"kind": kind, "words": words, "file": (io.BytesIO(content), "a.bin")}
    return visitor.post(f"{BASE}/items/{item}/files", data)


def edited(visitor: Visitor, office: Office, item: int, **changes: str) -> Any:
    with office.context.database.read() as session:
        row = session.get_one(CircularItem, item)
    form = {"origin": row.origin, "sender": row.sender, "title": row.title, "body": row.body, "version": row.version}
    return visitor.post(f"{BASE}/items/{item}", form | changes)


def everybody(context: Context) -> Any:
    app = Flask("public", static_folder=None)
    app.secret_key = "x"
    public.register(app, context)
    return app.test_client()


def test_a_paper_waits_until_it_stands_as_text_and_both_are_read_by_everybody_afterwards(cities: Context):
    office = Office(cities)
    officer = office.hire("officer", "今泉")
    visitor, reader = office.visit(officer), everybody(cities)
    issue, item = started(office, officer)
    refused = attach(visitor, item, "paper", PDF, "公開日の案内")
    assert (refused.status_code, "日時・場所・対象・連絡先を文字で書いてください" in refused.text) == (400, True)
    assert 'value="公開日の案内"' in refused.text
    assert edited(visitor, office, item, **PARTICULARS).status_code == 302
    assert attach(visitor, item, "paper", PDF, "公開日の案内").status_code == 302
    assert attach(visitor, item, "picture", photograph(), "校庭").status_code == 302
    emptied = edited(visitor, office, item, **(PARTICULARS | {"part_contact": ""}))
    assert (emptied.status_code, "連絡先を文字で書いてください" in emptied.text) == (400, True)
    with cities.database.read() as session:
        files = {one.kind: one for one in session.scalars(select(CircularFile))}
        assert b"Secret" not in session.get_one(CircularFile, files["picture"].id).content
    seen = visitor.get(f"{BASE}/{issue}").text
    assert f"circulars/pictures/{files['picture'].token}.jpg" in seen
    assert "チラシ: 公開日の案内" in seen
    paper = visitor.get(f"{BASE}/{issue}/print").text
    assert all(words in paper for words in (TITLE, "今泉小学校", 'alt="校庭"', "<svg"))
    assert visitor.get(f"{BASE}/{issue}/print.pdf").data.startswith(b"%PDF-")
    page = f"/m/fuji/circulars/{issue}/items/{item}"
    assert reader.get(page).status_code == 404, "not before the issue is out"
    with cities.database.write() as session:
        told = Announcement(
            municipality_id="fuji", author_id=officer.actor.id, state="sent", frozen_at=real_now(), kind="circular",
            sender="今泉", title="今号の回覧 1件", body="-", created_at=real_now(),
        )  # fmt: skip
        session.add(told)
        session.flush()
        session.get_one(Circular, issue).announcement_id = told.id
    for address in (page, f"/m/fuji/circulars/{issue}"):
        answer = reader.get(address).text
        assert all(words in answer for words in ("今泉まちづくりセンター", 'alt="校庭"', "公開日の案内")), address
    own = reader.get(f"/m/fuji/circulars/papers/{files['paper'].token}")
    assert all(words in own.text for words in ("チラシを開く(PDF", "記事の全文", PARTICULARS["part_date"]))
    assert own.headers["X-Robots-Tag"] == "noindex"
    sent = reader.get(f"/m/fuji/circulars/papers/{files['paper'].token}/file")
    assert (sent.data, sent.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert reader.get(f"/m/fuji/circulars/pictures/{files['picture'].token}.jpg").data.startswith(b"\xff\xd8")
    assert reader.get(f"/m/tomioka/circulars/pictures/{files['picture'].token}.jpg").status_code == 404
    late = attach(visitor, item, "picture", photograph(40, 30), "べつの写真")
    assert (late.status_code, "変えられません" in late.text) == (409, True)


def test_what_is_no_picture_and_what_is_another_districts_is_refused(cities: Context):
    office = Office(cities)
    officer, stranger = office.hire("officer", "今泉"), office.visit(office.hire("officer", "吉原"))
    _, item = started(office, officer)
    visitor = office.visit(officer)
    for kind, content in (
        ("picture", b"GIF89a" + b"\0" * 50),
        ("paper", PDF.replace(b"/Catalog", b"/Catalog /S /JavaScript")),
    ):
        edited(visitor, office, item, **PARTICULARS)
        assert attach(visitor, item, kind, content, "祭り").status_code == 400
    assert stranger.get(f"{BASE}/items/{item}/files").status_code == 404
    assert attach(stranger, item, "picture", photograph(40, 30), "祭り").status_code == 404
    attach(visitor, item, "picture", photograph(40, 30), "祭り")
    visitor.post(f"{BASE}/items/{item}/files", {"kind": "picture", "remove": "1"})
    with cities.database.read() as session:
        assert session.scalars(select(CircularFile)).all() == []
