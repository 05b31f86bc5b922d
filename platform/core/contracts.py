"""What a feature tells an engine: the types that stand between the two.

A feature makes these in its ``search.py``, ``notifications.py`` … and registers them in its
``wiring.py``; an engine reads them from the registry and so never imports a feature.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from core.actor import Actor
from core.references import Reference
from core.signals import Fact

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """One thing as search knows it.

    ``text`` is plain, ``audience`` one token of ``Actor.audience``, ``at`` the last visible change
    (UTC), ``names`` what must be found by its exact form: acronyms, act numbers, people.
    """

    reference: Reference
    title: str
    text: str
    url: str
    audience: str = "public"
    lang: str = "it"
    at: datetime
    version: int = 1
    names: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """How search gets at one kind; ``label`` names many of it, ``singular`` one.

    ``documents(ids)`` re-reads the CURRENT rows and leaves out what nobody may find any more;
    ``ids(after, limit)`` walks all of them by growing id; ``affected`` says, per type of fact,
    which must be read again: references, or a statement of ids of this kind. Who may open what is
    asked of the kind's ``Subject``. ``hanging_on(kind, ids)`` is for kinds that hang on anything
    (threads, files): a statement of the ids of this kind that hang on these things, to be read
    again when a fact tells of them, since nobody may find more of it than of the thing itself.
    Statements are asked together: what waits for the index costs a page few queries.
    """

    kind: str
    label: Any
    singular: Any = ""
    documents: Callable[[Sequence[int]], Iterable[SearchDocument]]
    ids: Callable[[int, int], Sequence[int]]
    affected: Mapping[type[Fact], Callable[[Any], Iterable[Reference] | Select[tuple[int]]]]
    hanging_on: Callable[[str, Collection[int]], Select[tuple[int]]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail as a feature wants it said: built when it is sent, from the state at that time."""

    subject: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Concern(StrEnum):
    """Why a member is told of something; the most urgent first, which wins where several match.

    ``access``: sign-in and password; ``decision``: waits for the member; ``own``: what became of
    something that the member wrote or asked for; ``followed``: shown on the site, not mailed.
    """

    ACCESS = "access"
    DECISION = "decision"
    OWN = "own"
    REPLY = "reply"
    MENTION = "mention"
    FOLLOWED = "followed"

    @property
    def urgency(self) -> int:
        """Smaller is more urgent."""
        return list(Concern).index(self)

    @property
    def is_mailed(self) -> bool:
        """Whether a mail goes out at once, unless the member does not want it."""
        return self is not Concern.FOLLOWED

    @property
    def is_optional(self) -> bool:
        """Whether the member may switch these mails off: neither what guards the access nor what
        others wait for."""
        return self in (Concern.OWN, Concern.REPLY, Concern.MENTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where a mail goes that is not for a member's own address."""

    email: str
    language: str
    name: str = ""
    first_name: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticeRule:
    """Who is told of which fact, why, and how.

    ``recipients(fact)`` gives member ids. ``build(fact, member_id)`` makes the mail when it is
    sent, checks again that the member may know, and returns None where there is nothing to say;
    only rules of things that are followed do without.

    ``says(fact, name)`` is the line in the member's list on the site, ``name`` being that of the
    one who did it, ``by(fact)`` (by default who announced the fact); without ``says`` the notice is
    a mail alone. The line leads to ``about(fact)`` (by default what the fact is about), whose kind
    is a ``Subject``: it is shown only as long as the member may open that. Lines stand together
    under ``place(fact)``, by default the same thing.
    ``mailbox(fact, member_id)`` sends the mail elsewhere in that member's name, as an invitation
    goes to somebody who is not here; None where it is not to go any more.
    """

    name: str
    fact: type[Fact]
    recipients: Callable[[Any], Iterable[int]]
    build: Callable[[Any, int], Notice | None] | None = None
    concern: Concern = Concern.OWN
    says: Callable[[Any, str], str] | None = None
    about: Callable[[Any], Reference] | None = None
    place: Callable[[Any], Reference] | None = None
    by: Callable[[Any], int | None] | None = None
    mailbox: Callable[[Any, int], Mailbox | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A kind that threads, files, follows and reports can hang on.

    ``is_steward(id, actor)`` tells whether the actor keeps order in what hangs on this one thing,
    as the coordinator of a twinning does in its discussions. ``is_part``: it has no title of its
    own and goes by that of the whole. ``is_followed``: members can follow it; ``is_reported``:
    readers can tell moderators that something is wrong with it. ``accepts_files(id, actor)`` tells
    where the actor may hang files on this one thing: None is openly, as far as the thing itself can
    be read, a number a private space; an empty collection is nowhere. Without it no file hangs on
    things of this kind. ``answerers(id)`` are the members who see to it that questions about the
    thing are answered, and ``answered_by(actor)`` selects the ids of those things of which the
    actor is one. ``endpoint`` is the page whose address links in texts hold, with the slug
    or else the id as its only parameter; ``state_words`` says in which state a thing is, by what
    ``state_column`` holds, ``""`` where that needs no saying.
    """

    kind: str
    label: Any
    id_column: InstrumentedAttribute[int]
    title_column: InstrumentedAttribute[str] | ColumnElement[str]
    slug_column: InstrumentedAttribute[str] | None
    url: Callable[[int, str], str]
    visible_to: Callable[[Actor], ColumnElement[bool]]
    is_steward: Callable[[int, Actor], bool] | None = None
    accepts_files: Callable[[int, Actor], Collection[int | None]] | None = None
    answerers: Callable[[int], Collection[int]] | None = None
    answered_by: Callable[[Actor], Select[tuple[int]]] | None = None
    is_part: bool = False
    is_followed: bool = False
    is_reported: bool = False
    endpoint: str = ""
    state_column: InstrumentedAttribute[Any] | None = None
    state_words: Callable[[Any], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A place on a lower feature's page that a higher feature fills.

    ``context(id, actor)`` returns what ``template`` needs, or None to leave the place empty. The
    page writes ``{% for template, context in panels('organisation', id) %}{% include template %}``,
    so the template reads ``context.…``; it is a section with a heading of level 2.
    """

    place: str
    order: int
    template: str
    context: Callable[[int, Actor], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a held thing answers to: whose words, and the beginning of them."""

    author: str
    text: str
    url: str
    lang: str = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """One held thing in the moderators' list; ``about_author`` is a line of plain text,
    ``screening`` what speaks for spam, as it was kept."""

    reference: Reference
    title: str
    html: str
    author: str
    author_url: str | None
    at: datetime
    place: str
    place_url: str
    reason: str
    lang: str = "it"
    about_author: str = ""
    author_id: int | None = None
    answers: Answered | None = None
    screening: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedThing:
    """What a reported thing says, for the moderators' list."""

    html: str
    lang: str
    author: str
    author_url: str | None
    author_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Moderatable:
    """A kind whose things can wait for a moderator, or be reported to one; without the first five,
    none of its things waits.

    ``held(actor, limit)`` lists, oldest first, only what this moderator may read, ``count`` gives a
    statement that counts it, and ``find`` answers with one of them or None. ``clear`` and
    ``refuse`` ask the policy themselves; the last argument of ``refuse`` is the reason, which the
    author gets to read; so does ``hide``, which takes away what can be read. ``restore`` brings
    back what was refused or hidden, as after an appeal; without it nothing comes back by itself.
    ``reported(ids, actor)`` is a statement that tells what such things say, as far as the actor may
    read them, with the columns of ``core.reported.said``; ``html_of`` makes HTML of such a row.
    ``are_profiles``: they stand apart from what people wrote. ``tells_authors``: the feature itself
    tells authors what was decided about their things; otherwise moderation does.
    """

    kind: str
    label: Any
    held: Callable[[Actor, int], Sequence[HeldItem]] = lambda _actor, _limit: ()
    count: Callable[[Actor], Select[tuple[int]] | None] = lambda _actor: None
    find: Callable[[int, Actor], HeldItem | None] = lambda _id, _actor: None
    clear: Callable[[int, Actor], None] = lambda _id, _actor: None
    refuse: Callable[[int, Actor, str], None] = lambda _id, _actor, _reason: None
    hide: Callable[[int, Actor, str], None] | None = None
    restore: Callable[[int, Actor], None] | None = None
    reported: Callable[[Sequence[int], Actor], Select[Any]] | None = None
    html_of: Callable[[Any], str] = attrgetter("text")
    are_profiles: bool = False
    tells_authors: bool = False


@dataclass(frozen=True, kw_only=True)
class QueueLink:
    """Things that wait elsewhere, which the moderators' list only leads to: ``count(actor)`` is
    None for who does not decide there."""

    label: Any
    endpoint: str
    count: Callable[[Actor], Select[tuple[int]] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An outbox row as its consumer gets it."""

    outbox_id: int
    event_id: int
    fact: Fact


class NotYet(Exception):
    """What a consumer needs is still being made: its rows come again, and nothing is wrong."""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Somebody whom the worker feeds from the outbox.

    ``wants`` is asked inside the announcing transaction and must be quick; ``handle`` gets up to
    ``batch`` deliveries, and may be given the same one again after a crash.
    """

    name: str
    wants: Callable[[Fact], bool]
    handle: Callable[[Sequence[Delivery]], None]
    batch: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """An entry of the main menu or the footer; ``label`` is translated when it is shown."""

    label: Any
    endpoint: str
    section: str
    order: int
    main: bool = False
    for_visitors: bool = False  # of no use to who has signed in


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that readers and their programs can discover."""

    title: Any
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """Something that a member began: a draft to go on with, or, where it ``waits``, something that
    others decide about. ``label`` names its kind, ``state`` is the code of ``state_label``.
    """

    label: str
    title: str
    url: str
    state: str
    state_label: str
    at: datetime
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """An entry of the menu of the own space.

    A number stands beside it: what the statement of ``count(actor)`` counts, or ``number()``, which
    the page knows anyway.
    """

    label: Any
    endpoint: str
    order: int
    count: Callable[[Actor], Select[tuple[int]] | None] | None = None
    number: Callable[[], int] | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that waits for the actor's decision, shown first in the own space.

    ``count(actor)`` is a statement that counts it, None where there can be none: all of them are
    asked in one query.
    """

    count: Callable[[Actor], Select[tuple[int]] | None]
    label: Any
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """Something that the worker does again and again, such as asking after what is old.

    ``go`` looks for what is due now, by what stands in the database, does a little of it in
    transactions of its own and returns how much it did; 0 ends the round. It may run at any time,
    twice, or be killed: what was done is not due any more. ``every`` is how long it rests after.
    """

    name: str
    every: timedelta
    go: Callable[[], int]
