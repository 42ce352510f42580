"""The rules of a round table: its stages, the doors, to whom a matter goes, what a response needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.errors import ConflictError

KINDS: Final[Mapping[str, str]] = {
    "round_table": "円卓会議",
    "exchange": "意見交換会",
    "section": "部会",
    "board": "役員会",
}
STATES: Final[Mapping[str, str]] = {
    "planned": "準備中",
    "listening": "意見を募集中",
    "meeting": "会議と記録",
    "referring": "振り分け",
    "answering": "回答中",
    "reported": "報告済み",
    "followed_up": "その後を確認済み",
    "cancelled": "取りやめ",
}
ACTS: Final[Mapping[str, str]] = {
    "change": "変更",
    "listen": "募集の開始",
    "close": "募集の締切",
    "approve_record": "記録の承認",
    "approve_referrals": "振り分けの承認",
    "report": "報告",
    "follow_up": "その後の確認",
    "cancel": "取りやめ",
}
# `listen` and `close` are acts of time: the card is sent, the poll is closed.
STAGES: Final[Mapping[tuple[str, str], str]] = {
    ("planned", "change"): "planned",
    ("planned", "listen"): "listening",
    ("planned", "cancel"): "cancelled",
    ("listening", "close"): "meeting",
    ("listening", "cancel"): "cancelled",
    ("meeting", "approve_record"): "referring",
    ("meeting", "cancel"): "cancelled",
    ("referring", "approve_referrals"): "answering",
    ("answering", "report"): "reported",
    ("reported", "follow_up"): "followed_up",
}
FINAL: Final = frozenset({"followed_up", "cancelled"})

OTHER_DOORS: Final[Mapping[str, str]] = {"paper": "紙", "phone": "電話", "desk": "窓口", "meeting": "会場"}
DOORS: Final[Mapping[str, str]] = {**OTHER_DOORS, "line": "LINE"}
BODIES: Final[Mapping[str, str]] = {
    "centre": "センター・公民館",
    "council": "協議会",
    "association": "町内会・区",
    "department": "市の担当課",
    "other": "ほかの機関・団体",
}
# What a response may be; each city's wording replaces these (municipality.toml, response_words).
RESPONSES: Final[Mapping[str, str]] = {
    "done": "対応済",
    "will_do": "対応する",
    "partly": "一部対応",
    "studying": "検討中",
    "locally": "地域で取り組む",
    "cannot": "対応できない",
    "elsewhere": "他機関へ",
}
# With these kinds the answer alone is not enough: what else must be said.
REASON_NEEDED: Final[Mapping[str, str]] = {"cannot": "対応できない理由", "elsewhere": "どこへ伝えたか"}
OPEN_RESPONSES: Final = frozenset({"will_do", "partly", "studying", "locally"})  # carried over and followed up


def next_stage(state: str, act: str) -> str:
    """The stage that an act leads to. Raises ConflictError when it is not possible at this stage."""
    after = STAGES.get((state, act))
    if after is None:
        raise ConflictError(f"この会議はいま「{STATES[state]}」なので、{ACTS[act]}はできません。")
    return after


def possible(state: str) -> frozenset[str]:
    """The acts that this stage allows: what a page may offer."""
    return frozenset(act for before, act in STAGES if before == state)


def title_of_theme(theme: str) -> str:
    """The theme's first line: what the round is called in lists."""
    return theme.split("\n", 1)[0]
