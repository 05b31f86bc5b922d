"""The next state of a twinning."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from core.actor import Actor
from core.forms import Form, Paragraphs, VersionField
from twinning import policies
from twinning.forms.fields import CHOICE, LONGEST_REASON
from twinning.models import (
    Twinning,
    TwinningState,
)
from twinning.queries.permissions import step_label


class StepForm(Form):
    """The next state, and why."""

    version = VersionField()
    new = RadioField(_l("Che cosa succede"), coerce=TwinningState, **CHOICE)
    reason = Paragraphs(
        _l("Motivo"),
        limit=LONGEST_REASON,
        description=_l("Resta nel registro delle modifiche, con il tuo nome e la data."),
    )


def step_form(actor: Actor, twinning: Twinning) -> StepForm:
    """The steps that this actor may take from here."""
    form = StepForm(data={"version": twinning.version})
    form.new.choices = [
        (new, step_label(twinning.state, new))
        for new in TwinningState
        if policies.may_change_state(actor, twinning, new)
    ]
    return form
