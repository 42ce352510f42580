"""What a round's votes on others' words came to, as everybody may see it: page, file, sheet and public page ask here.

The lists are made of the stored tallies (from ten answers on); groups are what bot.services.opinion_analysis kept.
While votes are open there is participation only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from bot.core.opinion_statistics import Tallies, sort_out, wilson
from bot.core.tally import SHOWN_FROM
from bot.models import RoundTable, Statement
from bot.services import listening, statements

NOT_CLEAR = "グループの違いははっきりしません。"
FAILED = "グループを調べる計算ができませんでした。声ごとの数は、そのまま使えます。"
LISTS = {"agreed": "一致", "split": "対立", "unsure": "わからない"}
MEANINGS = {
    "agreed": "6割以上が同じ答えの声",
    "split": "賛成も反対も3割以上の声",
    "unsure": "わからない・パスが4割以上の声",
    "other": "どれにも当たらない声",
}
NAMES = "ABCDE"
ON_SHEET = 3


@dataclass(frozen=True)
class Stand:
    """How a statement stands: people who agreed, disagreed and passed."""

    number: int
    text: str
    agree: int
    disagree: int
    passed: int

    @property
    def seen(self) -> int:
        """How many answered it."""
        return self.agree + self.disagree + self.passed

    def percent(self, people: int) -> int:
        """Whole percent of those who answered it."""
        return round(100 * people / self.seen)

    def interval(self, people: int) -> tuple[int, int]:
        """Wilson's 95 % interval in whole percent."""
        low, high = wilson(people, self.seen)
        return round(100 * low), round(100 * high)

    @property
    def words(self) -> str:
        """「…」 賛成 12人、反対 3人、わからない・パス 1人(n=16)."""
        passed = f"わからない・パス {self.passed}人(n={self.seen})"
        return f"「{self.text}」 賛成 {self.agree}人、反対 {self.disagree}人、{passed}"


@dataclass(frozen=True)
class Group:
    """People who answered alike: about how many, where they stand, and what marks them off in words."""

    name: str
    size: int
    x: float
    y: float
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Opinions:
    """All of it. `state`: `open` (or `closing`), `closed`, `lost`; `few`: statements with fewer than ten answers."""

    state: str
    voters: int
    lists: Mapping[str, tuple[Stand, ...]]
    few: int = 0
    groups: tuple[Group, ...] = ()
    common: tuple[str, ...] = ()
    failed: bool = False

    @property
    def stands(self) -> tuple[Stand, ...]:
        """Every statement that has a tally, list by list."""
        return tuple(stand for found in self.lists.values() for stand in found)

    @property
    def groups_words(self) -> str:
        """One sentence about groups."""
        if self.failed:
            return FAILED
        if not self.groups:
            return NOT_CLEAR
        sizes = "、".join(f"{one.name} 約{one.size}人" for one in self.groups)
        return f"答え方の似た人のグループが{len(self.groups)}つ見えます({sizes})。"


def of_round(session: Session, row: RoundTable) -> Opinions | None:
    """What may be seen of a round's votes; None where nobody has voted (or could)."""
    held = listening.find(session, row.municipality_id, row.id)
    if held is None or held.votes_state == "none":
        return None
    if held.votes_state != "closed":
        return Opinions(held.votes_state, held.voters, {})
    shown = statements.of_round(session, row.municipality_id, row.id)
    counted = [one for one in shown if one.agree is not None]
    texts = {one.id: one.text for one in shown}
    kept = held.groups or {}
    return Opinions(
        held.votes_state,
        held.voters,
        _lists([_stand(one) for one in counted]),
        len(shown) - len(counted),
        tuple(_group(at, one, texts) for at, one in enumerate(kept.get("groups") or ())),
        tuple(texts[one] for one in kept.get("common") or () if one in texts),
        bool(kept.get("failed")),
    )


def for_sheet(session: Session, row: RoundTable) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The meeting's sheet: the three strongest of each list, and a sentence on groups; () before the close."""
    seen = of_round(session, row)
    if seen is None or seen.state != "closed":
        return ()
    if not seen.stands:
        return ((f"n={seen.voters}", (f"どの声も{SHOWN_FROM}人に届きませんでした。{SHOWN_FROM}人から数を出します。",)),)
    lists = [(name, tuple(one.words for one in seen.lists[key][:ON_SHEET])) for key, name in LISTS.items()]
    about = (seen.groups_words, *(f"グループ{one.name}: {'、'.join(one.marks)}" for one in seen.groups if one.marks))
    return (*((name, found) for name, found in lists if found), ("グループ", about))


def _stand(one: Statement) -> Stand:
    return Stand(one.number or 0, one.text, one.agree or 0, one.disagree or 0, one.passed or 0)


def _lists(stands: Sequence[Stand]) -> dict[str, tuple[Stand, ...]]:
    """agreed, split, unsure, and `other` for what is none of them."""
    if not stands:
        return dict.fromkeys((*LISTS, "other"), ())
    agree, disagree, seen = (
        np.array([[getattr(one, name) for one in stands]], dtype=np.int64) for name in ("agree", "disagree", "seen")
    )
    found = sort_out(Tallies(agree, disagree, seen))
    places = {"agreed": found.agreed, "split": found.split, "unsure": found.unsure}
    listed = {at for chosen in places.values() for at in chosen}
    places["other"] = tuple(at for at in range(len(stands)) if at not in listed)
    return {key: tuple(stands[at] for at in chosen) for key, chosen in places.items()}


def _group(at: int, kept: Mapping[str, Any], texts: Mapping[int, str]) -> Group:
    marks = tuple(
        f"「{texts[one['id']]}」に{'賛成' if one['agrees'] else '反対'}の人が多い"
        for one in kept["marks"]
        if one["id"] in texts
    )
    return Group(NAMES[at], kept["size"], kept["x"], kept["y"], marks)
