"""poll items"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS_BEFORE = "kind IN ('answer', 'receipt', 'emergency', 'notice')"
KINDS_WITH_VOTES = "kind IN ('answer', 'receipt', 'emergency', 'notice', 'vote')"


def upgrade() -> None:
    """Items, a reminder and an earlier poll beside a poll; free answers; which item a closed ballot is of."""
    with op.batch_alter_table("poll") as table:
        table.add_column(sa.Column("items", sa.JSON(), nullable=True))
        table.add_column(sa.Column("repeats_id", ID, nullable=True))
        table.add_column(sa.Column("remind_at", bot.db.UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("reminded_at", bot.db.UtcDateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_poll_repeats_id_poll"), "poll", ["repeats_id"], ["id"], ondelete="SET NULL")
    with op.batch_alter_table("ballot", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.add_column(sa.Column("item", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("outbox_message") as table:
        table.drop_constraint(op.f("ck_outbox_message_kind"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_message_kind"), KINDS_WITH_VOTES)
    op.create_table(
        "poll_text",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("poll_id", ID, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name=op.f("ck_poll_text_state")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_poll_text_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_text_poll_id_poll"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_text")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_poll_text_municipality_id"), "poll_text", ["municipality_id"])
    op.create_index(op.f("ix_poll_text_poll_id"), "poll_text", ["poll_id"])


def downgrade() -> None:
    """Take them away again; polls with several items keep their first as their question."""
    op.drop_table("poll_text")
    op.execute("DELETE FROM outbox_message WHERE kind = 'vote'")
    with op.batch_alter_table("outbox_message") as table:
        table.drop_constraint(op.f("ck_outbox_message_kind"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_message_kind"), KINDS_BEFORE)
    with op.batch_alter_table("ballot", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_column("item")
    with op.batch_alter_table("poll") as table:
        table.drop_constraint(op.f("fk_poll_repeats_id_poll"), type_="foreignkey")
        for name in ("reminded_at", "remind_at", "repeats_id", "items"):
            table.drop_column(name)
