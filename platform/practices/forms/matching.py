"""What the two sides of a match fill in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.forms import Form, MarkdownText, Paragraphs, SubmissionForm


class ContactForm(SubmissionForm):
    """The first message to the other side of a match."""

    text = MarkdownText(
        _l("Il tuo messaggio"),
        description=_l("Di’ chi sei, che cosa ti interessa e come sentirvi."),
    )


class DismissForm(Form):
    """Why a match is put aside."""

    reason = Paragraphs(
        _l("Motivo"),
        required=False,
        limit=1_000,
        description=_l("Resta nel registro delle modifiche; all’altro ente non arriva."),
    )
