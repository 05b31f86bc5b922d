"""Let stories be revised and validated.

Revision 0012, after 0011; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A table that SQLite copies must be told again that its ids are never given out twice.
_KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "practice_revisions",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "refused",
                "withdrawn",
                name="revisionstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("html", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_practice_revisions_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["members.id"],
            name=op.f("fk_practice_revisions_decided_by_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_revisions_practice_id_practices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_revisions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("practice_revisions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_revisions_author_id"), ["author_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_revisions_practice_id"), ["practice_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_revisions_state_created_at_id"),
            ["state", "created_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_practice_revisions_pending",
            ["practice_id"],
            unique=True,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "practice_validations",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lapsed_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluator_id"],
            ["members.id"],
            name=op.f("fk_practice_validations_evaluator_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_validations_practice_id_practices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_validations")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("practice_validations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_validations_evaluator_id"), ["evaluator_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_validations_practice_id_at"),
            ["practice_id", "at"],
            unique=False,
        )

    op.create_table(
        "validation_findings",
        sa.Column("validation_id", sa.Integer(), nullable=False),
        sa.Column(
            "criterion",
            sa.Enum("results", "transferability", name="criterion", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["validation_id"],
            ["practice_validations.id"],
            name=op.f("fk_validation_findings_validation_id_practice_validations"),
        ),
        sa.PrimaryKeyConstraint("validation_id", "criterion", name=op.f("pk_validation_findings")),
    )
    with op.batch_alter_table("practices", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(
            sa.Column("confirmed_at", core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("asked_at", core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("unanswered_at", core.database.UtcDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
