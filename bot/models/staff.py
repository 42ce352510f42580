"""Staff: people who sign in to the console, their roles and districts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.permissions import ROLES
from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of


class Staff(Base):
    """Someone who signs in. `municipality_id` None: an admin of the whole installation."""

    __tablename__ = "staff"

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    password_once: Mapped[bool] = mapped_column(default=False)  # handed over by an admin: to be changed at sign-in
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    totp_step: Mapped[int] = mapped_column(default=0)  # the last 30-second step used: a code works once
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[Moment | None]
    active: Mapped[bool] = mapped_column(default=True)
    session_version: Mapped[int] = mapped_column(default=1)  # raising it signs out everywhere
    second_factor_due: Mapped[Moment | None]  # a second factor is owed from then on; None: at once
    created_at: Mapped[Moment]
    signed_in_at: Mapped[Moment | None]


class StaffRole(Base):
    """A role in a municipality, until a day; for some roles limited to districts."""

    __tablename__ = "staff_role"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[RowId]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    municipality_id: Mapped[MunicipalityId]
    role: Mapped[str] = mapped_column(String(20))
    until: Mapped[date | None]
    department: Mapped[str | None] = mapped_column(String(60))  # 担当課: the name that referrals use
    ended_at: Mapped[Moment | None]  # when the clock cut what hung on it


class StaffDistrict(Base):
    """A district a role covers."""

    __tablename__ = "staff_district"

    role_id: Mapped[int] = mapped_column(ForeignKey("staff_role.id", ondelete="CASCADE"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
