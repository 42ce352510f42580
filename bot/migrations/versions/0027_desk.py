"""desk"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = bot.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Who looks after an inquiry, notes among staff, texts kept ready; why a question was taken off the list."""
    op.create_table(
        "inquiry_assignment",
        sa.Column("inquiry_id", Id, autoincrement=False, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_inquiry_assignment_inquiry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_assignment_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_inquiry_assignment_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", name=op.f("pk_inquiry_assignment")),
    )
    with op.batch_alter_table("inquiry_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inquiry_assignment_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inquiry_assignment_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "inquiry_note",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("inquiry_id", Id, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_inquiry_note_inquiry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_inquiry_note_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_note")),
    )
    with op.batch_alter_table("inquiry_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inquiry_note_inquiry_id"), ["inquiry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inquiry_note_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "reply_template",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_reply_template_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
    )
    with op.batch_alter_table("reply_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_template_municipality_id"), ["municipality_id"], unique=False)

    with op.batch_alter_table("unanswered_question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_reason", sa.String(length=12), nullable=True))


def downgrade() -> None:
    """The columns and tables go."""
    with op.batch_alter_table("unanswered_question", schema=None) as batch_op:
        batch_op.drop_column("done_reason")
    op.drop_table("reply_template")
    op.drop_table("inquiry_note")
    op.drop_table("inquiry_assignment")
