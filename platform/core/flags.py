"""Small facts about this installation that live in its database."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, db

DEMO = "demo"
SETUP = "reference_data"


class Flag(Model):
    """A named value; a name that is absent is off."""

    __tablename__ = "flags"

    name: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def flag(name: str) -> str | None:
    """The value of a flag, or None."""
    row = db.session.get(Flag, name)
    return None if row is None else row.value


def set_flag(name: str, value: str) -> None:
    """Set a flag inside the open transaction."""
    db.session.merge(Flag(name=name, value=value))
