"""今月の通数, the choice of whom, and the ways that fit, in a browser: what is chosen changes what can be chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bot.models import Channel
from bot.now import real_now
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser


def test_whom_what_it_costs_and_the_month_on_both_screens(site, visit):
    with site.office.context.database.write() as session:
        session.add(
            Channel(
                municipality_id="fuji", bot_user_id="U", secret=b"", token=b"", quota=200, quota_used=60,
                quota_read_at=real_now(),
            )
        )  # fmt: skip
    for width in (1280, 390):
        page = visit(site.city, "/fuji/budget", width)
        expect(page.get_by_role("heading", name="これから使う予定")).to_be_visible()
        assert faults(page) == []
        page = visit(site.officer, f"/fuji/announcements/{site.waiting}", width)
        expect(page.get_by_role("heading", name="今月の数におさめるには")).to_be_visible()
        assert faults(page) == []
    page = visit(site.officer, "/fuji/announcements/new", 390)
    expect(page.locator("#reach")).to_contain_text("132人")
    page.get_by_text("もっとしぼる").click()
    page.get_by_text("防災・安全").first.click()
    expect(page.locator("#reach")).to_contain_text("多くて135人")
    page.get_by_text("役を持つ人").click()
    expect(page.locator("#reach")).to_contain_text("届く人がいない")
    page.get_by_text("参加した人", exact=True).click()
    expect(page.locator("#districts")).to_be_hidden()
    expect(page.locator("#reach")).to_be_empty()
    assert faults(page) == []
