"""The inbox of inquiries as one person sees it: filtered, ordered, with the next and the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import request
from sqlalchemy.orm import Session

from bot.core.inquiry_rules import CATEGORIES, OWED, STATES
from bot.models import Inquiry
from bot.now import jst
from bot.services import desk_team, inquiries, inquiry_desk
from bot.services.inquiry_desk import Wanted
from handlers.console import show
from handlers.console.access import context, now, person

GROUPS: Final = {"owed": ("返事を待っているもの", OWED)} | {
    state: (word, (state,)) for state, (word, _look) in show.INQUIRY_STATES.items()
}
SORTS: Final = {"waiting": "長く待っている順", "due": "期限の近い順", "newest": "新しい順"}
WHOSE: Final = {"": "すべて", "mine": "自分の担当", "nobody": "担当なし"}
PAGE_FIELDS: Final = ("group", "district", "category", "whose", "sort")


@dataclass(frozen=True)
class Inbox:
    """The rows that were asked for, in their order, with what their lines say. `due`: by when to answer each."""

    rows: list[Inquiry]
    counts: Mapping[str, int]
    numbers: Mapping[int, str]
    assigned: Mapping[int, tuple[int, str]]
    due: Mapping[int, date]
    chosen: Mapping[str, str]  # the filter, as the page's address has it

    def beside(self, inquiry_id: int) -> tuple[int | None, int | None]:
        """The ids before and after one; (None, first) for one that is not among them."""
        ids = [row.id for row in self.rows]
        if inquiry_id not in ids:
            return None, ids[0] if ids else None
        at = ids.index(inquiry_id)
        return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)

    @property
    def late(self) -> set[int]:
        """Those whose day has passed."""
        today = person().today
        return {row.id for row in self.rows if row.state in OWED and self.due[row.id] < today}


def read(db: Session, municipality: str) -> Inbox:
    """The list of this request's address. What stands there wrongly is left out."""
    chosen = _chosen()
    district = int(chosen["district"]) if "district" in chosen else None
    wanted = Wanted(STATES, district, chosen.get("category", ""))
    every = inquiry_desk.listing(db, municipality, person().actor, now(), wanted)
    assigned = desk_team.assigned(db, municipality)
    every = [row for row in every if _is_whose(row, chosen.get("whose", ""), assigned)]
    counts = Counter(row.state for row in every)
    group = chosen.get("group", "owed")
    due = {row.id: due_day(row) for row in every}
    rows = [row for row in every if row.state in GROUPS[group][1]]
    return Inbox(
        _ordered(rows, chosen.get("sort", "newest" if group in {"answered", "closed"} else "waiting"), due),
        {name: sum(counts[state] for state in states) for name, (_, states) in GROUPS.items()},
        {row.id: inquiries.number(db, row) for row in rows},
        assigned,
        due,
        chosen,
    )


def due_day(row: Inquiry) -> date:
    """By when it is to be answered: what was promised to the person, or asked of a department if that is earlier."""
    promised = jst(row.waiting_since).date() + timedelta(days=context().settings.inquiry_promise_days)
    return min(promised, row.due) if row.due and row.state == "referred" else promised


def _chosen() -> dict[str, str]:
    known = {"group": GROUPS, "category": CATEGORIES, "whose": WHOSE, "sort": SORTS}
    found = {name: value for name in PAGE_FIELDS if (value := request.args.get(name, "").strip())}
    return {
        name: value
        for name, value in found.items()
        if value in known.get(name, ()) or (name == "district" and value.isascii() and value.isdigit())
    }


def _is_whose(row: Inquiry, whose: str, assigned: Mapping[int, tuple[int, str]]) -> bool:
    staff_id = assigned.get(row.id, (None, ""))[0]
    return not whose or staff_id == (person().staff.id if whose == "mine" else None)


def _ordered(rows: list[Inquiry], sort: str, due: Mapping[int, date]) -> list[Inquiry]:
    if sort == "due":
        return sorted(rows, key=lambda row: (due[row.id], row.waiting_since, row.id))
    return rows if sort == "waiting" else sorted(rows, key=lambda row: row.id, reverse=True)
