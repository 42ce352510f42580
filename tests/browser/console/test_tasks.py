"""Ten tasks, each from the first page: whoever needs more clicks than are written here has been led astray.

A click is anything pressed (a link, a button, a box that is ticked); what is typed or chosen in a field is counted
beside it. docs/console.md has the same table.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bot.models import Announcement, Poll, RoundTable, Statement, UnansweredQuestion
from bot.now import jst, real_now
from bot.services import announcements
from bot.services.composing import Question
from bot.services.context import open_context
from tests.browser.console.conftest import Site
from tests.conftest import make_settings
from tests.support.console import Account, Office, later, serving
from tests.support.places import free_port

# task -> (clicks, fields)
TABLE = {
    "write and send an announcement": (5, 2),
    "open a round": (2, 8),
    "moderate": (2, 0),
    "answer a question": (4, 2),
    "add an activity": (3, 5),
    "print the sheet": (2, 0),
    "invite a colleague": (3, 2),
    "change a district's contact": (2, 1),
    "find why an announcement did not go": (1, 0),
    "export last year's answers": (3, 0),
}


@dataclass
class Hand:
    """Somebody at the page, whose clicks and fields are counted."""

    page: Page
    task: str
    clicks: int = 0
    fields: int = 0

    def press(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def link(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("main").get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True).first)

    def write(self, label: str, text: str, inside: Locator | None = None) -> None:
        (inside or self.page).get_by_label(label, exact=True).first.fill(text)
        self.fields += 1

    def moment(self, legend: str, hours: float) -> None:
        when, group = jst(later(hours)), self.page.get_by_role("group", name=legend)
        self.write("日", f"{when:%Y-%m-%d}", group)
        self.write("時刻", "10:00", group)


Begin = Callable[..., Hand]


@pytest.fixture(scope="module")
def town(city_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One console for all ten, with what each of them begins with."""
    folder = tmp_path_factory.mktemp("tasks")
    shutil.copyfile(city_template, folder / "entaku.db")
    context = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    office = Office(context)
    officer, chair = office.hire("officer", "今泉", name="望月(見本)"), office.hire("chair", "今泉", name="館長(見本)")
    city, admin = office.hire("city", name="市民協働課(見本)"), office.hire("admin", name="管理者(見本)")
    office.residents(132, "今泉")
    poll = _what_there_is(office, officer)
    with serving(office.app, free_port()) as base:
        yield Site(base, office, officer, chair, city, admin, 0, 0, poll)
    context.database.close()
    context.keystore.database.close()


def _what_there_is(office: Office, officer: Account) -> int:
    """A round that meets tomorrow, a voice, a question, an announcement that did not go, a poll of last year."""
    now, place = real_now(), office.district("今泉")
    round_id = office.round_table(officer, "今泉", theme="夜道の明るさ")
    stuck = office.submitted(officer, "今泉", title="届かなかったお知らせ", send_at=later(3))
    polled = office.submitted(
        officer,
        "今泉",
        title="去年の清掃",
        poll=Question("去年の清掃は、いかがでしたか。", ("よい", "悪い"), later(48)),
    )
    with office.context.database.write() as session:
        row = session.get_one(RoundTable, round_id)
        row.state, row.closes_at, row.meets_at = "meeting", now, now + timedelta(days=1)
        told = session.get_one(Announcement, row.announcement_id)
        told.state, told.frozen_at, told.finished_at = "sent", now, now
        failed = announcements.get(session, "fuji", stuck)
        failed.state, failed.comment = "refused", "送る時に、今月送れる数が足りませんでした。"
        sent = announcements.get(session, "fuji", polled)
        last_year = now - timedelta(days=365)
        sent.state, sent.frozen_at, sent.finished_at, sent.created_at = "sent", last_year, last_year, last_year
        closed = session.get_one(Poll, sent.poll_id)
        closed.state, closed.opened_at, closed.closes_at, closed.closed_at = "closed", last_year, last_year, last_year
        closed.participants, closed.tally = 40, {"total": 40, "choices": [31, 9]}
        session.add(
            Statement(municipality_id="fuji", district_id=place, text="街灯を増やして", due_at=now + timedelta(days=1))
        )
        session.add(
            UnansweredQuestion(
                municipality_id="fuji", text="粗大ごみはいつ出せますか", folded="1", language="ja", asked_at=now,
                count=7, first_at=now,
            )
        )  # fmt: skip
        return closed.id


@pytest.fixture(scope="module")
def signed_in(town: Site, browser: Browser) -> Iterator[Callable[[Account], BrowserContext]]:
    """One browser for each person, for all tasks."""
    opened: dict[int, BrowserContext] = {}

    def of(account: Account) -> BrowserContext:
        if account.id not in opened:
            opened[account.id] = town.open(browser, account)
        return opened[account.id]

    yield of
    for one in opened.values():
        one.close()


@pytest.fixture
def begin(town: Site, signed_in: Callable[[Account], BrowserContext]) -> Iterator[Begin]:
    """`begin(account, task)`: the first page of this person. At the end the task's counts are held to the table."""
    hands: list[Hand] = []

    def go(account: Account, task: str) -> Hand:
        page = signed_in(account).new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{town.base}/console/fuji/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        hands.append(Hand(page, task))
        return hands[-1]

    yield go
    for hand in hands:
        hand.page.close()
    most = TABLE[hands[0].task]
    used = sum(hand.clicks for hand in hands), sum(hand.fields for hand in hands)
    assert used[0] <= most[0], f"{hands[0].task}: {used[0]} clicks"
    assert used[1] <= most[1], f"{hands[0].task}: {used[1]} fields"


