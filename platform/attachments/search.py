"""Attachments as search knows them: by title and name, never more public than their thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from flask_babel import lazy_gettext
from sqlalchemy import Select, and_, select

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.signals import ALL, KIND, AttachmentFact
from core.audiences import audiences_of
from core.contracts import SearchDocument, SearchSource
from core.database import db
from core.links import address
from core.references import Reference


def documents(ids: Sequence[int]) -> Iterable[SearchDocument]:
    """The attachments with these ids that somebody may find."""
    rows = db.session.execute(
        select(
            Attachment.id,
            Attachment.kind,
            Attachment.object_id,
            Attachment.space_id,
            Attachment.title,
            Attachment.description,
            Attachment.version,
            AttachmentVersion.name,
            AttachmentVersion.at,
        )
        .join(
            AttachmentVersion,
            and_(
                AttachmentVersion.attachment_id == Attachment.id,
                AttachmentVersion.number == Attachment.newest,
            ),
        )
        .where(Attachment.id.in_(ids), Attachment.state == AttachmentState.VISIBLE)
    ).all()
    places = {row.id: (row.space_id, Reference(row.kind, row.object_id)) for row in rows}
    audiences = audiences_of(places.values())
    for row in rows:
        audience = audiences.get(places[row.id])
        if audience is not None:
            yield SearchDocument(
                reference=Reference(KIND, row.id),
                title=row.title,
                text=row.description,
                url=address("attachments.attachment", attachment_id=row.id),
                audience=audience,
                at=row.at,
                version=row.version,
                names=row.name,
            )


def _ids(after: int, limit: int) -> list[int]:
    statement = select(Attachment.id).where(
        Attachment.id > after, Attachment.state == AttachmentState.VISIBLE
    )
    return list(db.session.scalars(statement.order_by(Attachment.id).limit(limit)))


def _on(kind: str, ids: Collection[int]) -> Select[tuple[int]]:
    return select(Attachment.id).where(Attachment.kind == kind, Attachment.object_id.in_(ids))


def _itself(fact: AttachmentFact) -> list[Reference]:
    return [fact.about]


SOURCE = SearchSource(
    kind=KIND,
    label=lazy_gettext("Allegati"),
    singular=lazy_gettext("Allegato"),
    documents=documents,
    ids=_ids,
    affected=dict.fromkeys(ALL, _itself),
    hanging_on=_on,
)
