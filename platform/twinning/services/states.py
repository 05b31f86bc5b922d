"""Bringing a twinning from one state to the next."""

from __future__ import annotations

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from twinning import policies, rules
from twinning.models import Twinning, TwinningState
from twinning.services.rows import keep_revision, locked, send_out, tell_sources
from twinning.signals import TwinningStateChanged


def change_state(
    *, twinning_id: int, new: TwinningState, version: int | None, reason: str, by: Actor
) -> Twinning:
    """Take one step of the transition table, for a reason that the audit trail keeps.

    Raise ``Refused`` where the table has no such step or no reason is given, ``Forbidden`` where
    it is not the actor's to take, ``Conflict`` where the twinning is not the one that was seen,
    ``NotReady`` where something must be put right first.
    """
    with transaction() as session:
        twinning = locked(session, twinning_id)
        ensure(policies.is_visible(by, twinning))
        old = twinning.state
        rules.TRANSITIONS.check(old, new)
        ensure(policies.may_change_state(by, twinning, new))
        if not reason.strip():
            raise Refused("no reason")
        twinning.raise_version(version)
        if obstacles := rules.obstacles(twinning, new):
            raise rules.NotReady(obstacles)
        twinning.state = new
        twinning.updated_at = clock.now()
        if new is TwinningState.ACTIVE and twinning.published_at is None:
            twinning.published_at = twinning.updated_at
        if new is TwinningState.REMOVED:
            _close(twinning, by)
        keep_revision(twinning, by)
        tell_sources(session, twinning.practice_id)
        announce(
            TwinningStateChanged(
                twinning_id=twinning.id,
                old=old.value,
                new=new.value,
                reason=reason,
                by_id=by.member_id,
            )
        )
        return twinning


def _close(twinning: Twinning, by: Actor) -> None:
    """Nobody enters the private space of what is not there any more."""
    if twinning.coordinator_id is not None:
        send_out(twinning, member_id=twinning.coordinator_id, by=by)
    bodies = {one.organisation_id for one in twinning.participations if rules.is_standing(one)}
    for organisation_id in sorted(bodies):
        send_out(twinning, organisation_id=organisation_id, by=by)
