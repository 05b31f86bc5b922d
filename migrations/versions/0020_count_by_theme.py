"""Count discussions that are closed, solved or unanswered under a theme, too.

Revision 0020, after 0019; 2026-11-28.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STANDINGS = {
    "unanswered": "is_answered = false AND state = 'open' AND post_count > 0",
    "solved": "best_post_id IS NOT NULL",
    "closed": "state = 'closed'",
}


def upgrade() -> None:
    for name, words in _STANDINGS.items():
        op.drop_index(f"ix_threads_{name}_kind", table_name="threads")
        op.create_index(
            f"ix_threads_{name}_kind",
            "threads",
            ["subject_kind", "theme_id"],
            sqlite_where=sa.text(words),
            postgresql_where=sa.text(words),
        )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
