"""A district (地区) of a municipality: its names over the years, and changes that are planned."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, MunicipalityId, RowId, one_of

CHANGES = ("rename", "merge")
CHANGE_STATES = ("planned", "done", "cancelled")


class District(Base):
    """One of 26 or 11; `key` is its id in the pack (`imaizumi`).

    `valid_to` is set when it has ended: it is offered nowhere then, and what was sent and said there stays readable.
    """

    __tablename__ = "district"
    __table_args__ = (UniqueConstraint("municipality_id", "key"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    kana: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    # The rest of the pack's row: council, centre, address, lat, lon, aliases, schools, neighbourhood word, check.
    facts: Mapped[JsonObject] = mapped_column(default=dict)
    # What staff changed of all this, by field: it stands over what a pack says.
    edited: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
    valid_from: Mapped[date | None]  # its first day; None: longer than this installation knows
    valid_to: Mapped[date | None]  # its last day
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))  # what it became part of


class DistrictName(Base):
    """A name that a district had until a day: announcements of that time carry it, and residents still say it."""

    __tablename__ = "district_name"

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    kana: Mapped[str] = mapped_column(String(60))
    until: Mapped[date]  # its last day


class DistrictChange(Base):
    """A renaming or a merging that was decided: carried out by the clock when its day has come."""

    __tablename__ = "district_change"
    __table_args__ = (
        one_of("kind", CHANGES),
        one_of("state", CHANGE_STATES),
        Index("ix_district_change_due", "state", "takes_effect_on"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(String(40))  # rename: the new name
    kana: Mapped[str | None] = mapped_column(String(60))
    into_id: Mapped[int | None] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))  # merge
    takes_effect_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    planned_by: Mapped[str] = mapped_column(String(60))  # the name then
    planned_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    moved: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")  # how many of what went over
