"""inquiries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CATEGORIES = "'road', 'waste', 'safety', 'community', 'facility', 'family', 'proposal', 'other'"


def upgrade() -> None:
    """Inquiries, their letters, referrals and links."""
    op.create_table(
        "inquiry",
        sa.Column("id", _ROW, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", _ROW, nullable=True),
        sa.Column("district_id", _ROW, nullable=True),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("door", sa.String(length=5), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("department", sa.String(length=60), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_by", sa.String(length=60), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('new', 'working', 'referred', 'answered', 'closed')", name=op.f("ck_inquiry_state")),
        sa.CheckConstraint(f"category IN ({_CATEGORIES})", name=op.f("ck_inquiry_category")),
        sa.CheckConstraint("door IN ('line', 'web')", name=op.f("ck_inquiry_door")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_inquiry_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_inquiry_resident_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inquiry_municipality_id"), "inquiry", ["municipality_id"])
    op.create_index(op.f("ix_inquiry_resident_id"), "inquiry", ["resident_id"])
    op.create_index("ix_inquiry_listing", "inquiry", ["municipality_id", "state", "waiting_since"])
    op.create_table(
        "inquiry_letter",
        sa.Column("id", _ROW, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("inquiry_id", _ROW, nullable=False),
        sa.Column("writer", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("way", sa.String(length=4), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("outbox_id", _ROW, nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("writer IN ('resident', 'staff')", name=op.f("ck_inquiry_letter_writer")),
        sa.CheckConstraint("way IN ('page', 'chat')", name=op.f("ck_inquiry_letter_way")),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_inquiry_letter_inquiry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_letter_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_message.id"], name=op.f("fk_inquiry_letter_outbox_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_letter")),
    )
    for column in ("inquiry_id", "municipality_id", "outbox_id"):
        op.create_index(op.f(f"ix_inquiry_letter_{column}"), "inquiry_letter", [column])
    op.create_table(
        "inquiry_referral",
        sa.Column("id", _ROW, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("inquiry_id", _ROW, nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_inquiry_referral_inquiry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_referral_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_referral")),
    )
    for column in ("inquiry_id", "municipality_id"):
        op.create_index(op.f(f"ix_inquiry_referral_{column}"), "inquiry_referral", [column])
    op.create_table(
        "inquiry_link",
        sa.Column("id", _ROW, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("resident_id", _ROW, nullable=True),
        sa.Column("inquiry_id", _ROW, nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('form', 'answer')", name=op.f("ck_inquiry_link_kind")),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_inquiry_link_inquiry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_link_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_inquiry_link_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_inquiry_link_token_hash")),
    )
    for column in ("expires_at", "inquiry_id", "municipality_id", "resident_id"):
        op.create_index(op.f(f"ix_inquiry_link_{column}"), "inquiry_link", [column])


def downgrade() -> None:
    """The rows go with their tables."""
    for table in ("inquiry_link", "inquiry_referral", "inquiry_letter", "inquiry"):
        op.drop_table(table)
