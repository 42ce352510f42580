"""A municipality (市町村) and its LINE channel. Everything else belongs to one of them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, JsonObject, Moment


class Municipality(Base):
    """One municipality of this installation; `id` is the word in its URLs (`fuji`)."""

    __tablename__ = "municipality"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(6))
    # What the pack says of the city: contacts, words (町内会 / 区), response words, thresholds.
    facts: Mapped[JsonObject] = mapped_column(default=dict)
    # What staff changed of these facts, by name: it stands over what a pack says.
    edited: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
    languages: Mapped[JsonList] = mapped_column(default=list)
    # Raised whenever an entry, desk or district changes: indexes built from an older one are stale.
    content_version: Mapped[int] = mapped_column(default=0)
    # Announcements a resident gets at once in seven days; what exceeds it joins the next digest. 0: no such limit.
    weekly_cap: Mapped[int] = mapped_column(default=2)


class Channel(Base):
    """The LINE channel of a municipality; secret and token are sealed (AES-GCM)."""

    __tablename__ = "channel"

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    bot_user_id: Mapped[str] = mapped_column(String(33))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    basic_id: Mapped[str | None] = mapped_column(String(40))
    # LINE's own count, read once in a while: `quota` None = unlimited.
    quota: Mapped[int | None]
    quota_used: Mapped[int | None]
    quota_read_at: Mapped[Moment | None]
