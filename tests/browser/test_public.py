"""A resident without LINE on a small telephone, without JavaScript: a question, an activity, a place, and a number."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from bot.models import WebSignUp
from handlers import public
from tests.support.console import serving
from tests.support.places import free_port

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)


@pytest.fixture
def base(cities):
    app = Flask("public", static_folder=None)
    app.secret_key = "x"
    public.register(app, cities)
    with serving(app, free_port()) as address:
        yield address


def test_asked_found_signed_up_and_taken_back(cities, base, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/m/fuji/")
    page.get_by_label("知りたいことを、言葉で聞く").fill("丘地区の子ども食堂はいつ")
    page.get_by_role("button", name="聞く").click()
    expect(page.locator("main .answer")).to_contain_text("子ども食堂")
    page.get_by_role("link", name="丘地区 子ども食堂").first.click()
    expect(page.get_by_role("navigation", name="分野")).to_be_visible()
    page.get_by_role("link", name="この日に参加を申し込む").first.click()
    page.get_by_role("button", name="内容を確かめる").click()
    expect(page.get_by_role("alert")).to_contain_text("人数を、1人から10人まで")
    page.get_by_label("参加する人数").select_option("2")
    page.get_by_role("button", name="内容を確かめる").click()
    page.get_by_role("button", name="申し込む").click()
    expect(page.locator(".receipt")).to_contain_text(re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}"))
    with cities.database.read() as session:
        assert session.scalars(select(WebSignUp.people)).all() == [2]
    page.get_by_role("button", name="参加を取り消す").click()
    page.get_by_role("button", name="取り消す", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("取り消しました")
    assert context.cookies() == []
    context.close()
