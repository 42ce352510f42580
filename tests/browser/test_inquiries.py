"""The form by keyboard on a small screen, without JavaScript; the desk's pages by the console's rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import Inquiry
from tests.browser.crawl import Crawl
from tests.browser.page_rules import faults
from tests.support.console import DEPARTMENT, Office, serving
from tests.support.inquiring import TEXT, Counter
from tests.support.places import free_port

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)


@pytest.fixture
def counter(cities):
    return Counter(cities)


@pytest.fixture
def base(counter):
    with serving(counter.app, free_port()) as address:
        yield address


def test_written_checked_mended_and_sent_by_keyboard_alone(counter, base, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    page.goto(base + counter.link(counter.resident()))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
    page.get_by_label("連絡先").focus()
    page.keyboard.type("0545-12-3456")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="内容を確かめる")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("書いたものは、そのまま残っています")
    expect(page.get_by_label("連絡先")).to_have_value("0545-12-3456")
    page.get_by_role("radio", name="ごみ・環境").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="道路・公園・街灯")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="聞きたいこと、提案したいこと")).to_be_focused()
    page.keyboard.type(TEXT)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("この内容で送りますか")
    expect(page.locator("main")).to_contain_text(TEXT)
    page.get_by_role("button", name="この内容で送る").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("受け付けました")
    page.go_back()
    expect(page.locator("main")).to_contain_text(TEXT)
    page.get_by_role("button", name="この内容で送る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("受け付けました")
    with counter.context.database.read() as session:
        (row,) = session.scalars(select(Inquiry)).all()
    assert (row.category, row.door) == ("road", "line")
    context.close()


def test_every_page_of_the_form_keeps_the_rules(counter, base, browser):
    crawl = Crawl(browser, base)
    page = crawl.person(None)
    row = counter.sent(None)
    for path in (
        "/m/fuji/inquiry/",
        "/m/fuji/inquiry/answer",
        "/m/fuji/inquiry/nothing",
        counter.link(None, language="pt"),
        counter.link(None, at=counter.context.clock() - timedelta(hours=30)),
        counter.answer_link(row.id),
    ):
        crawl.visit(page, path, frame=True)
    page.goto(base + counter.link(None))
    page.get_by_role("button", name="内容を確かめる").click()
    expect(page.get_by_role("alert")).to_be_visible()
    crawl.look(page, "mend")
    page.get_by_role("radio", name="そのほか").check()
    page.get_by_role("textbox", name="聞きたいこと").fill("もう消えてしまいたい" + "あ" * 300)
    page.get_by_role("button", name="内容を確かめる").click()
    expect(page.get_by_role("link", name="0120-279-338に電話する")).to_be_visible()
    crawl.look(page, "confirm")
    page.get_by_role("button", name="この内容で送る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("受け付けました")
    crawl.look(page, "done")
    crawl.close("inquiry")
    assert crawl.found() == ""


@pytest.mark.parametrize("width", [390])
def test_the_desk_works_through_the_inbox(counter, base, browser, width):
    office = Office(counter.context)
    desk, _ = office.hire("city", name="山田"), office.hire("department")
    counter.sent(counter.resident(), contact="a@example.jp")
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="ja-JP")
    cookie = office.visit(desk).client.get_cookie("entaku")
    context.add_cookies([{"name": "entaku", "value": cookie.value, "url": base}])
    page = context.new_page()
    page.goto(base + "/console/fuji/inquiries")
    assert faults(page) == []
    page.get_by_role("link", name="道路・公園・街灯").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(TEXT)
    assert faults(page) == []
    page.get_by_label("課", exact=True).select_option(DEPARTMENT)
    page.get_by_role("button", name="この課に回す").click()
    expect(page.get_by_role("status")).to_contain_text("回しました")
    page.get_by_role("button", name="回答を送る").click()
    expect(page.get_by_role("alert")).to_contain_text("回答の文を書いてください")
    assert faults(page) == []
    page.get_by_role("textbox", name="回答", exact=True).fill("12月に直します。")
    page.get_by_role("button", name="回答を送る").click()
    expect(page.get_by_role("status")).to_contain_text("回答しました")
    assert faults(page) == []
    context.close()
