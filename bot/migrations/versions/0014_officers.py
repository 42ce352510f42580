"""officers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Officers in LINE; the hold, escalation and emergency path of approval."""
    op.create_table(
        "officer_link",
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", Id, nullable=False),
        sa.Column("linked_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_officer_link_municipality_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_officer_link_staff_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_officer_link_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_officer_link")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_officer_link_resident_id")),
    )
    op.create_index(op.f("ix_officer_link_municipality_id"), "officer_link", ["municipality_id"])
    op.create_table(
        "link_code",
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_link_code_municipality_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_link_code_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_link_code")),
    )
    op.create_index(op.f("ix_link_code_municipality_id"), "link_code", ["municipality_id"])
    op.create_table(
        "staff_notice",
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_staff_notice_municipality_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_notice_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "kind", "subject", name=op.f("pk_staff_notice")),
    )
    op.create_index(op.f("ix_staff_notice_municipality_id"), "staff_notice", ["municipality_id"])
    op.create_index(op.f("ix_staff_notice_told_at"), "staff_notice", ["told_at"])
    op.create_table(
        "approval_rule",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("hold_minutes BETWEEN 0 AND 60", name=op.f("ck_approval_rule_hold_minutes")),
        sa.CheckConstraint("wait_hours BETWEEN 1 AND 28", name=op.f("ck_approval_rule_wait_hours")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_approval_rule_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_approval_rule")),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_until", Moment, nullable=True))
        batch_op.add_column(sa.Column("escalated_at", Moment, nullable=True))
        batch_op.add_column(sa.Column("emergency_by_id", Id, nullable=True))
        batch_op.add_column(sa.Column("emergency_reason", sa.String(length=400), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_announcement_emergency_by_id"), "staff", ["emergency_by_id"], ["id"])


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_announcement_emergency_by_id"), type_="foreignkey")
        batch_op.drop_column("emergency_reason")
        batch_op.drop_column("emergency_by_id")
        batch_op.drop_column("escalated_at")
        batch_op.drop_column("held_until")
    for table in ("approval_rule", "staff_notice", "link_code", "officer_link"):
        op.drop_table(table)
