"""Posts of neighbourhood associations (組長・班長・区長) linked with LINE: codes, the form's link, the end of a post.

The centre prints a code for one post; whoever sends it in the chat gets a one-time link to a form of our own, where
the name for confirmations is given: in the chat no name is ever asked for. A code is 40 random bits and lives two
weeks; only hashes are kept. When the post ends, its row and the name go; confirmations stay without a name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.core.permissions import SYSTEM, Actor
from bot.errors import BadInputError, ConflictError
from bot.models import (
    HolderCode,
    HolderLink,
    NeighbourhoodAssociation,
    Resident,
    RoleHolder,
    SlipAnswer,
)
from bot.models.resident import HOLDERS
from bot.now import jst
from bot.services import audit
from bot.services.announcement_filters import HOLDER_NAMES
from bot.services.circulars import need
from bot.services.poll_tickets import LETTERS, plain

CODE_LETTERS: Final = 8  # 40 bits, two weeks, and who tries is slowed down by the chat's limits
CODE_LIVES: Final = timedelta(days=14)
LINK_LIVES: Final = timedelta(hours=24)
MOST_CODES, MAX_UNIT, MAX_NAME = 60, 20, 40
LONGEST_POST: Final = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Printed:
    """A code as it is printed, once."""

    code: str
    association: str
    post: str
    unit: str
    until: date
    expires_at: datetime


@dataclass(frozen=True)
class Post:
    """A post as people read it: 本町町内会 3組 組長."""

    association: NeighbourhoodAssociation
    post: str
    unit: str | None
    until: date | None

    @property
    def words(self) -> str:
        return title(self.association.name, self.unit, self.post)


@dataclass(frozen=True)
class HolderWish:
    """For which post codes are made: one for each of `units` (組), one altogether without any."""

    post: str
    units: tuple[str, ...]
    until: date


def title(association: str | None, unit: str | None, post: str) -> str:
    """`本町町内会 3組 組長`."""
    return " ".join(part for part in (association, unit, HOLDER_NAMES[post]) if part)


def make_codes(
    session: Session, actor: Actor, place: NeighbourhoodAssociation, wanted: HolderWish, now: datetime
) -> list[Printed]:
    """Codes for one association, printed now: they are stored nowhere. Raises BadInputError, NotAllowedError."""
    need(actor, "slip.write", place.municipality_id, place.district_id, now)
    today = jst(now).date()
    if wanted.post not in HOLDERS:
        raise BadInputError("役を選んでください。")
    if not today < wanted.until <= today + LONGEST_POST:
        raise BadInputError("任期の終わりの日を、これからの3年のあいだで入れてください。")
    units = tuple(dict.fromkeys(" ".join(unit.split()) for unit in wanted.units)) or ("",)
    if len(units) > MOST_CODES or any(len(unit) > MAX_UNIT for unit in units):
        raise BadInputError(f"組の名前は{MAX_UNIT}文字まで、一度に{MOST_CODES}組までです。")
    made = []
    for unit in units:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
        session.add(
            HolderCode(
                code_hash=_code_hash(place.municipality_id, code), municipality_id=place.municipality_id,
                association_id=place.id, post=wanted.post, unit=unit or None, until=wanted.until,
                expires_at=now + CODE_LIVES,
            )
        )  # fmt: skip
        made.append(Printed(code, place.name, wanted.post, unit, wanted.until, now + CODE_LIVES))
    session.flush()
    details = {"post": wanted.post, "count": len(made)}
    audit.record(session, place.municipality_id, actor, "holder.codes", f"association:{place.id}", now, details)
    return made


def find(session: Session, municipality: str, typed: str) -> HolderCode | None:
    """The code that somebody typed, used and expired ones too; None for a forged or a foreign one."""
    code = session.get(HolderCode, _code_hash(municipality, typed))
    return code if code is not None and code.municipality_id == municipality else None


def usable(code: HolderCode, now: datetime) -> bool:
    """Whether a code still links: not used, not expired, its post not over."""
    return code.used_at is None and now < code.expires_at and jst(now).date() <= code.until


def post_of(session: Session, code: HolderCode) -> Post:
    """What a code is for."""
    place = session.get_one(NeighbourhoodAssociation, code.association_id)
    return Post(place, code.post, code.unit, code.until)


def add_link(session: Session, code: HolderCode, resident: Resident, token: str, now: datetime) -> None:
    """The link to the form, for this resident and this code; a newer one replaces it."""
    session.execute(delete(HolderLink).where(HolderLink.resident_id == resident.id))
    session.add(
        HolderLink(
            token_hash=_hash(token), municipality_id=resident.municipality_id, resident_id=resident.id,
            code_hash=code.code_hash, expires_at=min(now + LINK_LIVES, code.expires_at),
        )
    )  # fmt: skip
    session.flush()


def link_of(session: Session, municipality: str, token: str) -> tuple[HolderLink, HolderCode] | None:
    """The link with this token and its code; None for forged, foreign and used ones."""
    link = session.get(HolderLink, _hash(token))
    if link is None or link.municipality_id != municipality:
        return None
    return link, session.get_one(HolderCode, link.code_hash)


def take(session: Session, link: HolderLink, name: str, now: datetime) -> RoleHolder:
    """Hold the post of a link under a name, until its last day. The code is used up.

    Raises BadInputError (no name), ConflictError (the code was used or ended meanwhile).
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise BadInputError(f"名前を、1文字から{MAX_NAME}文字で入れてください。")
    same = (HolderCode.code_hash == link.code_hash, HolderCode.used_at.is_(None), HolderCode.expires_at > now)
    used = session.execute(
        update(HolderCode).where(*same).values(used_at=now).execution_options(synchronize_session=False)
    )
    if used.rowcount != 1 or now > link.expires_at:  # type: ignore[attr-defined]
        raise ConflictError("この番号は、もう使われたか、期限が過ぎています。センターで新しい番号をもらってください。")
    code = session.get_one(HolderCode, link.code_hash, populate_existing=True)
    place = session.get_one(NeighbourhoodAssociation, code.association_id)
    row = session.get(RoleHolder, (link.resident_id, code.post))
    if row is None:
        row = RoleHolder(resident_id=link.resident_id, post=code.post)
        session.add(row)
    row.municipality_id, row.district_id = place.municipality_id, place.district_id
    row.association_id, row.neighbourhood, row.unit = place.id, place.name, code.unit
    row.name, row.until = name, code.until
    session.delete(link)
    session.flush()
    # Without the name and without the resident: the audit row outlives the post.
    audit.record(
        session, place.municipality_id, SYSTEM, "holder.linked", f"association:{place.id}", now, {"post": code.post}
    )
    return row


