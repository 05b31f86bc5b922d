"""Make notices of mails, one a member and event, and let members follow things.

Revision 0002, after 0001; 2026-11-24.
"""

import sqlalchemy as sa
from alembic import op

import core.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Of two mails to one member about one event the one that still waits is kept, else the first.
CARRY_OVER = """
INSERT INTO notifications
    (event_id, member_id, rule, made_at, state, due_at, attempts, sent_at, error)
SELECT event_id, member_id, rule, queued_at, state, due_at, attempts, sent_at, error
FROM queued_mails AS one
WHERE NOT EXISTS (
    SELECT 1 FROM queued_mails AS other
    WHERE other.event_id = one.event_id AND other.member_id = one.member_id
      AND other.id <> one.id
      AND (CASE WHEN other.state = 'queued' THEN 0 ELSE 1 END) * 10000000000 + other.id
        < (CASE WHEN one.state = 'queued' THEN 0 ELSE 1 END) * 10000000000 + one.id
)
ORDER BY id
"""


def upgrade() -> None:
    op.create_table(
        "follows",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("since", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_follows_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint(
            "member_id", "kind", "object_id", name=op.f("uq_follows_member_id_kind_object_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follows_kind_object_id"), ["kind", "object_id"], unique=False
        )

    op.create_table(
        "notifications",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("place_kind", sa.String(length=40), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "none",
                "queued",
                "sent",
                "dropped",
                name="mailstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("due_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_notifications_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_notifications_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "event_id", "member_id", name=op.f("uq_notifications_event_id_member_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notifications_member_id_read_at_about_kind_about_id"),
            ["member_id", "read_at", "about_kind", "about_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_notifications_state_due_at_id"), ["state", "due_at", "id"], unique=False
        )

    op.create_table(
        "unwanted_mails",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column(
            "concern",
            sa.Enum(
                "access",
                "decision",
                "own",
                "reply",
                "mention",
                "followed",
                name="concern",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("since", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_unwanted_mails_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "concern", name=op.f("pk_unwanted_mails")),
    )

    op.execute(CARRY_OVER)
    op.drop_table("queued_mails")


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
