"""A private space hangs on a thing by reference; grants open it to bodies or to members."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Role
from core.database import Code, Model, Moment, Numbered


class Space(Numbered, Model):
    """A private place, such as the one of a twinning's partners."""

    __tablename__ = "spaces"
    __table_args__ = (Index(None, "kind", "object_id"), {"sqlite_autoincrement": True})

    kind: Mapped[Code]
    object_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]


class SpaceGrant(Numbered, Model):
    """That a body's people, or one member, may enter a space from one moment to another.

    A member's grant may be worth something only ``while_role`` is held, or while the member
    belongs to the body ``while_affiliated_id``; a body's may be for its contact persons alone
    (``contacts_only``). Who loses what the key hangs on is out at the next request, without anybody
    having to remember the key.
    """

    __tablename__ = "space_grants"
    __table_args__ = (
        CheckConstraint(
            "(organisation_id IS NULL) <> (member_id IS NULL)",
            name="one_of_body_and_member",
        ),
        Index(None, "organisation_id", "space_id"),
        Index(None, "member_id", "space_id"),
        {"sqlite_autoincrement": True},
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    while_role: Mapped[Role | None]
    while_affiliated_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    contacts_only: Mapped[bool] = mapped_column(default=False)
    from_at: Mapped[Moment]
    to_at: Mapped[Moment | None]
