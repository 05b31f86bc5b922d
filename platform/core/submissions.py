"""Idempotency keys: a form that is sent twice is carried out once.

The browser sends the key, so it can be anything: the key of another form, of somebody else, of any
length. Each is only worth something for one kind of thing and one member.
"""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Code, Model, Moment, db
from core.references import Reference


class Submission(Model):
    """What the form with this key made; ``key`` is a hash of kind, member and what was sent."""

    __tablename__ = "submissions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int]
    kind: Mapped[Code]
    object_id: Mapped[int]
    at: Mapped[Moment]


def new_key() -> str:
    """A key for a fresh form."""
    return secrets.token_urlsafe(18)


def made_by(key: str, member_id: int, kind: str) -> int | None:
    """The id of the thing of this kind that an earlier sending of this form made."""
    if not key:
        return None
    row = db.session.get(Submission, _hashed(key, member_id, kind))
    return None if row is None else row.object_id


def remember(key: str, member_id: int, made: Reference) -> None:
    """Note what this form made; the primary key refuses the second of two at once."""
    if key:
        db.session.add(
            Submission(
                key=_hashed(key, member_id, made.kind),
                member_id=member_id,
                kind=made.kind,
                object_id=made.id,
                at=clock.now(),
            )
        )


def _hashed(key: str, member_id: int, kind: str) -> str:
    return hashlib.sha256(f"{kind}:{member_id}:{key}".encode(errors="replace")).hexdigest()
