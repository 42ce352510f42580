"""A round table (円卓会議): one meeting of a district's series, its record, its matters and what came of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.round_table_rules import BODIES, KINDS, OTHER_DOORS, RESPONSES, STATES
from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

# Written and handed to a second person -> published, or returned to be mended.
RESPONSE_STATES = ("submitted", "returned", "published")


class RoundTable(Base):
    """One meeting (第n回). `announcement_id` is the card that residents get; its poll is the choice question."""

    __tablename__ = "round_table"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("state", STATES),
        UniqueConstraint("municipality_id", "district_id", "kind", "number"),
        Index("ix_round_table_state", "municipality_id", "state"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="round_table")
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="planned")
    theme: Mapped[str] = mapped_column(String(200))  # up to three lines; the first is its title
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    meets_at: Mapped[Moment]
    place: Mapped[str] = mapped_column(String(80))
    answerer: Mapped[str] = mapped_column(String(80))  # 回答者
    answer_on: Mapped[date] = mapped_column(Date)  # 回答予定日
    takes_statements: Mapped[bool] = mapped_column(default=True)  # the ひとこと box
    voting: Mapped[bool] = mapped_column(default=False)  # residents vote on others' statements
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id", ondelete="SET NULL"), unique=True)
    created_at: Mapped[Moment]
    attendance: Mapped[int | None]  # how many were in the room, never who
    record_approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    record_approved_at: Mapped[Moment | None]
    referrals_approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    referrals_approved_at: Mapped[Moment | None]
    reported_at: Mapped[Moment | None]
    follow_up_on: Mapped[date | None] = mapped_column(Date)
    followed_up_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(default=1)


class AgendaItem(Base):
    """One item of the meeting's record: 出た意見, 決まったこと, 宿題, 担当, 期限. Never a name of who said what."""

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("round_table_id", "position"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    said: Mapped[str] = mapped_column(Text, default="")
    decided: Mapped[str] = mapped_column(Text, default="")
    homework: Mapped[str] = mapped_column(Text, default="")
    in_charge: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date | None] = mapped_column(Date)


class DoorCount(Base):
    """How many chose a choice on paper, by phone, at the desk or in the room; entered by staff, LINE is not here."""

    __tablename__ = "door_count"
    __table_args__ = (one_of("door", OTHER_DOORS), CheckConstraint("count >= 0", name="not_negative"))

    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id", ondelete="CASCADE"), primary_key=True)
    door: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    count: Mapped[int]


class Matter(Base):
    """What several statements come down to (まとまり), and what each of us can do about it: 個人 / 地域 / 行政."""

    __tablename__ = "matter"
    __table_args__ = (UniqueConstraint("round_table_id", "number"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(Text, default="")
    by_person: Mapped[str] = mapped_column(String(400), default="")
    by_community: Mapped[str] = mapped_column(String(400), default="")
    by_city: Mapped[str] = mapped_column(String(400), default="")
    created_at: Mapped[Moment]


class Referral(Base):
    """To whom a matter was referred (振り分け), by when. A department's `name` is the one its staff's roles carry."""

    __tablename__ = "referral"
    __table_args__ = (one_of("body", BODIES), Index("ix_referral_due_on", "municipality_id", "due_on"))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))  # 道路維持課
    due_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[Moment]


class RoundTableReport(Base):
    """An announcement that tells what became of matters: it goes to those who took part in this round."""

    __tablename__ = "round_table_report"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    round_table_id: Mapped[int] = mapped_column(ForeignKey("round_table.id"), index=True)


class Response(Base):
    """What is done about a matter (対応). The newest published one counts; `report_id` says which push told it."""

    __tablename__ = "response"
    __table_args__ = (
        one_of("kind", RESPONSES),
        one_of("state", RESPONSE_STATES),
        CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name="second_person"),
        CheckConstraint("kind <> 'studying' OR next_report_on IS NOT NULL", name="next_report"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id", ondelete="CASCADE"), index=True)
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="submitted")
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(400), default="")  # why not, or to whom else
    next_report_on: Mapped[date | None] = mapped_column(Date)
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    comment: Mapped[str | None] = mapped_column(String(400))  # why it was returned
    created_at: Mapped[Moment]
    published_at: Mapped[Moment | None]
    report_id: Mapped[int | None] = mapped_column(
        ForeignKey("round_table_report.announcement_id", ondelete="SET NULL"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)
