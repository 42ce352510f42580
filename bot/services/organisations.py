"""Organisations (団体) as staff keep them: listed by district, ended on a day, taken up again.

An organisation is an entry of its kind: drafts, versions, publishing and what a pack may not undo are those of entries
(bot.services.entry_editing). How it is reached is seen by who may write it; residents see what is marked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotFoundError
from bot.models import Entry
from bot.now import jst
from bot.services import entry_editing, entry_versions
from bot.services.entry_editing import content_of
from content import organisations

RIGHT: Final = "organisation.write"
VIEWS: Final = ("now", "ended", "draft")
Seen = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """A part of the list. `district`: a district's key, "" all; with one, those of the whole city come along."""

    district: str = ""
    words: str = ""
    view: str = "now"


@dataclass(frozen=True)
class Listed:
    """An organisation on the list; `extra` holds what this person may see of how it is reached."""

    row: Entry
    extra: dict[str, str]

    @property
    def kind(self) -> str:
        return self.extra.get(organisations.KIND, "")

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns that residents see."""
        return organisations.shown(self.extra)


def get(session: Session, municipality: str, organisation_id: int) -> Entry:
    """An organisation of this municipality. Raises NotFoundError."""
    row = session.get(Entry, organisation_id)
    if row is None or row.municipality_id != municipality or row.kind != "organisation":
        raise NotFoundError("その団体は見つかりません。")
    return row


def listing(session: Session, municipality: str, actor: Actor, wanted: Wanted, now: datetime) -> list[Listed]:
    """Those that there are ("now"), have ended, or are drafts; those of districts first, by kind, by name."""
    today, words = jst(now).date(), wanted.words.casefold().split()
    query = select(Entry).where(Entry.municipality_id == municipality, Entry.kind == "organisation")
    found = [
        Listed(row, seen_by(session, row, actor, now)(row.data).get("extra") or {})
        for row in session.scalars(query.order_by(Entry.title, Entry.id))
        if _view(row, today) == wanted.view and _of(row, wanted.district) and _holds(row, words)
    ]
    places = {kind: at for at, kind in enumerate(organisations.KINDS)}
    return sorted(found, key=lambda one: (not one.row.data.get("districts"), places.get(one.kind, len(places))))


def counts(session: Session, municipality: str, now: datetime) -> dict[str, int]:
    """How many each view has."""
    today = jst(now).date()
    query = select(Entry).where(Entry.municipality_id == municipality, Entry.kind == "organisation")
    views = [_view(row, today) for row in session.scalars(query)]
    return {view: views.count(view) for view in VIEWS}


def sees_contact(session: Session, row: Entry, actor: Actor, now: datetime) -> bool:
    """Whether this person may know how an organisation is reached: who writes it, of one of the whole city anybody
    who writes some.
    """
    if row.data.get("districts"):
        return entry_editing.may(session, row, actor, "entry.write", now)
    return actor.may(RIGHT, row.municipality_id, jst(now).date())


def seen_by(session: Session, row: Entry, actor: Actor, now: datetime) -> Seen:
    """What makes an entry's data, of any of its versions, what this person may see of it."""
    if row.kind != "organisation" or sees_contact(session, row, actor, now):
        return lambda data: data
    return organisations.without_contact


def has_ended(row: Entry, today: date) -> bool:
    """Whether its last day is over: the bot no longer names it."""
    return row.valid_to is not None and row.valid_to < today


def end(session: Session, row: Entry, actor: Actor, last_day: date, version: int, now: datetime) -> bool:
    """It is no more after `last_day`; answers and pages leave it out from the day after. `restore` undoes it.

    Raises as bot.services.entry_editing.change, and BadInputError for a day before its first.
    """
    if row.valid_from and last_day < row.valid_from:
        raise BadInputError("最後の日が、始まりの日より前です。最後の日を直してください。")
    content = replace(content_of(row), valid_to=last_day)
    return entry_editing.change(session, row, actor, content, version, now)


def restore(session: Session, row: Entry, actor: Actor, version: int, now: datetime) -> bool:
    """It is there after all, until the last day it had before (none, when that is over too)."""
    today = jst(now).date()
    days = (one.data.get("valid_to") for one in entry_versions.listed(session, row))
    before = next((date.fromisoformat(day) if day else None for day in days if not day or day >= str(today)), None)
    content = replace(content_of(row), valid_to=before)
    return entry_editing.change(session, row, actor, content, version, now)


def _view(row: Entry, today: date) -> str:
    if has_ended(row, today):
        return "ended"
    return "now" if row.published else "draft"


def _of(row: Entry, district: str) -> bool:
    return not district or district in (row.data.get("districts") or [district])


def _holds(row: Entry, words: Iterable[str]) -> bool:
    text = f"{row.title} {row.data.get('body', '')} {(row.data.get('extra') or {}).get('名称_カナ', '')}".casefold()
    return all(word in text for word in words)
