"""circulars"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Circular issues, the 部数表, liaison slips and the codes of posts."""
    op.create_table(
        "circular_rule",
        sa.Column(
            "district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("shift", sa.String(length=10), nullable=False),
        sa.Column("breaks", sa.JSON(), nullable=False),
        sa.Column("close_days", sa.Integer(), nullable=False),
        sa.Column("send_hour", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("shift IN ('before', 'after', 'skip')", name=op.f("ck_circular_rule_shift")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_circular_rule_district_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_circular_rule_municipality_id")
        ),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_circular_rule")),
    )
    with op.batch_alter_table("circular_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circular_rule_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "neighbourhood_association",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("copies BETWEEN 0 AND 9999", name=op.f("ck_neighbourhood_association_copies")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_neighbourhood_association_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_neighbourhood_association_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbourhood_association")),
        sa.UniqueConstraint(
            "municipality_id",
            "district_id",
            "name",
            name=op.f("uq_neighbourhood_association_municipality_id_district_id_name"),
        ),
    )
    with op.batch_alter_table("neighbourhood_association", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_neighbourhood_association_district_id"), ["district_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_neighbourhood_association_municipality_id"), ["municipality_id"], unique=False
        )

    op.create_table(
        "holder_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("association_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("expires_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "post IN ('group_head', 'section_head', 'association_head')", name=op.f("ck_holder_code_post")
        ),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["neighbourhood_association.id"],
            name=op.f("fk_holder_code_association_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_holder_code_municipality_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_holder_code")),
    )
    with op.batch_alter_table("holder_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holder_code_association_id"), ["association_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_holder_code_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "circular",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("named_on", sa.Date(), nullable=False),
        sa.Column("issue_on", sa.Date(), nullable=False),
        sa.Column("closes_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("send_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("warned_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("counted_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("key_gone", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'issued', 'skipped')", name=op.f("ck_circular_state")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_circular_announcement_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_circular_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_circular_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_circular_announcement_id")),
        sa.UniqueConstraint(
            "municipality_id", "district_id", "named_on", name=op.f("uq_circular_municipality_id_district_id_named_on")
        ),
    )
    with op.batch_alter_table("circular", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circular_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circular_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "holder_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["code_hash"], ["holder_code.code_hash"], name=op.f("fk_holder_link_code_hash"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_holder_link_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_holder_link_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_holder_link")),
    )
    with op.batch_alter_table("holder_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holder_link_code_hash"), ["code_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_holder_link_municipality_id"), ["municipality_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_holder_link_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "slip",
        sa.Column(
            "announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("reply_on", sa.Date(), nullable=False),
        sa.Column("forward", sa.String(length=100), nullable=False),
        sa.Column("reminded_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_slip_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_slip_district_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_slip_municipality_id")),
        sa.PrimaryKeyConstraint("announcement_id", name=op.f("pk_slip")),
    )
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "slip_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("association_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("door IN ('line', 'paper', 'telephone', 'desk')", name=op.f("ck_slip_answer_door")),
        sa.CheckConstraint(
            "post IN ('group_head', 'section_head', 'association_head')", name=op.f("ck_slip_answer_post")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_slip_answer_announcement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["neighbourhood_association.id"],
            name=op.f("fk_slip_answer_association_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_slip_answer_municipality_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_slip_answer_resident_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_answer")),
        sa.UniqueConstraint(
            "announcement_id", "resident_id", "post", name=op.f("uq_slip_answer_announcement_id_resident_id_post")
        ),
    )
    with op.batch_alter_table("slip_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_answer_announcement_id"), ["announcement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_answer_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "circular_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("circular_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=15), nullable=False),
        sa.Column("sender", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "origin IN ('council', 'city', 'school', 'police', 'welfare', 'association', 'other')",
            name=op.f("ck_circular_item_origin"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_circular_item_author_id")),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circular.id"], name=op.f("fk_circular_item_circular_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_circular_item_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular_item")),
    )
    with op.batch_alter_table("circular_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circular_item_circular_id"), ["circular_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circular_item_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "circular_paper",
        sa.Column("circular_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("association_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.CheckConstraint("state IN ('distributed', 'none')", name=op.f("ck_circular_paper_state")),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["neighbourhood_association.id"],
            name=op.f("fk_circular_paper_association_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circular.id"], name=op.f("fk_circular_paper_circular_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_circular_paper_municipality_id")
        ),
        sa.PrimaryKeyConstraint("circular_id", "association_id", name=op.f("pk_circular_paper")),
    )
    with op.batch_alter_table("circular_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circular_paper_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "circular_reading",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("municipality_id", sa.String(length=32), nullable=False),
        sa.Column("circular_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reader", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circular.id"], name=op.f("fk_circular_reading_circular_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_circular_reading_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular_reading")),
        sa.UniqueConstraint("circular_id", "reader", name=op.f("uq_circular_reading_circular_id_reader")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("circular_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circular_reading_municipality_id"), ["municipality_id"], unique=False)

    with op.batch_alter_table("role_holder", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("association_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("unit", sa.String(length=20), nullable=True))
        batch_op.create_index(batch_op.f("ix_role_holder_association_id"), ["association_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_role_holder_association_id"),
            "neighbourhood_association",
            ["association_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("role_holder", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_role_holder_association_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_role_holder_association_id"))
        batch_op.drop_column("unit")
        batch_op.drop_column("association_id")

    with op.batch_alter_table("circular_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_reading_municipality_id"))

    op.drop_table("circular_reading")
    with op.batch_alter_table("circular_paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_paper_municipality_id"))

    op.drop_table("circular_paper")
    with op.batch_alter_table("circular_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_item_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_circular_item_circular_id"))

    op.drop_table("circular_item")
    with op.batch_alter_table("slip_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_answer_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_slip_answer_announcement_id"))

    op.drop_table("slip_answer")
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_slip_district_id"))

    op.drop_table("slip")
    with op.batch_alter_table("holder_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holder_link_resident_id"))
        batch_op.drop_index(batch_op.f("ix_holder_link_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_holder_link_code_hash"))

    op.drop_table("holder_link")
    with op.batch_alter_table("circular", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_circular_district_id"))

    op.drop_table("circular")
    with op.batch_alter_table("holder_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holder_code_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_holder_code_association_id"))

    op.drop_table("holder_code")
    with op.batch_alter_table("neighbourhood_association", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_neighbourhood_association_municipality_id"))
        batch_op.drop_index(batch_op.f("ix_neighbourhood_association_district_id"))

    op.drop_table("neighbourhood_association")
    with op.batch_alter_table("circular_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_rule_municipality_id"))

    op.drop_table("circular_rule")
