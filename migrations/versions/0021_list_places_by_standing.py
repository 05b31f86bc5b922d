"""List what is closed, solved or unanswered in one place without sorting it.

Revision 0021, after 0020; 2026-11-28.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STANDINGS = {
    "unanswered": "is_answered = false AND state = 'open' AND post_count > 0",
    "solved": "best_post_id IS NOT NULL",
    "closed": "state = 'closed'",
}


def upgrade() -> None:
    for name, words in _STANDINGS.items():
        op.create_index(
            f"ix_threads_{name}_place",
            "threads",
            ["pinned", "last_at", "id"],
            sqlite_where=sa.text(words),
            postgresql_where=sa.text(words),
        )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
