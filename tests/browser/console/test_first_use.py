"""First use and practice as people see them: on a telephone and at a desk, every page sound, the telephone drawn."""

from __future__ import annotations

import json
import os

from playwright.sync_api import Page, expect

from bot.models import PracticeMessage, SetupProgress
from bot.now import real_now
from bot.services import first_use, practice
from bot.services.channels import ChannelKeys, save_channel
from tests.browser.console.conftest import Site
from tests.browser.page_rules import faults

TOLD = [{"type": "text", "text": "12月6日(日) 防災訓練です。", "quickReply": {"items": [
    {"type": "action", "action": {"type": "postback", "label": "参加する", "data": "x?y=1#z"}},
]}}]  # fmt: skip


def sound(page: Page, name: str) -> None:
    """Nothing wrong with it in either width; `ENTAKU_PICTURES` names a folder for pictures to look at."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert faults(page) == [], f"{name} at {width}"
    if folder := os.environ.get("ENTAKU_PICTURES"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_the_wizards_pages(site: Site, visit) -> None:
    context = site.office.context
    page = visit(site.admin, "/fuji/setup")
    sound(page, "setup")
    page.goto(f"{site.base}/console/fuji/setup/line")
    sound(page, "line-first")
    with context.database.write() as db:
        save_channel(db, context.sealer, ChannelKeys("fuji", "U" + "1" * 32, b"secret", "token"))
        row = first_use.progress(db, "fuji")
        row.checked = {"at": "-", "name": "富士(見本)", "basic_id": "@abc", "webhook": False, "why": "届きません。"}
        row.word, row.word_until = "482913", context.clock() + first_use.WORD_LASTS
    for step in ("municipality", "districts", "line", "menu", "test", "done"):
        page.goto(f"{site.base}/console/fuji/setup/{step}")
        expect(page.locator(".setup-steps [aria-current=step]")).to_have_count(1)
        sound(page, f"setup-{step}")
    page.goto(f"{site.base}/console/fuji/setup/districts")
    page.get_by_label("1行に1つ").fill("新町、しんまち\n今泉、いまいずみ\n空色、そら色")
    page.locator("form", has=page.get_by_label("1行に1つ")).get_by_role("button").click()
    expect(page.get_by_text("2行は保存できます")).to_be_visible()
    sound(page, "setup-look")
    page.get_by_role("button", name="この2地区を保存する").click()
    expect(page.get_by_text("新しく1地区を入れ")).to_be_visible()
    with context.database.read() as db:
        assert db.get_one(SetupProgress, "fuji").word == "482913"


def test_practice_is_marked_on_every_page_and_its_telephone_is_drawn(site: Site, visit) -> None:
    context = site.office.context
    page = visit(site.city, "/fuji/practice")
    sound(page, "practice-off")
    page.get_by_role("button", name="練習を始める").click()
    expect(page.get_by_role("button", name="練習に入る")).to_be_visible()
    sound(page, "practice-on")
    page.get_by_role("button", name="練習に入る").click()
    expect(page.get_by_role("complementary", name="練習中")).to_be_visible()
    sound(page, "practice-home")
    with context.database.write() as db:
        phone = practice.neighbours(db, "fuji-practice")[0]
        db.add(
            PracticeMessage(
                municipality_id="fuji-practice", resident_id=phone.id, at=real_now(),
                messages=json.loads(json.dumps(TOLD)),
            )
        )  # fmt: skip
    page.get_by_role("link", name="練習の電話を見る").click()
    expect(page.locator(".screen")).to_contain_text("防災訓練です")
    expect(page.get_by_role("button", name="参加する").last).to_be_visible()
    sound(page, "practice-phones")
    page.get_by_role("link", name="練習をやめて、もとのページへ").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("complementary", name="練習中")).to_have_count(0)
