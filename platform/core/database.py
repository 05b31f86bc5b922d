"""The database: base class, column types and how each database keeps what it acknowledged."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, Enum, MetaData, String, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import registry as orm_registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT_MS = 5_000
IDLE_TIMEOUT_MS = 60_000
# Numbers of our own among PostgreSQL's advisory locks, which belong to one database.
WRITER_LOCK = 71_301
MIGRATION_LOCK = 71_302
INDEXER_LOCK = 71_303
BEGIN_OPTION = "gemella_begin"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on every database (SQLite has no time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Moment = Annotated[datetime, mapped_column(UtcDateTime)]
ShortText = Annotated[str, mapped_column(String(200))]
Code = Annotated[str, mapped_column(String(40))]


def _words(choices: type[enum.Enum]) -> list[str]:
    return [choice.value for choice in choices]


class Model(DeclarativeBase):
    """The base of every table; subclasses name their table themselves."""

    # Words, not numbers or database types: a new member of an enum needs no migration.
    registry = orm_registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            enum.Enum: Enum(
                enum.Enum,
                native_enum=False,
                length=30,
                create_constraint=False,
                values_callable=_words,
            )
        },
    )


class Numbered:
    """A primary key that SQLite never gives out twice, even after a deletion."""

    __table_args__: Any = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it
    id: Mapped[int] = mapped_column(primary_key=True)


class Database(SQLAlchemy):
    """Flask's way to the engine and to a session a request."""

    def _teardown_session(self, exc: BaseException | None) -> None:
        """End the request's session; what it held is gone anyway where the server went away.

        The answer is made by then: an error here would put a bare 500 in its place.
        """
        if not self.session.registry.has():
            return
        try:
            super()._teardown_session(exc)
        except DBAPIError:
            self.session().invalidate()
            self.session.registry.clear()


db = Database(model_class=Model, session_options={"expire_on_commit": False})


def prepare_engine(engine: Engine, *, synchronous: str = "FULL") -> None:
    """Install the listeners that make transactions behave alike on both databases.

    One writer at a time: a transaction that begins with IMMEDIATE (``core.transactions``) waits for
    the one before it. On SQLite with a plain BEGIN two writers that read first deadlock and one is
    refused at once, whatever the timeout; on PostgreSQL they would both decide on the same old rows
    (ADR 8).
    """
    if engine.dialect.name == "postgresql":
        _prepare_postgres(engine)
    else:
        _prepare_sqlite(engine, synchronous)


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(BEGIN_OPTION)
        if mode is None:
            # With every request: below SQLAlchemy, since it touches nothing and cannot fail.
            cursor = connection.connection.cursor()
            cursor.execute("BEGIN DEFERRED")
            cursor.close()
        else:
            connection.exec_driver_sql(f"BEGIN {mode}")


def _prepare_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        # A host that vanished must not keep the writers' lock.
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
        cursor.execute("SET timezone = 'UTC'")
        cursor.close()
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(BEGIN_OPTION) == "IMMEDIATE":
            # Given back by the end of the transaction, however it ends.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def insert_into(table: type[Model]) -> Any:
    """An INSERT that may say what becomes of a row that is there already (``on_conflict_…``)."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
