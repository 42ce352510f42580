"""places"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUCCESSOR = "fk_district_successor_id"


def upgrade() -> None:
    """Districts that end, are renamed and merged; what staff changed of them, of desks and of the city; pauses of voices."""
    with op.batch_alter_table("district") as batch_op:
        batch_op.add_column(sa.Column("edited", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("successor_id", ID, nullable=True))
        batch_op.create_foreign_key(op.f(SUCCESSOR), "district", ["successor_id"], ["id"])
    for table in ("desk", "municipality"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("edited", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "district_name",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kana", sa.String(length=60), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        _municipality("district_name"),
        _district("district_name", "district_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_name")),
    )
    op.create_table(
        "district_change",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("kana", sa.String(length=60), nullable=True),
        sa.Column("into_id", ID, nullable=True),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned_by", sa.String(length=60), nullable=False),
        sa.Column("planned_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False, server_default="{}"),
        sa.CheckConstraint("kind IN ('rename', 'merge')", name=op.f("ck_district_change_kind")),
        sa.CheckConstraint("state IN ('planned', 'done', 'cancelled')", name=op.f("ck_district_change_state")),
        _municipality("district_change"),
        _district("district_change", "district_id"),
        _district("district_change", "into_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_change")),
    )
    op.create_table(
        "voice_pause",
        sa.Column("resident_id", ID, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("last_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("paused_until", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=True),
        _municipality("voice_pause"),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_voice_pause_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_voice_pause")),
        sa.UniqueConstraint("municipality_id", "code", name=op.f("uq_voice_pause_municipality_id_code")),
    )
    op.create_index(op.f("ix_voice_pause_municipality_id"), "voice_pause", ["municipality_id"])
    for table in ("district_name", "district_change"):
        for column in ("municipality_id", "district_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_district_change_due", "district_change", ["state", "takes_effect_on"])


def downgrade() -> None:
    """Take it away; names and contacts stay as they are now."""
    op.drop_table("voice_pause")
    op.drop_table("district_change")
    op.drop_table("district_name")
    for table in ("desk", "municipality"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("edited")
    with op.batch_alter_table("district") as batch_op:
        batch_op.drop_constraint(op.f(SUCCESSOR), type_="foreignkey")
        for column in ("successor_id", "valid_to", "valid_from", "edited"):
            batch_op.drop_column(column)


def _municipality(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_municipality_id")
    return sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=name)


def _district(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], ["district.id"], name=name, ondelete="CASCADE")
