"""Who is meant by a name in a text that is being written, and who could be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, or_, select, true

from core.actor import VISITOR
from core.database import db
from core.text import fold
from forum.rules import MOST_MENTIONS
from forum.rules.mentions import Call, calls, rewritten
from members.models import Member
from members.policies import visible_to
from members.queries import Person, people
from spaces.queries import inside

# Ids of members to those of them who may read what is being written.
Readers = Callable[[Collection[int]], Collection[int]]
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Called:
    """A text with slugs in place of names, who is called, and what is wrong with some names."""

    text: str
    members: frozenset[int] = frozenset()
    problems: Sequence[str] = field(default_factory=tuple)


def called_in(source: str, readers: Readers) -> Called:
    """Find out whom a text calls; one query where it calls anybody, more where names are wrong."""
    found = list(calls(source))
    if not found:
        return Called(source)
    by_slug, by_name = _candidates(found)
    slugs: dict[tuple[int, int], str] = {}
    members: dict[int, str] = {}
    problems: dict[str, None] = {}
    for call in found:
        person, length, problem = _meant(call, by_slug, by_name)
        if person is not None:
            members[person.id] = person.name
            slugs[call.start, call.end(length)] = person.slug
        elif problem:
            problems[problem] = None
    problems.update(dict.fromkeys(_wrong(members, readers)))
    return Called(rewritten(source, slugs), frozenset(members), tuple(problems))


def suggested(
    words: str, readers: Readers, space_id: int | None = None, limit: int = 8
) -> list[Person]:
    """Members whose names begin with these words and who may read what is being written.

    Of a private place the database looks among those who may enter it: others of the same name must
    not take their places.
    """
    begun = fold(words).split()[:MOST_MENTIONS]
    if not begun:
        return []
    rows = db.session.scalars(
        select(Member.id)
        .where(
            visible_to(VISITOR),
            true() if space_id is None else inside(space_id),
            *(Member.words.contains(f" {word}", autoescape=True) for word in begun),
        )
        .order_by(Member.name, Member.id)
        .limit(limit)
    ).all()
    may_read = set(readers(rows))
    known = people(may_read)
    return [known[number] for number in rows if number in known]


def _candidates(
    found: Sequence[Call],
) -> tuple[dict[str, Row[Any]], dict[str, list[Row[Any]]]]:
    """The members with a slug or a name that the text may mean."""
    slugs = {call.slug for call in found} - {""}
    names = {f" {name}" for call in found for _n, name in call.names if name}
    rows = db.session.execute(
        select(Member.id, Member.slug, Member.name, Member.words)
        .where(
            visible_to(VISITOR),
            or_(Member.slug.in_(sorted(slugs)), Member.words.in_(sorted(names))),
        )
        .order_by(Member.id)
    ).all()
    by_name: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_name.setdefault(row.words.strip(), []).append(row)
    return {row.slug: row for row in rows}, by_name


def _meant(
    call: Call, by_slug: dict[str, Row[Any]], by_name: dict[str, list[Row[Any]]]
) -> tuple[Row[Any] | None, int, str]:
    """Who is meant, by how many words; else what is wrong, ``""`` where that is nobody's name."""
    if call.slug in by_slug:
        # What stands behind the slug in the same word, an apostrophe for one, stays.
        return by_slug[call.slug], 1, ""
    for length, name in call.names:
        some = by_name.get(name, [])
        if len(some) == 1:
            return some[0], length, ""
        if some:
            return None, length, _ambiguous(" ".join(call.words[:length]), some)
    return None, 0, _unknown(call) if call.is_meant else ""


def _ambiguous(name: str, some: Sequence[Row[Any]]) -> str:
    known = people(row.id for row in some[:_SHOWN])
    choices = [
        f"@{one.slug} ({one.organisation})" if one.organisation else f"@{one.slug}"
        for one in known.values()
    ]
    return str(
        gettext(
            "Più persone si chiamano «%(name)s»: scrivi %(choices)s.",
            name=name,
            choices=gettext(" oppure ").join(choices),
        )
    )


def _unknown(call: Call) -> str:
    return str(
        gettext(
            "Nessuno qui si chiama «@%(name)s»: correggi il nome, o scrivilo tra `apici inversi` "
            "se non è una persona.",
            name=call.likely,
        )
    )


def _wrong(members: dict[int, str], readers: Readers) -> list[str]:
    """What is wrong with calling these members here."""
    if len(members) > MOST_MENTIONS:
        return [gettext("Puoi nominare al massimo %(n)s persone.", n=MOST_MENTIONS)]
    may_read = set(readers(members)) if members else set()
    return [
        gettext("%(name)s non può leggere questa discussione: togli la @.", name=name)
        for number, name in members.items()
        if number not in may_read
    ]
