"""Why somebody's words are not shown: the author gets to read it."""

from __future__ import annotations

from flask_babel import lazy_gettext

from core.forms import Form, Paragraphs

LONGEST_REASON = 1_000


class ReasonForm(Form):
    """A reason in words."""

    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=LONGEST_REASON,
        description=lazy_gettext("Lo leggerà chi ha scritto: spiega che cosa cambiare."),
        render_kw={"rows": 3},
    )
