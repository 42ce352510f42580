"""The ledger: who was fixed as a recipient of which announcement, asked and forgotten.

Who got it at its time stands 500 a row (LedgerSheet), who gets it with a digest in an own row (DigestRecipient).
bot.services.freezing writes both; digests are told by bot.services.digests. Queries here give resident ids, for IN.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from bot.models import DigestRecipient, LedgerSheet, Resident
from bot.models.columns import ID
from bot.services.pages import AFTER, UP_TO, on_page

AnySelect = Select[*tuple[Any, ...]]


_KIND = 0x6C6564  # of PostgreSQL's advisory locks: this one's
_HOLD = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:municipality))")


class _Each(FunctionElement[Any]):
    """The values of a JSON array as rows (`value`)."""

    name = "each"
    inherit_cache = True


@compiles(_Each)
def _each_sqlite(element: _Each, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Each, "postgresql")
def _each_postgresql(element: _Each, compiler: Any, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def hold(session: Session, municipality: str) -> None:
    """Until this transaction ends nobody else freezes or erases in this municipality: ask before the first row.

    On PostgreSQL somebody erased while a send is frozen would stay in it, and two erasures of people who stand on the
    same sheets could wait for each other. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(_HOLD, {"kind": _KIND, "municipality": municipality})


def recipients(municipality: str, announcement_id: int, *, paged: bool = False) -> CompoundSelect[int]:
    """Everybody it was fixed for. `paged` (here as below): as far as the page goes that is given with the query."""
    sheet, digest = LedgerSheet, DigestRecipient
    at_once = _at_once(sheet.municipality_id == municipality, sheet.announcement_id == announcement_id)
    later = (digest.municipality_id == municipality, digest.announcement_id == announcement_id)
    return union_all(*_narrowed(at_once, select(digest.resident_id).where(*later), paged=paged))


def told_since(municipality: str, since: datetime, *, paged: bool = False) -> tuple[Select[int], Select[int]]:
    """Who was told anything after that, at once or with a digest (which counts from when it was fixed)."""
    sheet, digest = LedgerSheet, DigestRecipient
    later = (digest.municipality_id == municipality, func.coalesce(digest.told_at, digest.frozen_at) > since)
    at_once = _at_once(sheet.municipality_id == municipality, sheet.frozen_at > since)
    return _narrowed(at_once, select(digest.resident_id).where(*later), paged=paged)


def had(municipality: str, announcement_ids: Collection[int], least: int, *, paged: bool = False) -> Select[int]:
    """Who was told of these at least so many times: each at once by itself, a digest once whatever was in it."""
    sheet, digest = LedgerSheet, DigestRecipient
    now = _at_once(sheet.municipality_id == municipality, sheet.announcement_id.in_(announcement_ids))
    never = cast(null(), DigestRecipient.__table__.c.told_at.type)
    later = select(digest.resident_id, literal(0), digest.told_at).where(
        digest.municipality_id == municipality, digest.announcement_id.in_(announcement_ids)
    )
    now, later = _narrowed(now, later, paged=paged)
    got = union_all(now.add_columns(literal(1).label("pushes"), never.label("told_at")), later).subquery()
    pushes = func.sum(got.c.pushes) + func.count(got.c.told_at.distinct())
    return select(got.c.resident_id).group_by(got.c.resident_id).having(pushes >= least)


def is_kept(session: Session, municipality: str, announcement_id: int) -> bool:
    """Whether it is still known who got it (retention erases that)."""
    return session.scalar(recipients(municipality, announcement_id).limit(1)) is not None


def told(session: Session, resident: Resident, since: datetime, until: datetime) -> list[int]:
    """Announcements this resident was told after `since`, up to `until`."""
    digest = DigestRecipient
    at = func.coalesce(digest.told_at, digest.frozen_at)
    later = select(digest.announcement_id).where(
        digest.resident_id == resident.id, digest.municipality_id == resident.municipality_id, at > since, at <= until
    )
    lately = (LedgerSheet.frozen_at > since, LedgerSheet.frozen_at <= until)
    return [sheet.announcement_id for sheet in _sheets_of(session, resident, *lately)] + list(session.scalars(later))


def told_at_once(session: Session, resident: Resident) -> list[LedgerSheet]:
    """The sheets this resident stands on; they hold other people too."""
    return _sheets_of(session, resident)


def forget(session: Session, resident: Resident) -> None:
    """Take an erased resident out."""
    for sheet in _sheets_of(session, resident, lock=True):
        left = [one for one in json.loads(sheet.resident_ids) if one != resident.id]
        if left:
            sheet.resident_ids = json.dumps(left)
        else:
            session.delete(sheet)
    digest = DigestRecipient
    mine = (digest.municipality_id == resident.municipality_id, digest.resident_id == resident.id)
    session.execute(delete(digest).where(*mine).execution_options(synchronize_session=False))
    session.flush()


def erase(session: Session, announcement_id: int) -> int:
    """Nobody stands in the ledger of this announcement any more; returns how many did."""
    sheet, digest = LedgerSheet, DigestRecipient
    people = _at_once(sheet.announcement_id == announcement_id).subquery()
    gone = session.scalar(select(func.count()).select_from(people)) or 0
    session.execute(delete(sheet).where(sheet.announcement_id == announcement_id))
    result: Any = session.execute(delete(digest).where(digest.announcement_id == announcement_id))
    return gone + int(result.rowcount)


def _narrowed(at_once: AnySelect, later: AnySelect, *, paged: bool) -> tuple[Any, Any]:
    """To the sheets that hold somebody on the page, and the digests of those on it."""
    if not paged:
        return at_once, later
    sheets = at_once.where(LedgerSheet.first_id <= UP_TO, LedgerSheet.last_id > AFTER)
    return sheets, later.where(on_page(DigestRecipient.resident_id))


def _at_once(*of: ColumnElement[bool]) -> Select[int]:
    """Resident ids on these sheets."""
    each = _Each(LedgerSheet.resident_ids).table_valued("value", joins_implicitly=True)
    resident_id = cast(each.c.value, ID).label("resident_id")
    return select(resident_id).select_from(LedgerSheet).join(each, true()).where(*of)


def _sheets_of(
    session: Session, resident: Resident, *also: ColumnElement[bool], lock: bool = False
) -> list[LedgerSheet]:
    sheet = LedgerSheet
    between = and_(sheet.first_id <= resident.id, sheet.last_id >= resident.id)
    query = select(sheet).where(sheet.municipality_id == resident.municipality_id, between, *also).order_by(sheet.id)
    found = session.scalars(query.with_for_update() if lock else query)
    return [one for one in found if resident.id in json.loads(one.resident_ids)]
