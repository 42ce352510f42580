"""Warnings of the weather agency: what a city does with them, what is in force, and which telegrams came."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, MunicipalityId, RowId, one_of

MODES = ("off", "approve", "send")


class WeatherRule(Base):
    """What a city does with warnings: nothing, write an announcement for a second person, or send it by itself."""

    __tablename__ = "weather_rule"
    __table_args__ = (one_of("mode", MODES),)

    municipality_id: Mapped[str] = mapped_column(String(32), ForeignKey("municipality.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    tell_from: Mapped[int]  # the lowest level that is told: 2 注意報, 3 警報, 4, 5 特別警報
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))  # who decided it: the announcements' author
    set_at: Mapped[Moment]


class WeatherState(Base):
    """What is in force, by hazard: {"大雨": ["大雨警報", 3]}; `before`: what the telegram before it said."""

    __tablename__ = "weather_state"

    municipality_id: Mapped[str] = mapped_column(String(32), ForeignKey("municipality.id"), primary_key=True)
    family: Mapped[str] = mapped_column(String(10), primary_key=True)
    reported_at: Mapped[Moment]
    held: Mapped[JsonObject]
    before: Mapped[JsonObject] = mapped_column(default=dict)


class WeatherTelegram(Base):
    """A telegram that named this municipality, once; `why` says why it was not told."""

    __tablename__ = "weather_telegram"
    __table_args__ = (UniqueConstraint("municipality_id", "digest"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of its bytes
    title: Mapped[str] = mapped_column(String(80))
    family: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))  # 通常, 訓練, 試験
    act: Mapped[str] = mapped_column(String(10))  # 発表, 訂正, 取消
    reported_at: Mapped[Moment]
    received_at: Mapped[Moment]
    why: Mapped[str | None] = mapped_column(String(20))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"), index=True)


class WeatherFeed(Base):
    """How far the agency's feed was read; one row for the whole installation."""

    __tablename__ = "weather_feed"

    url: Mapped[str] = mapped_column(String(300), primary_key=True)
    etag: Mapped[str | None] = mapped_column(String(200))
    modified: Mapped[str | None] = mapped_column(String(60))
    read_to: Mapped[Moment | None]
    next_at: Mapped[Moment]
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
