"""What happens to stories, from the first draft to the archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.signals import Fact

KIND = "practice"


@dataclass(frozen=True, kw_only=True)
class StoryFact(Fact):
    """Something that happened to one story; ``version`` is the one that it left."""

    kind: ClassVar[str] = KIND
    subject_field: ClassVar[str] = "practice_id"

    practice_id: int
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class StoryDrafted(StoryFact):
    """A member began a story; nobody else sees it yet."""


@dataclass(frozen=True, kw_only=True)
class StoryChanged(StoryFact):
    """Somebody rewrote it; ``changed`` names the fields.

    ``restored`` is the version whose text came back, 0 where somebody wrote it anew.
    """

    restored: int = 0


@dataclass(frozen=True, kw_only=True)
class StorySubmitted(StoryFact):
    """The author handed the story to the editors, for the first time or again."""


@dataclass(frozen=True, kw_only=True)
class StoryPublished(StoryFact):
    """An editor made the story public."""


@dataclass(frozen=True, kw_only=True)
class StoryChangesRequested(StoryFact):
    """An editor sent the story back to its author; ``reason`` says what to change."""


@dataclass(frozen=True, kw_only=True)
class StoryRejected(StoryFact):
    """An editor refused the story; ``reason`` says why."""


@dataclass(frozen=True, kw_only=True)
class StoryHidden(StoryFact):
    """A moderator took a public story out of sight; ``reason`` says why."""


@dataclass(frozen=True, kw_only=True)
class StoryRestored(StoryFact):
    """It can be read again, as it was."""


@dataclass(frozen=True, kw_only=True)
class StoryArchived(StoryFact):
    """A public story left the catalogue; it can still be read. ``reason`` says why."""


@dataclass(frozen=True, kw_only=True)
class StoryRemoved(StoryFact):
    """The author deleted what was never public, or a moderator took the story away."""


@dataclass(frozen=True, kw_only=True)
class StoryImported(StoryFact):
    """A list that others keep brought the story, or another text of it; nobody is told."""


@dataclass(frozen=True, kw_only=True)
class StoryWithdrawn(StoryFact):
    """The author took the story back from the editors; it is a draft again."""


@dataclass(frozen=True, kw_only=True)
class RevisionProposed(StoryFact):
    """The author rewrote a public story: the new text waits, the old one stays public."""

    restored: int = 0


@dataclass(frozen=True, kw_only=True)
class RevisionChanged(StoryFact):
    """The author went on with a text that waits already."""

    restored: int = 0


@dataclass(frozen=True, kw_only=True)
class RevisionWithdrawn(StoryFact):
    """The author took the new text back."""


@dataclass(frozen=True, kw_only=True)
class RevisionApproved(StoryFact):
    """An editor made the new text public; ``changed`` names the fields."""


@dataclass(frozen=True, kw_only=True)
class RevisionRefused(StoryFact):
    """An editor left the public text as it is; ``reason`` says why."""


@dataclass(frozen=True, kw_only=True)
class StoryValidated(StoryFact):
    """An evaluator found that the story meets the criteria."""


@dataclass(frozen=True, kw_only=True)
class ValidationDeclined(StoryFact):
    """An evaluator found that it does not yet; ``reason`` says why."""


@dataclass(frozen=True, kw_only=True)
class ValidationLapsed(StoryFact):
    """What was validated was rewritten: the story is published, no longer validated."""


@dataclass(frozen=True, kw_only=True)
class ConfirmationAsked(StoryFact):
    """The time is over for which a public story is taken at its word: does it still hold?"""


@dataclass(frozen=True, kw_only=True)
class ConfirmationMissed(StoryFact):
    """Nobody answered in time; readers are told."""


@dataclass(frozen=True, kw_only=True)
class StoryConfirmed(StoryFact):
    """Somebody who answers for the story says that it still holds."""


@dataclass(frozen=True, kw_only=True)
class StoryOutdated(StoryFact):
    """What the story tells is not so any more; ``reason`` may say what changed."""


MATCH = "match"
MATCHES = "matches"  # all those of one story


@dataclass(frozen=True, kw_only=True)
class MatchFact(Fact):
    """Something that people did with one pair of stories."""

    kind: ClassVar[str] = MATCH
    subject_field: ClassVar[str] = "match_id"

    match_id: int
    seek_id: int
    offer_id: int


@dataclass(frozen=True, kw_only=True)
class MatchContacted(MatchFact):
    """One side wrote to the other, in a discussion that only the two can read."""

    thread_id: int


@dataclass(frozen=True, kw_only=True)
class MatchTwinned(MatchFact):
    """A twinning began from it."""


@dataclass(frozen=True, kw_only=True)
class MatchDismissed(MatchFact):
    """One side does not want it; it is not suggested again."""


@dataclass(frozen=True, kw_only=True)
class MatchesFact(Fact):
    """Something about the suggestions of one story, found by the worker."""

    kind: ClassVar[str] = MATCHES
    subject_field: ClassVar[str] = "practice_id"

    practice_id: int


@dataclass(frozen=True, kw_only=True)
class MatchesComputed(MatchesFact):
    """The suggestions of a story, or of those that it suits, are not what they were."""


@dataclass(frozen=True, kw_only=True)
class MatchesSuggested(MatchesFact):
    """A story has a new suggestion among its best; told at most once a day."""


MATCH_FACTS: tuple[type[Fact], ...] = (
    MatchContacted,
    MatchTwinned,
    MatchDismissed,
    MatchesComputed,
    MatchesSuggested,
)


@dataclass(frozen=True, kw_only=True)
class StoryEndorsed(StoryFact):
    """A member said in the name of a body that the story is useful to it."""


@dataclass(frozen=True, kw_only=True)
class StoryEndorsementWithdrawn(StoryFact):
    """A member took back that the story is useful."""


@dataclass(frozen=True, kw_only=True)
class StoryRecounted(StoryFact):
    """Other numbers stand beside the story: bodies that find it useful, twinnings that reuse it."""


# Of no matter to search.
ENDORSEMENTS: tuple[type[StoryFact], ...] = (
    StoryEndorsed,
    StoryEndorsementWithdrawn,
    StoryRecounted,
)

ALL: tuple[type[StoryFact], ...] = (
    StoryDrafted,
    StoryChanged,
    StorySubmitted,
    StoryPublished,
    StoryChangesRequested,
    StoryRejected,
    StoryArchived,
    StoryHidden,
    StoryRestored,
    StoryRemoved,
    StoryImported,
    StoryWithdrawn,
    RevisionProposed,
    RevisionChanged,
    RevisionWithdrawn,
    RevisionApproved,
    RevisionRefused,
    StoryValidated,
    ValidationDeclined,
    ValidationLapsed,
    ConfirmationAsked,
    ConfirmationMissed,
    StoryConfirmed,
    StoryOutdated,
)
