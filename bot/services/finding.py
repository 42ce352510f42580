"""Search over all a person may see: each kind by the rule of its own page, the newest first, a few of each.

What is sealed stays sealed: letters of inquiries are not opened to be searched (docs/decisions/0028-search.md); an
inquiry is found by its number, its subject and to whom it was referred.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.core import inquiry_rules, receipts
from bot.core.permissions import Actor
from bot.models import (
    Announcement,
    Circular,
    CircularItem,
    District,
    Entry,
    Inquiry,
    Matter,
    Municipality,
    Poll,
    RoundTable,
    Staff,
    Statement,
    UnansweredQuestion,
)
from bot.now import jst
from bot.services import circulars, round_tables, unanswered
from bot.services.announcement_lists import district_ids_of
from content.search import plain_find

SHOWN: Final = 5  # of a kind
READ: Final = 5000  # rows of a kind that are read at most, the newest
STATEMENTS: Final = ("approved", "waiting")

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Seeker:
    """Who looks, for which words (flat, see content.search.plain_find)."""

    municipality: str
    actor: Actor
    now: datetime
    words: tuple[str, ...]

    def may(self, right: str, districts: Sequence[int] | None = None) -> bool:
        return self.actor.may(right, self.municipality, jst(self.now).date(), districts)

    def has(self, *texts: str | None) -> bool:
        return plain_find.has(" ".join(one for one in texts if one), self.words)


@dataclass(frozen=True)
class Hit:
    """Something found. `page`: the row's page, as ("announcement", 12); `text`: what is read for the words around."""

    kind: str
    page: tuple[str, int]
    title: str
    text: str = ""
    note: str = ""
    districts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group:
    """What was found of a kind: a few, and how many there are."""

    kind: str
    hits: tuple[Hit, ...]
    total: int


def find(session: Session, seeker: Seeker, categories: dict[str, str]) -> list[Group]:
    """Everything with the words, by kind; nothing without words. `categories`: what inquiries' subjects are called."""
    if not seeker.words:
        return []
    found = []
    for source in SOURCES:
        hits = list(source(session, seeker))
        if hits:
            found.append(Group(hits[0].kind, tuple(hits[:SHOWN]), len(hits)))
    hits = list(_inquiries(session, seeker, categories))
    return [*found, Group("inquiry", tuple(hits[:SHOWN]), len(hits))] if hits else found


def _narrowed(seeker: Seeker, query: Select[*Columns], *columns: InstrumentedAttribute[Any]) -> Select[*Columns]:
    """Only rows that have the words' kanji somewhere: the rest is read no further."""
    for run in plain_find.kanji(seeker.words):
        query = query.where(or_(*(one.contains(run, autoescape=True) for one in columns)))
    return query.limit(READ)


