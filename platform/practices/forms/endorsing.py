"""What readers say of a story."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from core.forms import Form
from practices.queries.endorsements import Endorsements


class EndorsementForm(Form):
    """In the name of which body a member finds a story useful."""

    organisation_id = RadioField(_l("A nome di"), coerce=int)

    @classmethod
    def of(cls, said: Endorsements, **kwargs: Any) -> EndorsementForm:
        """The form with the bodies that its reader may name; a single one is chosen already."""
        before = said.own.id if said.own else None
        only = next(iter(said.choices)) if len(said.choices) == 1 else None
        form = cls(data={"organisation_id": before or only}, **kwargs)
        form.organisation_id.choices = list(said.choices.items())
        return form
