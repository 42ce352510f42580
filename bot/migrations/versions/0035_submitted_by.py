"""submitted by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Who brought it to approval: they cannot be its second person, whoever wrote it first."""
    for table in ("announcement", "rain_plan"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("submitted_by_id", ID, nullable=True))
            batch_op.create_foreign_key(batch_op.f(f"fk_{table}_submitted_by_id"), "staff", ["submitted_by_id"], ["id"])


def downgrade() -> None:
    """Forget it."""
    for table in ("announcement", "rain_plan"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_submitted_by_id"), type_="foreignkey")
            batch_op.drop_column("submitted_by_id")
