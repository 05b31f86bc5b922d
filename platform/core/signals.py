"""Facts: what happened, in the past tense, as small frozen records of ids.

A feature declares its facts in its own ``signals.py``. Announcing one (``core.events.announce``)
writes the audit trail and the outbox in the transaction that made it true.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from core.references import Reference

_ENVELOPE = frozenset({"by_id", "on_behalf_of_id", "reason", "changed"})


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened to one thing.

    ``kind`` is the kind of the thing and ``subject_field`` the field with its id. ``by_id`` is the
    member who did it (None: the system), ``changed`` the names of the fields that changed, never
    their values: values live in revisions, which a deletion request can scrub.
    """

    kind: ClassVar[str]
    subject_field: ClassVar[str]

    by_id: int | None = None
    on_behalf_of_id: int | None = None
    reason: str = ""
    changed: tuple[str, ...] = ()

    @property
    def about(self) -> Reference:
        return Reference(self.kind, int(getattr(self, self.subject_field)))

    @property
    def name(self) -> str:
        return type(self).__name__

    def details(self) -> dict[str, Any]:
        """The fields of this kind of fact alone, as JSON can hold them."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _ENVELOPE}
