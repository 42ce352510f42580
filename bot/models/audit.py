"""Who did what, written in the transaction of the change itself."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, RowId


class AuditRow(Base):
    """One change. `details` hold no personal data of residents; `seal` and `salt` are for the hash chain."""

    __tablename__ = "audit_row"

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    at: Mapped[Moment]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the system, or the command line
    actor: Mapped[str] = mapped_column(String(60))  # the name then, or `system`
    action: Mapped[str] = mapped_column(String(40))  # announcement.approve
    target: Mapped[str] = mapped_column(String(60))  # announcement:12
    details: Mapped[JsonObject] = mapped_column(default=dict)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    seal: Mapped[bytes | None] = mapped_column(LargeBinary)
