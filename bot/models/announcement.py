"""An announcement (お知らせ): written, approved by a second person, frozen, sent in batches."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonList, JsonObject, Moment, MunicipalityId, RowId, one_of

# The transitions between these are bot.core.transitions.ANNOUNCEMENT.
STATES = ("draft", "submitted", "returned", "scheduled", "sending", "sent", "stopped", "cancelled", "refused")
BATCH_STATES = ("waiting", "trying", "accepted", "dead", "unknown", "stopped", "empty")
AUDIENCES = ("home", "home_and_interest", "city")
# Those who hold a post of a neighbourhood association; those who took part in what `filters` names, wherever they live.
CHOSEN = ("holders", "took_part")
# 行事・募集・清掃・防災・中止や順延・お願い・回覧の号・連絡票・円卓会議の返事・そのほか
KINDS = (
    "activity", "recruit", "cleaning", "disaster", "called_off", "request", "circular", "slip", "report", "other",
)  # fmt: skip
# An emergency goes out at any hour; a cancellation from 5:30; the rest waits for 7:00.
URGENCIES = ("normal", "cancellation", "emergency")


class Announcement(Base):
    """What is told. With `poll_id` it carries a poll: the poll opens when this is sent."""

    __tablename__ = "announcement"
    __table_args__ = (
        one_of("state", STATES),
        one_of("audience", (*AUDIENCES, *CHOSEN)),
        one_of("kind", KINDS),
        one_of("urgency", URGENCIES),
        CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name="second_person"),
        Index("ix_announcement_due", "state", "send_at"),
        UniqueConstraint("series_id", "series_day"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # the author, or who wrote on
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    poll_id: Mapped[int | None] = mapped_column(ForeignKey("poll.id"), unique=True)
    sender: Mapped[str] = mapped_column(String(60))  # 今泉まちづくり協議会
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(String(20), default="home_and_interest")
    kind: Mapped[str] = mapped_column(String(20), default="other")
    urgency: Mapped[str] = mapped_column(String(20), default="normal")
    # Who of the audience, narrowed (bot.services.announcement_filters); empty: all of it.
    filters: Mapped[JsonObject] = mapped_column(default=dict)
    # Buttons under the text: [{"kind": "poll" | "activity" | "map" | "share" | "page", ...}]
    buttons: Mapped[JsonList] = mapped_column(default=list)
    # What stands as text beside a picture or a paper: {"date", "place", "audience", "contact"}
    particulars: Mapped[JsonObject] = mapped_column(default=dict)
    to_groups: Mapped[bool] = mapped_column(default=False)  # to the LINE groups of its districts' associations too
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    send_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    approved_at: Mapped[Moment | None]
    frozen_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    resumes_at: Mapped[Moment | None]  # it stopped, and at night somebody let the rest go on: by day, then
    held_until: Mapped[Moment | None]  # between approval and sending: anybody of the council can still take it back
    escalated_at: Mapped[Moment | None]  # it waited too long, and the city was asked as well
    emergency_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # sent without a second person by
    emergency_reason: Mapped[str | None] = mapped_column(String(400))
    # Raised by each change: an approval names the version it read (409 when it changed meanwhile).
    version: Mapped[int] = mapped_column(default=1)
    comment: Mapped[str | None] = mapped_column(String(400))  # why it was returned, stopped or cancelled
    messages: Mapped[bytes | None] = mapped_column(LargeBinary)  # the JSON array as approved, byte for byte
    recipients: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    # Recipients who blocked or left within 48 hours of it: a number, of nobody.
    left_after: Mapped[int] = mapped_column(default=0, server_default="0")
    in_digests: Mapped[int] = mapped_column(default=0)  # fixed as recipients too, and told with their next digest
    # A missed time (an outage): sent when at most so many hours late, else dropped; 0: dropped when missed at all.
    late_hours: Mapped[int] = mapped_column(default=24)
    # For the demo and for measuring: at any hour, to everybody at once, whatever they had this week.
    at_once: Mapped[bool] = mapped_column(default=False)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("announcement_series.id"))
    series_day: Mapped[date | None]  # the day the series' rule names


class AnnouncementDistrict(Base):
    """A district an announcement goes to (none when its audience is the whole city)."""

    __tablename__ = "announcement_district"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True, index=True)
    municipality_id: Mapped[MunicipalityId]


class AnnouncementText(Base):
    """An announcement in another language than its own Japanese; `messages` as approved, byte for byte."""

    __tablename__ = "announcement_text"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    machine: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of the Japanese it was made from
    messages: Mapped[bytes | None] = mapped_column(LargeBinary)


class AnnouncementBatch(Base):
    """Up to 500 frozen recipients in one sealed blob (AES-GCM), with the retry key they keep."""

    __tablename__ = "announcement_batch"
    __table_args__ = (
        one_of("state", BATCH_STATES),
        Index("ix_announcement_batch_due", "state", "next_try_at"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"), index=True)
    position: Mapped[int]
    variant: Mapped[str] = mapped_column(String(10), default="ja")  # whose messages: AnnouncementText, or its own
    recipients: Mapped[bytes | None] = mapped_column(LargeBinary)  # erased when the batch is over
    count: Mapped[int]
    retry_key: Mapped[str] = mapped_column(String(36), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    # Attempts under this key whose outcome was never learnt: with none, LINE has surely not accepted it.
    unsure: Mapped[int] = mapped_column(default=0)
    first_try_at: Mapped[Moment | None]  # under this key; the product's time, as LINE's 24 hours
    next_try_at: Mapped[Moment]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[Moment | None]
    status: Mapped[int | None]  # LINE's last HTTP status
    request_id: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(200))
