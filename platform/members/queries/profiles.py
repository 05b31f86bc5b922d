"""One member's page, and the own data to edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.actor import Actor, Role
from core.database import db
from core.revisions import Revision
from core.slugs import owner_of
from members import policies
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
    RoleGrant,
    Visibility,
    member_themes,
)
from members.queries.people import Person, note_of
from organisations.models import Organisation, OrganisationState
from taxonomy.queries import ThemeNode, themes_by_id

# Under what a version of a profile keeps what moderators took away, until it is forgotten with it.
TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Belonging:
    """An accepted affiliation as a public page shows it."""

    organisation: str
    organisation_slug: str
    position: str
    is_contact: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A member's page; ``last_sign_in_at`` is None where the reader may not know it."""

    person: Person
    state: MemberState
    bio_html: str
    language: str
    joined_at: datetime
    last_sign_in_at: datetime | None
    belongings: tuple[Belonging, ...]
    themes: tuple[ThemeNode, ...]

    @property
    def note(self) -> str:
        return note_of(self.joined_at, self.last_sign_in_at)


def last_taken(member_id: int) -> Mapping[str, str] | None:
    """What moderators took away of a profile last, as it was typed and as HTML."""
    revisions = db.session.scalars(
        select(Revision)
        .where(Revision.kind == "member", Revision.object_id == member_id)
        .order_by(Revision.version.desc())
    )
    return next((one.values[TAKEN] for one in revisions if TAKEN in one.values), None)


def taken_html(member_id: int, actor: Actor) -> str | None:
    """The same as HTML, for those who may take it away and so must judge it."""
    if not policies.may_clean_profile(actor, member_id):
        return None
    taken = last_taken(member_id)
    return None if taken is None else taken["bio_html"]


def profile(slug: str, actor: Actor) -> Profile | None:
    """The page of a member that this actor may open, or None."""
    member = db.session.execute(
        select(
            Member.id,
            Member.name,
            Member.slug,
            Member.avatar,
            Member.state,
            Member.bio_html,
            Member.language,
            Member.joined_at,
            Member.last_sign_in_at,
            Member.sign_in_visibility,
        ).where(Member.slug == slug, policies.visible_to(actor))
    ).one_or_none()
    if member is None:
        return None
    belongings = _belongings(member.id)
    first = belongings[0] if belongings else None
    visibility: Visibility = member.sign_in_visibility
    shows_sign_in = policies.may_see_last_sign_in(actor, member.id, visibility)
    return Profile(
        person=Person(
            id=member.id,
            name=member.name,
            slug=member.slug,
            avatar=member.avatar,
            position=first.position if first else "",
            organisation=first.organisation if first else "",
            organisation_slug=first.organisation_slug if first else "",
            is_public=member.state is MemberState.ACTIVE,
        ),
        state=member.state,
        bio_html=member.bio_html,
        language=member.language,
        joined_at=member.joined_at,
        last_sign_in_at=member.last_sign_in_at if shows_sign_in else None,
        belongings=belongings,
        themes=themes_of(member.id),
    )


def current_slug(slug: str, actor: Actor) -> str | None:
    """Where the member who once had this address is now, if this actor may open the page."""
    owner = owner_of("member", slug)
    if owner is None:
        return None
    return db.session.scalar(
        select(Member.slug).where(Member.id == owner, policies.visible_to(actor))
    )


def themes_of(member_id: int) -> tuple[ThemeNode, ...]:
    """The themes that a member chose, in the order of the tree."""
    chosen = set(
        db.session.scalars(
            select(member_themes.c.theme_id).where(member_themes.c.member_id == member_id)
        )
    )
    return tuple(theme for number, theme in themes_by_id().items() if number in chosen)


def own(actor: Actor) -> Member | None:
    """The actor's own row, with everything that only he or she may read."""
    return None if actor.member_id is None else db.session.get(Member, actor.member_id)


def picture_is_visible(name: str, actor: Actor) -> bool:
    """Whether a stored picture is one of a profile that this actor may open."""
    found = db.session.scalar(
        select(Member.id).where(Member.avatar == name, policies.visible_to(actor)).limit(1)
    )
    return found is not None


def roles_of(member_id: int) -> list[Role]:
    """The roles that an administrator gave, in their order."""
    held = set(db.session.scalars(select(RoleGrant.role).where(RoleGrant.member_id == member_id)))
    return [role for role in Role if role in held]


def _belongings(member_id: int) -> tuple[Belonging, ...]:
    rows = db.session.execute(
        select(Organisation.name, Organisation.slug, Affiliation.position, Affiliation.role)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(
            Affiliation.member_id == member_id,
            Affiliation.state == AffiliationState.ACCEPTED,
            Organisation.state == OrganisationState.ACTIVE,
        )
        .order_by(Affiliation.role != AffiliationRole.CONTACT, Affiliation.id)
    )
    return tuple(
        Belonging(row.name, row.slug, row.position, row.role is AffiliationRole.CONTACT)
        for row in rows
    )
