"""schedules"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("told_at IS NULL AND lane <> 'now'")


def upgrade() -> None:
    """Series, digests, missed times, the weekly cap, deadlines of grants."""
    op.create_table(
        "announcement_series",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("holiday", sa.String(length=10), nullable=False),
        sa.Column("breaks", sa.JSON(), nullable=False),
        sa.Column("exceptions", sa.JSON(), nullable=False),
        sa.Column("made_to", sa.Date(), nullable=True),
        sa.Column("approved_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_by", ID, nullable=True),
        sa.Column("stop_reason", sa.String(length=200), nullable=True),
        sa.Column("replaces_id", ID, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'stopped', 'over')", name=op.f("ck_announcement_series_state")
        ),
        sa.CheckConstraint("holiday IN ('keep', 'previous', 'next')", name=op.f("ck_announcement_series_holiday")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_announcement_series_municipality_id")
        ),
        sa.ForeignKeyConstraint(["stop_asked_by"], ["staff.id"], name=op.f("fk_announcement_series_stop_asked_by")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["announcement_series.id"], name=op.f("fk_announcement_series_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_series")),
    )
    op.create_index(op.f("ix_announcement_series_municipality_id"), "announcement_series", ["municipality_id"])
    op.create_index(op.f("ix_announcement_series_replaces_id"), "announcement_series", ["replaces_id"])

    op.create_table(
        "deadline_reminder",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entry_key", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("remind_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_deadline_reminder_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_deadline_reminder_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_reminder")),
        sa.UniqueConstraint(
            "municipality_id", "entry_key", "day", "resident_id", "days_before",
            name=op.f("uq_deadline_reminder"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_deadline_reminder_municipality_id"), "deadline_reminder", ["municipality_id"])
    op.create_index(op.f("ix_deadline_reminder_resident_id"), "deadline_reminder", ["resident_id"])
    op.create_index(op.f("ix_deadline_reminder_remind_at"), "deadline_reminder", ["remind_at"])

    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_digests", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("late_hours", sa.Integer(), nullable=False, server_default="24"))
        batch_op.add_column(sa.Column("at_once", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("series_id", ID, nullable=True))
        batch_op.add_column(sa.Column("series_day", sa.Date(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_announcement_series_id"), "announcement_series", ["series_id"], ["id"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_announcement_series_id_series_day"), ["series_id", "series_day"]
        )
    with op.batch_alter_table("municipality", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weekly_cap", sa.Integer(), nullable=False, server_default="2"))
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("urgency", sa.String(length=20), nullable=False, server_default="normal"))

    # Nothing has been written into it yet: a release that has 0011 has this one too.
    op.drop_table("announcement_recipient")
    _ledger()
    op.create_index("ix_announcement_recipient_resident_id", "announcement_recipient", ["resident_id"])
    op.create_index(
        "ix_announcement_recipient_waiting", "announcement_recipient", ["lane", "resident_id"],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip


def downgrade() -> None:
    """Take it away."""
    op.drop_table("announcement_recipient")
    _ledger(
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_announcement_recipient_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_announcement_recipient_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_announcement_recipient_resident_id"), ondelete="CASCADE"
        ),
    )  # fmt: skip
    op.create_index("ix_announcement_recipient_waiting", "announcement_recipient", ["lane", "told_at"])
    op.create_index("ix_announcement_recipient_resident_id", "announcement_recipient", ["resident_id", "frozen_at"])
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_column("urgency")
    with op.batch_alter_table("municipality", schema=None) as batch_op:
        batch_op.drop_column("weekly_cap")
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_announcement_series_id_series_day"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_announcement_series_id"), type_="foreignkey")
        batch_op.drop_column("series_day")
        batch_op.drop_column("series_id")
        batch_op.drop_column("at_once")
        batch_op.drop_column("late_hours")
        batch_op.drop_column("in_digests")
    op.drop_table("deadline_reminder")
    op.drop_table("announcement_series")


def _ledger(*constraints: sa.Constraint) -> None:
    op.create_table(
        "announcement_recipient",
        sa.Column("announcement_id", ID, autoincrement=False, nullable=False),
        sa.Column("resident_id", ID, autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("variant", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("frozen_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lane IN ('now', 'morning', 'evening', 'weekly')", name=op.f("ck_announcement_recipient_lane")
        ),
        *constraints,
        sa.PrimaryKeyConstraint("announcement_id", "resident_id", name=op.f("pk_announcement_recipient")),
        sqlite_with_rowid=False,
    )
