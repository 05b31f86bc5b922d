"""The private space of a twinning: what its partners say among themselves."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from core.access import authorise, current_actor, governed_by
from twinning import policies
from twinning.queries import page
from twinning.views import rows


@governed_by(policies.may_enter_space)
def space(slug: str) -> ResponseReturnValue:
    """Private discussions, and who reads them."""
    found = rows.find(slug)
    authorise(policies.may_enter_space, found)
    cast = page.cast(found, current_actor())
    return render_template(
        "twinning/space.html",
        **rows.frame(found, cast.partners, rows.threads(found)),
        bodies=list(
            {one.organisation_id: one for one in cast.partners if one.is_standing}.values()
        ),
        coordinator=cast.coordinator,
    )
