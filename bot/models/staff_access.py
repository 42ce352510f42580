"""How staff come in: invitations, sessions, passkeys, recovery codes, the city's own sign-in.

`municipality_id` is the person's own; None for an admin of the whole installation, as in `staff`. Times are real.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.permissions import ROLES
from bot.db import Base
from bot.models.columns import JsonList, Moment, RowId, one_of

WAYS = ("password", "passkey", "city", "invitation")


class Invitation(Base):
    """Somebody asked to join, with what they will be; the link's secret is kept as a digest only."""

    __tablename__ = "staff_invitation"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    email: Mapped[str] = mapped_column(String(120), index=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20))
    district_ids: Mapped[JsonList]
    department: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[date | None]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    inviter: Mapped[str] = mapped_column(String(60))  # the name, as the invited person reads it
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    withdrawn_at: Mapped[Moment | None]


class StaffSession(Base):
    """One browser that is signed in. No address is kept: what it is called is enough to know it again."""

    __tablename__ = "staff_session"
    __table_args__ = (one_of("way", WAYS),)

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int]  # counts as long as it is staff.session_version
    device: Mapped[str] = mapped_column(String(60))
    way: Mapped[str] = mapped_column(String(20))
    begun_at: Mapped[Moment]
    seen_at: Mapped[Moment] = mapped_column(index=True)
    proved_at: Mapped[Moment]  # when the person last showed who they are


class KeptForm(Base):
    """A form that waits while its writer is at the city's sign-in; `form` is sealed, the key is the browser's.

    Nobody is known yet who could have a municipality.
    """

    __tablename__ = "kept_form"

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    form: Mapped[bytes] = mapped_column(LargeBinary)
    until: Mapped[Moment]


class RecoveryCode(Base):
    """A code written down for the day the phone is lost; used once."""

    __tablename__ = "recovery_code"

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[Moment | None]


class Passkey(Base):
    """A passkey (WebAuthn credential) of a person."""

    __tablename__ = "passkey"

    id: Mapped[RowId]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    # When the last challenge it answered was made: an older or the same one is worth nothing any more.
    challenge_at: Mapped[Moment | None]


class StaffIdentity(Base):
    """The same person at the city's own sign-in (OpenID Connect)."""

    __tablename__ = "staff_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[Moment]
