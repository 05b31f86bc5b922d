"""A seeking and an offering story that may suit each other, with the reasons."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, Moment, Numbered
from core.versions import Versioned
from practices.models.stories import Practice


class MatchState(StrEnum):
    """What became of a pair; ``rules.MATCH_TRANSITIONS`` says what follows what.

    Only what is ``suggested`` is computed again, and goes when it suits no more: the others are
    what people decided.
    """

    SUGGESTED = "suggested"
    CONTACTED = "contacted"
    TWINNED = "twinned"
    DISMISSED = "dismissed"


class Match(Numbered, Versioned, Model):
    """A pair. ``score`` is in hundredths, the sum of the values of ``parts``.

    ``parts`` are ``rules.Part`` as JSON has them. ``seek_version`` and ``offer_version`` name the
    texts that were compared: words of a text that was rewritten since are not shown.
    ``thread_id`` is where the two sides write
    to each other, in ``space_id``.
    """

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("seek_id", "offer_id"),
        CheckConstraint("seek_id <> offer_id", name="two_stories"),
        # The best of a story, on either side.
        Index(None, "seek_id", "state", "score"),
        Index(None, "offer_id", "state", "score"),
        {"sqlite_autoincrement": True},
    )

    seek_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    state: Mapped[MatchState] = mapped_column(default=MatchState.SUGGESTED)
    score: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    seek_version: Mapped[int]
    offer_version: Mapped[int]
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    decided_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    seek: Mapped[Practice] = relationship(foreign_keys=[seek_id])
    offer: Mapped[Practice] = relationship(foreign_keys=[offer_id])
