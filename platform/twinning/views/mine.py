"""What waits for the reader in twinnings, and what he or she has begun."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from core.access import current_actor, signed_in
from twinning import policies
from twinning.queries import mine


@signed_in
def twinnings() -> ResponseReturnValue:
    """Invitations to answer, proposals to take charge of, own ones that do not run yet."""
    actor = current_actor()
    return render_template(
        "twinning/mine.html",
        invitations=mine.invitations(actor),
        uncoordinated=mine.without_coordinator(actor),
        unfinished=mine.unfinished(actor),
        may_create=policies.may_create(actor),
    )
