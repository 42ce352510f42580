"""The console in a browser: the whole way of an announcement, and what every page owes every visitor."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.now import jst
from tests.browser.page_rules import faults
from tests.support.console import PASSWORD, later

pytestmark = pytest.mark.browser


def test_the_rules_see_a_page_that_breaks_them(site, visit):
    page = visit(site.officer, "/fuji/")
    page.evaluate("""() => {
        document.querySelector("main").insertAdjacentHTML("beforeend",
            '<h1>二つ目</h1><input name="bare"><a href="/"></a><p class="faint" id="main">読めない</p><div class="wide">x</div>' +
            '<p class="over">重なる字</p><button class="low">押す</button><a href="/" tabindex="3">先に</a>');
        document.querySelector(".faint").style.color = "#ccc";
        document.querySelector(".wide").style.width = "3000px";
        document.querySelector(".over").style.marginTop = "-3em";
        document.querySelector(".low").style.cssText = "min-height: 0; padding: 0";
    }""")
    found = " ".join(faults(page))
    for fault in (
        "2 main headings",
        "no label: bare",
        "without a name",
        "contrast 1.6",
        "id main twice",
        "scrolls sideways",
        "lie on each other",
        "押す is",
        "an order of its own for the keyboard",
    ):
        assert fault in found


def test_an_officer_signs_in_writes_and_a_second_person_approves(site, visit):
    writer = site.office.hire("officer", "今泉", name="書く人", password=PASSWORD)
    page = visit(None, "/")
    page.get_by_label("メールアドレス").fill(writer.email)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインインする", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("富士市 今泉")
    page.get_by_role("link", name="お知らせを書く").click()
    page.get_by_role("textbox", name="見出し").fill("どんど焼きのお知らせ")
    page.get_by_role("textbox", name="本文").fill("1月11日(日) 午前10時からです。\n場所は今泉小学校です。")
    expect(page.locator("#live")).to_contain_text("どんど焼きのお知らせ")
    expect(page.locator("#reach")).to_contain_text("132人に届き")
    expect(page.get_by_role("textbox", name="設問")).to_be_hidden()
    page.get_by_text("日時を決めて").click()
    moment = jst(later(50))
    page.get_by_role("group", name="送る日時").get_by_label("日", exact=True).fill(f"{moment:%Y-%m-%d}")
    page.get_by_role("group", name="送る日時").get_by_label("時刻").fill("10:00")
    expect(page.locator("#send-weekday")).to_have_text(f"({'月火水木金土日'[moment.weekday()]})")
    page.get_by_text("お知らせにアンケートを付ける").click()
    page.get_by_role("textbox", name="設問").fill("当日、手伝えますか。")
    page.get_by_role("textbox", name="選択肢").fill("手伝える\n手伝えない")
    expect(page.locator("#live")).to_contain_text("当日、手伝えますか。")
    expect(page.locator("#live")).to_contain_text("手伝えない")
    closes = page.get_by_role("group", name="締切")
    closes.get_by_label("日", exact=True).fill(f"{jst(later(300)):%Y-%m-%d}")
    closes.get_by_label("時刻").fill("17:00")
    page.get_by_role("button", name="保存して、内容を確かめる").click()
    expect(page.get_by_role("status")).to_contain_text("下書きを保存しました")
    expect(page.locator(".screen .lm")).to_have_count(3)  # the card, the poll's card, what can be tapped
    expect(page.locator(".screen")).to_contain_text("手伝えない")
    page.get_by_role("button", name="承認に出す").click()
    expect(page.get_by_role("heading", name="承認を待っています")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("承認して"))).to_have_count(0)

    second = visit(site.chair, "/fuji/")
    second.get_by_role("link", name=re.compile("どんど焼きのお知らせ")).click()
    expect(second.get_by_text("132人へ送られます")).to_be_visible()
    second.get_by_role("button", name="承認して予約する").click()
    expect(second.get_by_role("status")).to_contain_text("時刻になると、送られます")
    expect(second.get_by_text("配信予約", exact=True)).to_be_visible()


def test_mistakes_are_pointed_at(site, visit):
    page = visit(site.officer, "/fuji/announcements/new", 375)
    page.get_by_role("textbox", name="本文").fill("これは残ります")
    page.get_by_role("button", name="保存して、内容を確かめる").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name=re.compile("見出し")).click()
    expect(page).to_have_url(re.compile("#title$"))
    expect(page.get_by_role("textbox", name="見出し")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("textbox", name="本文")).to_have_value("これは残ります")


def test_the_keyboard_reaches_the_content_first_and_focus_is_seen(site, visit):
    page = visit(site.officer, "/fuji/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    target = page.locator("main :focus")
    expect(target).to_have_count(1)
    assert target.evaluate("e => getComputedStyle(e).outlineWidth") == "4px"


def test_the_menu_on_a_telephone_opens_by_keyboard_and_says_where_one_is(site, visit):
    page = visit(site.officer, "/fuji/announcements", 375)
    menu = page.locator("details.menu summary")
    expect(menu).to_contain_text("お知らせ")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("details.menu").get_by_role("button", name="サインアウト")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("details.menu").get_by_role("link", name="はじめのページ")).to_be_focused()
    expect(page.locator("details.menu [aria-current=page]")).to_have_text("お知らせ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("富士市 今泉")


def test_letters_and_colours_change_in_place_and_stay(site, visit):
    page = visit(site.officer, "/fuji/announcements/new")
    page.get_by_role("textbox", name="本文").fill("これは残ります")
    page.get_by_text("文字の大きさ・色").click()
    with page.expect_response("**/look/choose"):
        page.get_by_role("button", name="黒地に白").click()
    expect(page.locator("html")).to_have_attribute("data-colour", "dark")
    expect(page.get_by_role("button", name="黒地に白")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("textbox", name="本文")).to_have_value("これは残ります")
    page.keyboard.press("Escape")
    expect(page.get_by_text("文字の大きさ・色")).to_be_focused()
    page.goto(site.base + "/console/fuji/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


def test_everything_works_without_scripts(site, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    cookie = site.office.visit(site.officer).client.get_cookie("entaku")
    context.add_cookies([{"name": "entaku", "value": cookie.value, "url": site.base}])
    page = context.new_page()
    page.goto(f"{site.base}/console/fuji/announcements/new")
    page.get_by_role("textbox", name="見出し").fill("紙のような画面")
    page.get_by_role("textbox", name="本文").fill("それでも送れます")
    page.get_by_role("button", name="保存して、内容を確かめる").click()
    expect(page.locator(".screen")).to_contain_text("それでも送れます")
    page.get_by_role("button", name="承認に出す").click()
    expect(page.get_by_role("status").filter(has_text="承認に出しました。")).to_be_visible()
    page.goto(f"{site.base}/console/fuji/announcements")
    page.get_by_text("文字の大きさ・色").click()
    page.get_by_role("button", name="とても大きい").click()
    expect(page.locator("html")).to_have_attribute("data-size", "largest")
    assert page.url.endswith("/console/fuji/announcements")
    page.get_by_text("メニュー").click()
    page.get_by_role("link", name="アンケート", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("アンケート")
    context.close()


def test_what_residents_typed_cannot_run(site, visit):
    title = "<img src=x onerror=alert(1)>"
    announcement = site.office.draft(site.officer, "今泉", title=title, body="'\"><script>alert(1)</script>")
    page = visit(site.officer, f"/fuji/announcements/{announcement}")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(".screen")).to_contain_text("<script>")
    assert page.evaluate("document.querySelectorAll('img[src=x], .screen script').length") == 0
