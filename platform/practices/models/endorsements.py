"""That a body finds a story useful, as one of its people says (*utile per noi*)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Model, Moment, Numbered


class Endorsement(Numbered, Model):
    """What one member says of one story in the name of one body.

    It counts as long as the member may sign in and the body stands in the register; two colleagues
    are one body. Who leaves the site takes it back, who leaves the body does not.
    """

    __tablename__ = "practice_endorsements"
    __table_args__ = (
        UniqueConstraint("practice_id", "member_id"),
        {"sqlite_autoincrement": True},
    )

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_at: Mapped[Moment]
