"""A console with something in it, on real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bot.models import Alert, InboxEvent, Poll, UnansweredQuestion
from bot.now import real_now
from bot.services import announcements
from bot.services.composing import Question
from bot.services.context import Context
from tests.support.console import Account, Office, later, serving
from tests.support.places import free_port


@dataclass
class Site:
    """The console's address, its people and a few rows."""

    base: str
    office: Office
    officer: Account
    chair: Account
    city: Account
    admin: Account
    draft: int
    waiting: int
    poll: int

    def open(self, browser: Browser, account: Account | None, width: int = 1280) -> BrowserContext:
        """A browser of this person, signed in already."""
        opened = browser.new_context(
            viewport={"width": width, "height": 800}, locale="ja-JP", timezone_id="Asia/Tokyo", reduced_motion="reduce"
        )
        if account is not None:
            cookie = self.office.visit(account).client.get_cookie("entaku")
            assert cookie is not None
            opened.add_cookies([{"name": "entaku", "value": cookie.value, "url": self.base}])
        return opened


@pytest.fixture
def site(cities: Context) -> Iterator[Site]:
    office = Office(cities)
    officer, chair = office.hire("officer", "今泉", name="望月(見本)"), office.hire("chair", "今泉", name="館長(見本)")
    city, admin = office.hire("city", name="市民協働課(見本)"), office.hire("admin", name="管理者(見本)")
    office.residents(132, "今泉")
    poll = Question("夜の防災訓練があったら、参加しますか。", ("参加する", "時間による", "参加しない"), later(240))
    draft = office.draft(officer, "今泉", title="12月6日(日) 防災訓練のお知らせ", poll=poll, send_at=later(48))
    waiting = office.submitted(officer, "今泉", title="公園の清掃", send_at=later(30))
    closed = office.submitted(
        officer, "今泉", title="秋の清掃", poll=Question("よかったですか。", ("はい", "いいえ"), later(48))
    )
    now = real_now()
    with cities.database.write() as session:
        row = announcements.get(session, "fuji", closed)
        row.state, row.frozen_at, row.finished_at, row.recipients, row.accepted = "sent", now, now, 132, 132
        tallied = session.get_one(Poll, row.poll_id)
        tallied.state, tallied.closed_at, tallied.participants = "closed", now, 40
        tallied.tally = {"total": 40, "choices": [31, 9]}
        session.add(
            UnansweredQuestion(
                municipality_id="fuji", text="街灯はどこに?", folded="1", language="ja", asked_at=now, count=3
            )
        )
        session.add(Alert(municipality_id="fuji", kind="token", text="確かめてください", first_at=now, last_at=now))
        session.add(
            InboxEvent(
                municipality_id="fuji",
                event_key="1",
                kind="message",
                event_at=now,
                received_at=now,
                state="parked",
                attempts=3,
                body=b"-",
                error="KeyError",
            )
        )
    with serving(office.app, free_port()) as base:
        yield Site(base, office, officer, chair, city, admin, draft, waiting, tallied.id)


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator:
    """`visit(account, path, width)`: a page; an error in its scripts or a breach of its policy fails the test."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def go(account: Account | None, path: str, width: int = 1280) -> Page:
        opened.append(site.open(browser, account, width))
        page = opened[-1].new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(site.base + "/console" + path)
        return page

    yield go
    for each in opened:
        each.close()
    assert faults == []
