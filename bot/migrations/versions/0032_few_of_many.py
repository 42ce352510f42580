"""few of many"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MENU = sa.text("coalesce(menu_language, 'ja') <> language")
SILENT = sa.text("(state <> 'active' OR paused_at IS NOT NULL)")


def upgrade() -> None:
    """Partial indexes of what is looked for again and again among half a million residents."""
    op.create_index(
        "ix_resident_menu", "resident", ["municipality_id", "id"], sqlite_where=MENU, postgresql_where=MENU
    )
    op.create_index(
        "ix_resident_silent", "resident", ["municipality_id", "id"], sqlite_where=SILENT, postgresql_where=SILENT
    )


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_resident_silent", "resident")
    op.drop_index("ix_resident_menu", "resident")
