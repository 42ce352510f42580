"""Approval on the console: the hold with its big button, and a rain plan decided with two clicks."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import ApprovalRule, Channel, Entry, RainPlan
from bot.services import activities
from tests.browser.page_rules import faults

pytestmark = pytest.mark.browser


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def hold(site, minutes):
    with site.office.context.database.write() as session:
        session.get_one(ApprovalRule, "fuji").hold_minutes = minutes


def test_an_approval_is_held_counted_down_and_taken_back(site, visit):
    hold(site, 10)
    row = site.office.submitted(site.officer, "今泉", title="公園の清掃(すぐ)")
    page = visit(site.chair, f"/fuji/announcements/{row}/approve", 390)
    expect(page.get_by_role("definition").filter(has_text="館長(見本)")).to_be_visible()
    assert faults(page) == []
    shot(page, "approve-390")
    page.get_by_role("button", name="承認する(10分後に送る)").click()
    left = page.locator("[data-until]")
    expect(left).to_contain_text("秒")  # counted by the script
    assert faults(page) == []
    shot(page, "held-390")
    page.get_by_role("button", name="取り消す", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("送られません")
    assert site.office.announcement(row).state == "returned"


def test_a_rain_plan_is_written_approved_and_decided(site, visit):
    context = site.office.context
    site.office.residents(3, "岩松")
    with context.database.read() as session:
        activity = session.scalars(
            select(Entry.id).where(Entry.municipality_id == "fuji", Entry.key == "kodomo-shokudo-iwamatsu")
        ).one()
        found = activities.find(session, "fuji", "kodomo-shokudo-iwamatsu", context.clock())
        day = found[1][0].day
    officer = site.office.hire("officer", "岩松", name="望月")
    chair = site.office.hire("chair", "岩松", name="館長")
    address = f"/fuji/activities/{activity}/rain?day={day}"
    page = visit(officer, address, 390)
    page.get_by_label("順延のときの文").fill("雨のため、1週間のばします。")
    page.get_by_role("button", name="保存して、承認に出す").click()
    expect(page.get_by_role("alert")).to_contain_text("順延の文と新しい日の両方")  # and nothing typed is lost
    expect(page.get_by_label("順延のときの文")).to_have_value("雨のため、1週間のばします。")
    assert faults(page) == []
    shot(page, "rain-error-390")
    page.get_by_label("順延の日").fill((day + timedelta(days=7)).isoformat())
    page.get_by_label("望月").check()
    page.get_by_label("館長").check()
    page.get_by_role("button", name="保存して、承認に出す").click()
    expect(page.get_by_text("承認を待っています")).to_be_visible()
    second = visit(chair, address, 1280)
    assert faults(second) == []
    shot(second, "rain-approve-1280")
    second.get_by_role("button", name="承認する").click()
    expect(second.get_by_role("heading", name="どうするかを決めてください")).to_be_visible()
    page.goto(f"{site.base}/console{address}")
    shot(page, "rain-decide-390")
    page.get_by_role("link", name="中止にする").click()
    expect(page.get_by_role("heading", name="「中止」を送りますか")).to_be_visible()
    assert faults(page) == []
    shot(page, "rain-sure-390")
    page.get_by_role("button", name="中止を送る").click()
    expect(page.get_by_text("望月さんが")).to_be_visible()
    second.get_by_role("link", name="実施する").click()  # too late: told who decided what
    expect(second.get_by_text("「中止」に決めました")).to_be_visible()
    with context.database.read() as session:
        plan = session.scalars(select(RainPlan)).one()
        assert (plan.decision, plan.state) == ("off", "decided")


def test_a_code_links_the_telephone(site, visit):
    with site.office.context.database.write() as session:
        if session.get(Channel, "fuji") is None:
            session.add(Channel(municipality_id="fuji", bot_user_id="U1", secret=b"-", token=b"-", basic_id="@fuji"))
    page = visit(site.officer, "/fuji/line", 390)
    page.get_by_role("button", name="新しい番号を出す").click()
    expect(page.get_by_text("連携 ")).to_be_visible()
    expect(page.get_by_role("img", name="連携のQRコード")).to_be_visible()
    assert faults(page) == []
    shot(page, "line-390")
    page = visit(site.city, "/fuji/approval", 390)
    page.get_by_label("承認してから送るまでの分数").fill("99")
    page.get_by_role("button", name="変える").click()
    expect(page.get_by_role("alert")).to_contain_text("60分まで")
    assert faults(page) == []
    shot(page, "rule-390")
