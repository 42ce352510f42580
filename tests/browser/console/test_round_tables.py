"""One whole round in a browser, from opening to the report, with what it costs the secretariat counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.services import announcements, reports, round_tables
from bot.services.context import Context
from tests.support.console import DEPARTMENT, Account, serving
from tests.support.places import free_port
from tests.support.round_tables import CITY, Round

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

# What one round may cost the secretariat: clicks, and fields typed into or chosen. At 15 seconds a click (the page is
# read first) and 25 seconds a field (typing up from paper included) that stays under 20 minutes.
MOST_CLICKS, MOST_FIELDS, MOST_OF_THE_CHAIR = 24, 26, 12
SECONDS_A_CLICK, SECONDS_A_FIELD, MINUTES = 15, 25, 20


@dataclass
class Hand:
    """One person's hand on the mouse and the keys: everything it does is counted."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def press(self, name: str, role: str = "button") -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def follow(self, words: str) -> None:
        """A link of a list, by what its first words are."""
        self.clicks += 1
        self.page.get_by_role("link", name=words).first.click()

    def unfold(self, words: str) -> None:
        self.clicks += 1
        self.page.locator("summary", has_text=words).click()

    def check(self, label: str) -> None:
        self.clicks += 1
        self.page.get_by_label(label, exact=True).check()

    def fill(self, name: str, text: str) -> None:
        self.fields += 1
        self.page.locator(f"[name='{name}']").fill(text)

    def choose(self, name: str, value: str) -> None:
        self.fields += 1
        self.page.locator(f"select[name='{name}']").select_option(value)

    def go(self, path: str) -> None:
        """Home, where everybody starts: not counted."""
        self.page.goto(path)


class Desk:
    """The console on real HTTP, and a browser for each person."""

    def __init__(self, table: Round, base: str, browser: Browser) -> None:
        self.table, self.base, self.browser = table, base, browser
        self.opened: list[BrowserContext] = []

    def hand(self, account: Account, width: int = 1280) -> Hand:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, locale="ja-JP", timezone_id="Asia/Tokyo", reduced_motion="reduce"
        )
        cookie = self.table.office.visit(account).client.get_cookie("entaku")
        assert cookie is not None
        context.add_cookies([{"name": "entaku", "value": cookie.value, "url": self.base}])
        self.opened.append(context)
        page = context.new_page()
        page.goto(f"{self.base}/console/{CITY}/")
        return Hand(page)


@pytest.fixture
def desk(cities: Context, browser: Browser) -> Iterator[Desk]:
    table = Round(cities)
    with serving(table.office.app, free_port()) as base:
        made = Desk(table, base, browser)
        yield made
        for context in made.opened:
            context.close()


def test_one_round_costs_less_than_twenty_minutes(desk: Desk) -> None:
    table, home = desk.table, f"{desk.base}/console/{CITY}/"
    office, chair = desk.hand(table.officer), desk.hand(table.chair)
    _open(office, table)
    chair.go(home)
    chair.follow("第1回 円卓会議 夜道の明るさ")
    chair.press("承認して、すぐ送る")
    poll = table.freeze(table.row.announcement_id)
    _enter_paper(office, home)
    table.close(poll, [14, 9, 2])
    _sheet_in_two_clicks(office, home)
    _record(office, home)
    chair.go(home)
    _to_round(chair)
    chair.press("記録を承認する")
    _refer(office, home)
    chair.go(home)
    _to_round(chair)
    chair.press("振り分けを承認する")
    _answer(desk, office, chair)
    _tell(office, home)
    chair.go(home)
    chair.follow("第1回 円卓会議の声への返事")
    chair.press("承認して、すぐ送る")
    table.freeze(_report(table))
    office.go(home)
    _to_round(office)
    office.press("報告済みにする")
    expect(office.page.locator("main")).to_contain_text("報告済み")
    assert office.clicks <= MOST_CLICKS, f"{office.clicks} clicks of the secretariat"
    assert office.fields <= MOST_FIELDS, f"{office.fields} fields of the secretariat"
    assert (chair.clicks, chair.fields) <= (MOST_OF_THE_CHAIR, 0), f"{chair.clicks} clicks of the chair"
    assert MOST_CLICKS * SECONDS_A_CLICK + MOST_FIELDS * SECONDS_A_FIELD < MINUTES * 60
    assert min(office.clicks, office.fields, chair.clicks) > 8, "nothing was counted"


