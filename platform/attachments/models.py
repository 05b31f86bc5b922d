"""An attachment hangs on a thing by reference; its versions are the files themselves."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, Moment, Numbered, ShortText
from core.versions import Versioned

LONGEST_NAME = 150
LONGEST_DESCRIPTION = 300


class AttachmentState(StrEnum):
    """``hidden`` by a moderator, whom it can come back from; ``removed`` for good."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"


class Attachment(Numbered, Versioned, Model):
    """A file on a thing, under one title whatever its version.

    ``space_id``: only who may enter that private place sees it. ``description`` says what a picture
    shows, for who does not see it. ``newest`` is the number of the version that readers get. Lists
    are in the order of ``position``, then of age.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index(None, "kind", "object_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[Code]
    object_id: Mapped[int]
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    title: Mapped[ShortText]
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION), default="")
    state: Mapped[AttachmentState] = mapped_column(default=AttachmentState.VISIBLE)
    decision_reason: Mapped[str] = mapped_column(String(1000), default="")
    newest: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class AttachmentVersion(Numbered, Model):
    """One file of an attachment, as it was taken; a row never changes but when its file goes.

    ``name`` is the one it had with who sent it, for display alone; ``size`` (bytes) and ``sha256``
    are those of what is kept, which of a picture is the one that was drawn anew. The keys are those
    of ``core.storage``; None once the attachment was removed.
    """

    __tablename__ = "attachment_versions"
    __table_args__ = (
        UniqueConstraint("attachment_id", "number"),
        {"sqlite_autoincrement": True},
    )

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    storage_key: Mapped[str | None] = mapped_column(String(32), unique=True)
    thumbnail_key: Mapped[str | None] = mapped_column(String(32), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    at: Mapped[Moment]
