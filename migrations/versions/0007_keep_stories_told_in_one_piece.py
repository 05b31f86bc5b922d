"""Keep stories that are told in one piece.

Revision 0007, after 0006; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A table that SQLite copies must be told again that its ids are never given out twice.
_KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    with op.batch_alter_table("practices", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("body", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("body_html", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
