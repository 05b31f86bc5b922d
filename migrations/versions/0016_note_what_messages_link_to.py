"""Note what messages link to and whom they name, and keep drafts.

Revision 0016, after 0015; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_drafts",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_post_drafts_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_post_drafts_thread_id_threads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_drafts")),
        sa.UniqueConstraint("member_id", "place", name=op.f("uq_post_drafts_member_id_place")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("post_drafts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_drafts_member_id_at"), ["member_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_post_drafts_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "post_links",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_links_post_id_posts")
        ),
        sa.PrimaryKeyConstraint("post_id", "path", name=op.f("pk_post_links")),
    )
    with op.batch_alter_table("post_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_links_kind_object_id"), ["kind", "object_id"], unique=False
        )

    op.create_table(
        "post_mentions",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_post_mentions_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_mentions_post_id_posts")
        ),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_post_mentions")),
    )
    with op.batch_alter_table("post_mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_mentions_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
