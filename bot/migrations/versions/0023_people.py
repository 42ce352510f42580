"""people"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = bot.db.UtcDateTime(timezone=True)
ROLES = "'officer', 'chair', 'neighbourhood', 'district_staff', 'department', 'city', 'viewer', 'admin'"
TABLES = ("staff_identity", "passkey", "recovery_code", "staff_session", "staff_invitation")


def upgrade() -> None:
    """Invitations, sessions, recovery codes, passkeys, the city's own sign-in; from when a second factor is owed."""
    _table(
        "staff_invitation",
        [
            sa.Column("email", sa.String(length=120), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("role", sa.String(length=20), nullable=False),
            sa.Column("district_ids", sa.JSON(), nullable=False),
            sa.Column("department", sa.String(length=60), nullable=True),
            sa.Column("until", sa.Date(), nullable=True),
            sa.Column("token_hash", sa.String(length=64), nullable=False),
            sa.Column("inviter", sa.String(length=60), nullable=False),
            sa.Column("created_at", Moment, nullable=False),
            sa.Column("expires_at", Moment, nullable=False),
            sa.Column("used_at", Moment, nullable=True),
            sa.Column("withdrawn_at", Moment, nullable=True),
            sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_staff_invitation_role")),
            sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
        ],
    )
    op.create_index(op.f("ix_staff_invitation_email"), "staff_invitation", ["email"])
    _table(
        "staff_session",
        [
            *_of_somebody("staff_session"),
            sa.Column("key_hash", sa.String(length=64), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("device", sa.String(length=60), nullable=False),
            sa.Column("way", sa.String(length=20), nullable=False),
            sa.Column("begun_at", Moment, nullable=False),
            sa.Column("seen_at", Moment, nullable=False),
            sa.Column("proved_at", Moment, nullable=False),
            sa.CheckConstraint(
                "way IN ('password', 'passkey', 'city', 'invitation')", name=op.f("ck_staff_session_way")
            ),
            sa.UniqueConstraint("key_hash", name=op.f("uq_staff_session_key_hash")),
        ],
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"])
    op.create_index(op.f("ix_staff_session_seen_at"), "staff_session", ["seen_at"])
    _table(
        "recovery_code",
        [
            *_of_somebody("recovery_code"),
            sa.Column("code_hash", sa.String(length=64), nullable=False),
            sa.Column("used_at", Moment, nullable=True),
        ],
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"])
    _table(
        "passkey",
        [
            *_of_somebody("passkey"),
            sa.Column("credential_id", sa.LargeBinary(), nullable=False),
            sa.Column("public_key", sa.LargeBinary(), nullable=False),
            sa.Column("sign_count", sa.BigInteger(), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("created_at", Moment, nullable=False),
            sa.Column("used_at", Moment, nullable=True),
            sa.Column("challenge_at", Moment, nullable=True),
            sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        ],
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"])
    _table(
        "staff_identity",
        [
            *_of_somebody("staff_identity"),
            sa.Column("issuer", sa.String(length=200), nullable=False),
            sa.Column("subject", sa.String(length=255), nullable=False),
            sa.Column("linked_at", Moment, nullable=False),
            sa.UniqueConstraint("issuer", "subject", name=op.f("uq_staff_identity_issuer_subject")),
        ],
        key="staff_id",
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_factor_due", Moment, nullable=True))


def downgrade() -> None:
    """Take it away: everybody signs in anew, with a password and, where there is one, a code."""
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("second_factor_due")
    for table in TABLES:
        op.drop_table(table)


def _table(name: str, columns: Sequence[sa.schema.SchemaItem], key: str = "id") -> None:
    first = [sa.Column("id", Id, autoincrement=True, nullable=False)] if key == "id" else []
    op.create_table(
        name,
        *first,
        sa.Column("municipality_id", sa.String(length=32), nullable=True),
        *columns,
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{name}_municipality_id")),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_municipality_id"), name, ["municipality_id"])


def _of_somebody(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("staff_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{name}_staff_id"), ondelete="CASCADE"),
    ]
