"""People, the sessions they are signed in with, their roles and the bodies they belong to."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from core.actor import Role
from core.database import Model, Moment, Numbered
from core.text import fold
from core.versions import Versioned
from organisations.models import Organisation
from taxonomy.models import Theme


class MemberState(StrEnum):
    """``unconfirmed``: the address is not proven yet, and nothing of the member is public."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class Visibility(StrEnum):
    """Who sees a member's last sign-in."""

    NOBODY = "nobody"
    MEMBERS = "members"
    EVERYBODY = "everybody"


class MailFrequency(StrEnum):
    """How often a digest goes out, once there is one; until then nobody is asked."""

    WEEKLY = "weekly"
    DAILY = "daily"
    REPLIES = "replies"


class AffiliationRole(StrEnum):
    MEMBER = "member"
    CONTACT = "contact"


class InvitationKind(StrEnum):
    """``colleague``: to a body of the register; ``body``: on behalf of one that is not here."""

    COLLEAGUE = "colleague"
    BODY = "body"


class AffiliationState(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ENDED = "ended"


member_themes = Table(
    "member_themes",
    Model.metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("theme_id", ForeignKey("themes.id"), primary_key=True, index=True),
)


class Member(Numbered, Versioned, Model):
    """A person. ``name`` is first and last name, kept together for lists and search.

    ``words`` follows from the name, without accents and case, each word with a space before it, so
    that "begins with" is one comparison. ``avatar`` is the random name of the re-encoded picture in
    the files folder, or None.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index(None, "state", "joined_at", "id"),
        Index(None, "state", "name"),
        {"sqlite_autoincrement": True},
    )

    slug: Mapped[str] = mapped_column(String(100), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(161))
    words: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(
        String(254), unique=True, comment="the address folded for comparison"
    )
    password_hash: Mapped[str] = mapped_column(String(200))
    state: Mapped[MemberState] = mapped_column(default=MemberState.UNCONFIRMED)
    suspended_until: Mapped[Moment | None] = mapped_column(
        comment="when a suspension ends by itself; empty without end"
    )
    bio: Mapped[str] = mapped_column(Text, default="")
    bio_html: Mapped[str] = mapped_column(Text, default="")
    avatar: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2), default="it")
    mail_frequency: Mapped[MailFrequency] = mapped_column(default=MailFrequency.WEEKLY)
    sign_in_visibility: Mapped[Visibility] = mapped_column(default=Visibility.NOBODY)
    joined_at: Mapped[Moment]
    confirmed_at: Mapped[Moment | None]
    last_sign_in_at: Mapped[Moment | None]
    updated_at: Mapped[Moment]

    themes: Mapped[list[Theme]] = relationship(secondary=member_themes)

    @validates("name")
    def _make_words(self, _field: str, name: str) -> str:
        self.words = f" {fold(name)}"
        return name


class RoleGrant(Model):
    """A role that an administrator gave."""

    __tablename__ = "role_grants"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    granted_at: Mapped[Moment]
    granted_by_id: Mapped[int | None]


class Affiliation(Numbered, Model):
    """That a member belongs to a body; it counts only while it is accepted."""

    __tablename__ = "affiliations"
    __table_args__ = (
        Index(None, "organisation_id", "state"),
        Index(None, "member_id", "state"),
        # Of the rows of one member at one body only one may be open.
        Index(
            "uq_affiliations_open",
            "member_id",
            "organisation_id",
            unique=True,
            sqlite_where=Column("state", String).in_(["requested", "accepted"]),
            postgresql_where=Column("state", String).in_(["requested", "accepted"]),
        ),
        {"sqlite_autoincrement": True},
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    position: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[AffiliationRole] = mapped_column(default=AffiliationRole.MEMBER)
    state: Mapped[AffiliationState] = mapped_column(default=AffiliationState.REQUESTED)
    requested_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(1000), default="")
    ended_at: Mapped[Moment | None]

    member: Mapped[Member] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Invitation(Numbered, Model):
    """That somebody was asked, at an institutional address, to come and speak for a body.

    ``about_kind`` and ``about_id`` refer to what waits for that body's answer, such as a twinning.
    What became of it follows from the moments: see ``rules.invitation_state``.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(None, "organisation_id", "id"),
        Index(None, "invited_by_id", "id"),
        Index(None, "email_key"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[InvitationKind]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[AffiliationRole] = mapped_column(default=AffiliationRole.MEMBER)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2), default="it")
    message: Mapped[str] = mapped_column(String(1000), default="")
    about_kind: Mapped[str | None] = mapped_column(String(40))
    about_id: Mapped[int | None]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    revoked_by_id: Mapped[int | None]
    used_at: Mapped[Moment | None]
    used_by_id: Mapped[int | None]

    organisation: Mapped[Organisation] = relationship()


class SignInSession(Numbered, Model):
    """One device's session; the cookie carries a token of which only the hash is kept here."""

    __tablename__ = "sign_in_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    started_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    device: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[Moment | None]
