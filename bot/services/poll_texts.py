"""Free answers to polls: read by staff before others see them. Whose they were nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, NotAllowedError, NotFoundError
from bot.models import Poll, PollText
from bot.now import jst
from bot.services import audit


def listing(session: Session, poll: Poll, state: str | None = None) -> list[PollText]:
    """The free answers of a closed poll, by item; in the order of their random ids, which says nothing."""
    query = select(PollText).where(PollText.poll_id == poll.id, PollText.municipality_id == poll.municipality_id)
    if state is not None:
        query = query.where(PollText.state == state)
    return list(session.scalars(query.order_by(PollText.item, PollText.id)))


def decide(
    session: Session, poll: Poll, text_id: str, state: str, actor: Actor, districts: Iterable[int], now: datetime
) -> None:
    """Show a free answer to everyone, or hide it. Raises NotAllowedError, NotFoundError, BadInputError."""
    if not actor.may("poll.show", poll.municipality_id, jst(now).date(), districts):
        raise NotAllowedError("ひとことを見せるかどうかを決める役割がありません。")
    if state not in ("shown", "hidden"):
        raise BadInputError("「見せる」か「見せない」を選んでください。")
    row = session.get(PollText, text_id)
    if row is None or row.poll_id != poll.id or row.municipality_id != poll.municipality_id:
        raise NotFoundError("そのひとことは見つかりません。")
    row.state = state
    audit.record(session, poll.municipality_id, actor, "poll.text", f"poll:{poll.id}", now, {"state": state})
