"""Deciding about many things at once: each by its own rules, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import Refused, ensure
from core.references import Reference
from core.registry import registry
from moderation.models import Decision, Measure
from moderation.policies import may_moderate
from moderation.rules import Deed, ForAuthors, Picked
from moderation.services.measures import suspend_member, warn_member
from moderation.services.reports import decide_reports


@dataclass(frozen=True, slots=True)
class Result:
    """How many were decided, and of the others why not; how many authors were dealt with."""

    done: int
    refused: Sequence[tuple[Picked, str]]
    authors: int = 0
    authors_refused: int = 0


def decide_many(
    *, picked: Sequence[Picked], deed: Deed, reason: str, for_authors: ForAuthors, by: Actor
) -> Result:
    """Do the same with all that was picked; what the domain refuses is told, the rest is done.

    Raise ``Forbidden`` for who does not moderate.
    """
    ensure(may_moderate(by))
    done: list[Picked] = []
    refused: list[tuple[Picked, str]] = []
    for one in dict.fromkeys(picked):
        try:
            _decide(one, deed, reason, by)
        except Refused as error:
            db.session.rollback()
            refused.append((one, error.reason))
        else:
            done.append(one)
    dealt, failed = _deal_with_authors(done, deed, reason, for_authors, by)
    return Result(len(done), refused, dealt, failed)


def _decide(one: Picked, deed: Deed, reason: str, by: Actor) -> None:
    if one.is_reported:
        decision = Decision.HIDE if deed is Deed.HIDE else Decision.DISMISS
        decide_reports(reference=one.reference, decision=decision, note=reason, by=by)
        return
    kind = registry().moderatables.get(one.reference.kind)
    if kind is None or kind.find(one.reference.id, by) is None:
        raise Refused("decided already")
    if deed is Deed.LEAVE:
        kind.clear(one.reference.id, by)
    else:
        kind.refuse(one.reference.id, by, reason)


def _deal_with_authors(
    done: Sequence[Picked], deed: Deed, reason: str, wanted: ForAuthors, by: Actor
) -> tuple[int, int]:
    """Warn or suspend each author once; return how many, and for how many it was refused."""
    if deed is not Deed.HIDE or not (wanted.warn or wanted.days):
        return 0, 0
    dealt = failed = 0
    for member_id, about in _authors(done).items():
        try:
            if wanted.days:
                ends_at = clock.now() + timedelta(days=wanted.days)
                suspend_member(member_id=member_id, reason=reason, ends_at=ends_at, by=by)
            else:
                warn_member(member_id=member_id, reason=reason, about=about, by=by)
        except Refused:
            db.session.rollback()
            failed += 1
        else:
            dealt += 1
    return dealt, failed


def _authors(done: Sequence[Picked]) -> dict[int, Reference]:
    """The authors, each with the first of the things, as the measures just taken name them."""
    found: dict[int, Reference] = {}
    for one in done:
        member_id = db.session.scalar(
            select(Measure.member_id)
            .where(Measure.kind == one.reference.kind, Measure.object_id == one.reference.id)
            .order_by(Measure.id.desc())
            .limit(1)
        )
        if member_id is not None:
            found.setdefault(member_id, one.reference)
    db.session.rollback()
    return found
