"""open data"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Warnings of the weather agency: the city's rule, what is in force, the telegrams, how far the feed was read."""
    op.create_table(
        "weather_feed",
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("modified", sa.String(length=60), nullable=True),
        sa.Column("read_to", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_weather_feed")),
    )
    op.create_table(
        "weather_rule",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("tell_from", sa.Integer(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.CheckConstraint("mode IN ('off', 'approve', 'send')", name=op.f("ck_weather_rule_mode")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_weather_rule_municipality_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_weather_rule_staff_id")),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_weather_rule")),
    )
    op.create_table(
        "weather_state",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("family", sa.String(length=10), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_weather_state_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", "family", name=op.f("pk_weather_state")),
    )
    op.create_table(
        "weather_telegram",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("announcement_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_weather_telegram_announcement_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_weather_telegram_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weather_telegram")),
        sa.UniqueConstraint("municipality_id", "digest", name=op.f("uq_weather_telegram_municipality_id_digest")),
    )
    op.create_index(op.f("ix_weather_telegram_municipality_id"), "weather_telegram", ["municipality_id"])
    op.create_index(op.f("ix_weather_telegram_announcement_id"), "weather_telegram", ["announcement_id"])


def downgrade() -> None:
    """Take it away."""
    for table in ("weather_telegram", "weather_state", "weather_rule", "weather_feed"):
        op.drop_table(table)
