"""Which states a story goes through, and what may be done to it in each."""

from __future__ import annotations

from core.domain import Transitions
from practices.models import PracticeState

S = PracticeState

TRANSITIONS = Transitions(
    {
        S.DRAFT: [S.SUBMITTED, S.REMOVED],
        S.SUBMITTED: [S.CHANGES_REQUESTED, S.REJECTED, S.PUBLISHED, S.REMOVED],
        S.CHANGES_REQUESTED: [S.SUBMITTED, S.REMOVED],
        S.REJECTED: [S.REMOVED],
        S.PUBLISHED: [S.VALIDATED, S.ARCHIVED, S.REMOVED],
        S.VALIDATED: [S.OUTDATED, S.ARCHIVED, S.REMOVED],
        S.OUTDATED: [S.ARCHIVED, S.REMOVED],
        S.ARCHIVED: [S.REMOVED],
    }
)

# The author is writing; nothing but a title is asked for yet.
WRITING_STATES = frozenset({S.DRAFT, S.CHANGES_REQUESTED})
# The editors know of it, everybody else does not.
REVIEWED_STATES = frozenset({S.SUBMITTED, S.CHANGES_REQUESTED, S.REJECTED})
# Everybody may read it; what is archived left the catalogue, but its address still answers.
LISTED_STATES = frozenset({S.PUBLISHED, S.VALIDATED, S.OUTDATED})
PUBLIC_STATES = LISTED_STATES | {S.ARCHIVED}
# The editors may correct it.
CORRECTED_STATES = LISTED_STATES | {S.SUBMITTED}
