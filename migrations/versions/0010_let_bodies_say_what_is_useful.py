"""Let bodies say which stories are useful to them, and keep what lists are ordered by.

Revision 0010, after 0009; 2026-11-27.
"""

import sqlalchemy as sa
from alembic import op

import core.database
from core.text import fold

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000


def upgrade() -> None:
    op.create_table(
        "practice_endorsements",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_at", core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_practice_endorsements_member_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_practice_endorsements_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_endorsements_practice_id_practices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_endorsements")),
        sa.UniqueConstraint(
            "practice_id", "member_id", name=op.f("uq_practice_endorsements_practice_id_member_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("practice_endorsements", schema=None) as batch_op:
        for column in ("member_id", "organisation_id"):
            batch_op.create_index(
                batch_op.f(f"ix_practice_endorsements_{column}"), [column], unique=False
            )

    title_key = sa.String(length=200).with_variant(
        sa.String(length=200, collation="C"), "postgresql"
    )
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title_key", title_key, nullable=False, server_default=""))
        for column in ("endorsement_count", "reuse_count"):
            batch_op.add_column(
                sa.Column(column, sa.Integer(), nullable=False, server_default=sa.text("0"))
            )
    _fill()
    with op.batch_alter_table("practices", schema=None) as batch_op:
        for columns in (
            ["kind", "endorsement_count", "published_at", "id"],
            ["kind", "reuse_count", "published_at", "id"],
            ["kind", "title_key", "id"],
            ["published_at", "id"],
        ):
            name = batch_op.f(f"ix_practices_{'_'.join(columns)}")
            batch_op.create_index(name, columns, unique=False)


def _fill() -> None:
    """Give what is there its key and the number of its reuses."""
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.text("SELECT id, title FROM practices WHERE id > :last ORDER BY id LIMIT :most"),
        {"last": last, "most": _AT_ONCE},
    ).all():
        connection.execute(
            sa.text("UPDATE practices SET title_key = :key WHERE id = :id"),
            [{"id": row.id, "key": fold(row.title)[:200]} for row in rows],
        )
        last = rows[-1].id
    op.execute(
        "UPDATE practices SET reuse_count = (SELECT count(*) FROM twinnings"
        " WHERE twinnings.practice_id = practices.id AND twinnings.visibility = 'public'"
        " AND twinnings.state IN ('active', 'concluded', 'archived'))"
        " WHERE id IN (SELECT practice_id FROM twinnings WHERE practice_id IS NOT NULL)"
    )


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
