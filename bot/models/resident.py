"""A resident: a sealed LINE id and what the person chose. No name, no picture, no profile."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, JsonObject, Moment, MunicipalityId, RowId, one_of

STATES = ("active", "left")
FREQUENCIES = ("at_once", "morning", "evening", "weekly")
TOPICS = (
    "activities",
    "children",
    "safety",
    "environment",
    "welfare",
    "volunteers",
)  # 行事・子育て・防災・ごみ環境・福祉・手伝い
HOLDERS = ("group_head", "section_head", "association_head")  # 組長・班長・区長(町内会長)

# Conditions of partial indexes, with literal values: SQLite takes an index only for the very words it was made with.
MENU_DIFFERS = text("coalesce(resident.menu_language, 'ja') <> resident.language")
SILENT = text("(resident.state <> 'active' OR resident.paused_at IS NOT NULL)")


class Resident(Base):
    """Someone who befriended the bot. `left` = blocked or unfollowed; erased after the set days."""

    __tablename__ = "resident"
    __table_args__ = (
        UniqueConstraint("municipality_id", "line_id"),
        one_of("state", STATES),
        one_of("frequency", FREQUENCIES),
        # The few that the clock looks for every few seconds (bot.services.rich_menus), and those that delivery looks
        # for with each group of batches (bot.services.claiming): not by going through half a million.
        Index("ix_resident_menu", "municipality_id", "id", sqlite_where=MENU_DIFFERS, postgresql_where=MENU_DIFFERS),
        Index("ix_resident_silent", "municipality_id", "id", sqlite_where=SILENT, postgresql_where=SILENT),
        # All that counting and freezing those at home in a district ask for, so that neither looks up each resident.
        Index(
            "ix_resident_at_home",
            "home_district_id",
            "id",
            "state",
            "paused_at",
            "municipality_id",
            "frequency",
            "language",
            "line_id",
        ),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    line_id: Mapped[bytes] = mapped_column(LargeBinary)  # AES-SIV, associated data = municipality
    state: Mapped[str] = mapped_column(String(10), default="active")
    language: Mapped[str] = mapped_column(String(10), default="ja")
    # The rich menu linked at LINE; another than `language` (None: the default one, Japanese) is to be linked anew.
    menu_language: Mapped[str | None] = mapped_column(String(10))
    # None with city_wide: わからない / whole city. None without: not asked or not answered yet.
    home_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    city_wide: Mapped[bool] = mapped_column(default=False)
    neighbourhood: Mapped[str | None] = mapped_column(String(40))
    relations: Mapped[JsonList] = mapped_column(default=list)  # 住む・働く・学ぶ・事業・応援
    paused_at: Mapped[Moment | None]
    frequency: Mapped[str] = mapped_column(String(10), default="at_once")  # when announcements come
    followed_at: Mapped[Moment]
    left_at: Mapped[Moment | None]
    consent_version: Mapped[int] = mapped_column(default=0)
    consented_at: Mapped[Moment | None]
    # The month (2026-11) in which the three questions about an answer were last put to them; nothing of what they said.
    rating_asked: Mapped[str | None] = mapped_column(String(7))


class ResidentDistrict(Base):
    """A district of interest beside the home district."""

    __tablename__ = "resident_district"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True, index=True)
    municipality_id: Mapped[MunicipalityId]


class ResidentTopic(Base):
    """A topic a resident wishes to hear of; without any row, of all of them."""

    __tablename__ = "resident_topic"
    __table_args__ = (one_of("topic", TOPICS),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    municipality_id: Mapped[MunicipalityId]


class RoleHolder(Base):
    """A resident who holds a post of a neighbourhood association (組長・班長・区長), linked by a one-time code."""

    __tablename__ = "role_holder"
    __table_args__ = (one_of("post", HOLDERS),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    post: Mapped[str] = mapped_column(String(20), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    neighbourhood: Mapped[str | None] = mapped_column(String(40))
    association_id: Mapped[int | None] = mapped_column(
        ForeignKey("neighbourhood_association.id", ondelete="SET NULL"), index=True
    )
    unit: Mapped[str | None] = mapped_column(String(20))  # 3組
    name: Mapped[str | None] = mapped_column(String(40))  # given by the holder: confirmations are named
    until: Mapped[date | None]


class VoicePause(Base):
    """How often a resident's voices were refused because they hurt somebody, and until when none is taken.

    Staff see how many people are paused, never who; `code` is what the resident says at the desk.
    """

    __tablename__ = "voice_pause"
    __table_args__ = (UniqueConstraint("municipality_id", "code"),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    refused: Mapped[int]
    last_at: Mapped[Moment]
    paused_until: Mapped[Moment | None]
    code: Mapped[str | None] = mapped_column(String(8))


class Conversation(Base):
    """Where a resident's conversation stands; emptied when it has been quiet for a while."""

    __tablename__ = "conversation"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    state: Mapped[JsonObject] = mapped_column(default=dict)
    updated_at: Mapped[Moment]
