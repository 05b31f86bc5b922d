"""Hang files on things.

Revision 0011, after 0010; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "visible", "hidden", "removed", name="attachmentstate", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("decision_reason", sa.String(length=1000), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_attachments_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_attachments_space_id_spaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_attachments_kind_object_id_state_id"),
            ["kind", "object_id", "state", "id"],
            unique=False,
        )

    op.create_table(
        "attachment_versions",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("storage_key", sa.String(length=32), nullable=True),
        sa.Column("thumbnail_key", sa.String(length=32), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachments.id"],
            name=op.f("fk_attachment_versions_attachment_id_attachments"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["members.id"], name=op.f("fk_attachment_versions_by_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_versions")),
        sa.UniqueConstraint(
            "attachment_id", "number", name=op.f("uq_attachment_versions_attachment_id_number")
        ),
        sa.UniqueConstraint("storage_key", name=op.f("uq_attachment_versions_storage_key")),
        sa.UniqueConstraint("thumbnail_key", name=op.f("uq_attachment_versions_thumbnail_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("attachment_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_versions_by_id"), ["by_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
