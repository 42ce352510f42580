"""What may become of an announcement: every state, every act, and where it leads. Pure.

Not in the table means not possible; `next_state` says so in the words of the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import ConflictError


@dataclass(frozen=True)
class Course:
    """What may become of something: (state, act) -> the state it leads to, and how both are called."""

    what: str
    table: Mapping[tuple[str, str], str]
    state_words: Mapping[str, str]
    act_words: Mapping[str, str]

    def next_state(self, state: str, act: str) -> str:
        """The state that an act leads to. Raises ConflictError when the act is not possible in this state."""
        after = self.table.get((state, act))
        if after is None:
            now, asked = self.state_words[state], self.act_words[act]
            raise ConflictError(f"{self.what}はいま「{now}」なので、{asked}はできません。")
        return after

    def possible(self, state: str) -> frozenset[str]:
        """The acts that this state allows: what a page may offer as buttons."""
        return frozenset(act for before, act in self.table if before == state)


# Acts of people, then acts of time and of delivery (freeze, refuse, finish, stop).
ANNOUNCEMENT: Final[Mapping[tuple[str, str], str]] = {
    ("draft", "change"): "draft",
    ("returned", "change"): "draft",
    ("refused", "change"): "draft",
    ("submitted", "change"): "draft",  # what was changed is asked for anew
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "approve"): "scheduled",
    # Urgent, by a role named for it, without a second person: typed reason, audit, reported at once.
    ("draft", "emergency"): "scheduled",
    ("returned", "emergency"): "scheduled",
    ("submitted", "emergency"): "scheduled",
    ("submitted", "send_back"): "returned",
    ("scheduled", "send_back"): "returned",
    ("scheduled", "take_back"): "returned",  # before it goes out, by one press
    ("draft", "delete"): "deleted",
    ("returned", "delete"): "deleted",
    ("refused", "delete"): "deleted",
    ("submitted", "cancel"): "cancelled",
    ("scheduled", "cancel"): "cancelled",
    ("sending", "cancel"): "cancelled",  # batches that were never tried stay unsent
    ("scheduled", "freeze"): "sending",
    ("scheduled", "refuse"): "refused",  # its filter matched nobody
    ("sending", "stop"): "stopped",
    ("stopped", "resume"): "sending",  # there are new messages this month; or what LINE refused is put right
    ("sending", "finish"): "sent",
}
# The announcement is over: nothing leads out of these.
FINAL: Final = frozenset({"sent", "cancelled"})

STATE_WORDS: Final[Mapping[str, str]] = {
    "draft": "下書き",
    "submitted": "承認待ち",
    "returned": "差し戻し",
    "scheduled": "配信予約",
    "sending": "配信中",
    "sent": "配信済み",
    "stopped": "途中で停止",
    "cancelled": "取り消し",
    "refused": "配信できず",
}
ACT_WORDS: Final[Mapping[str, str]] = {
    "change": "変更",
    "submit": "承認の依頼",
    "approve": "承認",
    "emergency": "緊急の配信",
    "take_back": "承認の取り消し",
    "send_back": "差し戻し",
    "delete": "削除",
    "cancel": "取り消し",
    "freeze": "宛先の確定",
    "refuse": "配信の中止",
    "stop": "停止",
    "resume": "続きの配信",
    "finish": "終了",
}


COURSE: Final = Course("このお知らせ", ANNOUNCEMENT, STATE_WORDS, ACT_WORDS)
next_state, possible = COURSE.next_state, COURSE.possible


def right_to_change(state: str) -> str:
    """The right that rewriting it takes: what waits for approval then waits no more, which is no drafting."""
    return "announcement.submit" if state == "submitted" else "announcement.write"
