"""Things that other things hang on: visible exactly as far as the thing itself is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
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

from core import statements
from core.actor import Actor
from core.contracts import Subject
from core.database import db
from core.references import Reference
from core.registry import registry

# SQLite joins at most 500 statements.
_MOST_AT_ONCE = 100


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
            and_(kind_column == subject.kind, _may_be_opened(subject, id_column, actor))
            for subject in subjects
        )
    )


def _may_be_opened(
    subject: Subject, id_column: ColumnElement[Any], actor: Actor
) -> ColumnElement[bool]:
    """Whether the actor may open the thing of this kind with the number in the column."""

    def build() -> ColumnElement[bool]:
        return exists(
            select(literal(1))
            .where(subject.id_column == id_column, subject.visible_to(actor))
            # The statement around may read the same table for a reason of its own.
            .correlate_except(subject.id_column.class_)
        )

    return statements.part(("subjects.visible", subject.kind, id_column, actor), build)


def describe(references: Iterable[Reference], actor: Actor) -> dict[Reference, SubjectLine]:
    """Title and address of those references that this actor may open; one query."""
    known = registry().subjects
    asked = [_line_columns(known[kind], ids, actor) for kind, ids in _by_kind(references).items()]
    if not asked:
        return {}
    rows = db.session.execute(union_all(*asked) if len(asked) > 1 else asked[0]).all()
    lines = {}
    for kind, number, title, slug, state in rows:
        subject, reference = known[kind], Reference(kind, number)
        words = "" if subject.state_words is None else subject.state_words(state)
        url = subject.url(number, slug)
        lines[reference] = SubjectLine(reference, subject.label, title, url, words)
    return lines


def openable(references: Iterable[Reference], actor: Actor) -> set[Reference]:
    """Those that this actor may open now, whatever their kinds; one query."""
    return of_kinds(
        (
            kind,
            select(subject.id_column).where(subject.id_column.in_(ids), subject.visible_to(actor)),
        )
        for kind, ids in _by_kind(references).items()
        for subject in [registry().subjects[kind]]
    )


def of_kinds(statements: Iterable[tuple[str, Select[tuple[int]]]]) -> set[Reference]:
    """The references that statements of ids find, each of its kind; asked together."""
    asked = [
        select(literal(kind).label("kind"), found.c[0].label("id"))
        for kind, statement in statements
        for found in [statement.subquery()]
    ]
    references: set[Reference] = set()
    for begin in range(0, len(asked), _MOST_AT_ONCE):
        rows = db.session.execute(union_all(*asked[begin : begin + _MOST_AT_ONCE]))
        references.update(Reference(kind, number) for kind, number in rows)
    return references


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


def _by_kind(references: Iterable[Reference]) -> dict[str, list[int]]:
    """The ids of what something can hang on, in one order, so that statements are the same."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for reference in sorted(set(references)):
        if reference.kind in registry().subjects:
            wanted[reference.kind].append(reference.id)
    return wanted


def _line_columns(subject: Subject, ids: Sequence[int], actor: Actor) -> Select[Any]:
    """Kind, id, title, slug and state of these, each as plain text, for a union of kinds."""
    slug = subject.slug_column if subject.slug_column is not None else literal("")
    state = subject.state_column if subject.state_column is not None else literal("")
    return select(
        literal(subject.kind),
        subject.id_column,
        cast(subject.title_column, String),
        cast(slug, String),
        cast(state, String),
    ).where(subject.id_column.in_(ids), subject.visible_to(actor))
