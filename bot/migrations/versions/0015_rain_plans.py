"""rain_plans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Rain plans: texts approved before the day, who may choose, whom to tell."""
    op.create_table(
        "rain_plan",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entry_key", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("approver_id", Id, nullable=True),
        sa.Column("sender", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("district_ids", sa.JSON(), nullable=False),
        sa.Column("decide_at", Moment, nullable=False),
        sa.Column("held_text", sa.String(length=100), nullable=False),
        sa.Column("off_text", sa.String(length=100), nullable=False),
        sa.Column("put_off_text", sa.String(length=100), nullable=True),
        sa.Column("moved_to", sa.Date(), nullable=True),
        sa.Column("comment", sa.String(length=400), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("submitted_at", Moment, nullable=True),
        sa.Column("approved_at", Moment, nullable=True),
        sa.Column("reminded_at", Moment, nullable=True),
        sa.Column("decided_at", Moment, nullable=True),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("announcement_id", Id, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'decided', 'lapsed', 'withdrawn')",
            name=op.f("ck_rain_plan_state"),
        ),
        sa.CheckConstraint("audience IN ('home', 'home_and_interest', 'city')", name=op.f("ck_rain_plan_audience")),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('held', 'off', 'put_off')", name=op.f("ck_rain_plan_decision")
        ),
        sa.CheckConstraint("approver_id IS NULL OR approver_id <> author_id", name=op.f("ck_rain_plan_second_person")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_rain_plan_municipality_id")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_rain_plan_author_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_rain_plan_approver_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_rain_plan_decided_by_id")),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name=op.f("fk_rain_plan_announcement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rain_plan")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_rain_plan_announcement_id")),
        sa.UniqueConstraint(
            "municipality_id", "entry_key", "day", name=op.f("uq_rain_plan_municipality_id_entry_key_day")
        ),
    )
    op.create_index(op.f("ix_rain_plan_municipality_id"), "rain_plan", ["municipality_id"])
    op.create_index("ix_rain_plan_due", "rain_plan", ["state", "decide_at"])
    op.create_table(
        "rain_plan_officer",
        sa.Column("plan_id", Id, nullable=False),
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["rain_plan.id"], name=op.f("fk_rain_plan_officer_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_rain_plan_officer_staff_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_rain_plan_officer_municipality_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "staff_id", name=op.f("pk_rain_plan_officer")),
    )
    op.create_index(op.f("ix_rain_plan_officer_municipality_id"), "rain_plan_officer", ["municipality_id"])
    op.create_index(op.f("ix_rain_plan_officer_staff_id"), "rain_plan_officer", ["staff_id"])
    op.create_table(
        "rain_recipient",
        sa.Column("announcement_id", Id, nullable=False),
        sa.Column("resident_id", Id, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_rain_recipient_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_rain_recipient_resident_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_rain_recipient_municipality_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "resident_id", name=op.f("pk_rain_recipient")),
    )
    op.create_index(op.f("ix_rain_recipient_municipality_id"), "rain_recipient", ["municipality_id"])
    op.create_index(op.f("ix_rain_recipient_resident_id"), "rain_recipient", ["resident_id"])
    op.create_table(
        "reminded",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entry_key", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("resident_id", Id, nullable=False),
        sa.Column("over_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_reminded_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_reminded_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminded")),
        sa.UniqueConstraint(
            "municipality_id",
            "entry_key",
            "day",
            "resident_id",
            name=op.f("uq_reminded_municipality_id_entry_key_day_resident_id"),
        ),
    )
    for column in ("municipality_id", "resident_id", "over_at"):
        op.create_index(op.f(f"ix_reminded_{column}"), "reminded", [column])


def downgrade() -> None:
    """Take it away."""
    for table in ("reminded", "rain_recipient", "rain_plan_officer", "rain_plan"):
        op.drop_table(table)