def _announcements(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("announcement.read"):
        return
    row = Announcement
    query = select(row.id, row.title, row.sender, row.body, row.kind).where(row.municipality_id == seeker.municipality)
    rows = session.execute(_narrowed(seeker, query.order_by(row.id.desc()), row.title, row.sender, row.body)).all()
    found = [one for one in rows if seeker.has(one.title, one.sender, one.body)]
    places = district_ids_of(session, [one.id for one in found])
    for one in found:
        if seeker.may("announcement.read", places[one.id]):
            yield Hit("announcement", ("announcement", one.id), one.title, one.body, one.sender, places[one.id])


def _circulars(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("announcement.read"):
        return
    row = CircularItem
    query = (
        select(row, Circular)
        .join(Circular, Circular.id == row.circular_id)
        .where(row.municipality_id == seeker.municipality)
        .order_by(row.id.desc())
    )
    for item, issue in session.execute(_narrowed(seeker, query, row.title, row.sender, row.body)):
        place = (issue.district_id,)
        if seeker.has(item.title, item.sender, item.body) and seeker.may("announcement.read", place):
            note = f"回覧 {circulars.name(issue)}"
            yield Hit("circular", ("circular", issue.id), item.title, item.body, note, place)


def _polls(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("poll.read"):
        return
    query = (
        select(Poll.id, Poll.question, Announcement.id.label("told"), Announcement.title)
        .join(Announcement, Announcement.poll_id == Poll.id)
        .where(Poll.municipality_id == seeker.municipality)
        .order_by(Poll.id.desc())
    )
    rows = session.execute(_narrowed(seeker, query, Poll.question, Announcement.title)).all()
    found = [one for one in rows if seeker.has(one.question, one.title)]
    places = district_ids_of(session, [one.told for one in found])
    for one in found:
        if seeker.may("poll.read", places[one.told]):
            yield Hit("poll", ("poll", one.id), one.question, one.title, one.title, places[one.told])


def _round_tables(session: Session, seeker: Seeker) -> Iterator[Hit]:
    """Rounds by their theme and place, matters by what they are called."""
    if not seeker.may("round_table.read"):
        return
    query = select(RoundTable).where(RoundTable.municipality_id == seeker.municipality)
    rounds = session.scalars(query.order_by(RoundTable.id.desc())).all()
    mine = {row.id: row for row in rounds if seeker.may("round_table.read", (row.district_id,))}
    for row in mine.values():
        title = f"{round_tables.title(row)} {row.theme}"
        if seeker.has(title, row.place, row.answerer):
            yield Hit("round_table", ("round_table", row.id), title, row.place, "", (row.district_id,))
    of = Matter
    matters = select(of).where(of.municipality_id == seeker.municipality, of.round_table_id.in_(mine))
    for one in session.scalars(_narrowed(seeker, matters.order_by(of.id.desc()), of.title, of.summary)):
        if seeker.has(one.title, one.summary):
            row = mine[one.round_table_id]
            note = f"{round_tables.title(row)}のまとまり"
            yield Hit("round_table", ("round_table", row.id), one.title, one.summary, note, (row.district_id,))


def _entries(session: Session, seeker: Seeker) -> Iterator[Hit]:
    return (one for one in _knowledge(session, seeker) if one.kind == "entry")


def _activities(session: Session, seeker: Seeker) -> Iterator[Hit]:
    return (one for one in _knowledge(session, seeker) if one.kind == "activity")


def _organisations(session: Session, seeker: Seeker) -> Iterator[Hit]:
    return (one for one in _knowledge(session, seeker) if one.kind == "organisation")


def _knowledge(session: Session, seeker: Seeker) -> list[Hit]:
    """Entries of every kind, each once a search: what the bot knows is no secret of a district."""
    if not seeker.may("entry.read"):
        return []
    known: dict[Seeker, list[Hit]] = session.info.setdefault("finding", {})
    if seeker not in known:
        known[seeker] = list(_read_entries(session, seeker))
    return known[seeker]


def _read_entries(session: Session, seeker: Seeker) -> Iterator[Hit]:
    body, asked, keys = (Entry.data[name].as_string() for name in ("body", "questions", "keywords"))
    columns = (Entry.id, Entry.kind, Entry.title, Entry.published, body.label("body"), asked.label("asked"))
    query = select(*columns, keys.label("keys")).where(Entry.municipality_id == seeker.municipality)
    # Lists lie in the column as JSON wrote them, with escapes.
    for run in plain_find.kanji(seeker.words):
        plain, escaped = (Entry.title, body), (asked, keys)
        query = query.where(
            or_(
                *(one.contains(run, autoescape=True) for one in plain),
                *(one.contains(json.dumps(run)[1:-1], autoescape=True) for one in escaped),
            )
        )
    for one in session.execute(query.order_by(Entry.id.desc()).limit(READ)):
        lists = [word for text in (one.asked, one.keys) if text for word in json.loads(text)]
        if seeker.has(one.title, one.body, *lists):
            kind = one.kind if one.kind in ("activity", "organisation") else "entry"
            note = "" if one.published else "まだ出していません"
            yield Hit(kind, ("entry", one.id), one.title, one.body or "", note)


def _statements(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("statement.read"):
        return
    row = Statement
    query = select(row).where(row.municipality_id == seeker.municipality, row.state.in_(STATEMENTS))
    for one in session.scalars(_narrowed(seeker, query.order_by(row.number.desc()), row.text)):
        places = () if one.district_id is None else (one.district_id,)
        if seeker.has(one.text) and seeker.may("statement.read", places):
            note = "確認待ち" if one.state == "waiting" else ""
            yield Hit("statement", ("statement", one.id), one.text, "", note, places)


def _questions(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("question.read"):
        return
    row = UnansweredQuestion
    query = select(row).where(row.municipality_id == seeker.municipality, row.state == "open")
    for one in session.scalars(_narrowed(seeker, query.order_by(row.asked_at.desc()), row.text)):
        if seeker.has(one.text) and unanswered.may_read(seeker.actor, one, seeker.now):
            places = () if one.district_id is None else (one.district_id,)
            yield Hit("question", ("question", one.id), one.text, "", f"{one.count}回", places)


def _staff(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("staff.manage"):
        return
    rows = session.scalars(select(Staff).where(Staff.municipality_id == seeker.municipality).order_by(Staff.name))
    for one in rows:
        if seeker.has(one.name, one.email):
            yield Hit("staff", ("staff", one.id), one.name, "", one.email)


def _districts(session: Session, seeker: Seeker) -> Iterator[Hit]:
    if not seeker.may("district.read"):
        return
    query = select(District).where(District.municipality_id == seeker.municipality).order_by(District.position)
    for one in session.scalars(query):
        if seeker.has(one.name, one.kana):
            yield Hit("district", ("district", one.id), one.name, "", one.kana, (one.id,))


def _inquiries(session: Session, seeker: Seeker, categories: dict[str, str]) -> Iterator[Hit]:
    """By number (as it is said on the telephone), subject, or department; never by what stands in a letter."""
    if not seeker.may("inquiry.read"):
        return
    city = session.get_one(Municipality, seeker.municipality).name
    wanted = receipts.read("".join(seeker.words), city)
    query = select(Inquiry).where(Inquiry.municipality_id == seeker.municipality)
    if wanted is not None:
        query = query.where(Inquiry.id == wanted)
    today = jst(seeker.now).date()
    for row in session.scalars(query.order_by(Inquiry.id.desc()).limit(READ)):
        number, subject = receipts.number(city, row.id), categories.get(row.category, "")
        if not (wanted == row.id or seeker.has(number, subject, row.department)):
            continue
        if inquiry_rules.may(
            seeker.actor, "inquiry.read", seeker.municipality, today, district=row.district_id,
            referred_to=row.department,
        ):  # fmt: skip
            places = () if row.district_id is None else (row.district_id,)
            title = f"{number} {subject}"
            yield Hit("inquiry", ("inquiry", row.id), title, "", inquiry_rules.STATE_WORDS[row.state], places)


Source = Callable[[Session, Seeker], Iterator[Hit]]
SOURCES: Final[tuple[Source, ...]] = (
    _announcements, _circulars, _activities, _round_tables, _statements, _polls, _entries, _organisations, _questions,
    _districts, _staff,
)  # fmt: skip
