"""The desk in a browser: a morning's inquiries by keyboard alone, a list dropped in twice, an activity added."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import Entry, Inquiry, UnansweredQuestion
from bot.now import real_now
from bot.services import inquiries
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser
HEADER = "市区町村コード,ID,イベント名,開始日,終了日,開始時間,場所名称,説明,備考\n"
GOOD = "222101,e-0001,けやき読書会,2026-12-19,,13:30,けやき会館,本を持ちよって話します。,\n"
WARNED = "222101,e-0002,けやき音楽会,2026-12-20,,25:99,けやき会館,だれでも聴けます。,\n"
WRONG = "222101,e-0003,けやき散歩,2026-02-30,,,,,\n"


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.fixture
def letters(site):
    """Three people wait, the first one longest."""
    context, now = site.office.context, real_now()
    with context.database.write() as session:
        for hours, text in (
            (30, "街灯が切れています。"),
            (20, "公園の木が倒れそうです。"),
            (10, "ごみの日を知りたい。"),
        ):
            row = Inquiry(
                municipality_id="fuji", category="road", door="line", language="ja", created_at=now,
                waiting_since=now - timedelta(hours=hours),
            )  # fmt: skip
            session.add(row)
            session.flush()
            inquiries.add_letter(context, session, row, "resident", text, now)


def test_a_morning_by_keyboard_alone(site, visit, letters):
    page = visit(site.city, "/fuji/inquiries")
    keys = page.locator("[data-keys]")
    expect(keys).to_be_visible()
    assert faults(page) == []
    shot(page, "inquiries")
    page.keyboard.press("?")
    expect(keys).to_contain_text("次へ、前へ")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("街灯が切れています。")
    expect(page.locator("[data-keys]")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("n")
    expect(page.get_by_label("メモを書く")).to_be_focused()
    page.keyboard.type("jkr 業者に電話した")  # letters are letters where something is written
    expect(page.get_by_label("メモを書く")).to_have_value("jkr 業者に電話した")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("メモを残しました")
    expect(page.locator("[data-keys]")).to_be_visible()
    shot(page, "inquiry")
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="回答", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("main")).to_contain_text("公園の木が倒れそうです。")
    expect(page.locator("[data-keys]")).to_be_visible()
    page.get_by_role("button", name="キーの操作を止める").press("Enter")
    page.locator("main").evaluate("main => main.focus()")
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(page.locator("main")).to_contain_text("公園の木が倒れそうです。")
    page.reload()
    expect(page.get_by_role("button", name="キーの操作を使う")).to_be_visible()


def test_questions_ticked_done_and_taken_back(site, visit):
    with site.office.context.database.write() as session:
        session.add(
            UnansweredQuestion(
                municipality_id="fuji", text="月の石はどこ?", folded="2", language="ja", asked_at=real_now(), count=1
            )
        )
    page = visit(site.city, "/fuji/questions", 390)
    expect(page.locator("[data-keys]")).to_be_visible()
    assert faults(page) == []
    shot(page, "questions")
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    page.locator("#bulk-reason").select_option("elsewhere")
    page.locator("#bulk").get_by_role("button", name="済みにする").click()
    expect(page.locator("main")).to_contain_text("みなさんの質問に答えられています")
    assert faults(page) == []
    page.get_by_role("button", name="一覧に戻す").click()
    expect(page.locator("[data-row]")).to_have_count(2)


def test_a_list_is_dropped_in_twice_and_what_staff_changed_stays(site, visit):
    page = visit(site.city, "/fuji/imports")
    assert faults(page) == []

    def put(text, name="行事.csv"):
        page.get_by_label("ファイル", exact=True).set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": text if isinstance(text, bytes) else text.encode()}
        )
        page.get_by_role("button", name="確かめる", exact=True).click()

    put(b"MZ\x90\x00" + bytes(200), "行事.csv")
    expect(page.locator("#file-error")).to_be_visible()
    assert faults(page) == []
    put(HEADER + GOOD + WARNED + WRONG)
    expect(page.get_by_role("heading", name="取り込めない行")).to_be_visible()
    expect(page.locator("section", has_text="取り込めない行").get_by_role("row").nth(1)).to_contain_text("2026-02-30")
    warned = page.locator("section", has_text="取り込めるが、確かめてほしい所")
    expect(warned.get_by_role("row").nth(1)).to_contain_text("25:99")
    assert faults(page) == []
    shot(page, "import")
    page.get_by_role("button", name="取り込む", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("2行を取り込みました")
    with site.office.context.database.read() as session:
        ids = {row.title: row.id for row in session.scalars(select(Entry).where(Entry.title.startswith("けやき")))}
    page.goto(f"{site.base}/console/fuji/activities/{ids['けやき読書会']}/edit")
    page.get_by_label("どんな行事か").fill("本を持ちよって、ゆっくり話します。")
    page.get_by_role("button", name="保存して、この内容で答える").click()
    expect(page.get_by_role("status")).to_contain_text("保存しました")
    page.goto(f"{site.base}/console/fuji/imports")
    changed = GOOD.replace("けやき会館", "けやきホール")
    put(HEADER + changed + WARNED.replace("けやき音楽会", "けやき冬の音楽会"))
    page.get_by_role("button", name="取り込む", exact=True).click()
    kept = page.locator("section", has_text="職員が直したので、そのまま残す記事")
    expect(kept).to_be_visible()
    kept.get_by_role("link", name="けやき読書会").click()
    expect(page.get_by_role("heading", name="読み込んだファイルでは、内容がちがいます")).to_be_visible()
    expect(page.locator("main")).to_contain_text("けやきホール")
    expect(page.locator("main")).to_contain_text("ゆっくり話します。")
    assert faults(page) == []
    shot(page, "import-kept")
    with site.office.context.database.read() as session:
        assert session.get_one(Entry, ids["けやき音楽会"]).title == "けやき冬の音楽会"


@pytest.mark.parametrize("width", [390, 1280])
def test_an_activity_is_added(site, visit, width):
    page = visit(site.chair, "/fuji/activities", width)
    assert faults(page) == []
    shot(page, "activities")
    page.get_by_role("link", name="行事を加える").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("行事を加える")
    assert faults(page) == []
    page.get_by_label("行事の名前").fill("公園の清掃")
    page.get_by_label("どんな行事か").fill("公園を清掃します。")
    page.get_by_label("持ち物").fill("軍手")
    page.get_by_text("毎月、第何の何曜日").click()
    page.get_by_label("第1", exact=True).check()
    page.get_by_label("始まる時刻").fill("08:00")
    page.get_by_label("終わる時刻").fill("07:00")
    page.locator("#place").fill("中央公園")
    expect(page.locator("#live")).to_contain_text("公園を清掃します。")
    shot(page, "activity-form")
    page.get_by_role("button", name="下書きを保存する").click()
    expect(page.get_by_role("alert")).to_contain_text("終わる時刻が、始まる時刻より前です")
    assert faults(page) == []
    page.get_by_label("終わる時刻").fill("10:00")
    expect(page.locator("#live-dates li").first).to_contain_text("(日) 午前8時から午前10時まで")
    page.get_by_role("button", name="下書きを保存する").click()
    expect(page.get_by_role("heading", name="まだ出していません")).to_be_visible()
    expect(page.locator(".screen").first).to_contain_text("持ち物: 軍手")
    assert faults(page) == []
    shot(page, "activity-draft")
    page.get_by_role("button", name="この行事を出す").click()
    expect(page.get_by_role("status")).to_contain_text("出しました")
    page.goto(f"{site.base}/console/fuji/activities?q=公園の清掃")
    expect(page.locator(".rows")).to_contain_text("公園の清掃")
