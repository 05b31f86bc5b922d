"""New texts of public stories that wait for an editor, and what became of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Model, Moment, Numbered


class RevisionState(StrEnum):
    """What became of a new text; only one of a story can be pending."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PracticeRevision(Numbered, Model):
    """A new text of a public story, which nobody but its author and the editors sees.

    ``values`` is what was typed, as ``rules.values_of`` gives it, ``html`` the rendered sections by
    name. ``based_on`` is the version of the story that it was begun from, ``version`` the one that
    the story had when it was last saved: both count together, so that one number tells whether
    anything changed. ``reason`` is what the editors wrote to the author.
    """

    __tablename__ = "practice_revisions"
    __table_args__ = (
        Index(None, "state", "created_at", "id"),
        Index(
            "uq_practice_revisions_pending",
            "practice_id",
            unique=True,
            sqlite_where=Column("state", String) == "pending",
            postgresql_where=Column("state", String) == "pending",
        ),
        {"sqlite_autoincrement": True},
    )

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    state: Mapped[RevisionState] = mapped_column(default=RevisionState.PENDING)
    based_on: Mapped[int]
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    html: Mapped[dict[str, str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))

    @property
    def is_pending(self) -> bool:
        return self.state is RevisionState.PENDING

    def decide(self, state: RevisionState, by_id: int | None, at: datetime) -> None:
        """Note what became of it, and who said so."""
        self.state, self.decided_by_id, self.decided_at = state, by_id, at
