"""Key change: everything sealed under an older key version is sealed anew under the newest.

Runs beside a working installation: rows are changed in small transactions, and look-ups try every version
meanwhile. Short-lived sealed values (message bodies, frozen batches) are left to end by themselves; old keys
may be taken out of ENTAKU_KEYS a day later.
"""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from bot.core.sealing import Sealer
from bot.db import Database
from bot.models import Channel, GroupChat, Resident, Staff
from bot.services import inquiry_keeping, statement_links
from bot.services.channels import SECRET_CONTEXT, TOKEN_CONTEXT
from bot.services.staff import TOTP_CONTEXT

PAGE = 500
Sealed = TypeVar("Sealed", Resident, GroupChat)  # rows that hold a sealed LINE id


def reseal(database: Database, sealer: Sealer) -> dict[str, int]:
    """Seal anew what is old; returns how many rows of each kind were changed. Running it twice changes nothing more."""
    return {
        "residents": _line_ids(database, sealer, Resident),
        "groups": _line_ids(database, sealer, GroupChat),
        "channels": _channels(database, sealer),
        "second factors": _second_factors(database, sealer),
        "inquiries": _inquiries(database, sealer),
        "statement links": _statement_links(database, sealer),
    }


def _line_ids(database: Database, sealer: Sealer, table: type[Sealed]) -> int:
    changed, last = 0, 0
    while True:
        with database.write() as session:
            rows = session.scalars(select(table).where(table.id > last).order_by(table.id).limit(PAGE)).all()
            for row in rows:
                if sealer.version_of(row.line_id) != sealer.current:
                    row.line_id = sealer.seal_id(sealer.open_id(row.line_id, row.municipality_id), row.municipality_id)
                    changed += 1
        if not rows:
            return changed
        last = rows[-1].id


def _channels(database: Database, sealer: Sealer) -> int:
    changed = 0
    with database.write() as session:
        for row in session.scalars(select(Channel)):
            secret, token = SECRET_CONTEXT + row.municipality_id, TOKEN_CONTEXT + row.municipality_id
            if sealer.version_of(row.secret) != sealer.current:
                row.secret = sealer.seal(sealer.open(row.secret, secret), secret)
                row.token = sealer.seal(sealer.open(row.token, token), token)
                changed += 1
    return changed


def _second_factors(database: Database, sealer: Sealer) -> int:
    changed = 0
    with database.write() as session:
        for row in session.scalars(select(Staff).where(Staff.totp_secret.is_not(None))):
            assert row.totp_secret is not None
            if sealer.version_of(row.totp_secret) != sealer.current:
                place = f"{TOTP_CONTEXT}{row.id}"
                row.totp_secret = sealer.seal(sealer.open(row.totp_secret, place), place)
                changed += 1
    return changed


def _inquiries(database: Database, sealer: Sealer) -> int:
    changed, last = 0, 0
    while True:
        with database.write() as session:
            last, more = inquiry_keeping.reseal(session, sealer, last, PAGE)
        changed += more
        if not last:
            return changed


def _statement_links(database: Database, sealer: Sealer) -> int:
    with database.write() as session:
        return statement_links.reseal(session, sealer)
