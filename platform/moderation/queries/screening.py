"""What speaks for a text being spam, held against what was written before; whom one trusts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, not_, select

from core import clock
from core.actor import Actor
from core.counting import counted_each
from core.database import db
from core.references import Reference
from core.registry import settings
from moderation import policies, rules
from moderation.models import Measure, Screening
from moderation.rules import Signal, SpamPart


@dataclass(frozen=True, slots=True)
class Verdict:
    """The signals that a text gives, and whether they are enough to have it read first."""

    parts: tuple[SpamPart, ...]
    fingerprint: str

    @property
    def score(self) -> int:
        return rules.score(self.parts)

    @property
    def is_suspicious(self) -> bool:
        limit = settings().spam_limit
        return 0 < limit <= self.score


NO_VERDICT = Verdict((), "")


def screened(source: str, *, author_id: int | None, about: Reference | None = None) -> Verdict:
    """Judge a text as it is about to be kept; ``about``: what it is written anew of, which does
    not count as said before."""
    moment, mark = clock.now(), rules.fingerprint(source)
    others = select(func.count()).select_from(Screening)
    if about is not None:
        itself = and_(Screening.kind == about.kind, Screening.object_id == about.id)
        others = others.where(not_(itself))
    recent = others.where(
        Screening.author_id == author_id, Screening.at > moment - rules.FAST_WITHIN
    )
    repeated = others.where(
        Screening.fingerprint == mark, Screening.at > moment - rules.REPEATED_WITHIN
    )
    numbers = counted_each([recent if author_id else None, repeated if mark else None])
    parts = rules.spam_parts(
        source,
        own_host=settings().host,
        recent=numbers[0],
        repeated=numbers[1],
        words=settings().spam_words,
    )
    return Verdict(parts, mark)


def is_trusted(actor: Actor, accepted: Select[tuple[int]]) -> bool:
    """Whether the actor's words appear unread; ``accepted`` counts the messages of the actor that
    moderators cleared, and is asked only where nothing else decides."""
    if actor.is_visitor or policies.is_trusted(actor):
        return policies.is_trusted(actor)
    needed = settings().trust_after_posts
    if not needed:
        return False
    found, measures = counted_each([accepted, _measures_of(actor)])
    return policies.is_trusted(actor, accepted=found, measures=measures, needed=needed)


def parts_of(kept: Iterable[Mapping[str, Any]] | None) -> tuple[SpamPart, ...]:
    """The signals of a screening as they were kept; what is not known any more is left out."""
    known = set(Signal)
    return tuple(
        SpamPart(Signal(one["signal"]), one["points"], one["count"], tuple(one["words"]))
        for one in kept or ()
        if one["signal"] in known
    )


def records_of(member_ids: Iterable[int | None]) -> dict[int, Mapping[str, int]]:
    """How many measures of each sort stand against these members; one query."""
    wanted = sorted({number for number in member_ids if number is not None})
    found: dict[int, dict[str, int]] = {}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Measure.member_id, Measure.sort, func.count())
        .where(Measure.member_id.in_(wanted), Measure.lifted_at.is_(None))
        .group_by(Measure.member_id, Measure.sort)
    )
    for member_id, sort, number in rows:
        found.setdefault(member_id, {})[sort.value] = number
    return dict(found)


def _measures_of(actor: Actor) -> Select[tuple[int]]:
    return (
        select(func.count())
        .select_from(Measure)
        .where(
            Measure.member_id == actor.member_id,
            Measure.lifted_at.is_(None),
            Measure.taken_at > clock.now() - rules.REMEMBERED_FOR,
        )
    )