def test_write_and_send_an_announcement(town: Site, begin: Begin):
    hand = begin(town.officer, "write and send an announcement")
    hand.link("お知らせを書く")
    hand.write("見出し", "どんど焼きのお知らせ")
    hand.write("本文", "1月11日(月) 午前10時から、今泉小学校で行います。")
    hand.button("保存して、内容を確かめる")
    hand.button("承認に出す")
    expect(hand.page.get_by_role("heading", name="承認を待っています")).to_be_visible()
    second = begin(town.chair, hand.task)
    second.link(re.compile("どんど焼きのお知らせ"))
    second.press(second.page.get_by_role("button", name=re.compile("承認して")).first)
    expect(second.page.get_by_role("status").first).to_contain_text("送")


def test_open_a_round(town: Site, begin: Begin):
    hand = begin(town.chair, "open a round")
    hand.link("円卓会議を開く")
    hand.page.locator("#theme").fill("公園の使い方")
    hand.fields += 1
    hand.moment("ご意見の締切", 240)
    hand.moment("会議の日時", 340)
    hand.write("場所", "今泉まちづくりセンター")
    hand.page.locator("#answerer").fill("地域づくり課")
    hand.page.locator("#answer_on").fill(f"{jst(later(900)):%Y-%m-%d}")
    hand.fields += 2
    hand.button("会議を開いて、案内を承認に出す")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("円卓会議")
    expect(hand.page.get_by_role("main")).to_contain_text("公園の使い方")


def test_moderate(town: Site, begin: Begin):
    hand = begin(town.chair, "moderate")
    hand.link(re.compile("確認を待っている声が1件あります"))
    hand.button("承認して公開する")
    expect(hand.page.get_by_role("status")).to_contain_text("公開しました")


def test_answer_a_question(town: Site, begin: Begin):
    hand = begin(town.city, "answer a question")
    hand.link(re.compile("答えられなかった質問が1件あります"))
    hand.button("この質問から記事を作る")
    hand.page.locator("#body").fill("月に1度、地区ごとに集めます。申し込みは電話で受け付けます。")
    hand.page.locator("#source_title").fill("ごみの出し方 2026年版")
    hand.fields += 2
    hand.button("下書きを保存する")
    hand.button("この記事を出す")
    expect(hand.page.get_by_text("出ています", exact=True)).to_be_visible()


def test_add_an_activity(town: Site, begin: Begin):
    hand = begin(town.chair, "add an activity")
    hand.link("行事を加える")
    for field, text in (
        ("#title", "公園の清掃"),
        ("#body", "みんなで公園をきれいにします。"),
        ("#first", f"{jst(later(200)):%Y-%m-%d}"),
        ("#organiser", "今泉まちづくり協議会"),
        ("#place", "中央公園"),
    ):
        hand.page.locator(field).fill(text)
        hand.fields += 1
    hand.button("下書きを保存する")
    hand.button("この行事を出す")
    expect(hand.page.get_by_text("出ています", exact=True)).to_be_visible()


def test_print_the_sheet(town: Site, begin: Begin):
    hand = begin(town.chair, "print the sheet")
    hand.link(re.compile("夜道の明るさ"))
    hand.page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }")
    hand.button("印刷する")
    expect(hand.page.locator("body")).to_have_attribute("data-printed", "yes")
    expect(hand.page.get_by_role("heading", name="いただいた声")).to_be_visible()


def test_invite_a_colleague(town: Site, begin: Begin):
    hand = begin(town.admin, "invite a colleague")
    hand.link("職員・役員を招く")
    hand.page.locator("#name").fill("新しい人")
    hand.page.locator("#email").fill("new.colleague@fuji.example")
    hand.fields += 2
    hand.press(hand.page.locator("label.choice", has_text="市の担当"))
    hand.button("招待のリンクを作る")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("招待ができました")


def test_change_a_districts_contact(town: Site, begin: Begin):
    hand = begin(town.chair, "change a district's contact")
    hand.link("地区の連絡先を直す")
    hand.page.locator("#phone").fill("0545-00-0001")
    hand.fields += 1
    hand.button("確かめたので、この内容にする")
    expect(hand.page.get_by_role("main")).to_contain_text("0545-00-0001")


def test_find_why_an_announcement_did_not_go(town: Site, begin: Begin):
    hand = begin(town.officer, "find why an announcement did not go")
    expect(hand.page.get_by_role("main")).to_contain_text("今月送れる数が足りませんでした")
    hand.link(re.compile("届かなかったお知らせ"))
    expect(hand.page.get_by_role("main")).to_contain_text("今月送れる数が足りませんでした")


def test_export_last_years_answers(town: Site, begin: Begin):
    hand = begin(town.city, "export last year's answers")
    hand.link("アンケートの結果を見る・保存する")
    hand.link(re.compile("去年の清掃は"))
    with hand.page.expect_download() as found:
        hand.link("Excel")
    assert found.value.suggested_filename.endswith(".xlsx")


def test_the_table_in_the_documentation_says_the_same():
    page = (Path(__file__).parents[3] / "docs" / "console.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| [^|]+ \| ([a-z' ]+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {task: (int(clicks), int(fields)) for task, clicks, fields in listed} == TABLE
