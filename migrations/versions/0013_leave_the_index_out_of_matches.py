"""Leave it to the outbox to remember what was compared without an index.

Revision 0013, after 0012; 2026-11-27.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A table that SQLite copies must be told again that its ids are never given out twice.
_KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    with op.batch_alter_table("matches", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.drop_index("ix_matches_without_text_id")
        batch_op.drop_column("without_text")


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
