"""How migrations run: on the application's own engine, each in a transaction, and never half.

On SQLite a table that changes is copied (batch mode); references are switched off meanwhile and
checked as a whole before the commit.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from core.database import BEGIN_OPTION, MIGRATION_LOCK, Model, db


def run(connection: Connection) -> None:
    """Run the steps that are missing."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # Has no effect inside a transaction, so it comes before.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    else:
        # Two that migrate at once would take the same step: the second waits, then looks.
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
        # SQLite rolls back changes of the schema too, since our transactions begin for real
        # (core.database): a step is there as a whole or not at all.
        transactional_ddl=True,
        # Called inside the transaction of each step, so that a broken one is rolled back.
        on_version_apply=_refuse_broken_references,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")
        else:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})")
            connection.commit()


def _refuse_broken_references(*, ctx: Any, **_step: Any) -> None:
    if ctx.dialect.name != "sqlite":
        return
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"references are broken: {broken[:5]}")


with db.engine.connect().execution_options(**{BEGIN_OPTION: "IMMEDIATE"}) as open_connection:
    run(open_connection)
