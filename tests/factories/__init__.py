"""Factories: how tests make objects, each with what it needs and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import factory
from factory.alchemy import SQLAlchemyModelFactory

from core.database import db

T = TypeVar("T")
LONG_AGO = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Factory(SQLAlchemyModelFactory, Generic[T]):
    """The base of all factories: writes and commits at once, in the test's own context."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: db.session  # noqa: E731
        sqlalchemy_session_persistence = factory.alchemy.SESSION_PERSISTENCE_COMMIT

    @classmethod
    def make(cls, **values: Any) -> T:
        """Create one object."""
        made: T = cls.create(**values)
        return made
