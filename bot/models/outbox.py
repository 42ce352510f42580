"""The outbox: messages to single residents, rendered once, sent as replies or pushes."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

# waiting -> trying (committed before the call) -> settled | dropped (too late) | dead (refused) | unknown.
STATES = ("waiting", "trying", "settled", "dropped", "dead", "unknown")
KINDS = ("answer", "receipt", "emergency", "notice", "vote")


class OutboxMessage(Base):
    """One request to LINE for one person, or for one group. Body and reply token are sealed and erased when settled."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        one_of("state", STATES),
        one_of("kind", KINDS),
        Index("ix_outbox_message_due", "state", "next_try_at"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    inbox_event_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_event.id", ondelete="SET NULL"), index=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    urgency: Mapped[str] = mapped_column(String(20), default="normal")  # at which hours it may be pushed
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)  # the messages' JSON array, as it will be sent
    reply_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    reply_until: Mapped[Moment | None]  # real time until which the token may be tried
    retry_key: Mapped[str | None] = mapped_column(String(36))  # set when it becomes a push
    push_until: Mapped[Moment | None]  # real time until which it may still be pushed
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    first_try_at: Mapped[Moment | None]
    next_try_at: Mapped[Moment]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[Moment | None]
    via: Mapped[str | None] = mapped_column(String(5))  # reply | push
    request_id: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(200))
