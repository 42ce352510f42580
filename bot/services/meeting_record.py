"""What staff enter of a round: choices from paper, phone, desk and room; the record of the meeting, item by item.

All of it is set, not added: the same form sent twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.round_table_rules import OTHER_DOORS, STATES
from bot.core.tally import Shown, shown
from bot.errors import BadInputError, ConflictError
from bot.models import AgendaItem, DoorCount, RoundTable
from bot.services import audit, polls, round_tables
from bot.services.announcement_draft import lines
from bot.services.poll_form import one_line

MAX_ITEMS, MAX_TITLE, MAX_TEXT, MAX_NAME = 20, 80, 1000, 80
MOST_AT_A_DOOR = 9_999
ENTERABLE = ("listening", "meeting")


@dataclass(frozen=True)
class Item:
    """One item of the agenda as typed."""

    title: str
    said: str = ""
    decided: str = ""
    homework: str = ""
    in_charge: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Doors:
    """What may be seen of a question by door. LINE has its own tally; the other doors are shown as one.

    `numbers`: how many answered at each other door. `other`: their choices together, by the rule that holds for a
    poll (from 10 answers on). LINE's tally is published by itself, so that a sum of both would give the rest away
    while the rest alone is hidden: `together` is None then.
    """

    line: Shown | None
    numbers: Mapping[str, int]
    other: Shown
    together: tuple[int, ...] | None

    @property
    def total(self) -> int:
        """How many answers came in, by whatever door."""
        return (self.line.participants if self.line else 0) + sum(self.numbers.values())


def enter_counts(
    session: Session, row: RoundTable, actor: Actor, counts: Mapping[str, Sequence[int]], now: datetime
) -> None:
    """Set how many chose each choice at each door that is not LINE. Raises BadInputError, ConflictError."""
    round_tables.may(actor, "round_table.write", row, now)
    if row.state not in ENTERABLE:
        raise ConflictError(f"この会議はいま「{STATES[row.state]}」なので、回答の数は入れられません。")
    choices = len(round_tables.card_of(session, row).choices)
    if set(counts) - set(OTHER_DOORS) or any(len(values) != choices for values in counts.values()):
        raise BadInputError("設問が変わっています。もう一度開いて、入れ直してください。")
    if any(not 0 <= value <= MOST_AT_A_DOOR for values in counts.values() for value in values):
        raise BadInputError(f"人数は0から{MOST_AT_A_DOOR}までの数で入れてください。")
    session.execute(
        delete(DoorCount).where(DoorCount.round_table_id == row.id, DoorCount.municipality_id == row.municipality_id)
    )
    session.add_all(
        DoorCount(
            round_table_id=row.id, door=door, position=at, municipality_id=row.municipality_id, count=value
        )
        for door, values in counts.items()
        for at, value in enumerate(values)
        if value
    )  # fmt: skip
    audit.record(session, row.municipality_id, actor, "round_table.enter", f"round_table:{row.id}", now)


def counts_of(session: Session, row: RoundTable) -> dict[str, list[int]]:
    """What was entered, by door; for those who enter it, who have the papers before them."""
    choices = len(round_tables.card_of(session, row).choices)
    found = {door: [0] * choices for door in OTHER_DOORS}
    query = select(DoorCount).where(
        DoorCount.round_table_id == row.id, DoorCount.municipality_id == row.municipality_id
    )
    for one in session.scalars(query):
        if one.position < choices:
            found[one.door][one.position] = one.count
    return found


def doors(session: Session, row: RoundTable) -> Doors:
    """What may be shown to everybody."""
    card = round_tables.card_of(session, row)
    line = polls.result(card.poll, card.choices).shown if card.poll else None
    return _together(line, counts_of(session, row), open_=row.state in ("planned", "listening"))


def _together(line: Shown | None, entered: Mapping[str, Sequence[int]], *, open_: bool) -> Doors:
    sums = [sum(column) for column in zip(*entered.values(), strict=True)]
    numbers = {door: sum(values) for door, values in entered.items() if sum(values)}
    other = shown(sum(sums), sums, open_=open_)
    parts = [seen.counts for seen in (line, other) if seen is not None and seen.counts is not None]
    hidden = [seen for seen in (line, other) if seen is not None and seen.counts is None and seen.participants]
    both = tuple(sum(column) for column in zip(*parts, strict=True)) if len(parts) == 2 and not hidden else None
    return Doors(line, numbers, other, both)


def write_record(
    session: Session, row: RoundTable, actor: Actor, items: Sequence[Item], attendance: int | None, now: datetime
) -> None:
    """Set the record: items in their order and how many came. Until the chair has approved it."""
    round_tables.may(actor, "round_table.write", row, now)
    if row.state != "meeting":
        raise ConflictError(f"この会議はいま「{STATES[row.state]}」なので、記録は書けません。")
    kept = [_tidied(item) for item in items]
    problems = [problem for at, item in enumerate(kept, 1) for problem in _problems(at, item)]
    if len(kept) > MAX_ITEMS:
        problems.append(f"議題は{MAX_ITEMS}までです。")
    if attendance is not None and not 0 <= attendance <= MOST_AT_A_DOOR:
        problems.append("出席者数を数で入れてください。")
    if problems:
        raise BadInputError("".join(problems))
    session.execute(
        delete(AgendaItem).where(AgendaItem.round_table_id == row.id, AgendaItem.municipality_id == row.municipality_id)
    )
    session.add_all(
        AgendaItem(
            municipality_id=row.municipality_id, round_table_id=row.id, position=at, title=item.title, said=item.said,
            decided=item.decided, homework=item.homework, in_charge=item.in_charge, due_on=item.due_on,
        )
        for at, item in enumerate(kept, 1)
    )  # fmt: skip
    row.attendance = attendance
    session.flush()
    audit.record(session, row.municipality_id, actor, "round_table.record", f"round_table:{row.id}", now)


def record_of(session: Session, row: RoundTable) -> list[AgendaItem]:
    """The record, item by item."""
    query = select(AgendaItem).where(
        AgendaItem.round_table_id == row.id, AgendaItem.municipality_id == row.municipality_id
    )
    return list(session.scalars(query.order_by(AgendaItem.position)))


def approve_record(session: Session, row: RoundTable, actor: Actor, version: int, now: datetime) -> None:
    """The chair's yes to the record; matters are referred next. Raises BadInputError without a record."""
    round_tables.may(actor, "round_table.approve", row, now)
    if not record_of(session, row):
        raise BadInputError("記録がまだありません。議題を1つ以上書いてから、承認してください。")
    round_tables.move(
        session, row, "approve_record", version, record_approved_by=actor.id, record_approved_at=now
    )  # fmt: skip
    audit.record(session, row.municipality_id, actor, "round_table.approve_record", f"round_table:{row.id}", now)


def _tidied(item: Item) -> Item:
    return Item(
        one_line(item.title), lines(item.said), lines(item.decided), lines(item.homework), one_line(item.in_charge),
        item.due_on,
    )  # fmt: skip


def _problems(at: int, item: Item) -> list[str]:
    found = []
    if not 1 <= len(item.title) <= MAX_TITLE:
        found.append(f"{at}番目の議題の名前を、{MAX_TITLE}文字までで入れてください。")
    for label, text in (("出た意見", item.said), ("決まったこと", item.decided), ("宿題", item.homework)):
        if len(text) > MAX_TEXT:
            found.append(f"{at}番目の議題の「{label}」は{MAX_TEXT}文字までです(いま{len(text)}文字)。")
    if len(item.in_charge) > MAX_NAME:
        found.append(f"{at}番目の議題の担当は{MAX_NAME}文字までです。")
    return found
