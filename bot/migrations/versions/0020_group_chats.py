"""group chats"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Groups of neighbourhood associations, and what was handed to them."""
    op.create_table(
        "group_chat",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("district_id", ID, nullable=True),
        sa.Column("neighbourhood", sa.String(length=40), nullable=True),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('active', 'left')", name=op.f("ck_group_chat_state")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_group_chat_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_group_chat_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chat")),
        sa.UniqueConstraint("municipality_id", "line_id", name=op.f("uq_group_chat_municipality_id_line_id")),
    )
    op.create_index(op.f("ix_group_chat_municipality_id"), "group_chat", ["municipality_id"])
    op.create_index(op.f("ix_group_chat_district_id"), "group_chat", ["district_id"])
    op.create_table(
        "group_notice",
        sa.Column("announcement_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_group_notice_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_chat.id"], name=op.f("fk_group_notice_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_group_notice_municipality_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "group_id", name=op.f("pk_group_notice")),
    )
    op.create_index(op.f("ix_group_notice_municipality_id"), "group_notice", ["municipality_id"])
    with op.batch_alter_table("announcement") as table:
        table.add_column(sa.Column("to_groups", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("outbox_message") as table:
        table.add_column(sa.Column("group_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_outbox_message_group_id"), "group_chat", ["group_id"], ["id"], ondelete="CASCADE")
        table.create_index(op.f("ix_outbox_message_group_id"), ["group_id"])


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("outbox_message") as table:
        table.drop_index(op.f("ix_outbox_message_group_id"))
        table.drop_constraint(op.f("fk_outbox_message_group_id"), type_="foreignkey")
        table.drop_column("group_id")
    with op.batch_alter_table("announcement") as table:
        table.drop_column("to_groups")
    op.drop_table("group_notice")
    op.drop_table("group_chat")
