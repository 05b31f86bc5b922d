"""The states of twinnings and participations, and what each step asks for: pure computation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from core.domain import Refused, Transitions
from core.text import Rendered
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)

S = TwinningState
P = ParticipationState

TRANSITIONS = Transitions(
    {
        S.DRAFT: [S.PROPOSED, S.REMOVED],
        S.PROPOSED: [S.CHANGES_REQUESTED, S.REJECTED, S.ACTIVE, S.REMOVED],
        S.CHANGES_REQUESTED: [S.PROPOSED, S.REMOVED],
        S.REJECTED: [S.REMOVED],
        S.ACTIVE: [S.SUSPENDED, S.CONCLUDED, S.REMOVED],
        S.SUSPENDED: [S.ACTIVE, S.REMOVED],
        S.CONCLUDED: [S.ARCHIVED, S.REMOVED],
        S.ARCHIVED: [S.REMOVED],
    }
)

# An invitation is answered by the invited body alone; an acceptance *agli atti* is noted where
# none is open. Who refused or left can be asked, or recorded, again.
PARTICIPATION_TRANSITIONS = Transitions(
    {
        P.INVITED: [P.ACCEPTED, P.REFUSED, P.WITHDRAWN],
        P.ACCEPTED: [P.WITHDRAWN],
        P.ON_RECORD: [P.WITHDRAWN],
        P.REFUSED: [P.INVITED],
        P.WITHDRAWN: [P.INVITED, P.ON_RECORD],
    }
)

# Once it is one of these, a twinning with visibility ``public`` is open to everybody.
OPEN_STATES = frozenset({S.ACTIVE, S.SUSPENDED, S.CONCLUDED, S.ARCHIVED})
# The practice that it transfers is at work elsewhere, or was brought there.
REUSING_STATES = frozenset({S.ACTIVE, S.CONCLUDED, S.ARCHIVED})
# These wait for a decision of the editors, or had one.
REVIEWED_STATES = frozenset({S.PROPOSED, S.CHANGES_REQUESTED, S.REJECTED})
# Only these make a body a partner; in any other state its name is nobody else's business.
STANDING = frozenset({P.ACCEPTED, P.ON_RECORD})
# In these somebody can be asked to join, and can answer.
JOINABLE = frozenset({S.DRAFT, S.PROPOSED, S.CHANGES_REQUESTED, S.ACTIVE, S.SUSPENDED})
# Its proposer still writes it, and asks whom to join.
BEING_WRITTEN = frozenset({S.DRAFT, S.CHANGES_REQUESTED})
# What is over keeps those who took part: nobody leaves the past.
OVER = frozenset({S.CONCLUDED, S.ARCHIVED, S.REMOVED})
# The two ends of a transfer; coordinators and the national level stand beside it.
ENDS = (ParticipationRole.GIVER, ParticipationRole.RECEIVER)

GENERAL_INTRODUCTION = (
    "Questa è una discussione generale relativa al gemellaggio. "
    "Partecipa anche tu e lascia la tua testimonianza."
)


SECTIONS = ("solution", "objectives", "results")
LONGEST_SUMMARY = 500


@dataclass(frozen=True, kw_only=True)
class TwinningContent:
    """What somebody wrote about a twinning: texts, facts, and who keeps it in order."""

    title: str
    acronym: str = ""
    summary: str = ""
    solution: Rendered = field(default_factory=lambda: Rendered("", ""))
    objectives: Rendered = field(default_factory=lambda: Rendered("", ""))
    results: Rendered = field(default_factory=lambda: Rendered("", ""))
    lang: str = "it"
    programme_id: int | None = None
    practice_id: int | None = None
    theme_ids: frozenset[int] = frozenset()
    starts_on: date | None = None
    ends_on: date | None = None
    funding: str = ""
    visibility: TwinningVisibility = TwinningVisibility.PUBLIC
    coordinator_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OwnPart:
    """The own body, which takes part from the beginning, and as what."""

    organisation_id: int
    role: ParticipationRole
    unit: str = ""


FIELDS = tuple(one.name for one in fields(TwinningContent))


def content_of(twinning: Twinning) -> TwinningContent:
    """What stands in a twinning now."""
    return TwinningContent(
        title=twinning.title,
        acronym=twinning.acronym,
        summary=twinning.summary,
        solution=Rendered(twinning.solution, twinning.solution_html),
        objectives=Rendered(twinning.objectives, twinning.objectives_html),
        results=Rendered(twinning.results, twinning.results_html),
        lang=twinning.lang,
        programme_id=twinning.programme_id,
        practice_id=twinning.practice_id,
        theme_ids=frozenset(theme.id for theme in twinning.themes),
        starts_on=twinning.starts_on,
        ends_on=twinning.ends_on,
        funding=twinning.funding,
        visibility=twinning.visibility,
        coordinator_id=twinning.coordinator_id,
    )


def differences(old: TwinningContent, new: TwinningContent) -> tuple[str, ...]:
    """The names of the fields in which two contents differ; texts by what was typed."""
    return tuple(name for name in FIELDS if _typed(old, name) != _typed(new, name))


def _typed(content: TwinningContent, name: str) -> object:
    value = getattr(content, name)
    return value.source if isinstance(value, Rendered) else value


class Obstacle(StrEnum):
    """Why a twinning cannot take a step that its state would allow."""

    NOBODY_TO_GIVE = "nobody_to_give"
    NOBODY_TO_RECEIVE = "nobody_to_receive"
    NO_COORDINATOR = "no_coordinator"
    NO_GIVER = "no_giver"
    NO_RECEIVER = "no_receiver"
    ONE_BODY = "one_body"
    PENDING = "pending"
    NO_RESULTS = "no_results"


# Without these a twinning runs no more, whatever it was when it began.
BREAKING = frozenset({Obstacle.NO_GIVER, Obstacle.NO_RECEIVER, Obstacle.ONE_BODY})


class NotReady(Refused):
    """The table allows the step, the twinning is not ready for it: ``obstacles`` say why."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(f"not ready: {', '.join(obstacles)}")
        self.obstacles = tuple(obstacles)


