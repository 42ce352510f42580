"""What may become of an inquiry, and who may read, draft, answer, refer and close it. Pure.

An inquiry belongs to the city. A department reads only what is referred to it now; a district's own staff read
their districts'; councils and chairs, who are no part of the city, read none (docs/decisions/0011-inquiries.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from bot.core.permissions import Actor, allowed
from bot.errors import ConflictError

STATES: Final = ("new", "working", "referred", "answered", "closed")
OWED: Final = ("new", "working", "referred")  # somebody waits for us
CATEGORIES: Final = ("road", "waste", "safety", "community", "facility", "family", "proposal", "other")

# Acts of staff, then of the person who wrote (write_again, resolve), then of time (end).
INQUIRY: Final[Mapping[tuple[str, str], str]] = {
    ("new", "take"): "working",
    ("new", "refer"): "referred",
    ("working", "refer"): "referred",
    ("referred", "refer"): "referred",
    ("referred", "take"): "working",  # taken back from the department
    ("new", "draft"): "working",
    ("working", "draft"): "working",
    ("referred", "draft"): "referred",
    ("new", "answer"): "answered",
    ("working", "answer"): "answered",
    ("referred", "answer"): "answered",
    ("answered", "answer"): "answered",  # something to add
    ("new", "close"): "closed",
    ("working", "close"): "closed",
    ("referred", "close"): "closed",
    ("answered", "close"): "closed",
    ("closed", "reopen"): "working",
    ("answered", "write_again"): "working",
    ("answered", "resolve"): "closed",
    ("answered", "end"): "closed",
}
STATE_WORDS: Final[Mapping[str, str]] = {
    "new": "新着",
    "working": "対応中",
    "referred": "照会中",
    "answered": "回答済",
    "closed": "終了",
}
ACT_WORDS: Final[Mapping[str, str]] = {
    "take": "窓口での対応",
    "refer": "担当課への照会",
    "draft": "回答案の保存",
    "answer": "回答",
    "close": "終了",
    "reopen": "再開",
    "write_again": "追加の相談",
    "resolve": "解決",
    "end": "終了",
}


def next_state(state: str, act: str) -> str:
    """The state that an act leads to. Raises ConflictError when the act is not possible in this state."""
    after = INQUIRY.get((state, act))
    if after is None:
        raise ConflictError(f"この相談はいま「{STATE_WORDS[state]}」なので、{ACT_WORDS[act]}はできません。")
    return after


def possible(state: str) -> frozenset[str]:
    """The acts that this state allows."""
    return frozenset(act for before, act in INQUIRY if before == state)


def may(
    actor: Actor,
    right: str,
    municipality: str,
    today: date,
    *,
    district: int | None,
    referred_to: str | None,
) -> bool:
    """Whether this person holds `right` for one inquiry, of this district (None: said none), referred there now."""
    others = [grant for grant in actor.grants if grant.role != "department"]
    if allowed(others, right, municipality, today, () if district is None else (district,)):
        return True
    mine = [grant for grant in actor.grants if grant.role == "department"]
    return referred_to in actor.departments(municipality, today) and allowed(mine, right, municipality, today)
