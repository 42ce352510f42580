"""sources"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "'activities', 'facilities', 'shelters', 'population', 'calendar', 'news'"


def upgrade() -> None:
    """Addresses that are polled, readings of files, and by what entries are known again."""
    moment = bot.db.UtcDateTime(timezone=True)
    op.create_table(
        "feed",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("hosts", sa.String(length=500), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("accept", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("claimed_until", moment, nullable=True),
        sa.Column("tried_at", moment, nullable=True),
        sa.Column("read_at", moment, nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("last_modified", sa.String(length=60), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_feed_kind")),
        sa.CheckConstraint("accept IN ('auto', 'review')", name=op.f("ck_feed_accept")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_feed_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("municipality_id", "url", name=op.f("uq_feed_municipality_id_url")),
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_municipality_id"), ["municipality_id"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("collection", sa.String(length=120), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_import_run_kind")),
        sa.CheckConstraint("state IN ('checked', 'taken', 'dropped', 'failed')", name=op.f("ck_import_run_state")),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_import_run_feed_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_import_run_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_municipality_id"), ["municipality_id"], unique=False)
    op.create_table(
        "imported_entry",
        sa.Column("entry_id", ID, nullable=False, autoincrement=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("collection", sa.String(length=120), nullable=False),
        sa.Column("outside_id", sa.String(length=220), nullable=True),
        sa.Column("name_hash", sa.String(length=16), nullable=False),
        sa.Column("place_hash", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_imported_entry_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_imported_entry_municipality_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_imported_entry")),
    )
    with op.batch_alter_table("imported_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_entry_municipality_id"), ["municipality_id"], unique=False)


def downgrade() -> None:
    """Without them; the entries stay."""
    op.drop_table("imported_entry")
    op.drop_table("import_run")
    op.drop_table("feed")
