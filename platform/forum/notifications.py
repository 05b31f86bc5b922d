"""Authors learn what a moderator decided about their messages; nobody hears of held ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext

from core.contracts import Notice, NoticeRule
from core.links import address
from forum.models import PostState
from forum.queries import PostHead, author_of, post
from forum.signals import PostFact, PostHidden, PostPublished, PostRefused, PostRestored
from members.queries import actor_for


def _author(fact: PostFact) -> Iterable[int]:
    """The author, unless it is the author's own doing."""
    author_id = author_of(fact.post_id)
    return [] if author_id is None or author_id == fact.by_id else [author_id]


def _cleared(fact: PostFact, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.VISIBLE)
    if found is None:
        return None
    subject = gettext("Il tuo messaggio è pubblicato: %(title)s", title=found.thread_title)
    return _notice(subject, "published", found)


def _refused(fact: PostFact, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.HIDDEN)
    if found is None:
        return None
    subject = gettext("Il tuo messaggio non è pubblicato: %(title)s", title=found.thread_title)
    return _notice(subject, "refused", found, fact.reason)


def _hidden(fact: PostFact, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.HIDDEN)
    if found is None:
        return None
    subject = gettext("Il tuo messaggio è stato nascosto: %(title)s", title=found.thread_title)
    return _notice(subject, "hidden", found, fact.reason)


def _standing(fact: PostFact, member_id: int, state: PostState) -> PostHead | None:
    """The message, if its author may still read it and it is where the fact left it."""
    found = post(fact.post_id, actor_for(member_id))
    return found if found is not None and found.state is state else None


def _notice(subject: str, name: str, found: PostHead, reason: str = "") -> Notice:
    return Notice(
        subject=subject,
        template=f"forum/mail/{name}",
        context={
            "post": found,
            "reason": reason,
            "url": address("forum.post", post_id=found.id, _external=True),
        },
    )


def _rule(
    name: str, fact: type[PostFact], build: Callable[[Any, int], Notice | None]
) -> NoticeRule:
    return NoticeRule(name=f"forum.{name}", fact=fact, recipients=_author, build=build)


RULES = (
    _rule("cleared", PostPublished, _cleared),
    _rule("restored", PostRestored, _cleared),
    _rule("refused", PostRefused, _refused),
    _rule("hidden", PostHidden, _hidden),
)
