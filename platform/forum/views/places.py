"""Where a new discussion is to stand, and who may read what is being written there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import abort, request

from core import subjects
from core.access import authorise, current_actor
from core.links import LARGEST_ID, id_in
from core.references import Reference
from core.subjects import SubjectLine
from forum import policies, queries
from forum.queries import Readers
from spaces import queries as spaces


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new discussion is to stand: on what, and in which private space."""

    subject: SubjectLine | None = None
    space_id: int | None = None

    @property
    def reference(self) -> Reference | None:
        return self.subject.reference if self.subject else None


def asked_place() -> Place:
    """What the address asks for; 404 where the actor may not read that, or not enter there."""
    if "spazio" in request.args:
        return _private_place()
    asked = request.args.get("su")
    if asked is None:
        authorise(policies.may_open)
        return Place()
    try:
        reference = Reference.parse(asked)
    except ValueError:
        abort(404)
    return Place(_subject(reference))


def readers_of_thread(thread_id: int) -> Readers:
    return partial(queries.readers_among, thread_id)


def readers_of_place(place: Place) -> Readers:
    return partial(queries.readers_at, place.reference, place.space_id)


def _private_place() -> Place:
    """A space, with the thing that it belongs to: nobody chooses the two apart."""
    authorise(policies.may_open)
    asked = id_in(request.args.get("spazio"))
    space = None if asked is None else spaces.space(asked, current_actor())
    if space is None:
        abort(404)
    return Place(_subject(Reference(space.kind, space.object_id)), space.id)


def _subject(reference: Reference) -> SubjectLine:
    authorise(policies.may_open_on, reference)
    found = subjects.find(reference, current_actor()) if reference.id <= LARGEST_ID else None
    return found if found is not None else abort(404)
