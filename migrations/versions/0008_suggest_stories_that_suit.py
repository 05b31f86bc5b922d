"""Suggest which stories suit each other, and give keys that hang on an affiliation.

Revision 0008, after 0007; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Altering copies the table: ids must still never be given out twice.
_KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "matches",
        sa.Column("seek_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "suggested",
                "contacted",
                "twinned",
                "dismissed",
                name="matchstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("without_text", sa.Boolean(), nullable=False),
        sa.Column("seek_version", sa.Integer(), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seek_id <> offer_id", name=op.f("ck_matches_two_stories")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["members.id"], name=op.f("fk_matches_decided_by_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["practices.id"], name=op.f("fk_matches_offer_id_practices")
        ),
        sa.ForeignKeyConstraint(
            ["seek_id"], ["practices.id"], name=op.f("fk_matches_seek_id_practices")
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_matches_space_id_spaces")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_matches_thread_id_threads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.UniqueConstraint("seek_id", "offer_id", name=op.f("uq_matches_seek_id_offer_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_matches_offer_id_state_score"),
            ["offer_id", "state", "score"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_matches_seek_id_state_score"),
            ["seek_id", "state", "score"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_matches_without_text_id"), ["without_text", "id"], unique=False
        )

    with op.batch_alter_table("space_grants", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("while_affiliated_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("contacts_only", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_space_grants_while_affiliated_id_organisations"),
            "organisations",
            ["while_affiliated_id"],
            ["id"],
        )
    with op.batch_alter_table("space_grants", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.alter_column("contacts_only", server_default=None)


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
