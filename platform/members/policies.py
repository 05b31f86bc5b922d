"""Who may see and do what with members and affiliations."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement

from core.actor import Actor, Role
from members.models import Affiliation, Invitation, Member, MemberState, Visibility
from organisations import policies as organisations

_ALL = frozenset(MemberState) - {MemberState.REMOVED}
_STEWARDS = frozenset({MemberState.ACTIVE, MemberState.SUSPENDED})
_PUBLIC = frozenset({MemberState.ACTIVE})


def visible_states(actor: Actor) -> frozenset[MemberState]:
    """In which states a profile can be opened by this actor; a removed one by nobody."""
    if actor.is_administrator:
        return _ALL
    return _STEWARDS if actor.has(Role.MODERATOR) else _PUBLIC


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Member``: the actor may open the profile."""
    return Member.state.in_(sorted(visible_states(actor)))


def is_visible(actor: Actor, member: Member) -> bool:
    """The same as ``visible_to``, for a row that was read already."""
    return member.state in visible_states(actor)


def may_see_last_sign_in(actor: Actor, member_id: int, visibility: Visibility) -> bool:
    """The member decides; the own one can always be seen."""
    if visibility is Visibility.EVERYBODY or actor.member_id == member_id:
        return True
    return visibility is Visibility.MEMBERS and not actor.is_visitor


def may_edit_profile(actor: Actor, member_id: int) -> bool:
    """Nobody speaks for somebody else, not even an administrator."""
    return actor.member_id is not None and actor.member_id == member_id


def may_request_affiliation(actor: Actor) -> bool:
    """Whoever proved an address may say where he or she works."""
    return not actor.is_visitor


def may_decide_affiliation(actor: Actor, organisation_id: int) -> bool:
    """A body knows its people: its contact person decides, or an administrator."""
    return actor.is_administrator or organisation_id in actor.contact_organisation_ids


def may_name_contact(actor: Actor, organisation_id: int) -> bool:
    """The first contact person is named by an administrator, the others by those there are."""
    return may_decide_affiliation(actor, organisation_id)


def may_end_affiliation(actor: Actor, affiliation: Affiliation) -> bool:
    """The member, the body or an administrator."""
    is_own = actor.member_id is not None and actor.member_id == affiliation.member_id
    return is_own or may_decide_affiliation(actor, affiliation.organisation_id)


def may_invite_colleague(actor: Actor, organisation_id: int) -> bool:
    """Who decides for a body asks its people in; administrators name the first that way."""
    return may_decide_affiliation(actor, organisation_id)


def may_invite_body(actor: Actor) -> bool:
    """Who brings partners together may ask one that is not here yet."""
    return not actor.is_visitor and organisations.may_await(actor)


def may_invite(actor: Actor) -> bool:
    """Whether the actor may invite anybody at all."""
    return may_invite_body(actor)


def may_revoke_invitation(actor: Actor, invitation: Invitation) -> bool:
    """Who sent it, or who decides for the body now."""
    is_own = actor.member_id is not None and actor.member_id == invitation.invited_by_id
    return is_own or may_decide_affiliation(actor, invitation.organisation_id)


def may_grant_roles(actor: Actor) -> bool:
    return actor.is_administrator


def may_suspend(actor: Actor, member_id: int) -> bool:
    """An administrator, but not oneself: nobody could undo it."""
    return actor.is_administrator and actor.member_id != member_id


def may_shut_out(actor: Actor, member_id: int, held: Collection[Role] = ()) -> bool:
    """Suspend and let in again: administrators everybody, moderators those without power to
    moderate themselves; nobody oneself. ``held``: the roles of the member."""
    if actor.is_administrator:
        return may_suspend(actor, member_id)
    others = actor.has(Role.MODERATOR) and actor.member_id != member_id
    return others and not {Role.MODERATOR, Role.ADMINISTRATOR} & set(held)


def may_clean_profile(actor: Actor, member_id: int) -> bool:
    """Take away what somebody else says about himself or herself, never write it anew."""
    return actor.has(Role.MODERATOR, Role.ADMINISTRATOR) and actor.member_id != member_id


def may_end_sessions(actor: Actor, member_id: int) -> bool:
    """Everybody the own ones, an administrator those of others."""
    return actor.is_administrator or (actor.member_id is not None and actor.member_id == member_id)


def may_remove(actor: Actor, member_id: int) -> bool:
    """One may always leave; an administrator may remove others."""
    is_own = actor.member_id is not None and actor.member_id == member_id
    return is_own or actor.is_administrator
