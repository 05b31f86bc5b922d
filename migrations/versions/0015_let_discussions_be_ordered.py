"""Let discussions be read on, ordered and moved.

Revision 0015, after 0014; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A table that SQLite copies must be told again that its ids are never given out twice.
_KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "read_marks",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_read_marks_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_read_marks_thread_id_threads")
        ),
        sa.PrimaryKeyConstraint("member_id", "thread_id", name=op.f("pk_read_marks")),
    )
    with op.batch_alter_table("read_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_marks_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "post_moves",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moved_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_moves_post_id_posts")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_post_moves_thread_id_threads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_moves")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_post_moves_thread_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("post_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_moves_post_id"), ["post_id"], unique=False)

    op.create_table(
        "reactions",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("useful", "thanks", name="reacting", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_reactions_member_id_members")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_reactions_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", "kind", "member_id", name=op.f("pk_reactions")),
    )
    with op.batch_alter_table("reactions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reactions_member_id_post_id"), ["member_id", "post_id"], unique=False
        )

    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("author_name", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.drop_index(batch_op.f("ix_posts_thread_id_state_number_author_id_published_at"))
        batch_op.create_index(
            batch_op.f("ix_posts_thread_id_created_at"), ["thread_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_posts_counted",
            ["thread_id", "state", "number", "author_id", "author_name", "published_at"],
            unique=False,
        )

    with op.batch_alter_table("threads", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("theme_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("author_name", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("last_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("is_answered", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("alone_since", core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("best_post_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_threads_is_answered_last_at_id"),
            ["is_answered", "last_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_threads_pinned_last_at_id"), ["pinned", "last_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_threads_theme_id_last_at_id"),
            ["theme_id", "last_at", "id"],
            unique=False,
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_threads_theme_id_themes"), "themes", ["theme_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_threads_last_by_id_members"), "members", ["last_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_threads_merged_into_id_threads"), "threads", ["merged_into_id"], ["id"]
        )

    _fill()


def _fill() -> None:
    """What the services keep from now on, for what was written before."""
    op.execute(
        "UPDATE threads SET last_by_id = (SELECT p.author_id FROM posts p"
        " WHERE p.thread_id = threads.id AND p.state = 'visible'"
        " ORDER BY p.number DESC LIMIT 1)"
    )
    answers = sa.text(
        "UPDATE threads SET is_answered = :yes WHERE EXISTS (SELECT 1 FROM posts p"
        " WHERE p.thread_id = threads.id AND p.state = 'visible'"
        " AND coalesce(p.author_id, 0) <> coalesce(threads.author_id, 0))"
    )
    op.execute(answers.bindparams(sa.bindparam("yes", value=True, type_=sa.Boolean())))


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
