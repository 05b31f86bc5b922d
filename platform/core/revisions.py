"""Earlier values: a JSON snapshot of each version of what people wrote.

The audit trail names who changed which fields; the values stand here, apart, so that a deletion
request can scrub them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Code, Model, Moment, Numbered, db
from core.references import Reference


class Revision(Numbered, Model):
    """The values of one version of one thing."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("kind", "object_id", "version"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[Code]
    object_id: Mapped[int]
    version: Mapped[int]
    at: Mapped[Moment]
    by_id: Mapped[int | None]
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


def record_revision(
    about: Reference, version: int, values: Mapping[str, Any], by_id: int | None
) -> None:
    """Keep the values of a version; call it in the transaction that writes them."""
    db.session.add(
        Revision(
            kind=about.kind,
            object_id=about.id,
            version=version,
            at=clock.now(),
            by_id=by_id,
            values=dict(values),
        )
    )


def revisions_of(about: Reference) -> list[Revision]:
    """All kept versions of a thing, newest first."""
    return list(
        db.session.scalars(
            select(Revision)
            .where(Revision.kind == about.kind, Revision.object_id == about.id)
            .order_by(Revision.version.desc())
        )
    )


def scrub_revisions(about: Reference) -> None:
    """Forget the values of all versions of a thing, inside the open transaction; when and by whom
    they were written stays.
    """
    db.session.execute(
        update(Revision)
        .where(Revision.kind == about.kind, Revision.object_id == about.id)
        .values({Revision.values: {}})
    )
