"""声の確認 in a browser: two clicks a statement, no way to see who, and readable on a telephone."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import ModerationAct, Statement
from bot.now import real_now
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser
SAID = (
    "街灯を増やしてほしい",
    "夜道の街灯をもっと増やしてほしいです",
    "田んぼの水路のふたが壊れている",
    "店の宣伝です、来てね",
)


@pytest.fixture
def voices(site):
    """Three that wait, in this order, beside one that is shown."""
    now = real_now()
    with site.office.context.database.write() as session:
        for at, text in enumerate(SAID):
            session.add(
                Statement(
                    municipality_id="fuji", district_id=site.office.district("今泉"), text=text,
                    state="waiting" if at else "approved", number=None if at else 1,
                    due_at=now + timedelta(hours=at) if at else None,
                )
            )  # fmt: skip
    return site


def stored(site):
    with site.office.context.database.read() as session:
        rows = session.scalars(select(Statement)).all()
        acts = session.scalars(select(ModerationAct)).all()
    return {row.text: (row.state, row.reason, row.due_at) for row in rows}, acts


def look(page, name):
    """What no page may have; a picture where somebody wants to see it."""
    assert faults(page) == []
    if folder := os.environ.get("ENTAKU_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_three_statements_in_two_clicks_each(voices, visit):
    page = visit(voices.chair, "/fuji/")
    look(page, "statements-home")
    page.get_by_role("link", name="確認を待っている声が3件あります").click()
    expect(page.get_by_role("heading", name="「夜道の街灯をもっと増やしてほしいです」")).to_be_focused()
    look(page, "statements-waiting")
    clicks = 0
    # The similar one is open already: one click.
    page.get_by_role("button", name="この声にまとめる").click()
    clicks += 1
    expect(page.get_by_role("heading", name=SAID[2])).to_be_focused()
    # By keyboard: from the words to the button, and press.
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="承認して公開する")).to_be_focused()
    page.keyboard.press("Enter")
    clicks += 1
    expect(page.get_by_role("heading", name=SAID[3])).to_be_visible()
    page.get_by_text("見送る(理由を選ぶ)").click()
    look(page, "statements-reasons")
    page.get_by_role("button", name="宣伝・勧誘").click()
    clicks += 2
    expect(page.get_by_text("確認を待っている声は、ありません。")).to_be_visible()
    assert clicks <= 2 * 3
    rows, acts = stored(voices)
    assert [rows[text][0] for text in SAID] == ["approved", "merged", "approved", "refused"]
    assert rows[SAID[3]][1] == "advert"
    assert {due for _, _, due in rows.values()} == {None}
    assert [act.act for act in acts] == ["merge", "approve", "refuse"]


def test_a_mistake_keeps_what_was_typed(voices, visit):
    page = visit(voices.chair, "/fuji/statements/new")
    page.get_by_label("声", exact=True).fill("街灯のことは田中さんに聞いて")
    page.get_by_role("button", name="声を加える").click()
    expect(page.get_by_role("alert")).to_contain_text("名前や電話番号、住所が入っています")
    expect(page.get_by_label("声", exact=True)).to_have_value("街灯のことは田中さんに聞いて")
