"""Keep lists of very many discussions, and very long discussions, as quick as others.

Revision 0018, after 0017; 2026-11-28.
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_PEOPLE_SHOWN = 12
_STANDINGS = {
    "unanswered": "is_answered = false AND state = 'open' AND post_count > 0",
    "solved": "best_post_id IS NOT NULL",
    "closed": "state = 'closed'",
}


def upgrade() -> None:
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_threads_subject_kind_subject_id_last_at"))
        batch_op.drop_index(batch_op.f("ix_threads_is_answered_last_at_id"))
        batch_op.add_column(sa.Column("taking_part", sa.Text(), server_default="", nullable=False))
        batch_op.create_index(
            batch_op.f("ix_threads_subject_kind_subject_id_pinned_last_at_id"),
            ["subject_kind", "subject_id", "pinned", "last_at", "id"],
            unique=False,
        )
    for name, words in _STANDINGS.items():
        for use, columns in (("last", ["last_at", "id"]), ("kind", ["subject_kind", "subject_id"])):
            op.create_index(
                f"ix_threads_{name}_{use}",
                "threads",
                columns,
                sqlite_where=sa.text(words),
                postgresql_where=sa.text(words),
            )
    _fill()


def _fill() -> None:
    """Who takes part, as the services note it from now on."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT thread_id, author_id, author_name, min(number) AS first FROM posts"
            " WHERE state = 'visible' AND (author_id IS NOT NULL OR author_name <> '')"
            " GROUP BY thread_id, author_id, author_name ORDER BY thread_id, min(number)"
        )
    ).all()
    texts = []
    for thread_id, people in groupby(rows, key=lambda row: row.thread_id):
        first = list(people)[:_PEOPLE_SHOWN]
        lines = [
            f"~{row.author_name}" if row.author_id is None else str(row.author_id) for row in first
        ]
        texts.append({"number": thread_id, "people": "\n".join(lines)})
    if texts:
        bind.execute(sa.text("UPDATE threads SET taking_part = :people WHERE id = :number"), texts)


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
