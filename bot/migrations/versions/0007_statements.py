"""statements"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Statements, links, votes on them, the log of moderation, election days."""
    op.create_table(
        "election_period",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_election_period_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_election_period")),
    )
    with op.batch_alter_table("election_period", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_election_period_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "moderation_act",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before", sa.String(length=140), nullable=True),
        sa.CheckConstraint(
            "act IN ('approve', 'refuse', 'merge', 'reword', 'enter', 'seed', 'hide')",
            name=op.f("ck_moderation_act_act"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_moderation_act_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_act")),
    )
    with op.batch_alter_table("moderation_act", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_act_at", ["municipality_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_moderation_act_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_moderation_act_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "statement_quota",
        sa.Column("name", sa.LargeBinary(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_quota_municipality_id")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_statement_quota")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_quota", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_quota_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "listening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("moderator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("promise_hours", sa.Integer(), nullable=False),
        sa.Column("votes_state", sa.String(length=10), nullable=False),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("board", sa.LargeBinary(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "votes_state IN ('none', 'open', 'closing', 'closed', 'lost')", name=op.f("ck_listening_votes_state")
        ),
        sa.ForeignKeyConstraint(["moderator_id"], ["staff.id"], name=op.f("fk_listening_moderator_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_listening_municipality_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_listening_round_table_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listening")),
        sa.UniqueConstraint(
            "municipality_id", "round_table_id", name=op.f("uq_listening_municipality_id_round_table_id")
        ),
    )
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listening_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listening_round_table_id"), ["round_table_id"], unique=False)

    op.create_table(
        "round_participation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_round_participation_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_round_participation_resident_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_table_id"],
            ["round_table.id"],
            name=op.f("fk_round_participation_round_table_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_participation")),
        sa.UniqueConstraint(
            "round_table_id", "resident_id", name=op.f("uq_round_participation_round_table_id_resident_id")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("round_participation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_participation_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_participation_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.Boolean(), nullable=False),
        sa.Column("held_for", sa.String(length=10), nullable=True),
        sa.Column("text", sa.String(length=140), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=True),
        sa.Column("due_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reworded", sa.Boolean(), nullable=False),
        sa.Column("agree", sa.Integer(), nullable=True),
        sa.Column("disagree", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Integer(), nullable=True),
        sa.CheckConstraint("door IN ('paper', 'phone', 'desk', 'meeting', 'line')", name=op.f("ck_statement_door")),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused', 'merged', 'withdrawn', 'hidden')",
            name=op.f("ck_statement_state"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_statement_district_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_statement_matter_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["statement.id"], name=op.f("fk_statement_merged_into_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_statement_municipality_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_statement_round_table_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("municipality_id", "number", name=op.f("uq_statement_municipality_id_number")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_district_id"), ["district_id"], unique=False)
        batch_op.create_index("ix_statement_list", ["municipality_id", "state", "round_table_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_round_table_id"), ["round_table_id"], unique=False)

    op.create_table(
        "statement_link",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_link_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_link_statement_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement_link")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_link_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "statement_unsend",
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_unsend_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_unsend_statement_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_statement_unsend")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_unsend", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_unsend_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_unsend_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "statement_vote",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("round_table_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("voter", sa.LargeBinary(length=32), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_statement_vote_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_table.id"], name=op.f("fk_statement_vote_round_table_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_vote_statement_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_vote")),
        sa.UniqueConstraint("statement_id", "voter", name=op.f("uq_statement_vote_statement_id_voter")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("statement_vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_vote_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_vote_round_table_id"), ["round_table_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_vote_voter"), ["voter"], unique=False)


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("statement_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_vote_voter"))
        batch_op.drop_index(batch_op.f("ix_statement_vote_round_table_id"))
        batch_op.drop_index(batch_op.f("ix_statement_vote_municipality_id"))

    op.drop_table("statement_vote")
    with op.batch_alter_table("statement_unsend", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_unsend_statement_id"))
        batch_op.drop_index(batch_op.f("ix_statement_unsend_municipality_id"))

    op.drop_table("statement_unsend")
    with op.batch_alter_table("statement_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_link_municipality_id"))

    op.drop_table("statement_link")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_round_table_id"))
        batch_op.drop_index(batch_op.f("ix_statement_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_statement_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_statement_matter_id"))
        batch_op.drop_index("ix_statement_list")
        batch_op.drop_index(batch_op.f("ix_statement_district_id"))

    op.drop_table("statement")
    with op.batch_alter_table("round_participation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_participation_resident_id"))
        batch_op.drop_index(batch_op.f("ix_round_participation_municipality_id"))

    op.drop_table("round_participation")
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listening_round_table_id"))
        batch_op.drop_index(batch_op.f("ix_listening_municipality_id"))

    op.drop_table("listening")
    with op.batch_alter_table("statement_quota", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_quota_municipality_id"))

    op.drop_table("statement_quota")
    with op.batch_alter_table("moderation_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moderation_act_statement_id"))
        batch_op.drop_index(batch_op.f("ix_moderation_act_municipality_id"))
        batch_op.drop_index("ix_moderation_act_at")

    op.drop_table("moderation_act")
    with op.batch_alter_table("election_period", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_election_period_municipality_id"))

    op.drop_table("election_period")
