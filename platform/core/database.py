"""The database: base class, column types and how SQLite is made to keep what it acknowledged."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, String, event
from sqlalchemy.engine.interfaces import DBAPIConnection
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


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})


def prepare_engine(engine: Engine, *, synchronous: str = "FULL") -> None:
    """Install the listeners that SQLite needs; other databases need none.

    Write transactions start with BEGIN IMMEDIATE (``core.transactions``): with a plain BEGIN two
    writers that read first deadlock and one is refused at once, whatever the timeout.
    """
    if engine.dialect.name != "sqlite":
        return

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
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get(BEGIN_OPTION, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
