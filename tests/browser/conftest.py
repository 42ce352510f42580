"""One Chromium for each test process, a fresh page for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

# Both processors may be busy with other tests.
expect.set_options(timeout=20_000)

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The same letters on every machine: no hinting, no sub-pixel colours.
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: install it with `apt-get install chromium`")
        pytest.skip("no Chromium; `apt-get install chromium` brings it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A context of its own: nothing stored by another test, Japanese, Japan's time."""
    opened = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="ja-JP", timezone_id="Asia/Tokyo", reduced_motion="reduce"
    )
    yield opened
    opened.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """A page; an error in its scripts fails the test."""
    opened = browser_context.new_page()
    faults: list[Error] = []
    opened.on("pageerror", lambda fault: faults.append(fault))  # noqa: PLW0108 playwright takes no method
    yield opened
    assert not faults, faults
