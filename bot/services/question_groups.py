"""The staff's list as they read it: questions that ask the same together, and the entry that is to answer them.

Nothing here knows who asked. Of districts and languages only those are named from which a group was asked at
least five times (bot.core.small_numbers): a rare question and a small district might lead to a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import question_groups
from bot.core.knowledge import Knowledge
from bot.core.permissions import Actor
from bot.core.question_groups import Asked, Group
from bot.core.small_numbers import Cells, hide
from bot.errors import NotFoundError
from bot.models import District, Entry, QuestionAsker, UnansweredQuestion
from bot.now import jst
from bot.services import audit, entry_editing, unanswered
from content.packs_model import Entry as Content
from content.search import index
from content.search.same_words import unify

STATES: Final = ("open", "writing", "done")  # まだのもの, 記事にしているもの, 済んだもの
NEAREST: Final = 3
NEAR: Final = 0.3  # an entry less likely than this is no help to look at
LATELY: Final = 60  # questions that the first page groups
MAX_WORDINGS: Final = 12  # questions that a draft takes over


@dataclass(frozen=True)
class Shown:
    """A group as staff see it. `districts` (row ids; None = without one) and `languages` are small-number safe."""

    group: Group
    rows: tuple[UnansweredQuestion, ...]  # in the group's order
    districts: Cells[int | None]
    languages: Cells[str]
    since: datetime
    waiting: int  # people who will be told

    @property
    def leading(self) -> UnansweredQuestion:
        return self.rows[0]

    @property
    def entry_id(self) -> int | None:
        """The entry that is being written for it, or answers it."""
        return next((row.entry_id for row in self.rows if row.entry_id), None)


def listing(session: Session, municipality: str, actor: Actor, now: datetime, state: str = "open") -> list[Shown]:
    """The groups this person may see, those asked most first."""
    kept = "done" if state == "done" else "open"
    rows = [
        row
        for row in unanswered.listing(session, municipality, actor, now, kept)
        if state == "done" or (row.entry_id is not None) == (state == "writing")
    ]
    by_key = {row.id: row for row in rows}
    waiting = _waiting(session, municipality)
    found = question_groups.groups([Asked(row.id, row.text, row.count) for row in rows])
    return [_shown(group, [by_key[one.key] for one in group.questions], waiting) for group in found]


def lately(
    session: Session, municipality: str, actor: Actor, now: datetime, since: datetime
) -> list[tuple[str, Group]]:
    """What was asked since then, those asked most first, each with its state: words and numbers only."""
    asked = select(UnansweredQuestion).where(
        UnansweredQuestion.municipality_id == municipality, UnansweredQuestion.asked_at >= since
    )
    order = (UnansweredQuestion.count.desc(), UnansweredQuestion.id)
    rows = [row for row in session.scalars(asked.order_by(*order)) if unanswered.may_read(actor, row, now)][:LATELY]
    by_state: dict[str, list[Asked]] = {state: [] for state in STATES}
    for row in rows:
        state = "done" if row.state == "done" else "open" if row.entry_id is None else "writing"
        by_state[state].append(Asked(row.id, row.text, row.count))
    found = [(state, group) for state, mine in by_state.items() for group in question_groups.groups(mine)]
    return sorted(found, key=lambda one: -one[1].count)


def nearest(knowledge: Knowledge, group: Group, now: datetime) -> list[Content]:
    """The published entries that come nearest to a group: perhaps one of them only lacks this way of asking."""
    readable = {entry.id for entry in knowledge.readable(jst(now).date())}
    hits = knowledge.ranker.rank(index.query(unify(group.leading.text)), readable, count=NEAREST)
    return [knowledge.entries[hit.id] for hit in hits if hit.confidence >= NEAR]


def readable(
    session: Session, municipality: str, ids: Iterable[int], actor: Actor, now: datetime
) -> list[UnansweredQuestion]:
    """These questions, as far as this person may see them, in the order asked for. Raises NotFoundError for none."""
    found = [row for number in dict.fromkeys(ids) if (row := session.get(UnansweredQuestion, number)) is not None]
    seen = [row for row in found if row.municipality_id == municipality and unanswered.may_read(actor, row, now)]
    if not seen:
        raise NotFoundError("この質問は、もう一覧にありません。")
    return seen


def also(
    session: Session,
    municipality: str,
    ids: Iterable[int],
    rows: Sequence[UnansweredQuestion],
    actor: Actor,
    now: datetime,
) -> list[UnansweredQuestion]:
    """Those of `ids` that this person may see and that are not among `rows` yet; none is no error."""
    known = {row.id for row in rows}
    wanted = [number for number in ids if number not in known]
    try:
        return readable(session, municipality, wanted, actor, now)
    except NotFoundError:
        return []


def close(
    session: Session, rows: Sequence[UnansweredQuestion], actor: Actor, now: datetime, reason: str = "other"
) -> None:
    """Take whole groups off the list, for one of unanswered.REASONS."""
    for row in rows:
        unanswered.close(session, row.municipality_id, row.id, actor, now, reason)


def reopen(session: Session, rows: Sequence[UnansweredQuestion], actor: Actor, now: datetime) -> None:
    """They were taken off by mistake: on the list again."""
    for row in rows:
        unanswered.reopen(session, row.municipality_id, row.id, actor, now)


def draft(session: Session, rows: Sequence[UnansweredQuestion], actor: Actor, now: datetime) -> Entry:
    """An unpublished entry for these questions: their wordings in it, those who wait attached.

    A second click gives the draft of the first. Raises NotAllowedError.
    """
    municipality = rows[0].municipality_id
    begun = next((row.entry_id for row in rows if row.entry_id is not None), None)
    if begun is not None:
        return entry_editing.get(session, municipality, begun)
    wordings = tuple(dict.fromkeys(row.text for row in rows))[:MAX_WORDINGS]
    content = replace(
        entry_editing.blank(),
        title=rows[0].text.replace("\n", " ")[: entry_editing.MAX_TITLE],
        questions=tuple(text.replace("\n", " ")[: entry_editing.MAX_LINE] for text in wordings),
        districts=_districts_for(session, rows, actor, now),
    )
    entry = entry_editing.create(session, municipality, actor, content, now)
    attach(session, rows, entry, actor, now)
    return entry


def attach(session: Session, rows: Sequence[UnansweredQuestion], entry: Entry, actor: Actor, now: datetime) -> None:
    """Let this entry answer these questions: with its publishing they are done, and those who wait are told."""
    for row in rows:
        row.entry_id = entry.id
    entry_editing.answered(session, entry)
    audit.record(session, entry.municipality_id, actor, "question.attach", f"entry:{entry.id}", now)


def of_entry(session: Session, entry: Entry) -> tuple[int, int]:
    """How often the questions of an entry were asked, and how many people wait for it."""
    mine = (UnansweredQuestion.municipality_id == entry.municipality_id) & (UnansweredQuestion.entry_id == entry.id)
    asked = session.scalar(select(func.coalesce(func.sum(UnansweredQuestion.count), 0)).where(mine))
    waiting = session.scalar(
        select(func.count(func.distinct(QuestionAsker.resident_id)))
        .join(UnansweredQuestion, UnansweredQuestion.id == QuestionAsker.question_id)
        .where(mine)
    )
    return int(asked or 0), int(waiting or 0)


def _shown(group: Group, rows: Sequence[UnansweredQuestion], waiting: dict[int, int]) -> Shown:
    districts: Counter[int | None] = Counter()
    languages: Counter[str] = Counter()
    for row in rows:
        districts[row.district_id] += row.count
        languages[row.language] += row.count
    return Shown(
        group,
        tuple(rows),
        hide(districts),
        hide(languages),
        min(row.first_at or row.asked_at for row in rows),
        sum(waiting.get(row.id, 0) for row in rows),
    )


def _waiting(session: Session, municipality: str) -> dict[int, int]:
    query = select(QuestionAsker.question_id, func.count()).where(QuestionAsker.municipality_id == municipality)
    return dict(session.execute(query.group_by(QuestionAsker.question_id)).all())


def _districts_for(
    session: Session, rows: Sequence[UnansweredQuestion], actor: Actor, now: datetime
) -> tuple[str, ...]:
    """The whole city for who may write for it, else the districts of the questions."""
    municipality = rows[0].municipality_id
    if actor.may("entry.write", municipality, jst(now).date(), ()):
        return ()
    ids = {row.district_id for row in rows if row.district_id is not None}
    query = select(District.key).where(District.municipality_id == municipality, District.id.in_(ids))
    return tuple(session.scalars(query.order_by(District.position)))
