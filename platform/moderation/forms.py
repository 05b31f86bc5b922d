"""Why somebody's words are not shown; what is wrong with a thing, and what was decided about it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from wtforms import RadioField, StringField

from core.forms import Form, Line, Paragraphs, SubmissionForm
from members.forms import deliverable
from moderation.models import Decision, ReportReason

LONGEST_REASON = 1_000
LONGEST_REPORT = 2_000
LONGEST_ADDRESS = 254

REASONS = {
    ReportReason.SPAM: lazy_gettext("Pubblicità o messaggi indesiderati"),
    ReportReason.OFFENSIVE: lazy_gettext("Offende o minaccia qualcuno"),
    ReportReason.PERSONAL_DATA: lazy_gettext("Contiene dati personali"),
    ReportReason.WRONG: lazy_gettext("Dice cose non vere"),
    ReportReason.OTHER: lazy_gettext("Altro"),
}
DECISIONS = {
    Decision.DISMISS: lazy_gettext("Archivia: non c’è niente da fare"),
    Decision.UPHOLD: lazy_gettext("Accogli: ho provveduto"),
    Decision.HIDE: lazy_gettext("Accogli e nascondi il messaggio"),
}


class ReasonForm(Form):
    """A reason in words."""

    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=LONGEST_REASON,
        description=lazy_gettext("Lo leggerà chi ha scritto: spiega che cosa cambiare."),
        render_kw={"rows": 3},
    )


class ReportForm(SubmissionForm):
    """What is wrong with a thing. ``website`` is for programs that fill in everything they find."""

    reason = RadioField(
        lazy_gettext("Che cosa non va"),
        choices=lambda: [(one.value, words) for one, words in REASONS.items()],
    )
    text = Paragraphs(
        lazy_gettext("Spiega in breve"),
        required=False,
        limit=LONGEST_REPORT,
        description=lazy_gettext("La legge solo chi modera."),
        render_kw={"rows": 4},
    )
    email = Line(
        lazy_gettext("La tua e-mail"),
        required=False,
        limit=LONGEST_ADDRESS,
        validators=[deliverable],
        description=lazy_gettext("Solo se vuoi che chi modera possa risponderti."),
    )
    website = StringField(lazy_gettext("Lascia vuoto questo campo"))


class DecisionForm(Form):
    """What becomes of the reports about a thing."""

    decision = RadioField(lazy_gettext("Decisione"))
    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=LONGEST_REASON,
        description=lazy_gettext(
            "Lo leggerà chi ha segnalato e, se nascondi, anche chi ha scritto."
        ),
        render_kw={"rows": 3},
    )


def decision_form(*, can_be_hidden: bool, **values: Any) -> DecisionForm:
    """The form with those decisions that can be taken about this sort of thing."""
    form = DecisionForm(**values)
    form.decision.choices = [
        (one.value, words)
        for one, words in DECISIONS.items()
        if can_be_hidden or one is not Decision.HIDE
    ]
    return form
