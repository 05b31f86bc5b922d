"""Twinnings of the past: entered from the acts, where there is no proposal to decide any more."""

from __future__ import annotations

from datetime import datetime

from core import clock
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.transactions import transaction
from twinning import policies
from twinning.models import Twinning, TwinningState
from twinning.rules import TwinningContent
from twinning.services.rows import keep_revision, tell_sources
from twinning.services.texts import create_twinning
from twinning.signals import TwinningStateChanged


def enter_past_twinning(
    *,
    content: TwinningContent,
    act: str,
    key: str = "",
    by: Actor,
    thread_title: str | None = None,
    thread_opened_at: datetime | None = None,
) -> Twinning:
    """Enter a twinning that ended before it came here: it begins archived, and public.

    That is a beginning, no step: nobody can bring a draft there (``rules.TRANSITIONS``).
    Its partners are recorded *agli atti* where an act names them, which may be never: that is why
    the guard of a twinning's activation does not ask about it. ``act`` says from where it is known.
    """
    if not act.strip():
        raise Refused("no act")
    with transaction() as session:
        ensure(policies.may_enter_past(by))
        twinning = create_twinning(
            content=content,
            key=key,
            by=by,
            thread_title=thread_title,
            thread_opened_at=thread_opened_at,
        )
        if twinning.state is not TwinningState.DRAFT:
            return twinning
        twinning.state = TwinningState.ARCHIVED
        twinning.published_at = twinning.updated_at = clock.now()
        twinning.raise_version(None)
        keep_revision(twinning, by)
        tell_sources(session, twinning.practice_id)
        announce(
            TwinningStateChanged(
                twinning_id=twinning.id,
                old=TwinningState.DRAFT.value,
                new=TwinningState.ARCHIVED.value,
                reason=act,
                by_id=by.member_id,
            )
        )
        return twinning
