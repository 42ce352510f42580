"""An entry's way in a browser: from a question to the draft, seen while it is written, published, looked back at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_from_a_question_to_a_published_entry(site, visit, width):
    page = visit(site.city, "/fuji/questions", width)
    assert faults(page) == []
    page.get_by_role("button", name="この質問から記事を作る").click()
    expect(page.get_by_label("見出し", exact=True)).to_have_value("街灯はどこに?")
    assert faults(page) == []
    page.get_by_label("答え", exact=True).fill("街灯は、町内会長へ知らせてください。")
    expect(page.locator("#live")).to_contain_text("街灯は、町内会長へ知らせてください。")
    page.get_by_label("出典の名前").fill("地区だより 11月号")
    expect(page.locator("#live")).to_contain_text("地区だより 11月号")
    page.get_by_role("button", name="下書きを保存する").click()
    expect(page.get_by_role("heading", name="まだ出していません")).to_be_visible()
    expect(page.locator(".screen")).to_contain_text("街灯は、町内会長へ知らせてください。")
    assert faults(page) == []
    page.get_by_role("button", name="この記事を出す").click()
    expect(page.get_by_role("status")).to_contain_text("出しました")
    page.get_by_role("link", name="これまでの内容").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("これまでの内容")
    assert faults(page) == []
