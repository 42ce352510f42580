"""budget"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "audience IN ('home', 'home_and_interest', 'city')"
AFTER = "audience IN ('home', 'home_and_interest', 'city', 'holders', 'took_part')"


def upgrade() -> None:
    """Two more audiences, who left after a send, the month's reserve, codes for a trial."""
    op.create_table(
        "budget_rule",
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("reserve", sa.Integer(), nullable=True),
        sa.Column("block_percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("reserve IS NULL OR reserve >= 0", name=op.f("ck_budget_rule_reserve")),
        sa.CheckConstraint("block_percent BETWEEN 1 AND 50", name=op.f("ck_budget_rule_block_percent")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_budget_rule_municipality_id")),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_budget_rule")),
    )
    op.create_table(
        "trial_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("announcement_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("expires_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_trial_code_municipality_id")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_trial_code_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_trial_code_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_trial_code")),
    )
    for column in ("municipality_id", "announcement_id", "staff_id"):
        op.create_index(op.f(f"ix_trial_code_{column}"), "trial_code", [column])
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_after", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f("ck_announcement_audience"), type_="check")
        batch_op.create_check_constraint(op.f("ck_announcement_audience"), AFTER)


def downgrade() -> None:
    """Take it away; what was for holders of a post, or for those who took part, can no longer be sent."""
    gone = (
        "UPDATE announcement SET audience = 'home', state = CASE WHEN frozen_at IS NULL THEN 'cancelled' ELSE state END"
    )
    op.execute(f"{gone} WHERE audience IN ('holders', 'took_part')")  # noqa: S608  no value of anybody's
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcement_audience"), type_="check")
        batch_op.create_check_constraint(op.f("ck_announcement_audience"), BEFORE)
        batch_op.drop_column("left_after")
    op.drop_table("trial_code")
    op.drop_table("budget_rule")
