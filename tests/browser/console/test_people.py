"""A colleague's way in on a telephone: invited, a password, a passkey, recovery codes, home; and in again by passkey."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.page_rules import faults
from tests.support.console import PASSWORD

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 800}
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def telephone(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=PHONE, locale="ja-JP", timezone_id="Asia/Tokyo", reduced_motion="reduce")
    yield opened
    opened.close()


def looked_at(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert faults(page) == []


def test_invited_set_up_and_in_again_by_passkey(site, visit, telephone):
    admin = visit(site.admin, "/fuji/staff", 390)
    admin.get_by_role("link", name="人を招待する").click()
    looked_at(admin, "人を招待する")
    admin.get_by_label("名前", exact=True).fill("杉山(見本)")
    admin.get_by_label("メールアドレス").fill("sugiyama@fuji.example")
    admin.get_by_text("座長(館長・センター長)").click()
    admin.get_by_label("今泉", exact=True).check()
    admin.get_by_role("button", name="招待のリンクを作る").click()
    looked_at(admin, "杉山(見本)さんへの招待ができました")
    link = urlsplit(admin.locator(".handed").inner_text()).path

    page = telephone.new_page()
    device = telephone.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    here = site.base.replace("127.0.0.1", "localhost")  # passkeys belong to a name, never to a number
    page.goto(here + link)
    looked_at(page, "杉山(見本)さん、ようこそ")
    expect(page.locator("main")).to_contain_text("管理者(見本)さんから、富士市の「円卓」への招待です。")
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_label("パスワード(もう一度)").fill(PASSWORD)
    page.get_by_role("button", name="決めて、はじめる").click()
    looked_at(page, "認証アプリを設定する")
    page.get_by_role("link", name="パスキーを設定する").click()
    looked_at(page, "パスキーを加える")
    page.get_by_label("名前(あとで見分けるため)").fill("わたしの電話")
    page.get_by_role("button", name="パスキーを作る").click()
    looked_at(page, "控えのコードを、紙に残してください")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="紙に残しました").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("富士市 今泉")

    page.goto(here + "/console/account")
    looked_at(page, "わたしのサインイン")
    expect(page.locator("main")).to_contain_text("わたしの電話")
    page.get_by_role("button", name="サインアウト", exact=True).click()
    looked_at(page, "サインイン")
    page.get_by_role("button", name="パスキーでサインインする").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("富士市 今泉")

    device.send("WebAuthn.disable")
    telephone.clear_cookies()
    page.goto(here + "/console/sign-in")
    page.get_by_label("メールアドレス").fill("sugiyama@fuji.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインインする", exact=True).click()
    looked_at(page, "もう1つ、確かめます")
