"""An attachment's own page, and the lists of files on the pages of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from attachments import policies, queries
from attachments.queries import AttachmentLine
from attachments.views.rows import line_or_404, places_of, thing_or_404
from core.access import current_actor, public
from core.links import address
from core.references import Reference
from members.queries import people


@dataclass(frozen=True, slots=True)
class FilesOn:
    """What hangs on a thing; ``add_url`` where the reader may hang more on it,
    ``order_url`` where he or she may put it in order."""

    lines: Sequence[AttachmentLine]
    add_url: str | None = None
    order_url: str | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.add_url)


@public
def attachment(attachment_id: int) -> ResponseReturnValue:
    """The file with its thing, and, for who keeps it, its versions and what can be done."""
    line = line_or_404(attachment_id)
    actor = current_actor()
    may_change = policies.may_change(actor, line, places_of(line.thing))
    shown = queries.versions(line.id) if may_change else [line.file]
    return render_template(
        "attachments/attachment.html",
        line=line,
        thing=thing_or_404(line.thing),
        versions=shown,
        people=people(one.by_id for one in shown),
        may_change=may_change,
        may_moderate=policies.may_moderate_file(actor, line),
    )


def files_on(kind: str, object_id: int, space_id: int | None = None) -> FilesOn:
    """For the page of a thing that the reader may open."""
    actor = current_actor()
    lines = queries.attachments_on(kind, [object_id], actor, space_id).get(object_id, ())
    places = places_of(Reference(kind, object_id))
    if not policies.may_add_in(actor, places, space_id):
        return FilesOn(lines)
    there = {"kind": kind, "object_id": object_id, "spazio": space_id}
    orders = len(lines) > 1 and policies.may_order_in(actor, places, space_id)
    return FilesOn(
        lines,
        add_url=address("attachments.create", **there),
        order_url=address("attachments.order", **there) if orders else None,
    )


def files_on_each(kind: str, ids: Sequence[int]) -> Mapping[int, Sequence[AttachmentLine]]:
    """The same for many things of a kind at once, without asking where more may hang."""
    return queries.attachments_on(kind, ids, current_actor())
