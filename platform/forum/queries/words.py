"""What the texts of messages link to and whom they name, for one reader.

The notes of a message come as two columns beside it, so that a page of messages asks for them with
the messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, String, and_, case, cast, exists, func, literal, select
from sqlalchemy.orm import aliased

from core import subjects
from core.actor import Actor
from core.database import db
from core.links import address
from core.references import Reference
from core.subjects import SubjectLine
from forum.models import Post, PostLink, PostMention
from forum.policies import message_visible_to
from forum.rules.reading import Linked, Reading
from members.queries import Person, people

POST = "post"
# Stands between notes of one message: no address holds it.
_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class _Link:
    """A link of a message; of one to a message its number and author, and whether it is read."""

    thing: Reference
    number: int
    author_id: int
    may_read: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """What was noted of some messages when they were written, as far as a reader may know."""

    links: Mapping[str, _Link] = field(default_factory=dict)
    things: Mapping[Reference, SubjectLine] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)

    @property
    def members(self) -> set[int]:
        """The ids of who is named, and of who wrote what is quoted."""
        return {link.author_id for link in self.links.values()} - {0} | set(self.names.values())

    @property
    def withheld(self) -> frozenset[str]:
        """The addresses of messages that the reader may not read."""
        posts = ((path, link) for path, link in self.links.items() if link.thing.kind == POST)
        return frozenset(path for path, link in posts if not link.may_read)

    def reading(self, known: Mapping[int, Person], named: Mapping[str, Person]) -> Reading:
        """The same with the people at hand: ``known`` by id, ``named`` by slug."""
        noted = {slug: known[one] for slug, one in self.names.items() if one in known}
        return Reading(
            things={path: self._linked(link, known) for path, link in self.links.items()},
            posts={path for path, link in self.links.items() if link.thing.kind == POST},
            people={slug: (person.url, person.name) for slug, person in {**named, **noted}.items()},
            search_url=_search_url,
            gone=gone_words(),
            opens_film=_opens_film,
        )

    def _linked(self, link: _Link, known: Mapping[int, Person]) -> Linked | None:
        if link.thing.kind == POST:
            if not link.may_read:
                return None
            author = known[link.author_id].name if link.author_id in known else "Gemella"
            said = gettext("%(name)s, messaggio n. %(n)s", name=author, n=link.number)
            url = address("forum.post", post_id=link.thing.id)
            return Linked(said, "", url, is_post=True)
        thing = self.things.get(link.thing)
        if thing is None:
            return None
        return Linked(thing.title, str(thing.label), thing.url, thing.state)


def note_columns(actor: Actor) -> tuple[ColumnElement[str | None], ColumnElement[str | None]]:
    """What is noted of the message of the statement around: ``links`` and ``names``."""
    quoted = aliased(Post)
    is_post = and_(PostLink.kind == POST, quoted.id == PostLink.object_id)
    readable = exists().where(Post.id == quoted.id, message_visible_to(actor))
    line = (
        PostLink.kind
        + literal(" ")
        + cast(PostLink.object_id, String)
        + literal(" ")
        + cast(func.coalesce(quoted.number, 0), String)
        + literal(" ")
        + cast(func.coalesce(quoted.author_id, 0), String)
        + literal(" ")
        + case((and_(quoted.id.is_not(None), readable.correlate(quoted)), "1"), else_="0")
        + literal(" ")
        + PostLink.path
    )
    links = (
        select(func.aggregate_strings(line, _BREAK))
        .select_from(PostLink)
        .outerjoin(quoted, is_post)
        .where(PostLink.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )
    name = cast(PostMention.member_id, String) + literal(" ") + PostMention.slug
    names = (
        select(func.aggregate_strings(name, _BREAK))
        .where(PostMention.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )
    return links.label("links"), names.label("names")


def notes_of(rows: Iterable[Row[Any]], actor: Actor) -> Notes:
    """The notes of rows that have ``note_columns``; one query where they link to things."""
    links: dict[str, _Link] = {}
    names: dict[str, int] = {}
    for row in rows:
        for line in (row.links or "").split(_BREAK):
            if line:
                kind, number, post_number, author, may_read, path = line.split(" ", 5)
                thing = Reference(kind, int(number))
                links[path] = _Link(thing, int(post_number), int(author), may_read == "1")
        for line in (row.names or "").split(_BREAK):
            if line:
                member, slug = line.split(" ", 1)
                names[slug] = int(member)
    things = {link.thing for link in links.values() if link.thing.kind != POST}
    return Notes(links, subjects.describe(things, actor) if things else {}, names)


def reading_for(rows: Iterable[Row[Any]], actor: Actor) -> Reading:
    """How this reader sees messages whose rows have ``note_columns``; up to two queries."""
    notes = notes_of(rows, actor)
    return notes.reading(people(notes.members) if notes.members else {}, {})


def notes_on(post_id: int, actor: Actor) -> Notes:
    """The notes of one message."""
    rows = db.session.execute(select(Post.id, *note_columns(actor)).where(Post.id == post_id))
    return notes_of(rows.all(), actor)


def gone_words() -> str:
    """What stands in place of a quotation whose source cannot be read."""
    return str(gettext("Il messaggio citato non è più leggibile."))


def _search_url(code: str) -> str:
    return address("search.results", q=code)


def _opens_film(site: str) -> str:
    return str(gettext("Apri il video su %(site)s, un altro sito", site=site))
