"""Let stories be hidden, and come back to the state that they had.

Revision 0019, after 0018; 2026-11-28.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STATES = (
    *("draft", "submitted", "changes_requested", "rejected", "published"),
    *("validated", "outdated", "archived", "hidden", "removed"),
)


def upgrade() -> None:
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "hidden_from",
                sa.Enum(*_STATES, name="practicestate", native_enum=False, length=30),
                nullable=True,
                comment="the state that a hidden story comes back to",
            )
        )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
