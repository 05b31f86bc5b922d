"""Who keeps the place clean, who may ask for it, and who may object."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, false

from core.actor import Actor, Role
from moderation import rules
from moderation.models import Measure, Report

MODERATING = frozenset({Role.MODERATOR, Role.ADMINISTRATOR})


class MeasureLike(Protocol):
    """A measure, or a copy of its columns."""

    @property
    def member_id(self) -> int | None: ...
    @property
    def taken_by_id(self) -> int | None: ...
    @property
    def taken_at(self) -> datetime: ...
    @property
    def lifted_at(self) -> datetime | None: ...


def may_moderate(actor: Actor) -> bool:
    """Clear, refuse and hide; what a moderator may not read is not there for the moderator."""
    return actor.has(Role.MODERATOR, Role.ADMINISTRATOR)


def is_trusted(actor: Actor, *, accepted: int = 0, measures: int = 0, needed: int = 0) -> bool:
    """Whether the actor's words appear without being read by a moderator first."""
    standing = rules.Standing(
        # The house itself is no member, and holds all roles.
        is_confirmed=not actor.is_visitor or bool(actor.roles),
        is_affiliated=actor.is_verified,
        has_role=bool(actor.roles),
        accepted=accepted,
        measures=measures,
    )
    return rules.is_trusted(standing, needed)


def may_act_on(actor: Actor, member_id: int | None) -> bool:
    """Warn somebody, or read what was decided about somebody: nobody does so about oneself."""
    return may_moderate(actor) and actor.member_id != member_id


def own_reports_of(actor: Actor) -> ColumnElement[bool]:
    """The reports that the actor made: nobody else but moderators knows of them."""
    return false() if actor.is_visitor else Report.reporter_id == actor.member_id


def own_measures_of(actor: Actor) -> ColumnElement[bool]:
    """What was decided about the actor."""
    return false() if actor.is_visitor else Measure.member_id == actor.member_id


def may_appeal(member_id: int | None, measure: MeasureLike, now: datetime) -> bool:
    """The concerned member, as long as the measure stands and for half a year; once, which the
    service sees to."""
    if member_id is None or measure.member_id != member_id or measure.lifted_at is not None:
        return False
    return now - measure.taken_at <= rules.APPEAL_WITHIN


def may_answer_appeal(actor: Actor, measure: MeasureLike, *, has_others: bool) -> bool:
    """A moderator, never the one who appeals, and not who decided, unless there is nobody else."""
    if not may_act_on(actor, measure.member_id):
        return False
    return measure.taken_by_id != actor.member_id or not has_others


def may_lift(actor: Actor, measure: MeasureLike) -> bool:
    """Undo what was decided; nobody frees oneself."""
    return may_act_on(actor, measure.member_id) and measure.lifted_at is None
