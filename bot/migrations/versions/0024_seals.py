"""seals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CHAIN_COLUMNS = ("digest", "position", "erased_at")


def upgrade() -> None:
    """The audit's chain, what retention erased, links to one's own data, texts that were seen."""
    op.add_column("audit_row", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("audit_row", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column("audit_row", sa.Column("erased_at", bot.db.UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_audit_row_position", "audit_row", ["position"], unique=True)
    op.create_index("ix_audit_row_target", "audit_row", ["municipality_id", "target"])
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("logged_day", sa.Date(), nullable=True),
        sa.Column("asked_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("checked_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("checked_count", sa.BigInteger(), nullable=True),
        sa.Column("broken", sa.String(length=300), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_chain_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "retention_run",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule", "day", name=op.f("pk_retention_run")),
    )
    _data_link()
    _consent_seen()


def _data_link() -> None:
    op.create_table(
        "data_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_data_link_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_data_link_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_link")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_data_link_resident_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_data_link_token_hash")),
    )
    op.create_index(op.f("ix_data_link_municipality_id"), "data_link", ["municipality_id"])


def _consent_seen() -> None:
    op.create_table(
        "consent_seen",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('register', 'statement', 'inquiry')", name=op.f("ck_consent_seen_kind")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_consent_seen_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_consent_seen_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident_id", "kind", name=op.f("pk_consent_seen")),
    )
    op.create_index(op.f("ix_consent_seen_municipality_id"), "consent_seen", ["municipality_id"])


def downgrade() -> None:
    """Take it away. The seals of rows go as well: they would stand for nothing."""
    for table in ("consent_seen", "data_link", "retention_run", "audit_chain"):
        op.drop_table(table)
    op.execute("UPDATE audit_row SET salt = NULL, seal = NULL")
    op.drop_index("ix_audit_row_target", table_name="audit_row")
    op.drop_index("ix_audit_row_position", table_name="audit_row")
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        for column in CHAIN_COLUMNS:
            batch_op.drop_column(column)
