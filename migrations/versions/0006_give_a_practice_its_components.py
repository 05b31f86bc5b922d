"""Give a practice its components, and keep what is typed and not saved yet.

Revision 0006, after 0005; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_components",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_components_practice_id_practices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_components")),
        sa.UniqueConstraint(
            "practice_id", "key", name=op.f("uq_practice_components_practice_id_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "practice_unsaved_parts",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_practice_unsaved_parts_member_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_unsaved_parts_practice_id_practices"),
        ),
        sa.PrimaryKeyConstraint(
            "practice_id", "member_id", "part", name=op.f("pk_practice_unsaved_parts")
        ),
    )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
