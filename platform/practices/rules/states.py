"""Which states a story goes through, and what may be done to it in each."""

from __future__ import annotations

from core.domain import Transitions
from practices.models import PracticeState

S = PracticeState

TRANSITIONS = Transitions(
    {
        S.DRAFT: [S.SUBMITTED, S.REMOVED],
        # Back to a draft: the author takes it back.
        S.SUBMITTED: [S.DRAFT, S.CHANGES_REQUESTED, S.REJECTED, S.PUBLISHED, S.REMOVED],
        S.CHANGES_REQUESTED: [S.SUBMITTED, S.REMOVED],
        S.REJECTED: [S.REMOVED],
        S.PUBLISHED: [S.VALIDATED, S.OUTDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED],
        # Back to published: what was validated was rewritten.
        S.VALIDATED: [S.PUBLISHED, S.OUTDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED],
        # Back into use: confirmed again, or brought up to date.
        S.OUTDATED: [S.PUBLISHED, S.VALIDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED],
        S.ARCHIVED: [S.HIDDEN, S.REMOVED],
        S.HIDDEN: [S.REMOVED],
    }
)
# What moderators undo, back to where it was: no answer and no new text does that.
BACK = Transitions({S.HIDDEN: [S.PUBLISHED, S.VALIDATED, S.OUTDATED, S.ARCHIVED]})

# The author is writing; nothing but a title is asked for yet.
WRITING_STATES = frozenset({S.DRAFT, S.CHANGES_REQUESTED})
# The editors know of it, everybody else does not.
REVIEWED_STATES = frozenset({S.SUBMITTED, S.CHANGES_REQUESTED, S.REJECTED})
# Everybody may read it; what is archived left the catalogue, but its address still answers.
LISTED_STATES = frozenset({S.PUBLISHED, S.VALIDATED, S.OUTDATED})
PUBLIC_STATES = LISTED_STATES | {S.ARCHIVED}
# The editors may correct it.
CORRECTED_STATES = LISTED_STATES | {S.SUBMITTED}
# Somebody says that the practice is in use as it is told.
HOLDING_STATES = frozenset({S.PUBLISHED, S.VALIDATED})
