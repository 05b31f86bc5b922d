"""What every write of a twinning does: lock the row, keep the old values, mind the space."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.actor import Actor
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered
from spaces import services as spaces
from twinning import rules
from twinning.models import Twinning
from twinning.signals import KIND


def locked(session: Session, twinning_id: int) -> Twinning:
    """The row as it is now; on databases with row locks nobody else may write it meanwhile."""
    return session.get_one(Twinning, twinning_id, with_for_update=True)


def about(twinning: Twinning) -> Reference:
    return Reference(KIND, twinning.id)


def keep_revision(twinning: Twinning, by: Actor) -> None:
    """Keep the values of the version that the twinning has now."""
    content = rules.content_of(twinning)
    values: dict[str, object] = {}
    for name in rules.FIELDS:
        value = getattr(content, name)
        values[name] = value.source if isinstance(value, Rendered) else value
    values["theme_ids"] = sorted(content.theme_ids)
    values["visibility"] = content.visibility.value
    for name in ("starts_on", "ends_on"):
        day = getattr(content, name)
        values[name] = day.isoformat() if day else None
    values["state"] = twinning.state.value
    record_revision(about(twinning), twinning.version, values, by.member_id)


def admit(
    twinning: Twinning,
    *,
    organisation_id: int | None = None,
    member_id: int | None = None,
    by: Actor,
) -> None:
    """Open the twinning's private space to a body's people or to one member."""
    if twinning.space_id is not None:
        spaces.grant(
            space_id=twinning.space_id,
            organisation_id=organisation_id,
            member_id=member_id,
            by=by,
        )


def send_out(
    twinning: Twinning,
    *,
    organisation_id: int | None = None,
    member_id: int | None = None,
    by: Actor,
) -> None:
    """Close the twinning's private space to a body's people or to one member."""
    if twinning.space_id is not None:
        spaces.end_grant(
            space_id=twinning.space_id,
            organisation_id=organisation_id,
            member_id=member_id,
            by=by,
        )
