"""handover"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """When the clock cut what hung on a role."""
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", bot.db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
