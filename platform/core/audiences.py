"""Who may find what hangs on a thing: nobody who may not find the thing itself."""

from __future__ import annotations

from collections.abc import Iterable

from core import subjects
from core.actor import VISITOR
from core.references import Reference
from core.registry import registry

# The private space that something lies in, and the thing that it hangs on.
Place = tuple[int | None, Reference | None]


def audiences_of(places: Iterable[Place]) -> dict[Place, str]:
    """The audience tokens of what lies in these spaces and hangs on these things; absent: nobody.

    What hangs on a thing that is not public has the audience of the thing's own document, and none
    where that has none: so a draft's discussion cannot be found, nor counted, by anybody else.
    """
    wanted = set(places)
    things = {thing for space, thing in wanted if space is None and thing is not None}
    public = subjects.describe(things, VISITOR).keys()
    closed = _own_audiences(things - public)
    found: dict[Place, str] = {}
    for space, thing in wanted:
        if space is not None:
            found[space, thing] = f"space:{space}"
        elif thing is None or thing in public:
            found[space, thing] = "public"
        elif thing in closed:
            found[space, thing] = closed[thing]
    return found


def _own_audiences(things: set[Reference]) -> dict[Reference, str]:
    found: dict[Reference, str] = {}
    for kind in {thing.kind for thing in things}:
        source = registry().sources.get(kind)
        if source is not None:
            ids = sorted(thing.id for thing in things if thing.kind == kind)
            found.update((one.reference, one.audience) for one in source.documents(ids))
    # A thing that no visitor may open has no public document; if it had, it would be a mistake
    # that must not spread to what is said about it.
    return {thing: audience for thing, audience in found.items() if audience != "public"}