def of_resident(session: Session, resident: Resident, today: date) -> Sequence[RoleHolder]:
    """The posts this resident holds today."""
    mine = (RoleHolder.resident_id == resident.id, RoleHolder.municipality_id == resident.municipality_id)
    rows = session.scalars(select(RoleHolder).where(*mine).order_by(RoleHolder.post)).all()
    return [row for row in rows if row.until is None or today <= row.until]


def let_go(session: Session, row: RoleHolder) -> None:
    """End a post: its row and name go, its confirmations stay as numbers."""
    mine = (SlipAnswer.resident_id == row.resident_id, SlipAnswer.post == row.post)
    session.execute(update(SlipAnswer).where(*mine).values(resident_id=None))
    session.delete(row)
    session.flush()


def any_over(session: Session, now: datetime) -> bool:
    """Whether there is anything to end."""
    over = select(RoleHolder.resident_id).where(RoleHolder.until < jst(now).date())
    stale = select(HolderCode.code_hash).where(HolderCode.expires_at < now - CODE_LIVES)
    return any(session.scalar(query.limit(1)) is not None for query in (over, stale))


def end_posts(session: Session, now: datetime) -> int:
    """Posts whose last day is over, and codes that nobody will use any more. Returns how many posts ended."""
    over = session.scalars(select(RoleHolder).where(RoleHolder.until < jst(now).date())).all()
    for row in over:
        let_go(session, row)
    session.execute(delete(HolderLink).where(HolderLink.expires_at < now))
    session.execute(delete(HolderCode).where(HolderCode.expires_at < now - CODE_LIVES))
    return len(over)


def counts(session: Session, municipality: str, district_id: int, today: date) -> dict[str, int]:
    """How many hold each post in a district today, linked with LINE."""
    mine = (RoleHolder.municipality_id == municipality, RoleHolder.district_id == district_id)
    live = RoleHolder.until.is_(None) | (RoleHolder.until >= today)
    rows = session.execute(select(RoleHolder.post, func.count()).where(*mine, live).group_by(RoleHolder.post))
    found = dict(rows.all())
    return {post: found.get(post, 0) for post in HOLDERS}


def linked(session: Session, municipality: str, district_id: int, today: date) -> Sequence[RoleHolder]:
    """The posts of a district that are held by somebody in LINE, by association and post."""
    mine = (RoleHolder.municipality_id == municipality, RoleHolder.district_id == district_id)
    live = RoleHolder.until.is_(None) | (RoleHolder.until >= today)
    order = (RoleHolder.neighbourhood, RoleHolder.post, RoleHolder.unit, RoleHolder.resident_id)
    return session.scalars(select(RoleHolder).where(*mine, live).order_by(*order)).all()


def shown(code: str) -> str:
    """As it is printed: K7QM-2XPD."""
    return f"{code[:4]}-{code[4:]}"


def new_token() -> str:
    """The secret part of a link."""
    return secrets.token_urlsafe(24)


def form_url(public_url: str, municipality: str, token: str) -> str:
    """Where the name is given."""
    return f"{public_url}m/{municipality}/post/{token}"


def _code_hash(municipality: str, typed: str) -> str:
    return _hash(f"{municipality}/post/{plain(typed)}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
