"""The figures and the bias meter on a telephone and a desk: letters keep their size, nothing runs out of its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from bot.models import DailyCount, Entry, Poll
from bot.now import jst, real_now
from bot.services.context import Context
from content.formats.column_words import AGES
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser

# Letters of charts as they are on the screen, and words that stand outside their chart or over one another.
LETTERS = """
() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const box = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text")].map((e) => [e, e.getBoundingClientRect()]);
    for (const [e, at] of words) {
      const size = parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a;
      if (size < 13.9) found.push(`${e.textContent}: ${size} px`);
      if (at.left < box.left - 1 || at.right > box.right + 1) found.push(`${e.textContent} runs out`);
    }
    words.forEach(([a, one], i) => words.slice(i + 1).forEach(([b, two]) => {
      const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (wide > 1 && high > 4) found.push(`${a.textContent} over ${b.textContent}`);
    }));
  }
  return found;
}
"""


def fill(context: Context, poll_id: int, district: int) -> None:
    """A year of numbers, a population table, and a poll that asked for the age and was answered in two years."""
    today = jst(real_now()).date()
    days = [today - timedelta(days=back) for back in range(1, 330, 6)]
    rows = [
        {"municipality_id": "fuji", "day": day, "kind": kind, "district_id": district, "count": count + at * 9}
        for at, day in enumerate(days)
        for kind, count in (("asked", 30), ("answered", 24), ("joined", 6), ("left", 1), ("residents", 130))
    ]
    items = [
        {
            "kind": "single",
            "question": "夜の防災訓練があったら、参加しますか。",
            "choices": ["仕事や家の用事の都合がついて、暗い時間でなければ参加する", "参加しない"],
        }
    ]
    item = items[0] | {"low": 0, "high": 1, "unit": "", "after": None, "texts": {}, "may_pass": True}
    tally = {
        "kind": "single",
        "people": 60,
        "counts": [38, 14],
        "unknown": 6,
        "declined": 2,
        "points": [],
        "firsts": [],
        "middle": None,
        "bins": [],
    }
    kept = {
        "total": 60,
        "choices": None,
        "items": [tally],
        "splits": {},
        "split_by": None,
        "doors": {},
        "districts": {},
        "ages": {"1": 12, "3": 20, "4": 22, "5": 6},
    }
    with context.database.write() as session:
        session.execute(insert(DailyCount), rows)
        poll = session.get_one(Poll, poll_id)
        earlier = Poll(
            municipality_id="fuji",
            state="closed",
            question="q",
            items=[item],
            tally=kept,
            participants=60,
            closes_at=real_now() - timedelta(days=365),
        )
        session.add(earlier)
        session.flush()
        poll.items, poll.tally, poll.participants, poll.asks_age, poll.repeats_id = [item], kept, 60, True, earlier.id
        for year, people in (("2026", 100), ("2021", 120), ("2016", 110)):
            ages = {f"{age}の{sex}": str(people + at * 9) for at, age in enumerate(AGES) for sex in ("男性", "女性")}
            for area, keys in (("今泉", ["imaizumi"]), ("富士市", [])):
                extra = {"地域名": area, "総人口": str(people * 50), "調査年月日": f"{year}-04-01", **ages}
                data = {
                    "id": f"{area}{year}",
                    "kind": "population",
                    "title": area,
                    "body": "",
                    "districts": keys,
                    "source": {"title": "市の統計"},
                    "extra": extra,
                }
                session.add(
                    Entry(
                        municipality_id="fuji",
                        key=data["id"],
                        kind="population",
                        title=area,
                        data=data,
                        updated_at=real_now(),
                    )
                )


def look(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((e) => { if (e.matches('.numbers')) e.open = true; })")
    assert page.evaluate(LETTERS) == []
    assert faults(page) == []


def test_figures_and_meter_on_both_screens(site, visit):
    fill(site.office.context, site.poll, site.office.district("今泉"))
    for width in (390, 1280):
        for who, address, heading in (
            (site.city, "/fuji/figures", "地区ごとの登録した人"),
            (site.officer, "/fuji/figures", "地区ごとの登録した人"),
            (site.city, "/fuji/figures?show=activity&by=week", "質問"),
            (site.city, "/fuji/figures?show=blocks", "登録している人"),
            (site.officer, f"/fuji/polls/{site.poll}", "答えた人のかたより"),
        ):
            page = visit(who, address, width)
            look(page, heading)
        # The whole row of a table of two years is read without moving it sideways.
        assert page.get_by_role("table", name="前の年と並べる").evaluate(
            "e => e.scrollWidth <= e.parentElement.clientWidth + 1"
        )
