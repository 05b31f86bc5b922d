"""Beginning a twinning and writing about it."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, Role
from core.domain import Refused, ensure
from core.events import announce
from core.slugs import claim_slug
from core.submissions import made_by, remember
from core.text import render_markdown
from core.transactions import transaction
from core.versions import Conflict
from forum import services as forum
from members.models import Member, MemberState, RoleGrant
from notifications.services import begin_following
from practices import services as practices
from practices.models import Practice
from practices.policies import visible_to as practice_visible_to
from practices.queries import match_to_twin
from spaces import services as spaces
from taxonomy.models import Programme, Theme
from twinning import policies, rules
from twinning.models import ParticipationRole, ParticipationState, Twinning, TwinningState
from twinning.rules import Obstacle, OwnPart, TwinningContent
from twinning.services.invitations import invite_partner, join
from twinning.services.rows import (
    about,
    admit,
    keep_revision,
    locked,
    place_of,
    send_out,
    tell_sources,
)
from twinning.signals import KIND, ChargeTaken, TwinningChanged, TwinningCreated


def create_twinning(
    *,
    content: TwinningContent,
    own: OwnPart | None = None,
    key: str = "",
    by: Actor,
    thread_title: str | None = None,
    thread_opened_at: datetime | None = None,
    match_id: int | None = None,
) -> Twinning:
    """Begin a draft, with its general discussion and its private space.

    Who proposes it for a body lets the body take part in the same act: ``own``. Nobody but
    coordinators and administrators can leave it out.
    ``key`` is that of the form: sent twice with the same content it makes one twinning, with
    another it raises ``Conflict`` with the twinning that it made. The discussion has the title of
    the twinning unless ``thread_title`` gives it one. ``match_id``: it begins from this match,
    whose bodies are invited and which is noted as twinned; raise ``Refused`` where it is not ready.
    """
    introduction = render_markdown(rules.GENERAL_INTRODUCTION)
    with transaction() as session:
        ensure(policies.may_create(by))
        if own is not None:
            ensure(policies.may_join_with(by, own.organisation_id))
        else:
            ensure(policies.may_begin_without_body(by))
        earlier = made_by(key, by.member_id, KIND) if by.member_id is not None else None
        if earlier is not None:
            return _unchanged(session.get_one(Twinning, earlier), content)
        twinning = _begin(session, content, by)
        space = spaces.open_space(about=about(twinning), title=content.title, by=by)
        twinning.space_id = space.id
        if twinning.coordinator_id is not None:
            admit(twinning, member_id=twinning.coordinator_id, by=by)
        keep_revision(twinning, by)
        session.flush()
        announce(TwinningCreated(twinning_id=twinning.id, by_id=by.member_id))
        begin_following(about(twinning), by.member_id)
        if own is not None:
            _join_with(session, twinning, own, by)
        if match_id is not None:
            _begin_from(twinning, match_id, own, by)
        forum.open_thread(
            title=thread_title or content.title,
            introduction=introduction,
            subject=about(twinning),
            space_id=None,
            by=by,
            lang="it",
            opened_at=thread_opened_at,
        )
        if by.member_id is not None:
            remember(key, by.member_id, about(twinning))
        return twinning


def take_charge(*, twinning_id: int, by: Actor) -> Twinning:
    """Become the coordinator of a proposal that has none; asked twice it is done once.

    Raise ``Forbidden`` where somebody else was quicker.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        if policies.coordinates(by, twinning):
            return twinning
        ensure(policies.may_take_charge(by, twinning))
        twinning.coordinator_id = by.member_id
        admit(twinning, member_id=by.member_id, by=by)
        twinning.updated_at = clock.now()
        twinning.raise_version(None)
        keep_revision(twinning, by)
        session.flush()
        announce(ChargeTaken(twinning_id=twinning.id, by_id=by.member_id))
        return twinning


