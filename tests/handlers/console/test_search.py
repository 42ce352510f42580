"""One box for everything: each role finds what its pages show and nothing else; pages are found by what one does there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.permissions import DISTRICT_ROLES, ROLES
from bot.models import Circular, CircularItem, Entry, Inquiry, Matter, Statement, UnansweredQuestion
from bot.now import jst, real_now
from bot.services import entry_editing, inquiries
from bot.services.composing import Question
from content.packs_json import entry_json
from handlers.console import access
from handlers.console.search_pages import PAGES
from tests.support.console import DEPARTMENT, Office, Visitor, later

WORD = "ひょうたん"
SPELT = "ヒョウタン"  # as it stands in the rows: the box finds it in either kana


def results(visitor: Visitor, words: str, city: str = "fuji") -> list[str]:
    """The addresses found, in order."""
    page = visitor.get(f"/console/{city}/search", query_string={"q": words})
    assert page.status_code == 200
    found = page.text.split("<main")[1]
    return [link.replace("&amp;", "&") for link in re.findall(r'<li><a href="([^"]+)"', found)]


def fill(office: Office, district: str, city: str = "fuji") -> None:
    """One of every kind for a district, with the word in it and the district's name beside it."""
    author, now = office.hire("city", city=city), real_now()
    place, name = office.district(district, city), f"{SPELT}{district}"
    poll = Question(f"{name}の設問", ("はい", "いいえ"), later(90))
    office.draft(author, district, city=city, title=f"{name}のお知らせ", poll=poll)
    round_id = office.round_table(author, district, city=city, theme=f"{name}のテーマ")
    day = jst(now).date()
    with office.context.database.write() as session:
        issue = Circular(
            municipality_id=city, district_id=place, named_on=day, issue_on=day, closes_at=now,
            send_at=now + timedelta(days=1),
        )  # fmt: skip
        session.add(issue)
        session.flush()
        values = {"municipality_id": city}
        session.add_all(
            (
                CircularItem(
                    **values, circular_id=issue.id, position=1, origin="school", sender="-", title="運動会", body=name,
                    created_at=now,
                ),
                Matter(**values, round_table_id=round_id, number=1, title=f"{name}のまとまり", created_at=now),
                Statement(**values, district_id=place, text=f"{name}の声", state="approved", number=place),
                Statement(**values, district_id=place, text=f"{name}の取り下げ", state="withdrawn"),
                UnansweredQuestion(
                    **values, district_id=place, text=f"{name}は?", folded=name, language="ja", asked_at=now
                ),
                Inquiry(
                    **values, district_id=place, category="road", door="web", language="ja", state="referred",
                    department=f"{SPELT}課", created_at=now, waiting_since=now,
                ),
            )
        )  # fmt: skip


def test_each_role_finds_only_what_its_pages_show(office: Office):
    for district in ("今泉", "吉原"):
        fill(office, district)
    fill(office, "東富岡", "tomioka")
    content = replace(
        entry_editing.blank(), id="hyo", title=f"{SPELT}の出し方", body="-", questions=("瓢箪はいつ",), draft=False
    )
    with office.context.database.write() as session:
        session.add(
            Entry(
                municipality_id="fuji", key="hyo", kind="faq", title=content.title, data=entry_json(content),
                published=True, updated_at=real_now(),
            )
        )  # fmt: skip
    office.hire("officer", "今泉", name=f"{SPELT}さん")
    for role in ROLES:
        visitor = office.visit(office.hire(role, "今泉"))
        found = results(visitor, WORD)
        for address in found:
            assert visitor.get(address).status_code == 200, (role, address)
        shown = visitor.get("/console/fuji/search", query_string={"q": WORD}).text.split("<main")[1]
        assert "東富岡" not in shown, role
        assert "取り下げ" not in shown, "words that were taken back"
        if role in DISTRICT_ROLES:
            assert "吉原" not in shown, role
        _check_kinds(role, found)
        by_question = results(visitor, "瓢箪")
        assert any("/entries/" in address for address in by_question) == (role != "neighbourhood"), role


def _check_kinds(role: str, found: list[str]) -> None:
    kinds = {address.split("/")[3] for address in found}
    if role in ("officer", "chair", "district_staff", "city", "viewer", "admin"):
        assert {"announcements", "circulars", "round-tables", "statements", "polls", "entries"} <= kinds, role
    assert ("staff" in kinds) == (role == "admin")
    assert ("inquiries" in kinds) == (role in ("city", "district_staff"))
    assert ("questions" in kinds) == (role in ("chair", "district_staff", "city", "admin"))
    if role == "department":
        assert kinds == {"entries"}
    if role == "neighbourhood":
        assert kinds == set()


def test_an_inquiry_is_found_by_its_number_and_by_nothing_that_stands_in_its_letters(office: Office):
    now = real_now()
    with office.context.database.write() as session:
        row = Inquiry(
            municipality_id="fuji", category="road", door="web", language="ja", state="referred",
            department=DEPARTMENT, created_at=now, waiting_since=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = inquiries.number(session, row)
        address = f"/console/fuji/inquiries/{row.id}"
    desk, department = office.visit(office.hire("city")), office.visit(office.hire("department"))
    for typed in (number, number.replace("-", "ー"), number[2:].replace("-", "")):
        assert results(desk, typed) == [address], typed
    assert address in results(department, "道路")
    assert results(office.visit(office.hire("officer", "今泉")), number) == []


@pytest.mark.parametrize("role", ["officer", "department"])
def test_every_page_that_is_found_can_be_opened_by_who_found_it(office: Office, role: str):
    visitor = office.visit(office.hire(role, "今泉"))
    titles = [page.title for page in PAGES]
    found = {address for words in titles[::3] for address in results(visitor, words)}
    for address in found:
        assert visitor.get(address).status_code == 200, address


def test_pages_are_found_by_what_is_done_there(office: Office):
    city, officer = office.visit(office.hire("city")), office.visit(office.hire("officer", "今泉"))
    assert "/console/fuji/approval" in results(city, "承認")
    district = office.district("今泉")
    assert f"/console/fuji/associations/{district}" in results(officer, "部数")
    assert results(officer, "招待") == [], "whoever may not invite is not sent there"
    assert results(office.visit(office.hire("admin")), "招待"), "and whoever may, is"
    for page in PAGES:
        view = office.app.view_functions.get(f"console.{page.endpoint}")
        assert view is not None, page.endpoint
        assert access.declared(view) not in (None, access.PUBLIC), page.endpoint


def test_nothing_found_says_what_to_try_and_odd_words_do_no_harm(office: Office):
    visitor = office.visit(office.hire("city"))
    assert "見つかりませんでした" in visitor.get("/console/fuji/search?q=ぬぬぬぬ").text
    for odd in ("%", "_", "<script>alert(1)</script>", "\\", "'; drop table", "\x00", "  ", "あ" * 500):
        page = visitor.get("/console/fuji/search", query_string={"q": odd})
        assert page.status_code == 200
        assert "<script>alert" not in page.text
