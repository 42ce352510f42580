"""Entries (記事) and desks (窓口): what the bot knows of a municipality, as staff published it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, MunicipalityId, RowId, one_of

# 見つけやすかった / わかりやすかった / 参考になった
RATED = ("found", "clear", "useful")


class Entry(Base):
    """One entry; `data` is the whole entry in the pack's form, the columns are what queries need.

    `edited_at` is set as long as staff's text differs from the pack's: such a row is kept when a pack is loaded.
    `pack_data` is then what the pack says, and `pack_newer` whether the pack changed since staff took it up.
    """

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    data: Mapped[JsonObject]
    published: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    updated_at: Mapped[Moment]
    # 「役に立った / ちがう」: numbers only.
    useful: Mapped[int] = mapped_column(default=0)
    not_useful: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    edited_at: Mapped[Moment | None]
    pack_data: Mapped[JsonObject | None]
    pack_newer: Mapped[bool] = mapped_column(default=False, server_default="0")


class EntryVersion(Base):
    """What an entry said after one change, and who made it: a record, never changed."""

    __tablename__ = "entry_version"
    __table_args__ = (UniqueConstraint("entry_id", "version"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"))
    version: Mapped[int]
    at: Mapped[Moment]
    actor: Mapped[str] = mapped_column(String(60))  # the name at the time
    act: Mapped[str] = mapped_column(String(12))  # pack | create | change | publish | withdraw | check
    published: Mapped[bool]
    data: Mapped[JsonObject]


class EntryRating(Base):
    """How often an entry was given one of the steps 3 (yes) 2 1 (no) for one of the three questions."""

    __tablename__ = "entry_rating"
    __table_args__ = (one_of("question", RATED),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    municipality_id: Mapped[MunicipalityId]
    count: Mapped[int] = mapped_column(default=0)


class Desk(Base):
    """A desk that can be named to residents; `data` in the pack's form."""

    __tablename__ = "desk"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    data: Mapped[JsonObject]
    # What staff changed, by field: it stands over what a pack says.
    edited: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