def _open(hand: Hand, table: Round) -> None:
    hand.press("円卓会議", "link")
    hand.press("会議を開く", "link")
    hand.fill("theme", "夜道の明るさ\n暗い道はどこか")
    hand.fill("question", "夜道は明るいですか。")
    hand.fill("choices", "明るい\n暗い\nわからない")
    hand.fill("place", "今泉まちづくりセンター")
    hand.fill("answerer", "道路の担当課")
    hand.press("会議を開いて、案内を承認に出す")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("今泉 第1回 円卓会議")
    table.id = int(hand.page.url.rsplit("/", 1)[1])


def _enter_paper(hand: Hand, home: str) -> None:
    hand.go(home)
    _to_round(hand)
    hand.press("紙・電話・窓口の回答を入れる", "link")
    for name, value in {"paper_0": "3", "paper_1": "8", "phone_1": "1"}.items():
        hand.fill(name, value)
    hand.fill("voices", "橋のたもとが暗い\n通学路に街灯がほしい\n見回りを続けたい")
    hand.press("保存する")
    expect(hand.page.locator("main")).to_contain_text("声を3件加えました")


def _sheet_in_two_clicks(hand: Hand, home: str) -> None:
    hand.go(home)
    before = hand.clicks
    hand.follow("資料を印刷する")
    assert hand.clicks - before == 1
    expect(hand.page.locator("main")).to_contain_text("世論の割合ではありません")
    expect(hand.page.locator("main")).to_contain_text("橋のたもとが暗い")
    expect(hand.page.locator("main")).to_contain_text("合計 n=37")


def _record(hand: Hand, home: str) -> None:
    hand.go(home)
    _to_round(hand)
    hand.press("会議の記録を書く", "link")
    for name, value in {
        "attendance": "14",
        "title_0": "夜道の明るさ",
        "said_0": "橋が暗い",
        "decided_0": "みんなで見て回る",
        "in_charge_0": "防犯部会",
    }.items():
        hand.fill(name, value)
    hand.press("記録を保存する")


def _refer(hand: Hand, home: str) -> None:
    hand.go(home)
    _to_round(hand)
    hand.press("振り分ける", "link")
    hand.fill("new1_title", "橋と通学路の街灯")
    hand.choose("new1_body", "department")
    hand.fill("new1_name", DEPARTMENT)
    hand.unfold("新しいまとまりを、もう1つ作る(2)")
    hand.fill("new2_title", "見回り")
    hand.choose("new2_body", "council")
    said = hand.page.locator(".gather select")
    for at, matter in enumerate(("new1", "new1", "new2")):
        hand.fields += 1
        said.nth(at).select_option(matter)
    hand.press("保存する")


def _answer(desk: Desk, writer: Hand, chair: Hand) -> None:
    """The department writes and its head publishes; the council's answer is the secretariat's and the chair's work."""
    table = desk.table
    clerk, head = desk.hand(table.clerk), desk.hand(table.head)
    clerk.press("回ってきた声", "link")
    clerk.follow("橋と通学路の街灯")
    clerk.check("対応する")
    clerk.fill("text", "来月、街灯を1つ足します。")
    clerk.press("書いて、承認に出す")
    head.go(f"{desk.base}/console/{CITY}/")
    head.follow("橋と通学路の街灯")
    head.press("承認して公開する")
    expect(head.page.locator("main")).to_contain_text("返事を公開しました")
    writer.go(f"{desk.base}/console/{CITY}/")
    writer.press("回ってきた声", "link")
    writer.follow("見回り")
    writer.check("地域で取り組む")
    writer.fill("text", "月に1回、続けます。")
    writer.press("書いて、承認に出す")
    chair.go(f"{desk.base}/console/{CITY}/")
    chair.follow("見回り")
    chair.press("承認して公開する")


def _tell(hand: Hand, home: str) -> None:
    hand.go(home)
    _to_round(hand)
    hand.press("参加した人に知らせる")
    expect(hand.page.locator("main")).to_contain_text("承認に出しました")


def _to_round(hand: Hand) -> None:
    """From home to the round: one click, or two on the day when home leads to the sheet."""
    home = hand.page.url
    hand.follow("第1回 円卓会議 夜道の明るさ")
    expect(hand.page).not_to_have_url(home)
    if hand.page.url.endswith("/sheet"):
        hand.clicks += 1
        hand.page.locator(".crumbs a").last.click()


def _report(table: Round) -> int:
    with table.context.database.read() as session:
        row = round_tables.get(session, CITY, table.id)
        assert reports.untold(session, row) == []
        told = [one.response.report_id for one in reports.matters.of_round(session, row) if one.response]
        assert announcements.get(session, CITY, told[0]).state == "scheduled"
        return int(told[0])
