"""Neighbourhood associations (町内会・区) of a district: the 部数表, kept from issue to issue, and an issue's paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Circular, CircularPaper, District, NeighbourhoodAssociation, RoleHolder
from bot.models.circular import PAPERS
from bot.services import audit, circulars
from bot.services.circulars import need
from content.formats import tables

MOST, MAX_NAME, MAX_COPIES = 200, 40, 9999
PAPER_WORDS: Final = {"distributed": "配った", "none": "なし"}
HEADER: Final = ("地区", "町内会・区", "部数", "紙")


@dataclass(frozen=True)
class Line:
    """One row of the table as typed. `id` None: a new one; `was` is (name, copies) as the page had them."""

    id: int | None
    name: str
    copies: int
    was: tuple[str, int] | None = None
    removed: bool = False


@dataclass(frozen=True)
class Paper:
    """An association's paper in one issue; `state` None: not marked yet."""

    association: NeighbourhoodAssociation
    copies: int
    state: str | None


def listing(session: Session, municipality: str, district_id: int) -> Sequence[NeighbourhoodAssociation]:
    """A district's associations in their own order."""
    of = NeighbourhoodAssociation
    mine = (of.municipality_id == municipality, of.district_id == district_id)
    return session.scalars(select(of).where(*mine).order_by(of.position, of.id)).all()


def get(session: Session, municipality: str, association_id: int) -> NeighbourhoodAssociation:
    """One association. Raises NotFoundError for anyone else's."""
    row = session.get(NeighbourhoodAssociation, association_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その町内会・区は、一覧にありません。")
    return row


def save(
    session: Session, municipality: str, actor: Actor, district_id: int, wanted: Sequence[Line], now: datetime
) -> int:
    """Write the table: changed, renamed, new and removed rows. Returns how many changed.

    A renamed association keeps its copies, its marks and the posts that are held for it. Raises BadInputError, and
    ConflictError naming the row that somebody else changed meanwhile.
    """
    need(actor, "circular.manage", municipality, district_id, now)
    there = {row.id: row for row in listing(session, municipality, district_id)}
    _check(wanted, there)
    changed = 0
    for at, line in enumerate(wanted, 1):
        row = there.get(line.id) if line.id is not None else None
        if row is None:
            session.add(
                NeighbourhoodAssociation(
                    municipality_id=municipality, district_id=district_id, name=line.name, copies=line.copies,
                    position=len(there) + at,
                )
            )  # fmt: skip
            changed += 1
        elif line.removed:
            session.delete(row)
            changed += 1
        elif (row.name, row.copies) != (line.name, line.copies):
            _rename(session, row, line.name)
            row.copies = line.copies
            changed += 1
    session.flush()
    if changed:
        audit.record(
            session, municipality, actor, "association.save", f"district:{district_id}", now, {"changed": changed}
        )
    return changed


def papers(session: Session, row: Circular) -> list[Paper]:
    """The print order of one issue: every association, its copies, whether the paper was distributed.

    What was marked keeps the copies of then.
    """
    marked = {
        one.association_id: one
        for one in session.scalars(select(CircularPaper).where(CircularPaper.circular_id == row.id))
    }
    found = []
    for association in listing(session, row.municipality_id, row.district_id):
        mark = marked.get(association.id)
        copies = mark.copies if mark is not None else association.copies
        found.append(Paper(association, copies, mark.state if mark is not None else None))
    return found


def mark(session: Session, row: Circular, actor: Actor, marks: Mapping[int, str], now: datetime) -> int:
    """Mark papers 配った or なし by association; "" takes the mark away. Returns how many changed."""
    need(actor, "circular.manage", row.municipality_id, row.district_id, now)
    mine = {one.id: one for one in listing(session, row.municipality_id, row.district_id)}
    changed = 0
    for association_id, state in marks.items():
        if association_id not in mine or state not in (*PAPERS, ""):
            raise BadInputError("「配った」か「なし」を選んでください。")
        there = session.get(CircularPaper, (row.id, association_id))
        if (there.state if there is not None else "") == state:
            continue
        changed += 1
        if there is None:
            there = CircularPaper(
                circular_id=row.id, association_id=association_id, municipality_id=row.municipality_id,
                copies=mine[association_id].copies, state=state,
            )  # fmt: skip
            session.add(there)
        elif state:
            there.state = state
        else:
            session.delete(there)
    session.flush()
    return changed


def csv(session: Session, row: Circular) -> bytes:
    """The print order as CSV for the printer: UTF-8 with BOM, sums in the last row."""
    district = session.get_one(District, row.district_id).name
    found = papers(session, row)
    rows = [(district, one.association.name, one.copies, PAPER_WORDS.get(one.state or "", "")) for one in found]
    total = sum(one.copies for one in found)
    return tables.to_csv(
        (*HEADER, circulars.name(row)), [(*one, "") for one in rows] + [(district, "合計", total, "", "")]
    )


def _check(wanted: Sequence[Line], there: Mapping[int, NeighbourhoodAssociation]) -> None:
    kept = [line for line in wanted if not line.removed]
    names = [line.name for line in kept] + [
        row.name for row in there.values() if row.id not in {line.id for line in wanted}
    ]
    if len(names) > MOST:
        raise BadInputError(f"1つの地区に登録できる町内会・区は{MOST}までです。")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise BadInputError(f"同じ名前が2つあります: {'・'.join(sorted(twice))}")
    for line in kept:
        if not 1 <= len(line.name) <= MAX_NAME or not 0 <= line.copies <= MAX_COPIES:
            raise BadInputError(
                f"「{line.name[:MAX_NAME]}」: 名前は{MAX_NAME}文字まで、部数は0から{MAX_COPIES}までです。"
            )
    for line in wanted:
        row = there.get(line.id) if line.id is not None else None
        if line.id is not None and row is None:
            raise ConflictError(f"「{line.name}」は、ほかの人が消しました。いまの表を確かめてください。")
        if (
            row is not None
            and line.was is not None
            and (row.name, row.copies) not in (line.was, (line.name, line.copies))
        ):
            raise ConflictError(
                f"「{row.name}」は、ほかの人が変えました(いま{row.copies}部)。もう一度確かめてください。"
            )


def _rename(session: Session, row: NeighbourhoodAssociation, name: str) -> None:
    """Posts are held for an association by its row; the name that filters compare goes along."""
    if row.name == name:
        return
    row.name = name
    session.execute(
        update(RoleHolder)
        .where(RoleHolder.municipality_id == row.municipality_id, RoleHolder.association_id == row.id)
        .values(neighbourhood=name)
    )
