"""Who is told what about stories: editors what waits for them, authors what became of theirs.

Each mail is built when it goes out: it says nothing that has changed since, and nothing to
somebody who may not know it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext

from core.actor import Role
from core.contracts import Concern, Notice, NoticeRule
from core.links import address
from members.queries import actor_for, holders_of
from practices import policies
from practices.models import PracticeState
from practices.queries import author_of, story_line
from practices.queries.lines import StoryLine
from practices.signals import (
    StoryChangesRequested,
    StoryFact,
    StoryPublished,
    StoryRejected,
    StorySubmitted,
)


def _editors(fact: StorySubmitted) -> Iterable[int]:
    return [number for number in holders_of(Role.EDITOR) if number != fact.by_id]


def _author(fact: StoryFact) -> Iterable[int]:
    author_id = author_of(fact.practice_id)
    return [] if author_id is None or author_id == fact.by_id else [author_id]


def _submitted(fact: StorySubmitted, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.SUBMITTED)
    if line is None or not policies.may_review(actor_for(member_id)):
        return None
    return _notice(gettext("Da rivedere: %(title)s", title=line.title), "submitted", fact, line)


def _published(fact: StoryPublished, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.PUBLISHED)
    if line is None:
        return None
    return _notice(
        gettext("La tua storia è pubblica: %(title)s", title=line.title), "published", fact, line
    )


def _changes_requested(fact: StoryChangesRequested, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.CHANGES_REQUESTED)
    if line is None:
        return None
    return _notice(
        gettext("Da modificare: %(title)s", title=line.title), "changes_requested", fact, line
    )


def _rejected(fact: StoryRejected, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.REJECTED)
    if line is None:
        return None
    return _notice(gettext("Non pubblicata: %(title)s", title=line.title), "rejected", fact, line)


def _standing(fact: StoryFact, member_id: int, state: PracticeState) -> StoryLine | None:
    """The story, if the member may open it and it is still where the fact left it."""
    line = story_line(fact.practice_id, actor_for(member_id))
    return line if line is not None and line.state is state else None


def _notice(subject: str, name: str, fact: StoryFact, line: StoryLine) -> Notice:
    return Notice(
        subject=subject,
        template=f"practices/mail/{name}",
        context={
            "story": line,
            "reason": fact.reason,
            "url": address("practices.story", slug=line.slug, _external=True),
        },
    )


def _says_submitted(_fact: StoryFact, name: str) -> str:
    return str(gettext("%(name)s ha inviato la storia alla redazione.", name=name))


def _says_published(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La tua storia è pubblica."))


def _says_changes(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La redazione chiede di modificare la tua storia."))


def _says_rejected(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La redazione non ha pubblicato la tua storia."))


def _rule(
    name: str,
    fact: type[StoryFact],
    recipients: Callable[[Any], Iterable[int]],
    build: Callable[[Any, int], Notice | None],
    says: Callable[[Any, str], str],
    concern: Concern = Concern.OWN,
) -> NoticeRule:
    return NoticeRule(
        name=f"practices.{name}",
        fact=fact,
        recipients=recipients,
        build=build,
        says=says,
        concern=concern,
    )


RULES = (
    _rule("submitted", StorySubmitted, _editors, _submitted, _says_submitted, Concern.DECISION),
    _rule("published", StoryPublished, _author, _published, _says_published),
    _rule("changes_requested", StoryChangesRequested, _author, _changes_requested, _says_changes),
    _rule("rejected", StoryRejected, _author, _rejected, _says_rejected),
)
