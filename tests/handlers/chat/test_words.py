"""What every text of the chat must keep to."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from bot.line.limits import MAX_FLEX_LABEL, MAX_QUICK_REPLY_LABEL, utf16
from content.phrases import phrases
from handlers.chat.turn import COMPLETE

# Phrases that stand under a message as buttons (LINE: 20 characters).
QUICK = (
    "chat.back", "chat.menu", "chat.desk", "chat.near_button", "chat.language_button", "chat.more_activities",
    "chat.useful", "chat.wrong", "chat.choose_district_later", "chat.poll_results",
    "menu.ask", "menu.activities", "menu.voice", "menu.announcements", "menu.settings", "menu.language",
)  # fmt: skip
SAME = {"chat.and", "chat.row"}
_LINES = [line for path in Path("handlers/chat").glob("*.py") for line in path.read_text(encoding="utf-8").split("\n")]
_SAID = r"(?:Option|Open|turn\.tap|\bPlace\w*|\bSay)\(\s*turn\.say\(\s*\"([\w.]+)\"\)"


def _labels(*, in_card: bool) -> set[str]:
    """The phrases of buttons: inside a card (40 characters), or under a message (20)."""
    found = set()
    for line in _LINES:
        inside = "Option(" in line or "Open(" in line or "buttons=" in line
        found |= {key for key in re.findall(_SAID, line) if inside == in_card}
    return found


UNDER = {*QUICK, *_labels(in_card=False)}
INSIDE = {*_labels(in_card=True)}


@pytest.mark.parametrize("language", COMPLETE)
def test_labels_fit_their_buttons(language: str) -> None:
    say = phrases(language).say
    assert len(UNDER) >= len(QUICK)
    assert len(INSIDE) > 15
    assert [key for key in UNDER if not 0 < utf16(say(key)) <= MAX_QUICK_REPLY_LABEL] == []
    assert [key for key in INSIDE if not 0 < utf16(say(key)) <= MAX_FLEX_LABEL] == []


@pytest.mark.parametrize("language", COMPLETE)
def test_the_bar_of_the_menu_fits(language: str) -> None:
    assert 0 < len(phrases(language).say("menu.bar")) <= 14


@pytest.mark.parametrize("language", [language for language in COMPLETE if language != "ja"])
def test_nothing_is_left_in_plain_japanese(language: str) -> None:
    japanese, other = phrases("ja").texts, phrases(language).texts
    mine = [key for key in japanese if key.startswith(("chat.", "menu."))]
    assert [key for key in mine if key not in SAME and japanese[key] == other.get(key)] == []
    assert [key for key in mine if _holes(japanese[key]) != _holes(other[key])] == []


def test_the_voice_keeps_to_its_rules() -> None:
    texts = {key: text for key, text in phrases("ja").texts.items() if key.startswith("chat.")}
    assert [key for key, text in texts.items() if "させていただ" in text or "！" in text or "申し訳" in text] == []


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
