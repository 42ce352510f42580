"""Pictures and papers of circular items: checked and drawn as those of announcements, kept at the item, by their token.

They follow the item's own rules: they change as long as the issue can be changed, and a paper stays refused until
date, place, audience and contact stand as text.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotFoundError
from bot.models import CircularFile, CircularItem
from bot.services import announcement_checks, announcement_files, audit, circulars
from bot.services.announcement_files import Upload

Files = dict[str, CircularFile]  # by kind: picture, paper
PAPER_AS_TEXT = (
    "チラシを付けるには、{missing}を文字で書いてください。"
    "紙を写しただけでは、読み上げや翻訳ができず、読めない人がいます。"
)


def of_items(session: Session, items: Collection[CircularItem]) -> dict[int, Files]:
    """What is attached to these items, by item; without the bytes."""
    found: dict[int, Files] = {one.id: {} for one in items}
    for row in session.scalars(select(CircularFile).where(CircularFile.item_id.in_(found))):
        found[row.item_id][row.kind] = row
    return found


def prepare(upload: Upload) -> Callable[[Session, CircularItem, Actor, datetime], CircularFile]:
    """Check and draw, outside any transaction; what is returned stores it. Raises BadInputError."""
    words, made = announcement_files.checked(upload)

    def store(session: Session, item: CircularItem, actor: Actor, now: datetime) -> CircularFile:
        if upload.kind == "paper":
            check_paper(item.particulars)
        _begin(session, item, actor, now)
        _remove(session, item, upload.kind)
        token = secrets.token_urlsafe(18)
        row = CircularFile(
            municipality_id=item.municipality_id, item_id=item.id, kind=upload.kind, token=token,
            url=_url(upload.home, item.municipality_id, upload.kind, token), media_type=made.media_type, words=words,
            width=made.width, height=made.height, size=len(made.content), content=made.content, added_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _record(session, item, actor, f"attach_{upload.kind}", now)
        return row

    return store


def detach(session: Session, item: CircularItem, actor: Actor, kind: str, now: datetime) -> None:
    """Take a picture or paper away. Raises NotAllowedError, ConflictError."""
    if kind not in of_items(session, [item])[item.id]:
        return
    _begin(session, item, actor, now)
    _remove(session, item, kind)
    _record(session, item, actor, f"detach_{kind}", now)


def check_paper(particulars: dict[str, str]) -> None:
    """Raise BadInputError unless what stands on a paper stands as text as well."""
    if missing := announcement_checks.missing_of(particulars):
        raise BadInputError(PAPER_AS_TEXT.format(missing="・".join(missing)))


def by_token(session: Session, municipality: str, kind: str, token: str) -> CircularFile:
    """The file at this address, with its bytes. Raises NotFoundError."""
    query = select(CircularFile).where(
        CircularFile.municipality_id == municipality, CircularFile.kind == kind, CircularFile.token == token
    )
    found = session.scalar(query.options(undefer(CircularFile.content)))
    if found is None:
        raise NotFoundError("その写真やチラシは、もうありません。")
    return found


def _begin(session: Session, item: CircularItem, actor: Actor, now: datetime) -> None:
    """Raise unless this person may change the issue now; the issue counts as changed."""
    row = circulars.get(session, item.municipality_id, item.circular_id)
    circulars.need(actor, "announcement.write", row.municipality_id, row.district_id, now)
    circulars.still_changeable(session, row)
    circulars.touch(session, row, row.version)


def _remove(session: Session, item: CircularItem, kind: str) -> None:
    """Its bytes are erased at once."""
    mine = (CircularFile.item_id == item.id, CircularFile.municipality_id == item.municipality_id)
    session.execute(delete(CircularFile).where(*mine, CircularFile.kind == kind))


def _url(home: str, municipality: str, kind: str, token: str) -> str:
    place = f"{home}m/{municipality}/circulars"
    return f"{place}/pictures/{token}.jpg" if kind == "picture" else f"{place}/papers/{token}"


def _record(session: Session, item: CircularItem, actor: Actor, act: str, now: datetime) -> None:
    audit.record(session, item.municipality_id, actor, f"circular.{act}", f"circular:{item.circular_id}", now)
