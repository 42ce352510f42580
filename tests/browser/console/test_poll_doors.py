"""紙の回答 in a browser: by keyboard alone, slip after slip, on a telephone too."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from bot.core.poll_items import Item
from bot.models import Channel
from bot.now import real_now
from bot.services import composing, polls
from bot.services.announcements import Draft
from bot.services.composing import Question
from handlers import public
from tests.browser.page_rules import faults
from tests.support.console import later

pytestmark = pytest.mark.browser
ITEMS = (
    Item("single", "夜の防災訓練があったら、参加しますか。", ("参加する", "時間による", "参加しない"), may_pass=True),
    Item("multiple", "何曜日なら来られますか。", ("土曜日", "日曜日", "平日")),
)


@pytest.fixture
def asked(site):
    """An open poll of two items for 今泉."""
    office = site.office
    draft = Draft(
        sender="協議会", title="訓練", body="おたずねします。", audience="home", district_ids=(office.district("今泉"),), send_at=None
    )  # fmt: skip
    with office.context.database.write() as session:
        row = composing.write(
            session, "fuji", site.officer.actor, draft, Question("訓練", (), later(240), ITEMS), real_now()
        )
        poll_id = row.poll_id
    with office.context.database.read() as session:
        polls.prepare_key(office.context.keystore, polls.get(session, "fuji", poll_id))
    with office.context.database.write() as session:
        polls.open_poll(session, office.context.keystore, polls.get(session, "fuji", poll_id), real_now())
    return poll_id


def test_slips_by_keyboard_alone(site, asked, visit):
    page = visit(site.officer, f"/fuji/polls/{asked}/slips")
    for first, second in (("2", "12"), ("0", "3"), ("1", "")):
        expect(page.get_by_label(ITEMS[0].question)).to_be_focused()
        page.keyboard.type(first)
        page.keyboard.press("Enter")
        page.keyboard.type(second)
        if first == "2":
            expect(page.locator("output[for=item_1]")).to_have_text("土曜日・日曜日")
            if folder := os.environ.get("ENTAKU_PICTURES"):
                page.screenshot(path=f"{folder}/slips.png", full_page=True)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="紙 3")).to_be_visible()
    page.get_by_role("button", name="いまの1枚を取り消す").click()
    expect(page.get_by_role("status").filter(has_text="紙 2")).to_be_visible()
    page.get_by_label(ITEMS[0].question).fill("4")
    page.get_by_role("button", name="この1枚を入れる").click()
    expect(page.get_by_role("alert")).to_contain_text("1から3までの番号")
    expect(page.get_by_label(ITEMS[0].question)).to_have_value("4")
    page.set_viewport_size({"width": 390, "height": 800})
    assert faults(page) == []
    if folder := os.environ.get("ENTAKU_PICTURES"):
        page.screenshot(path=f"{folder}/slips-phone.png", full_page=True)


def look(page, name):
    """What no page may have, on a desk and on a telephone; a picture where somebody wants to see it."""
    page.wait_for_load_state("networkidle")
    widths = (390, 1280)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert faults(page) == [], (name, width)
    for width in widths if (folder := os.environ.get("ENTAKU_PICTURES")) else ():
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_paper_poster_and_a_ticket_from_its_making_to_its_use(site, asked, visit):
    public.register(site.office.app, site.office.context)
    with site.office.context.database.write() as session:
        channel = Channel(municipality_id="fuji", bot_user_id="U", secret=b"-", token=b"-", basic_id="@123abcde")
        session.merge(channel)
    page = visit(site.officer, f"/fuji/polls/{asked}/doors")
    look(page, "doors")
    page.get_by_label("出すところ").fill("今泉まちづくりセンター")
    page.get_by_role("button", name="用紙(印刷用のページ)").click()
    expect(page.get_by_text("出すところ 今泉まちづくりセンター")).to_be_visible()
    look(page, "ballot")
    page.go_back()
    page.get_by_role("button", name="ポスター").click()
    look(page, "poster")
    page.goto(f"{site.base}/console/fuji/polls/{asked}/doors")
    page.get_by_label("券の枚数").fill("4")
    page.get_by_role("button", name="券を作る").click()
    look(page, "tickets")
    code = page.locator(".ticket-code").first.inner_text()
    page.goto(f"{site.base}/m/fuji/poll/")
    page.get_by_label("券の番号").fill(code.lower())
    page.get_by_role("button", name="すすむ").click()
    look(page, "ticket-form")
    page.get_by_label("時間による").check()
    page.get_by_label("日曜日").check()
    page.get_by_role("button", name="答えを確かめる").click()
    expect(page.get_by_text("日曜日")).to_be_visible()
    look(page, "ticket-check")
    page.get_by_role("button", name="送る", exact=True).click()
    expect(page.get_by_role("heading", name="ありがとうございました。")).to_be_visible()
    look(page, "ticket-done")
