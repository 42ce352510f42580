"""What a browser is called."""

from __future__ import annotations

import pytest

from bot.core.devices import UNKNOWN, called

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/140.0", "Windows のパソコン (Edge)"),
        (f"Mozilla/5.0 (Linux; Android 16; Pixel 9) {CHROME} Mobile Safari/537.36", "Android (Chrome)"),
        ("Mozilla/5.0 (iPad; CPU OS 19_0) AppleWebKit/605.1.15 Version/19.0 Safari/604.1", "iPad (Safari)"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.5; rv:140.0) Gecko/20100101 Firefox/140.0", "Mac (Firefox)"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Mobile/15E148 Safari Line/15.1.0", "iPhone (LINEの中のブラウザー)"),
        ("curl/8.9", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_browser_has_a_plain_name(agent, words):
    assert called(agent) == words
