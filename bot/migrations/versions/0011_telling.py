"""telling"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Languages, filters and kinds of announcements; the ledger; topics, frequency and posts of residents."""
    op.create_table(
        "announcement_recipient",
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("variant", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("frozen_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lane IN ('now', 'morning', 'evening', 'weekly')", name=op.f("ck_announcement_recipient_lane")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_recipient_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_announcement_recipient_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_announcement_recipient_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("announcement_id", "resident_id", name=op.f("pk_announcement_recipient")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("announcement_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_announcement_recipient_resident_id", ["resident_id", "frozen_at"], unique=False)
        batch_op.create_index("ix_announcement_recipient_waiting", ["lane", "told_at"], unique=False)

    op.create_table(
        "announcement_text",
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("messages", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_text_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_announcement_text_municipality_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "language", name=op.f("pk_announcement_text")),
    )
    with op.batch_alter_table("announcement_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_text_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "resident_topic",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "topic IN ('activities', 'children', 'safety', 'environment', 'welfare', 'volunteers')",
            name=op.f("ck_resident_topic_topic"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_resident_topic_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_topic_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident_id", "topic", name=op.f("pk_resident_topic")),
    )
    with op.batch_alter_table("resident_topic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resident_topic_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "role_holder",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("neighbourhood", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "post IN ('group_head', 'section_head', 'association_head')", name=op.f("ck_role_holder_post")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_role_holder_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_role_holder_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_role_holder_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident_id", "post", name=op.f("pk_role_holder")),
    )
    with op.batch_alter_table("role_holder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_holder_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_role_holder_municipality_id"), ["municipality_id"], unique=False)

    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), nullable=False, server_default="other"))
        batch_op.add_column(sa.Column("urgency", sa.String(length=20), nullable=False, server_default="normal"))
        batch_op.add_column(sa.Column("filters", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("buttons", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("particulars", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(
            sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_announcement_corrects_id"), ["corrects_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_announcement_corrects_id"), "announcement", ["corrects_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_announcement_kind"),
            "kind IN ('activity', 'recruit', 'cleaning', 'disaster', 'called_off', 'request', 'circular', 'slip', 'report', 'other')",
        )
        batch_op.create_check_constraint(
            op.f("ck_announcement_urgency"), "urgency IN ('normal', 'cancellation', 'emergency')"
        )

    with op.batch_alter_table("announcement_batch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("variant", sa.String(length=10), nullable=False, server_default="ja"))

    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frequency", sa.String(length=10), nullable=False, server_default="at_once"))
        batch_op.create_check_constraint(
            op.f("ck_resident_frequency"), "frequency IN ('at_once', 'morning', 'evening', 'weekly')"
        )


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_resident_frequency"), type_="check")
        batch_op.drop_column("frequency")

    with op.batch_alter_table("announcement_batch", schema=None) as batch_op:
        batch_op.drop_column("variant")

    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcement_kind"), type_="check")
        batch_op.drop_constraint(op.f("ck_announcement_urgency"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_announcement_corrects_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_announcement_corrects_id"))
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("particulars")
        batch_op.drop_column("buttons")
        batch_op.drop_column("filters")
        batch_op.drop_column("urgency")
        batch_op.drop_column("kind")

    with op.batch_alter_table("role_holder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_holder_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_role_holder_district_id"))

    op.drop_table("role_holder")
    with op.batch_alter_table("resident_topic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_topic_municipality_id"))

    op.drop_table("resident_topic")
    with op.batch_alter_table("announcement_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcement_text_municipality_id"))

    op.drop_table("announcement_text")
    with op.batch_alter_table("announcement_recipient", schema=None) as batch_op:
        batch_op.drop_index("ix_announcement_recipient_waiting")
        batch_op.drop_index("ix_announcement_recipient_resident_id")

    op.drop_table("announcement_recipient")
