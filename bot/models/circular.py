"""The circular (回覧): when a district's issues (号) come out, what is in them, who read them (a number), the paper."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.announcement_file import FILE_KINDS, AttachedFile
from bot.models.columns import JsonList, JsonObject, Moment, MunicipalityId, RowId, one_of
from bot.models.poll import random_id
from content.issue_days import SHIFTS

STATES = ("open", "issued", "skipped")
# Whose item it is: まち協・市・学校・警察・社協・町内会・そのほか
ORIGINS = ("council", "city", "school", "police", "welfare", "association", "other")
PAPERS = ("distributed", "none")


class CircularRule(Base):
    """A district's 発行日 rule (content.issue_days), its deadline and the hour at which an issue is sent."""

    __tablename__ = "circular_rule"
    __table_args__ = (one_of("shift", SHIFTS),)

    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True, autoincrement=False)
    municipality_id: Mapped[MunicipalityId]
    rule: Mapped[str] = mapped_column(String(80))
    shift: Mapped[str] = mapped_column(String(10), default="before")
    breaks: Mapped[JsonList] = mapped_column(default=list)  # [["08-13", "08-16"], ...]
    close_days: Mapped[int] = mapped_column(default=7)  # the deadline lies so many days before, at 17:00
    send_hour: Mapped[int] = mapped_column(default=9)
    version: Mapped[int] = mapped_column(default=1)


class Circular(Base):
    """One issue (号): collects items until its deadline, goes out as one announcement on its day.

    `open` until its announcement is frozen (`issued`) or its day passes without any item (`skipped`).
    """

    __tablename__ = "circular"
    __table_args__ = (
        one_of("state", STATES),
        UniqueConstraint("municipality_id", "district_id", "named_on"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    named_on: Mapped[date] = mapped_column(Date)  # the day the rule names, also when it was moved
    issue_on: Mapped[date] = mapped_column(Date)
    closes_at: Mapped[Moment]
    send_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(10), default="open")
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id", ondelete="SET NULL"), unique=True)
    warned_at: Mapped[Moment | None]  # staff, that its day has come and nobody has approved it
    readers: Mapped[int] = mapped_column(default=0)  # how many pressed 読みました, each once
    counted_at: Mapped[Moment | None]  # since then nobody is counted; the marks are gone
    key_gone: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class CircularItem(Base):
    """One item of an issue, from whoever sends it; staff enter it."""

    __tablename__ = "circular_item"
    __table_args__ = (one_of("origin", ORIGINS),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    origin: Mapped[str] = mapped_column(String(15))
    sender: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    # What stands as text beside a picture or a paper, as an announcement's: {"date", "place", "audience", "contact"}
    particulars: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)


class CircularFile(AttachedFile, Base):
    """A picture or a paper of an item."""

    __tablename__ = "circular_file"
    __table_args__ = (one_of("kind", FILE_KINDS), UniqueConstraint("item_id", "kind"))

    item_id: Mapped[int] = mapped_column(ForeignKey("circular_item.id", ondelete="CASCADE"))


class CircularReading(Base):
    """That somebody pressed 読みました: HMAC of the resident under the issue's key, without a time.

    The key lives in the key store and is destroyed with these rows; what stays is `Circular.readers`.
    """

    __tablename__ = "circular_reading"
    __table_args__ = (UniqueConstraint("circular_id", "reader"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_id)
    municipality_id: Mapped[MunicipalityId]
    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id", ondelete="CASCADE"))
    reader: Mapped[bytes] = mapped_column(LargeBinary(32))


class NeighbourhoodAssociation(Base):
    """A neighbourhood association (町内会・区) with its row in the 部数表: kept from issue to issue."""

    __tablename__ = "neighbourhood_association"
    __table_args__ = (
        UniqueConstraint("municipality_id", "district_id", "name"),
        CheckConstraint("copies BETWEEN 0 AND 9999", name="copies"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    copies: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)


class CircularPaper(Base):
    """The paper of one issue at one association: 配った, or なし. Without a row: not marked yet."""

    __tablename__ = "circular_paper"
    __table_args__ = (one_of("state", PAPERS),)

    circular_id: Mapped[int] = mapped_column(ForeignKey("circular.id", ondelete="CASCADE"), primary_key=True)
    association_id: Mapped[int] = mapped_column(
        ForeignKey("neighbourhood_association.id", ondelete="CASCADE"), primary_key=True
    )
    municipality_id: Mapped[MunicipalityId]
    copies: Mapped[int]  # as it was then
    state: Mapped[str] = mapped_column(String(12))
