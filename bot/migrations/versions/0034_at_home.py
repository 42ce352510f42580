"""at home"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COLUMNS = ["home_district_id", "id", "state", "paused_at", "municipality_id", "frequency", "language", "line_id"]


def upgrade() -> None:
    """One index with all that counting and freezing the residents of a district ask for."""
    op.create_index("ix_resident_at_home", "resident", COLUMNS)
    op.drop_index("ix_resident_home_district_id", "resident")


def downgrade() -> None:
    """The district alone again."""
    op.create_index("ix_resident_home_district_id", "resident", ["home_district_id"])
    op.drop_index("ix_resident_at_home", "resident")
