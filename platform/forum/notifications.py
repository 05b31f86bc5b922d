"""Who is told of messages: the author who is answered, people who are named, those who follow the
discussion or its subject, and authors of what a moderator decided. Nobody hears of held messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from core.contracts import Concern, Notice, NoticeRule
from core.links import address
from core.references import Reference
from forum.models import PostState
from forum.queries import (
    PostHead,
    Published,
    author_of,
    author_of_thread,
    lonely_thread,
    opened,
    post,
    published,
    readers_among,
    readers_at,
    thread_of,
    who_answers,
)
from forum.signals import (
    BestMarked,
    BestUnmarked,
    PostFact,
    PostHidden,
    PostPublished,
    PostRefused,
    PostRestored,
    ThreadFact,
    ThreadLeftAlone,
    ThreadOpened,
)
from members.queries import actor_for, people
from notifications.queries import followers_of


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
            "appeal_url": address("moderation.own_measures", _external=True),
        },
    )


@dataclass(frozen=True, kw_only=True)
class PostPlanned(PostPublished):
    """A message that somebody is about to send: asked about, never announced."""

    plan: Published


def _of(fact: PostPublished) -> Published | None:
    return fact.plan if isinstance(fact, PostPlanned) else published(fact.post_id)


def _answered(fact: PostPublished) -> Iterable[int]:
    """The author of the message that is answered."""
    found = _of(fact)
    if found is None or found.answered_author_id is None:
        return []
    author = people([found.answered_author_id]).get(found.answered_author_id)
    return _others(found, [author.id], fact) if author is not None and author.is_public else []


def _named(fact: PostPublished) -> Iterable[int]:
    """Those who are named in the message."""
    found = _of(fact)
    return [] if found is None else _others(found, found.named, fact)


def _following(fact: PostPublished) -> Iterable[int]:
    """Those who follow the discussion or its subject, where the discussion went on."""
    found = _of(fact)
    return [] if found is None or found.opens else _followers(found, fact)


def _following_subject(fact: PostPublished) -> Iterable[int]:
    """The same where the discussion began with this message."""
    found = _of(fact)
    return [] if found is None or not found.opens else _followers(found, fact)


def _following_opened(fact: ThreadOpened) -> Iterable[int]:
    """The same where it began without a message: otherwise the message tells."""
    found = opened(fact.thread_id)
    return [] if found is None else _followers(found, fact)


def _followers(found: Published, fact: PostFact | ThreadFact) -> Iterable[int]:
    return _others(found, followers_of(found.thread, found.subject, at=found.at), fact)


def _others(
    found: Published, members: Iterable[int | None], fact: PostFact | ThreadFact
) -> Iterable[int]:
    """Those who may read it; nobody is told of the own words, nor a moderator of what he or she has
    just read."""
    told = {one for one in members if one is not None} - {found.author_id, fact.by_id}
    if found.thread.id:
        return readers_among(found.thread.id, told)
    return readers_at(found.subject, found.space_id, told)


def _reply(fact: PostPublished, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.VISIBLE)
    if found is None:
        return None
    name = _writer(found)
    return _message(
        found,
        gettext("%(name)s ti ha risposto: %(title)s", name=name, title=found.thread_title),
        gettext("%(name)s ha risposto a un tuo messaggio.", name=name),
    )


def _mention(fact: PostPublished, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.VISIBLE)
    if found is None:
        return None
    name = _writer(found)
    return _message(
        found,
        gettext("%(name)s ti ha nominato: %(title)s", name=name, title=found.thread_title),
        gettext("%(name)s ha scritto il tuo nome in un messaggio.", name=name),
    )


def _message(found: PostHead, subject: str, opening: str) -> Notice:
    return Notice(
        subject=subject,
        template="forum/mail/message",
        context={
            "post": found,
            "opening": opening,
            "url": address("forum.post", post_id=found.id, _external=True),
        },
    )


def _writer(found: PostHead) -> str:
    known = people([found.author_id]).get(found.author_id or 0)
    return known.name if known else "Gemella"


def _says_reply(_fact: PostPublished, name: str) -> str:
    return str(gettext("%(name)s ti ha risposto.", name=name))


def _says_mention(_fact: PostPublished, name: str) -> str:
    return str(gettext("%(name)s ti ha nominato.", name=name))


def _says_written(_fact: PostPublished, name: str) -> str:
    return str(gettext("%(name)s ha scritto un messaggio.", name=name))


def _says_opened(_fact: PostPublished | ThreadOpened, name: str) -> str:
    return str(gettext("%(name)s ha aperto la discussione.", name=name))


def _says_cleared(_fact: PostFact, _name: str) -> str:
    return str(gettext("Il tuo messaggio è pubblicato."))


def _says_hidden(_fact: PostFact, _name: str) -> str:
    return str(gettext("Chi modera ha deciso di non mostrare il tuo messaggio."))


def _who_answers(fact: ThreadLeftAlone) -> Iterable[int]:
    """Those who see to it that questions about its subject are answered."""
    return who_answers(fact.thread_id)


def _alone(fact: ThreadLeftAlone, member_id: int) -> Notice | None:
    """Asks for an answer, as long as there is none and the member may read the question."""
    found = lonely_thread(fact.thread_id, actor_for(member_id))
    if found is None:
        return None
    return Notice(
        subject=gettext("Aspetta una risposta: %(title)s", title=found.title),
        template="forum/mail/alone",
        context={
            "thread": found,
            "url": address("forum.thread", thread_id=found.id, _external=True),
        },
    )


def _says_alone(_fact: ThreadLeftAlone, _name: str) -> str:
    return str(gettext("Nessuno ha ancora risposto."))


def _best(fact: BestMarked, member_id: int) -> Notice | None:
    found = _standing(fact, member_id, PostState.VISIBLE)
    if found is None:
        return None
    return _message(
        found,
        gettext("La tua risposta è la migliore: %(title)s", title=found.thread_title),
        gettext("La tua risposta è stata indicata come la migliore."),
    )


def _says_best(_fact: BestMarked, _name: str) -> str:
    return str(gettext("La tua risposta è stata indicata come la migliore."))


def _asker(fact: BestUnmarked) -> Iterable[int]:
    """Who asked, where the answer was moved away by somebody else."""
    author_id = author_of_thread(fact.thread_id)
    return [author_id] if fact.is_moved and author_id and author_id != fact.by_id else []


def _says_moved(_fact: BestUnmarked, _name: str) -> str:
    return str(
        gettext(
            "La risposta migliore alla tua domanda sta ora in un’altra discussione:"
            " puoi indicarne un’altra."
        )
    )


def _in_thread(fact: PostFact) -> Reference:
    """The discussion in which the message stands now: it may have been moved since."""
    return Reference("thread", thread_of(fact.post_id) or fact.thread_id)


def _by_author(fact: PostFact) -> int | None:
    return author_of(fact.post_id)


def _about_own(
    name: str,
    fact: type[PostFact],
    build: Callable[[Any, int], Notice | None],
    says: Callable[[Any, str], str],
) -> NoticeRule:
    return NoticeRule(
        name=f"forum.{name}",
        fact=fact,
        recipients=_author,
        build=build,
        says=says,
        place=_in_thread,
    )


def _about_post(
    name: str,
    concern: Concern,
    recipients: Callable[[Any], Iterable[int]],
    says: Callable[[Any, str], str],
    build: Callable[[Any, int], Notice | None] | None = None,
) -> NoticeRule:
    return NoticeRule(
        name=f"forum.{name}",
        fact=PostPublished,
        recipients=recipients,
        build=build,
        concern=concern,
        says=says,
        place=_in_thread,
        by=_by_author,
    )


RULES = (
    _about_own("cleared", PostPublished, _cleared, _says_cleared),
    _about_own("restored", PostRestored, _cleared, _says_cleared),
    _about_own("refused", PostRefused, _refused, _says_hidden),
    _about_own("hidden", PostHidden, _hidden, _says_hidden),
    _about_own("best", BestMarked, _best, _says_best),
    NoticeRule(
        name="forum.best_moved",
        fact=BestUnmarked,
        recipients=_asker,
        concern=Concern.FOLLOWED,
        says=_says_moved,
        place=_in_thread,
    ),
    NoticeRule(
        name="forum.alone",
        fact=ThreadLeftAlone,
        recipients=_who_answers,
        build=_alone,
        concern=Concern.DECISION,
        says=_says_alone,
    ),
    _about_post("reply", Concern.REPLY, _answered, _says_reply, _reply),
    _about_post("mention", Concern.MENTION, _named, _says_mention, _mention),
    _about_post("followed", Concern.FOLLOWED, _following, _says_written),
    _about_post("opened", Concern.FOLLOWED, _following_subject, _says_opened),
    NoticeRule(
        name="forum.introduced",
        fact=ThreadOpened,
        recipients=_following_opened,
        concern=Concern.FOLLOWED,
        says=_says_opened,
    ),
)
