"""What the texts of messages link to and whom they name, for one reader.

The notes of a message come as two columns beside it, so that a page of messages asks for them with
the messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, String, and_, case, cast, exists, func, literal, select
from sqlalchemy.orm import aliased

from core import subjects
from core.actor import VISITOR, Actor
from core.database import db
from core.house_links import things_in
from core.links import LARGEST_ID, address
from core.references import Reference
from core.subjects import SubjectLine
from forum.models import Post, PostLink, PostMention
from forum.policies import message_visible_to
from forum.rules import mentioned
from forum.rules.reading import Linked, Reading, read, sources_in
from members.queries import Person, people_and_named

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


def notes_of(
    rows: Iterable[Row[Any]], actor: Actor, beside: Iterable[Reference | None] = ()
) -> Notes:
    """The notes of rows that have ``note_columns``; one query where they link to things.

    What stands ``beside`` them is described with these.
    """
    rows = list(rows)
    links = {path: link for row in rows for path, link in _links_in(row)}
    names = {slug: member_id for row in rows for slug, member_id in _names_in(row)}
    things = {link.thing for link in links.values() if link.thing.kind != POST}
    things |= {one for one in beside if one is not None}
    return Notes(links, subjects.describe(things, actor) if things else {}, names)


def withheld_in(row: Any) -> frozenset[str]:
    """The addresses of messages that a message names and its reader may not read; no query."""
    return Notes(dict(_links_in(row))).withheld


def readable_html(row: Any) -> str:
    """The HTML of a row that has ``note_columns``, without what it quotes of messages that its
    reader may not read."""
    return readable(row.html, row)


def readable(html: str, row: Any) -> str:
    """The same for a row that holds its HTML under another name."""
    withheld = withheld_in(row)
    if not withheld:
        return html
    nothing = Reading(things=dict.fromkeys(withheld), posts=withheld, gone=gone_words())
    return read(html, nothing)


def _links_in(row: Any) -> Iterator[tuple[str, _Link]]:
    for line in filter(None, (row.links or "").split(_BREAK)):
        kind, number, post_number, author, may_read, path = line.split(" ", 5)
        thing = Reference(kind, int(number))
        yield path, _Link(thing, int(post_number), int(author), may_read == "1")


def _names_in(row: Row[Any]) -> Iterator[tuple[str, int]]:
    for line in filter(None, (row.names or "").split(_BREAK)):
        member, slug = line.split(" ", 1)
        yield slug, int(member)


def reading_of(html: str, actor: Actor) -> Reading:
    """How the actor sees a text that is not kept yet; none to three queries."""
    found = things_in(html)
    posts = _readable({thing.id for thing in found.values() if thing.kind == POST}, actor)
    links = {path: posts.get(thing, _Link(thing, 0, 0, False)) for path, thing in found.items()}
    things = {link.thing for link in links.values() if link.thing.kind != POST}
    notes = Notes(links, subjects.describe(things, actor) if things else {})
    known, named = people_and_named(notes.members, set(mentioned(html)), VISITOR)
    return notes.reading(known, named)


def _readable(numbers: set[int], actor: Actor) -> dict[Reference, _Link]:
    """Links to those of these messages that the actor may read."""
    if not numbers:
        return {}
    rows = db.session.execute(
        select(Post.id, Post.number, Post.author_id).where(
            Post.id.in_(sorted(numbers)), message_visible_to(actor)
        )
    )
    links = (_Link(Reference(POST, row.id), row.number, row.author_id or 0, True) for row in rows)
    return {link.thing: link for link in links}


def unreadable_sources(text: str, actor: Actor) -> frozenset[str]:
    """The addresses of messages that a Markdown text quotes and the actor may not read."""
    found = {path: int(path.rpartition("/")[2]) for path in sources_in(text)}
    known = {number for number in found.values() if number <= LARGEST_ID}
    readable = {thing.id for thing in _readable(known, actor)}
    return frozenset(path for path, number in found.items() if number not in readable)


def gone_words() -> str:
    """What stands in place of a quotation whose source cannot be read."""
    return str(gettext("Il messaggio citato non è più leggibile."))


def _search_url(code: str) -> str:
    return address("search.results", q=code)


def _opens_film(site: str) -> str:
    return str(gettext("Apri il video su %(site)s, un altro sito", site=site))
