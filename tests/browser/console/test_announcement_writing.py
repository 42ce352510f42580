"""Writing in a browser: an example, the live card, what is refused, a picture, another language; nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.page_rules import faults
from tests.support.pictures import photograph

pytestmark = pytest.mark.browser


def test_an_officer_writes_with_an_example_a_picture_and_easy_japanese(site, visit):
    page = visit(site.officer, "/fuji/announcements/new", 1280)
    page.get_by_label("清掃", exact=True).check()
    page.get_by_role("button", name="文例を入れる").click()
    title, body = page.get_by_role("textbox", name="見出し"), page.get_by_role("textbox", name="本文")
    expect(title).to_have_value("〇月〇日(〇) 〇〇の清掃のお知らせ")
    title.fill("12月6日(日) 公園の清掃")
    body.fill("清掃当番\n12月6日 鈴木さん")
    page.get_by_label("地図を見る").check()
    page.get_by_role("textbox", name="場所").fill("吉原公園")
    expect(page.locator("#live")).to_contain_text("場所: 吉原公園")
    expect(page.locator("#live")).to_contain_text("地図を見る")
    page.get_by_role("button", name="保存して、内容を確かめる").click()
    expect(page.get_by_role("alert")).to_contain_text("当番の人の名前は、LINEでは送れません")
    expect(body).to_have_value("清掃当番\n12月6日 鈴木さん")
    expect(page.get_by_label("地図を見る")).to_be_checked()
    body.fill("清掃当番は、1班です。")
    for name, text in {"日時": "12月6日(日)", "連絡先": "協議会の事務局"}.items():
        page.get_by_role("textbox", name=name).fill(text)
    title.press("Enter")  # saves, and does not bring the example back
    expect(page.get_by_role("status")).to_contain_text("下書きを保存しました")

    page.get_by_role("link", name=re.compile("写真・チラシ")).click()
    chosen, words = page.get_by_label("ファイル").first, page.get_by_label("何が写っていますか")
    words.fill("公園の写真")
    chosen.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": bytes(10 * 1024 * 1024 + 1)})
    expect(page.get_by_role("alert").filter(has_text="11MBあります")).to_be_visible()
    page.get_by_role("button", name="付ける", exact=True).first.click()
    expect(words).to_have_value("公園の写真")
    chosen.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    page.get_by_role("button", name="付ける", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("写真を付けました")

    page.locator(".crumbs a").last.click()
    page.get_by_role("link", name=re.compile("ほかの言葉")).click()
    page.get_by_role("textbox", name="見出し").fill("そうじの お知らせ")
    page.get_by_role("textbox", name="本文").fill("公園(こうえん)を そうじします。")
    expect(page.locator("#live")).to_contain_text("公園(こうえん)を そうじします。")
    expect(page.locator("#live img").first).to_have_attribute("src", re.compile(f"^{site.base}/m/fuji/pictures/"))
    page.get_by_role("button", name="やさしい日本語を保存する").click()
    expect(page.get_by_role("status")).to_contain_text("やさしい日本語の文を保存しました")
    page.locator(".crumbs a").last.click()
    page.get_by_role("link", name="やさしい日本語", exact=True).click()
    expect(page.locator(".screen")).to_contain_text("そうじの お知らせ")

    here, broken = page.url.split("?")[0], {}
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("", "/edit", "/files", "/texts?lang=easy-ja", "/print"):
            page.goto(here + path)
            if found := faults(page):
                broken[path, width] = found
    assert broken == {}
