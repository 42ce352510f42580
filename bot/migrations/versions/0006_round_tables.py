"""round tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Round tables, their record, matters, referrals and responses; the department of a role."""
    op.create_table(
        "round_table",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("theme", sa.String(length=200), nullable=False),
        sa.Column("opens_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("meets_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("answerer", sa.String(length=80), nullable=False),
        sa.Column("answer_on", sa.Date(), nullable=False),
        sa.Column("takes_statements", sa.Boolean(), nullable=False),
        sa.Column("voting", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attendance", sa.Integer(), nullable=True),
        sa.Column("record_approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("record_approved_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("referrals_approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("referrals_approved_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reported_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("followed_up_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('round_table', 'exchange', 'section', 'board')", name=op.f("ck_round_table_kind")),
        sa.CheckConstraint(
            "state IN ('planned', 'listening', 'meeting', 'referring', 'answering', "
            "'reported', 'followed_up', 'cancelled')",
            name=op.f("ck_round_table_state"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_round_table_announcement_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_round_table_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_round_table_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_round_table_municipality_id")),
        sa.ForeignKeyConstraint(["record_approved_by"], ["staff.id"], name=op.f("fk_round_table_record_approved_by")),
        sa.ForeignKeyConstraint(
            ["referrals_approved_by"], ["staff.id"], name=op.f("fk_round_table_referrals_approved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_table")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_round_table_announcement_id")),
        sa.UniqueConstraint(
            "municipality_id",
            "district_id",
            "kind",
            "number",
            name=op.f("uq_round_table_municipality_id_district_id_kind_number"),
        ),
    )
    with op.batch_alter_table("round_table", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_table_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_table_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index("ix_round_table_state", ["municipality_id", "state"], unique=False)

    op.create_table(
        "agenda_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.Column("homework", sa.Text(), nullable=False),
        sa.Column("in_charge", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_agenda_item_municipality_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_agenda_item_round_table_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
        sa.UniqueConstraint("round_table_id", "position", name=op.f("uq_agenda_item_round_table_id_position")),
    )
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_item_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "door_count",
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("door IN ('paper', 'phone', 'desk', 'meeting')", name=op.f("ck_door_count_door")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_door_count_not_negative")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_door_count_municipality_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_door_count_round_table_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_table_id", "door", "position", name=op.f("pk_door_count")),
    )
    with op.batch_alter_table("door_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_count_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("by_person", sa.String(length=400), nullable=False),
        sa.Column("by_community", sa.String(length=400), nullable=False),
        sa.Column("by_city", sa.String(length=400), nullable=False),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_matter_municipality_id")),
        sa.ForeignKeyConstraint(["round_table_id"], ["round_table.id"], name=op.f("fk_matter_round_table_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("round_table_id", "number", name=op.f("uq_matter_round_table_id_number")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "round_table_report",
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_round_table_report_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_round_table_report_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_round_table_report_round_table_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", name=op.f("pk_round_table_report")),
    )
    with op.batch_alter_table("round_table_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_table_report_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_table_report_round_table_id"), ["round_table_id"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "body IN ('centre', 'council', 'association', 'department', 'other')", name=op.f("ck_referral_body")
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_referral_matter_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_referral_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("ix_referral_due_on", ["municipality_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("next_report_on", sa.Date(), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approver_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("comment", sa.String(length=400), nullable=True),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind <> 'studying' OR next_report_on IS NOT NULL", name=op.f("ck_response_next_report")),
        sa.CheckConstraint(
            "kind IN ('done', 'will_do', 'partly', 'studying', 'locally', 'cannot', 'elsewhere')",
            name=op.f("ck_response_kind"),
        ),
        sa.CheckConstraint("state IN ('submitted', 'returned', 'published')", name=op.f("ck_response_state")),
        sa.CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name=op.f("ck_response_second_person")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_response_approver_id")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_response_author_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_response_matter_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_response_municipality_id")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_response_referral_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["round_table_report.announcement_id"],
            name=op.f("fk_response_report_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_response_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_response_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_response_report_id"), ["report_id"], unique=False)

    op.add_column("staff_role", sa.Column("department", sa.String(length=60), nullable=True))


def downgrade() -> None:
    """As it was before."""
    # Not by batch: rebuilding the table would delete the districts that hang on it.
    op.drop_column("staff_role", "department")

    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_report_id"))
        batch_op.drop_index(batch_op.f("ix_response_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_response_matter_id"))

    op.drop_table("response")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_referral_matter_id"))
        batch_op.drop_index("ix_referral_due_on")

    op.drop_table("referral")
    with op.batch_alter_table("round_table_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_table_report_round_table_id"))
        batch_op.drop_index(batch_op.f("ix_round_table_report_municipality_id"))

    op.drop_table("round_table_report")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_municipality_id"))

    op.drop_table("matter")
    with op.batch_alter_table("door_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_count_municipality_id"))

    op.drop_table("door_count")
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_item_municipality_id"))

    op.drop_table("agenda_item")
    with op.batch_alter_table("round_table", schema=None) as batch_op:
        batch_op.drop_index("ix_round_table_state")
        batch_op.drop_index(batch_op.f("ix_round_table_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_round_table_district_id"))

    op.drop_table("round_table")
