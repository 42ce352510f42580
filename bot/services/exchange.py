"""What other tools read: statements as Polis' comments.csv, statements and free answers as 広聴AI's input.

Only what has been let through goes out, and a statement's attributes only where five or more share them. The rest is
for who holds `export.all`, and each such export stands in the audit. Whole rows of votes (votes.csv,
participants-votes.csv) cannot be exported by anybody: they are kept nowhere (docs/decisions/0013-statements.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.round_table_rules import DOORS, title_of_theme
from bot.errors import NotAllowedError
from bot.models import District, Poll, RoundTable, Statement
from bot.now import jst
from bot.services import audit, poll_texts, polls, statements
from content.formats import polis
from content.formats.polis import Written
from content.formats.tables import Cell

LEAST: Final = 5  # attributes are told of so many statements alike, or not at all
UNREAD: Final = ("waiting", "refused")
_MODERATED: Final = {"waiting": 0, "refused": -1}
_STATES: Final = {"waiting": "まだ見せていない", "shown": "見せている", "hidden": "見せない"}


@dataclass(frozen=True)
class Table:
    """A file's header and rows; whoever writes it makes it safe for spreadsheets (content.formats.tables)."""

    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def polis_comments(session: Session, row: RoundTable, *, everything: bool = False) -> Table:
    """The statements of a round under Polis' headers, with counts where they may be shown."""
    said = _statements(session, row, everything)
    return Table(
        polis.COMMENTS,
        polis.comment_rows(
            Written(_id(one), one.text, _MODERATED.get(one.state, 1), one.seed, one.agree, one.disagree) for one in said
        ),
    )


def kouchou_statements(session: Session, row: RoundTable, *, everything: bool = False) -> Table:
    """The statements of a round as 広聴AI reads them: comment-id, comment-body, attribute_*."""
    said = _statements(session, row, everything)
    query = select(District.id, District.name).where(District.municipality_id == row.municipality_id)
    names = {place: name for place, name in session.execute(query)}  # noqa: C416  rows are no pairs to mypy
    alike = Counter((one.district_id, one.door) for one in said)
    theme = title_of_theme(row.theme)
    rows: list[tuple[Cell, ...]] = []
    for one in said:
        told = everything or alike[one.district_id, one.door] >= LEAST
        place, door = (names.get(one.district_id or 0, ""), DOORS.get(one.door, one.door)) if told else ("", "")
        rows.append((_id(one), one.text, place, door, theme))
    return Table(("comment-id", "comment-body", "attribute_地区", "attribute_入口", "attribute_テーマ"), rows)


def kouchou_texts(session: Session, poll: Poll, *, everything: bool = False) -> Table:
    """The free answers of a closed poll for 広聴AI, in an order that says nothing."""
    items = polls.items_of(session, poll)
    texts = poll_texts.listing(session, poll, None if everything else "shown")
    return Table(
        ("comment-id", "comment-body", "attribute_設問", "attribute_公開"),
        [
            (number, one.text, items[one.item].question if one.item < len(items) else "", _STATES[one.state])
            for number, one in enumerate(texts, 1)
        ],
    )


def note_all(session: Session, actor: Actor, target: Poll | RoundTable, rows: int, now: datetime) -> None:
    """Write down that somebody takes everything out. Raises NotAllowedError for who may not."""
    if not actor.may("export.all", target.municipality_id, jst(now).date()):
        raise NotAllowedError("まだ見せていないものまで書き出せるのは、市の担当と管理者だけです。")
    details = {"rows": rows}
    if isinstance(target, Poll):
        audit.record(session, target.municipality_id, actor, "poll.export", f"poll:{target.id}", now, details)
    else:
        named = f"round_table:{target.id}"
        audit.record(session, target.municipality_id, actor, "statement.export", named, now, details)


def _statements(session: Session, row: RoundTable, everything: bool) -> list[Statement]:
    found = statements.of_round(session, row.municipality_id, row.id)
    if everything:
        found = [*found, *statements.of_round(session, row.municipality_id, row.id, UNREAD)]
    return [one for one in found if one.text]


def _id(row: Statement) -> str:
    """Its number; of one that was never let through, its random id."""
    return str(row.number or row.id)
