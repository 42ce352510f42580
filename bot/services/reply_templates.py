"""定型文: texts kept ready for answers. Put into a draft with its placeholders filled; nothing sends one by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import ReplyTemplate
from bot.now import jst
from bot.services import audit

NAME_CHARS: Final = 40
BODY_CHARS: Final = 2000
MOST: Final = 100
# What stands in braces, and what it becomes.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "受付番号": "相談の受付番号",
    "窓口": "窓口の名前(地区のまちづくりセンターなど)",
    "窓口の電話": "窓口の電話番号",
    "担当": "あなたの名前",
    "分野": "相談の分野",
    "地区": "相談した人が選んだ地区",
    "市": "市町村の名前",
    "きょう": "きょうの日付",
}
_HOLE: Final = re.compile(r"[{｛]([^{}｛｝\n]{1,20})[}｝]")


def listing(session: Session, municipality: str) -> Sequence[ReplyTemplate]:
    """All of a municipality, by name."""
    query = select(ReplyTemplate).where(ReplyTemplate.municipality_id == municipality)
    return session.scalars(query.order_by(ReplyTemplate.name, ReplyTemplate.id)).all()


def get(session: Session, municipality: str, template_id: int) -> ReplyTemplate:
    """One of this municipality. Raises NotFoundError."""
    row = session.get(ReplyTemplate, template_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その定型文は、もうありません。")
    return row


def create(session: Session, municipality: str, actor: Actor, name: str, body: str, now: datetime) -> ReplyTemplate:
    """Keep a new one. Raises NotAllowedError, BadInputError."""
    _allow(actor, municipality, now)
    _check(name, body)
    count = select(func.count()).select_from(ReplyTemplate).where(ReplyTemplate.municipality_id == municipality)
    if (session.scalar(count) or 0) >= MOST:
        raise BadInputError(f"定型文は{MOST}までです。使わないものを消してください。")
    row = ReplyTemplate(
        municipality_id=municipality, name=name, body=body, version=1, changed_by=actor.name[:60], changed_at=now
    )
    session.add(row)
    session.flush()
    audit.record(session, municipality, actor, "template.create", f"template:{row.id}", now)
    return row


def change(
    session: Session, row: ReplyTemplate, actor: Actor, wanted: tuple[str, str], version: int, now: datetime
) -> None:
    """Keep another name and text. Raises NotAllowedError, BadInputError, ConflictError after somebody else."""
    _allow(actor, row.municipality_id, now)
    name, body = wanted
    _check(name, body)
    if row.version != version:
        raise ConflictError(f"あなたが開いたあとで、{row.changed_by}さんがこの定型文を直しました。確かめてください。")
    row.name, row.body, row.version = name, body, row.version + 1
    row.changed_by, row.changed_at = actor.name[:60], now
    audit.record(session, row.municipality_id, actor, "template.change", f"template:{row.id}", now)


def remove(session: Session, row: ReplyTemplate, actor: Actor, now: datetime) -> None:
    """Forget one; answers that were made with it stay. Raises NotAllowedError."""
    _allow(actor, row.municipality_id, now)
    audit.record(session, row.municipality_id, actor, "template.remove", f"template:{row.id}", now)
    session.delete(row)


def filled(body: str, values: Mapping[str, str]) -> str:
    """The text with what is known filled in; what is not known stays in its braces, to be written by hand."""
    return _HOLE.sub(lambda hole: values.get(hole[1].strip()) or hole[0], body)


def holes(text: str) -> list[str]:
    """The placeholders that are still in a text."""
    return [found for found in dict.fromkeys(one.strip() for one in _HOLE.findall(text)) if found in PLACEHOLDERS]


def _check(name: str, body: str) -> None:
    if not name or len(name) > NAME_CHARS:
        raise BadInputError(f"名前を、{NAME_CHARS}文字までで入れてください。")
    if not body:
        raise BadInputError("文を書いてください。")
    if len(body) > BODY_CHARS:
        raise BadInputError(f"文は{BODY_CHARS}文字までです(いま{len(body)}文字)。")
    unknown = [one for one in dict.fromkeys(_HOLE.findall(body)) if one.strip() not in PLACEHOLDERS]
    if unknown:
        known = "、".join(f"{{{one}}}" for one in PLACEHOLDERS)
        raise BadInputError(f"「{{{unknown[0]}}}」は使えません。使えるのは {known} です。")


def _allow(actor: Actor, municipality: str, now: datetime) -> None:
    if not actor.may("inquiry.answer", municipality, jst(now).date()):
        raise NotAllowedError("定型文を作り、直すのは、市の担当です。")
