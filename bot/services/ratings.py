"""見つけやすかった / わかりやすかった / 参考になった: how entries are rated, in numbers only.

A rating has no person, no time and no place; with fewer than ten answers to a question only their number is shown
(the rule of a poll's tally, bot.core.tally).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.tally import SHOWN_FROM
from bot.models import Entry, EntryRating, Resident
from bot.models.entry import RATED
from bot.now import jst

STEPS: Final = (3, 2, 1)  # はい, どちらともいえない, いいえ
# What to do about an entry, by the question it does worst in.
ADVICE: Final = {
    "found": "見つけにくいようです。聞き方の例と、さがす言葉を足してください。",
    "clear": "分かりにくいようです。答えを先に書き、文を短くし、やさしい日本語の版を足してください。",
    "useful": "知りたいことと違うようです。答えられなかった質問を見て、足りないことを書き足してください。",
}
WELL_FROM: Final = 70  # no advice from this score on


@dataclass(frozen=True)
class Score:
    """One question's answers: how many, and their mean from 0 (all いいえ) to 100 (all はい), None under ten."""

    answers: int
    value: int | None


@dataclass(frozen=True)
class Rated:
    """An entry's scores by question; `worst` is the question to begin with, None when all is well or too few said."""

    entry: Entry
    scores: dict[str, Score]

    @property
    def worst(self) -> str | None:
        known = {name: score.value for name, score in self.scores.items() if score.value is not None}
        low = min(known, key=lambda name: known[name], default=None)
        return low if low is not None and known[low] < WELL_FROM else None

    @property
    def lowest(self) -> int | None:
        """The lowest score that may be shown."""
        return min((score.value for score in self.scores.values() if score.value is not None), default=None)

    @property
    def advice(self) -> str:
        return ADVICE[self.worst] if self.worst else ""


def count(session: Session, municipality: str, key: str, given: dict[str, int]) -> bool:
    """Count one person's steps for an entry; False when it is not published. What is no step is left out."""
    entry = session.scalar(select(Entry).where(Entry.municipality_id == municipality, Entry.key == key))
    if entry is None or not entry.published:
        return False
    for question, value in given.items():
        if question not in RATED or value not in STEPS:
            continue
        step = {"entry_id": entry.id, "question": question, "value": value, "municipality_id": municipality}
        same = [getattr(EntryRating, name) == wanted for name, wanted in step.items()]
        more = session.execute(update(EntryRating).where(*same).values(count=EntryRating.count + 1))
        if not more.rowcount:  # type: ignore[attr-defined]
            session.add(EntryRating(**step, count=1))
            session.flush()
    return True


def worst_first(session: Session, municipality: str) -> list[Rated]:
    """Every entry that was rated: those with scores, the lowest first, then the others by their titles."""
    rows = session.scalars(select(EntryRating).where(EntryRating.municipality_id == municipality)).all()
    ids = {row.entry_id for row in rows}
    entries = session.scalars(select(Entry).where(Entry.municipality_id == municipality, Entry.id.in_(ids))).all()
    found = [Rated(entry, _scores([row for row in rows if row.entry_id == entry.id])) for entry in entries]
    return sorted(found, key=lambda one: (one.lowest is None, one.lowest or 0, one.entry.title))


def of_entry(session: Session, entry: Entry) -> dict[str, Score]:
    """One entry's scores."""
    mine = (EntryRating.municipality_id == entry.municipality_id) & (EntryRating.entry_id == entry.id)
    return _scores(list(session.scalars(select(EntryRating).where(mine))))


def together(session: Session, municipality: str, entry_ids: Collection[int]) -> dict[str, Score]:
    """The scores of several entries as if they were one."""
    mine = (EntryRating.municipality_id == municipality) & EntryRating.entry_id.in_(entry_ids)
    return _scores(list(session.scalars(select(EntryRating).where(mine))))


def may_ask(resident: Resident | None, now: datetime) -> bool:
    """Whether this person was not asked in this month yet."""
    return resident is not None and resident.rating_asked != month_of(now)


def month_of(now: datetime) -> str:
    """`2026-11`, by the calendar in Japan."""
    return f"{jst(now):%Y-%m}"


def _scores(rows: list[EntryRating]) -> dict[str, Score]:
    found = {}
    for question in RATED:
        mine = [row for row in rows if row.question == question]
        answers = sum(row.count for row in mine)
        value = None
        if answers >= SHOWN_FROM:
            value = round(100 * sum((row.value - 1) * row.count for row in mine) / (2 * answers))
        found[question] = Score(answers, value)
    return found
