"""Things that other things hang on: visible exactly as far as the thing itself is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    exists,
    false,
    literal,
    or_,
    select,
    union_all,
)

from core.actor import Actor
from core.contracts import Subject
from core.database import db
from core.references import Reference
from core.registry import registry


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """What a page shows of a subject: its title and where it is."""

    reference: Reference
    label: Any
    title: str
    url: str
    state: str = ""


def visible(
    kind_column: ColumnElement[Any],
    id_column: ColumnElement[Any],
    actor: Actor,
    *,
    without: Collection[str] = (),
) -> ColumnElement[bool]:
    """A condition: the thing that the two columns refer to may be opened by this actor.

    ``without`` names kinds that never stand in these columns; a kind that asks this question in
    its own ``visible_to`` must name itself, or the question would never end.
    """
    subjects = [one for kind, one in registry().subjects.items() if kind not in without]
    if not subjects:
        return false()
    return or_(
        *(
            and_(
                kind_column == subject.kind,
                exists(
                    select(literal(1))
                    .where(subject.id_column == id_column, subject.visible_to(actor))
                    # The statement around may read the same table for a reason of its own.
                    .correlate_except(subject.id_column.class_)
                ),
            )
            for subject in subjects
        )
    )


def describe(references: Iterable[Reference], actor: Actor) -> dict[Reference, SubjectLine]:
    """Title and address of those references that this actor may open; one query per kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for reference in references:
        wanted[reference.kind].add(reference.id)
    lines: dict[Reference, SubjectLine] = {}
    for kind, ids in wanted.items():
        subject = registry().subjects.get(kind)
        if subject is not None:
            lines.update(_describe_kind(subject, ids, actor))
    return lines


def describe_together(
    references: Iterable[Reference], actor: Actor
) -> dict[Reference, SubjectLine]:
    """The same in one query, whatever the kinds."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for reference in references:
        if reference.kind in registry().subjects:
            wanted[reference.kind].add(reference.id)
    if len(wanted) < 2:
        return describe((Reference(kind, one) for kind in wanted for one in wanted[kind]), actor)
    statements = [_line_columns(registry().subjects[kind], wanted[kind], actor) for kind in wanted]
    lines = {}
    for kind, number, title, slug, state in db.session.execute(union_all(*statements)):
        subject, reference = registry().subjects[kind], Reference(kind, number)
        words = "" if subject.state_words is None else subject.state_words(state)
        url = subject.url(number, slug)
        lines[reference] = SubjectLine(reference, subject.label, title, url, words)
    return lines


def _line_columns(subject: Subject, ids: set[int], actor: Actor) -> Select[Any]:
    """Kind, id, title, slug and state of these, each as plain text, for a union of kinds."""
    slug = subject.slug_column if subject.slug_column is not None else literal("")
    state = subject.state_column if subject.state_column is not None else literal("")
    return select(
        literal(subject.kind),
        subject.id_column,
        cast(subject.title_column, String),
        cast(slug, String),
        cast(state, String),
    ).where(subject.id_column.in_(sorted(ids)), subject.visible_to(actor))


def find(reference: Reference, actor: Actor) -> SubjectLine | None:
    """One subject, or None where it does not exist or may not be opened."""
    return describe([reference], actor).get(reference)


def may_open(reference: Reference, actor: Actor) -> bool:
    """Whether the thing is there and this actor may open it."""
    subject = registry().subjects.get(reference.kind)
    if subject is None:
        return False
    found = select(subject.id_column).where(
        subject.id_column == reference.id, subject.visible_to(actor)
    )
    return db.session.scalar(found) is not None


def is_steward(reference: Reference, actor: Actor) -> bool:
    """Whether the actor keeps order in what hangs on this thing."""
    subject = registry().subjects.get(reference.kind)
    if subject is None or subject.is_steward is None:
        return False
    return subject.is_steward(reference.id, actor)


def accepts_files(reference: Reference, actor: Actor) -> Collection[int | None]:
    """Where the actor may hang files on this thing: None is openly, a number a private space.

    Empty where nowhere, and where the actor may not open the thing.
    """
    subject = registry().subjects.get(reference.kind)
    if subject is None or subject.accepts_files is None or actor.is_visitor:
        return frozenset()
    return subject.accepts_files(reference.id, actor)


def answerers(reference: Reference) -> Collection[int]:
    """The members who see to it that questions about this thing are answered."""
    subject = registry().subjects.get(reference.kind)
    if subject is None or subject.answerers is None:
        return frozenset()
    return subject.answerers(reference.id)


def answered_by(
    kind_column: ColumnElement[Any], id_column: ColumnElement[Any], actor: Actor
) -> ColumnElement[bool]:
    """A condition: the actor sees to it that questions about what the columns name are answered."""
    asked = [
        and_(kind_column == subject.kind, id_column.in_(subject.answered_by(actor)))
        for subject in registry().subjects.values()
        if subject.answered_by is not None
    ]
    return or_(false(), *asked)


def kinds_without_files() -> frozenset[str]:
    """The kinds of things on which no file can hang."""
    known = registry().subjects.values()
    return frozenset(one.kind for one in known if one.accepts_files is None)


def _describe_kind(subject: Subject, ids: set[int], actor: Actor) -> dict[Reference, SubjectLine]:
    slug = subject.slug_column if subject.slug_column is not None else literal("")
    state = subject.state_column if subject.state_column is not None else literal("")
    rows = db.session.execute(
        select(subject.id_column, subject.title_column, slug, state).where(
            subject.id_column.in_(ids), subject.visible_to(actor)
        )
    ).all()
    return {
        Reference(subject.kind, number): SubjectLine(
            Reference(subject.kind, number),
            subject.label,
            title,
            subject.url(number, address),
            subject.state_words(code) if subject.state_words is not None else "",
        )
        for number, title, address, code in rows
    }