def change_twinning(
    *, twinning_id: int, version: int | None, content: TwinningContent, by: Actor
) -> Twinning:
    """Keep a new content of a twinning; the same content again changes nothing.

    Raise ``Conflict`` where somebody saved after ``version``, ``NotReady`` where a concluded
    twinning would lose its results, ``Refused`` for values that do not exist.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        ensure(policies.is_visible(by, twinning) and policies.may_edit(by, twinning))
        changed = rules.differences(rules.content_of(twinning), content)
        if not changed:
            return twinning
        twinning.raise_version(version)
        if twinning.state is TwinningState.CONCLUDED and not content.results.source:
            raise rules.NotReady([Obstacle.NO_RESULTS])
        before, source = twinning.coordinator_id, twinning.practice_id
        _write(session, twinning, content, by, changed)
        if "coordinator_id" in changed:
            _hand_over(twinning, before, by)
        twinning.updated_at = clock.now()
        if "title" in changed:
            twinning.slug = claim_slug(about(twinning), content.title)
        keep_revision(twinning, by)
        tell_sources(session, source, twinning.practice_id)
        announce(TwinningChanged(twinning_id=twinning.id, by_id=by.member_id, changed=changed))
        return twinning


def _begin(session: Session, content: TwinningContent, by: Actor) -> Twinning:
    moment = clock.now()
    twinning = Twinning(
        slug=secrets.token_hex(16),  # until its number is known
        state=TwinningState.DRAFT,
        proposer_id=by.member_id,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    _write(session, twinning, content, by, rules.FIELDS)
    session.add(twinning)
    session.flush()
    twinning.slug = claim_slug(about(twinning), content.title)
    session.flush()
    return twinning


def _join_with(session: Session, twinning: Twinning, own: OwnPart, by: Actor) -> None:
    """The own body is asked and accepts at once."""
    participation = place_of(
        session, twinning, own.organisation_id, own.role, ParticipationState.INVITED
    )
    participation.unit, participation.invited_by_id = own.unit, by.member_id
    session.flush()
    join(twinning, participation, note="", by=by)


def _begin_from(twinning: Twinning, match_id: int, own: OwnPart | None, by: Actor) -> None:
    """Note the match as twinned, and ask the bodies of its two ends to join."""
    proposal = match_to_twin(match_id, by)
    if proposal is None:
        raise Refused("no match to begin from")
    ends = {
        ParticipationRole.GIVER: proposal.giver_id,
        ParticipationRole.RECEIVER: proposal.receiver_id,
    }
    for role, body in ends.items():
        if body is not None and (own is None or own.organisation_id != body):
            invite_partner(twinning_id=twinning.id, organisation_id=body, role=role, by=by)
    practices.twin_match(match_id=match_id, by=by)


def _unchanged(twinning: Twinning, content: TwinningContent) -> Twinning:
    """A form came back: what it made, unless it says something else by now."""
    if rules.differences(rules.content_of(twinning), content):
        raise Conflict(twinning)
    return twinning


def _write(
    session: Session,
    twinning: Twinning,
    content: TwinningContent,
    by: Actor,
    changed: tuple[str, ...],
) -> None:
    _check(session, content, by, changed, is_new=twinning.id is None)
    for name in rules.FIELDS:
        if name in rules.SECTIONS:
            written = getattr(content, name)
            setattr(twinning, name, written.source)
            setattr(twinning, f"{name}_html", written.html)
        elif name != "theme_ids":
            setattr(twinning, name, getattr(content, name))
    twinning.themes = list(session.scalars(select(Theme).where(Theme.id.in_(content.theme_ids))))
    if len(twinning.themes) != len(content.theme_ids):
        raise Refused("unknown theme")


def _check(
    session: Session,
    content: TwinningContent,
    by: Actor,
    changed: tuple[str, ...],
    *,
    is_new: bool,
) -> None:
    """Refuse what the form would not have offered."""
    if not content.title:
        raise Refused("no title")
    if content.starts_on and content.ends_on and content.ends_on < content.starts_on:
        raise Refused("ends before it starts")
    if "programme_id" in changed and content.programme_id is not None:
        _ensure_there(session, select(Programme.id).where(Programme.id == content.programme_id))
    if "practice_id" in changed and content.practice_id is not None:
        _ensure_there(
            session,
            select(Practice.id).where(Practice.id == content.practice_id, practice_visible_to(by)),
        )
    if "coordinator_id" in changed:
        _check_coordinator(session, content.coordinator_id, by, is_new=is_new)


def _check_coordinator(
    session: Session, coordinator_id: int | None, by: Actor, *, is_new: bool
) -> None:
    """Who begins a twinning may coordinate it, or leave that open; all else is named."""
    if is_new and coordinator_id is None:
        return
    if coordinator_id != by.member_id or not is_new:
        ensure(policies.may_name_coordinator(by))
    if coordinator_id is not None and not by.is_administrator:
        ensure(by.has(Role.COORDINATOR))
    if coordinator_id is not None and coordinator_id != by.member_id:
        _ensure_there(session, _coordinator(coordinator_id))


def _hand_over(twinning: Twinning, before: int | None, by: Actor) -> None:
    if before is not None:
        send_out(twinning, member_id=before, by=by)
    if twinning.coordinator_id is not None:
        admit(twinning, member_id=twinning.coordinator_id, by=by)


def _coordinator(member_id: int) -> Select[tuple[int]]:
    return (
        select(Member.id)
        .join(RoleGrant, RoleGrant.member_id == Member.id)
        .where(
            Member.id == member_id,
            Member.state == MemberState.ACTIVE,
            RoleGrant.role == Role.COORDINATOR,
        )
    )


def _ensure_there(session: Session, statement: Select[tuple[int]]) -> None:
    if session.scalar(statement) is None:
        raise Refused("names something that is not there")
