"""Changing an activity's date on the console, at the size of a telephone and of a desk."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import Entry, Resident
from bot.services import activities, sign_ups
from bot.services.sign_ups import Key
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser
ENTRY = "kodomo-shokudo-iwamatsu"


def with_somebody(site):
    """Two households have signed up."""
    context = site.office.context
    site.office.residents(2, "岩松")
    with context.database.write() as session:
        home = site.office.district("岩松")
        people = session.scalars(select(Resident).where(Resident.home_district_id == home)).all()
        now = context.clock()
        found = activities.find(session, "fuji", ENTRY, now)
        key = Key("fuji", ENTRY, found[1][0].day)
        for resident in people:
            assert sign_ups.join(session, resident, key, 2, now).kind == "joined"
        return session.scalars(select(Entry.id).where(Entry.key == ENTRY, Entry.municipality_id == "fuji")).one(), key


@pytest.mark.parametrize("width", [390, 1280])
def test_a_date_is_changed_and_nothing_typed_is_lost(site, visit, width):
    activity, key = with_somebody(site)
    page = visit(site.city, "/fuji/activities?district=iwamatsu", width)
    assert faults(page) == []
    shot(page, f"list-{width}")
    page.goto(f"{site.base}/console/fuji/activities/{activity}?day={key.day}")
    expect(page.get_by_text("2組")).to_be_visible()
    assert faults(page) == []
    shot(page, f"one-{width}")
    page.get_by_label("新しい場所").fill("体育館")
    page.get_by_text("変更", exact=True).click()
    page.get_by_role("button", name="変えて、知らせる").click()
    expect(page.get_by_role("alert")).to_contain_text("ひとこと")
    expect(page.get_by_label("新しい場所")).to_have_value("体育館")
    shot(page, f"error-{width}")
    page.get_by_label("ひとこと(わけ)").fill("体育館に変えます。")
    page.get_by_role("button", name="変えて、知らせる").click()
    expect(page.get_by_role("status")).to_contain_text("2人のLINE")
    expect(page.get_by_text("体育館に変えます。")).to_be_visible()
    shot(page, f"done-{width}")


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
