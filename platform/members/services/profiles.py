"""What members write about themselves, and the password that they change."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.slugs import claim_slug
from core.transactions import transaction
from core.versions import Conflict
from members import policies
from members.models import Member, MemberState
from members.queries.profiles import TAKEN, last_taken
from members.rules import ProfileValues
from members.services.passwords import hash_password, is_right
from members.services.sessions import begin_here, end_all, limit_guesses
from members.signals import PasswordChanged, ProfileChanged
from taxonomy.models import Theme

_PLAIN_FIELDS = ("first_name", "last_name", "language", "sign_in_visibility")


def change_profile(
    *, member_id: int, version: int | None, values: ProfileValues, by: Actor
) -> Member:
    """Rewrite the own profile; raise ``Conflict`` where it was saved in another window."""
    with transaction() as session:
        ensure(policies.may_edit_profile(by, member_id))
        member = session.get_one(Member, member_id)
        if member.state is not MemberState.ACTIVE:
            raise Refused("not_active")
        if version is not None and version != member.version:
            raise Conflict(member)
        changed = _apply(session, member, values)
        if not changed:
            return member
        member.raise_version(None)
        member.updated_at = clock.now()
        about = Reference("member", member.id)
        if {"first_name", "last_name"} & set(changed):
            member.name = f"{member.first_name} {member.last_name}"
            member.slug = claim_slug(about, member.name)
        record_revision(about, member.version, revised_values(member), by.member_id)
        session.flush()
        announce(
            ProfileChanged(member_id=member.id, by_id=by.member_id, changed=tuple(sorted(changed)))
        )
        return member


def clean_profile(*, member_id: int, reason: str, by: Actor) -> Member:
    """Take away what a member says about himself or herself; the member can write it anew.

    Raise ``Forbidden``, ``Refused`` where there is nothing to take away.
    """
    with transaction() as session:
        ensure(policies.may_clean_profile(by, member_id))
        member = session.get_one(Member, member_id, with_for_update=True)
        if member.state is MemberState.REMOVED or not member.bio:
            raise Refused("nothing to take away")
        taken = {TAKEN: {"bio": member.bio, "bio_html": member.bio_html}}
        member.bio = member.bio_html = ""
        member.updated_at = clock.now()
        member.raise_version(None)
        about = Reference("member", member.id)
        record_revision(about, member.version, revised_values(member) | taken, by.member_id)
        session.flush()
        announce(
            ProfileChanged(member_id=member.id, by_id=by.member_id, changed=("bio",), reason=reason)
        )
        return member


def restore_profile(*, member_id: int, by: Actor) -> bool:
    """Give back what ``clean_profile`` took last; False where the member wrote anew since, or
    there is nothing to give back.
    """
    with transaction() as session:
        ensure(policies.may_clean_profile(by, member_id))
        member = session.get_one(Member, member_id, with_for_update=True)
        taken = last_taken(member_id)
        if member.state is MemberState.REMOVED or member.bio or taken is None:
            return False
        member.bio, member.bio_html = taken["bio"], taken["bio_html"]
        member.updated_at = clock.now()
        member.raise_version(None)
        about = Reference("member", member.id)
        record_revision(about, member.version, revised_values(member), by.member_id)
        session.flush()
        announce(ProfileChanged(member_id=member.id, by_id=by.member_id, changed=("bio",)))
        return True


def change_password(
    *, member_id: int, current: str, new: str, user_agent: str = "", by: Actor
) -> str | None:
    """Replace the own password: all sessions end, a new one begins here; return its token.

    None where the current password is not right; raise ``Refused("too_many")`` after many tries.
    """
    ensure(policies.may_edit_profile(by, member_id))
    with transaction() as session:
        compared = session.get_one(Member, member_id).password_hash
        limit_guesses(session.get_one(Member, member_id).email)
    if not is_right(compared, current):
        return None
    password_hash = hash_password(new)
    with transaction() as session:
        member = session.get_one(Member, member_id)
        if member.state is not MemberState.ACTIVE or member.password_hash != compared:
            return None
        member.password_hash = password_hash
        end_all(member.id)
        token = begin_here(member.id, user_agent)
        session.flush()
        announce(PasswordChanged(member_id=member.id, by_id=by.member_id))
        return token


def revised_values(member: Member) -> dict[str, Any]:
    """What a revision keeps of a member: what the member wrote, never address or password."""
    return {
        "first_name": member.first_name,
        "last_name": member.last_name,
        "bio": member.bio,
        "language": member.language,
        "themes": sorted(theme.code for theme in member.themes),
    }


def _apply(session: Session, member: Member, values: ProfileValues) -> list[str]:
    """Write the values into the row; return the names of the fields that changed."""
    changed = []
    for name in _PLAIN_FIELDS:
        if getattr(member, name) != getattr(values, name):
            setattr(member, name, getattr(values, name))
            changed.append(name)
    if member.bio != values.bio.source:
        member.bio, member.bio_html = values.bio.source, values.bio.html
        changed.append("bio")
    if {theme.id for theme in member.themes} != set(values.theme_ids):
        member.themes = [session.get_one(Theme, number) for number in sorted(values.theme_ids)]
        changed.append("themes")
    return changed
