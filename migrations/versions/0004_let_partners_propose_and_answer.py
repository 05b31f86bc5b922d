"""Let partners propose and answer.

Revision 0004, after 0003; 2026-11-24.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A table that SQLite copies must be told again that its ids are never given out twice.
_KEPT = {"sqlite_autoincrement": True}
_ROLE = sa.Enum(
    "coordinator",
    "editor",
    "evaluator",
    "moderator",
    "administrator",
    name="role",
    native_enum=False,
    length=30,
)


def upgrade() -> None:
    with op.batch_alter_table("participations", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("invited_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "message",
                sa.String(length=1000),
                nullable=False,
                server_default="",
                comment="what the invitation says to the body",
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_participations_invited_by_id_members"),
            "members",
            ["invited_by_id"],
            ["id"],
        )
    with op.batch_alter_table("participations", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.alter_column("message", server_default=None)
        batch_op.alter_column(
            "note",
            existing_type=sa.String(length=1000),
            existing_nullable=False,
            comment="what the body answered, or why it left",
        )

    with op.batch_alter_table("twinnings", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("proposer_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_twinnings_proposer_id"), ["proposer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_twinnings_proposer_id_members"), "members", ["proposer_id"], ["id"]
        )

    with op.batch_alter_table("space_grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("while_role", _ROLE, nullable=True))
    # Until now only coordinators had a key of their own.
    op.execute("UPDATE space_grants SET while_role = 'coordinator' WHERE member_id IS NOT NULL")


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
