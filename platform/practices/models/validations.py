"""What evaluators found about public stories, criterion by criterion."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, Moment, Numbered


class Criterion(StrEnum):
    """What a story is held against."""

    RESULTS = "results"
    TRANSFERABILITY = "transferability"


class ValidationFinding(Model):
    """What an evaluator wrote about one criterion."""

    __tablename__ = "validation_findings"

    validation_id: Mapped[int] = mapped_column(
        ForeignKey("practice_validations.id"), primary_key=True
    )
    criterion: Mapped[Criterion] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text)


class PracticeValidation(Numbered, Model):
    """An evaluator's answer about one version of a story.

    ``granted``: the story meets every criterion, and ``findings`` say how; else ``reason`` tells
    its author why not. ``lapsed_at``: what was validated was rewritten since.
    """

    __tablename__ = "practice_validations"
    __table_args__ = (Index(None, "practice_id", "at"), {"sqlite_autoincrement": True})

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    evaluator_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    granted: Mapped[bool]
    version: Mapped[int]
    at: Mapped[Moment]
    reason: Mapped[str] = mapped_column(Text, default="")
    lapsed_at: Mapped[Moment | None]

    findings: Mapped[list[ValidationFinding]] = relationship(order_by=ValidationFinding.criterion)
