"""The items of a circular issue: entered by staff for whoever sends them, put into order, changed one at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotFoundError
from bot.models import Circular, CircularItem
from bot.models.circular import ORIGINS
from bot.services import announcement_checks, audit, circular_files
from bot.services.announcement_draft import MAX_PARTICULAR, Particulars, lines, one_line
from bot.services.circulars import get, items_of, name, need, still_changeable, touch

MOST_ITEMS, MAX_TITLE, MAX_SENDER, MAX_BODY = 20, 40, 40, 1000
ORIGIN_NAMES: Final = {
    "council": "まちづくり協議会", "city": "市役所", "school": "学校", "police": "警察・交番",
    "welfare": "社会福祉協議会", "association": "町内会・区", "other": "そのほか",
}  # fmt: skip

NOTHING: Final = Particulars()


@dataclass(frozen=True)
class NewItem:
    """One item as it is typed."""

    origin: str
    sender: str
    title: str
    body: str
    particulars: Particulars = NOTHING

    @property
    def stands(self) -> dict[str, str]:
        """The particulars as they are stored."""
        return {name: text for name, text in asdict(self.particulars).items() if text}


def get_item(session: Session, municipality: str, item_id: int) -> CircularItem:
    """One item. Raises NotFoundError."""
    row = session.get(CircularItem, item_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("その記事は見つかりません。ほかの人が消したかもしれません。")
    return row


def add_item(
    session: Session, row: Circular, actor: Actor, new: NewItem, now: datetime, *, late: bool = False
) -> CircularItem:
    """Put an item at the end. After the deadline only with `late`.

    Raises BadInputError, ConflictError, NotAllowedError.
    """
    need(actor, "announcement.write", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    if now > row.closes_at and not late:
        raise BadInputError(
            f"{name(row)}の締切({moment_of(row.closes_at)})を過ぎています。次の号に入れるか、"
            "「締切を過ぎているが、この号に入れる」に印を付けてください。"
        )
    there = items_of(session, row)
    if len(there) >= MOST_ITEMS:
        raise BadInputError(f"1つの号に入れられるのは{MOST_ITEMS}件までです。次の号に入れてください。")
    new = _tidied(new)
    item = CircularItem(
        municipality_id=row.municipality_id, circular_id=row.id, origin=new.origin, sender=new.sender,
        title=new.title, body=new.body, particulars=new.stands,
        position=max((one.position for one in there), default=0) + 1,
        author_id=actor.id, created_at=now,
    )  # fmt: skip
    session.add(item)
    touch(session, row, row.version)
    audit.record(session, row.municipality_id, actor, "circular.add_item", f"circular:{row.id}", now)
    return item


def change_item(session: Session, item: CircularItem, actor: Actor, new: NewItem, version: int, now: datetime) -> None:
    """Rewrite one. Raises ConflictError when somebody else did meanwhile, BadInputError as `add_item`."""
    row = get(session, item.municipality_id, item.circular_id)
    need(actor, "announcement.write", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    new = _tidied(new)
    if "paper" in circular_files.of_items(session, [item])[item.id]:
        circular_files.check_paper(new.stands)
    changed = session.execute(
        update(CircularItem)
        .where(CircularItem.id == item.id, CircularItem.version == version)
        .values(
            origin=new.origin,
            sender=new.sender,
            title=new.title,
            body=new.body,
            particulars=new.stands,
            version=version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("この記事は、ほかの人が直しました。下に、いまの文を出します。書いたものは残っています。")
    session.refresh(item)
    touch(session, row, row.version)
    audit.record(session, row.municipality_id, actor, "circular.change_item", f"circular:{row.id}", now)


def remove_item(session: Session, row: Circular, actor: Actor, item_id: int, version: int, now: datetime) -> None:
    """Take an item out. Raises ConflictError when the issue changed meanwhile."""
    need(actor, "announcement.write", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    item = get_item(session, row.municipality_id, item_id)
    if item.circular_id != row.id:
        raise NotFoundError("その記事は、この号にありません。")
    touch(session, row, version)
    session.delete(item)
    session.flush()
    audit.record(session, row.municipality_id, actor, "circular.remove_item", f"circular:{row.id}", now)


def move_item(
    session: Session, row: Circular, actor: Actor, item_id: int, step: int, version: int, now: datetime
) -> None:
    """One place up (-1) or down (1); at the end of the row nothing happens. Raises ConflictError as above."""
    need(actor, "announcement.write", row.municipality_id, row.district_id, now)
    still_changeable(session, row)
    there = list(items_of(session, row))
    at = next((at for at, one in enumerate(there) if one.id == item_id), None)
    if at is None:
        raise NotFoundError("その記事は、この号にありません。")
    touch(session, row, version)
    if 0 <= at + step < len(there):
        there[at], there[at + step] = there[at + step], there[at]
    for position, one in enumerate(there, 1):
        one.position = position
    session.flush()


def _tidied(new: NewItem) -> NewItem:
    sender, title = " ".join(new.sender.split()), " ".join(new.title.split())
    body = lines(new.body)
    problems = [
        f"{label}を書いてください。" if not text else f"{label}は{most}文字までです(いま{len(text)}文字)。"
        for label, text, most in (("差出人", sender, MAX_SENDER), ("見出し", title, MAX_TITLE), ("文", body, MAX_BODY))
        if not 1 <= len(text) <= most
    ]
    parts = Particulars(**{name: one_line(text) for name, text in asdict(new.particulars).items()})
    if any(len(text) > MAX_PARTICULAR for text in asdict(parts).values()):
        problems.append(f"日時・場所・対象・連絡先は、それぞれ{MAX_PARTICULAR}文字までです。")
    if new.origin not in ORIGINS:
        problems.append("どこからの記事かを選んでください。")
    if problems:
        raise BadInputError("".join(problems))
    announcement_checks.wording(title, body, *asdict(parts).values())
    return NewItem(new.origin, sender, title, body, parts)
