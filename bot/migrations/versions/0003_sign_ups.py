"""sign ups"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Sign-ups, reminders, and who is still to be told of a change."""
    _date_table(
        "sign_up",
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("queued_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('joined', 'waiting')", name=op.f("ck_sign_up_state")),
        sa.CheckConstraint("people BETWEEN 1 AND 10", name=op.f("ck_sign_up_people")),
    )
    op.create_index("ix_sign_up_waiting", "sign_up", ["state", "municipality_id", "entry_key", "day"])
    _date_table("reminder", sa.Column("remind_at", UtcDateTime(timezone=True), nullable=False))
    op.create_index(op.f("ix_reminder_remind_at"), "reminder", ["remind_at"])
    _date_table("change_notice")


def _date_table(name: str, *more: sa.schema.SchemaItem) -> None:
    """What belongs to one resident and one date of an activity."""
    key = ("municipality_id", "entry_key", "day", "resident_id")
    op.create_table(
        name,
        sa.Column("id", _ROW, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("entry_key", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("resident_id", _ROW, nullable=False),
        sa.Column("over_at", UtcDateTime(timezone=True), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{name}_municipality_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f(f"fk_{name}_resident_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(*key, name=op.f(f"uq_{name}_municipality_id_entry_key_day_resident_id")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    for column in ("municipality_id", "over_at", "resident_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def downgrade() -> None:
    """Without them."""
    op.drop_table("change_notice")
    op.drop_table("reminder")
    op.drop_table("sign_up")
