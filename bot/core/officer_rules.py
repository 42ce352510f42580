"""Officers in LINE: what a code that links looks like, how long buttons hold, when the day's summary comes. Pure."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.core.permissions import Actor
from bot.now import jst

WORD: Final = "連携"
DIGITS: Final = 8
CODE_KEEPS: Final = timedelta(minutes=10)
BUTTON_KEEPS: Final = timedelta(hours=24)
SUMMARY: Final = (time(7, 30), time(12))  # later on, yesterday's summary is no use to anybody
_CODE = re.compile(rf"{WORD}(?:コード)?[:\s]*([0-9][0-9 \-ー―]{{6,20}}[0-9])\Z")


def new_code() -> str:
    """Eight digits: with ten minutes and sixty messages a minute, guessing is hopeless."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def spoken(code: str) -> str:
    """What is typed or scanned: 連携 1234-5678."""
    return f"{WORD} {code[:4]}-{code[4:]}"


def read_code(text: str) -> str | None:
    """The eight digits of a text that links, however it was typed; None for any other text."""
    found = _CODE.match(unicodedata.normalize("NFKC", text).strip())
    digits = re.sub(r"\D", "", found[1]) if found else ""
    return digits if len(digits) == DIGITS else None


def serves(actor: Actor, municipality: str, today: date) -> bool:
    """Whether this person holds any role there today; drafting after its end is not enough."""
    return any(
        grant.municipality in (None, municipality) and (grant.until is None or today <= grant.until)
        for grant in actor.grants
    )


def summary_time(now: datetime) -> bool:
    """Whether this is the time of the day's summary."""
    return SUMMARY[0] <= jst(now).time() < SUMMARY[1]
