"""Coming again, in the browser: decided on a telephone, read on the announcement, seen in the list of what is planned."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_series_is_decided_and_read(site, visit):
    draft = site.office.draft(site.officer, "今泉", title="公園の清掃")
    page = visit(site.officer, f"/fuji/announcements/{draft}/when", 390)
    page.get_by_label("毎月、第何の何曜日", exact=True).check()
    page.get_by_label("第3", exact=True).check()
    page.get_by_label("8月", exact=True).check()
    assert faults(page) == []
    shot(page, "when-390")
    page.get_by_role("button", name="保存して、送る日を確かめる").click()
    expect(page.get_by_role("status")).to_contain_text("送り方を決めました")
    expect(page.get_by_text("毎月 第1・第3日曜日 18時")).to_be_visible()
    assert faults(page) == []
    shot(page, "series-on-announcement-390")
    page.get_by_role("link", name="くり返しのページ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("公園の清掃")
    assert faults(page) == []
    shot(page, "series-390")
    page = visit(site.city, "/fuji/schedule", 1280)
    expect(page.get_by_role("link", name="公園の清掃")).to_be_visible()
    page.get_by_label("1人に、7日間に何回まで").select_option("3")
    page.get_by_role("button", name="変える").click()
    expect(page.get_by_text("3回までです")).to_be_visible()
    assert faults(page) == []
    shot(page, "schedule-1280")