def is_standing(participation: Participation) -> bool:
    """Whether the body takes part: it accepted, or its acceptance is on record."""
    return participation.state in STANDING


def is_open_invitation(twinning: Twinning, participation: Participation) -> bool:
    """Whether the body can still answer."""
    return participation.state is P.INVITED and twinning.state in JOINABLE


def obstacles(twinning: Twinning, new: TwinningState) -> list[Obstacle]:
    """What must be put right before the twinning may enter a state; empty where nothing."""
    if new is S.PROPOSED:
        return proposal_obstacles(twinning.participations)
    if new is S.ACTIVE:
        missing = [] if twinning.coordinator_id is not None else [Obstacle.NO_COORDINATOR]
        return missing + activation_obstacles(twinning.participations)
    if new is S.CONCLUDED and not twinning.results.strip():
        return [Obstacle.NO_RESULTS]
    return []


def proposal_obstacles(participations: Iterable[Participation]) -> list[Obstacle]:
    """Who is to give and who is to receive is named, if only asked; they are not one body."""
    named = [one for one in participations if one.state is P.INVITED or is_standing(one)]
    givers = {one.organisation_id for one in named if one.role is ParticipationRole.GIVER}
    receivers = {one.organisation_id for one in named if one.role is ParticipationRole.RECEIVER}
    found: list[Obstacle] = []
    if not givers:
        found.append(Obstacle.NOBODY_TO_GIVE)
    if not receivers:
        found.append(Obstacle.NOBODY_TO_RECEIVE)
    if givers and receivers and len(givers | receivers) == 1:
        found.append(Obstacle.ONE_BODY)
    return found


def still_runs(participations: Iterable[Participation]) -> bool:
    """Whether there is somebody left on both ends."""
    return BREAKING.isdisjoint(activation_obstacles(participations))


def activation_obstacles(participations: Iterable[Participation]) -> list[Obstacle]:
    """A twinning runs between a giver and another body that receives, and nobody is still asked."""
    everyone = list(participations)
    givers = _bodies(everyone, ParticipationRole.GIVER)
    receivers = _bodies(everyone, ParticipationRole.RECEIVER)
    found: list[Obstacle] = []
    if not givers:
        found.append(Obstacle.NO_GIVER)
    if not receivers:
        found.append(Obstacle.NO_RECEIVER)
    if givers and receivers and len(givers | receivers) == 1:
        found.append(Obstacle.ONE_BODY)
    if any(one.state is P.INVITED for one in everyone):
        found.append(Obstacle.PENDING)
    return found


def _bodies(participations: Iterable[Participation], role: ParticipationRole) -> set[int]:
    return {one.organisation_id for one in participations if one.role is role and is_standing(one)}
