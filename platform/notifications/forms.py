"""Which mails somebody wants."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import BooleanField

from core.contracts import Concern
from core.forms import Form

REASONS = {
    Concern.REPLY: lazy_gettext("Risposte ai miei messaggi"),
    Concern.MENTION: lazy_gettext("Messaggi che mi nominano"),
    Concern.OWN: lazy_gettext("Che cosa è stato deciso su ciò che ho scritto o chiesto"),
}


class MailsForm(Form):
    """A box for each reason that can be switched off; ticked: by mail, at once."""

    reply = BooleanField(REASONS[Concern.REPLY])
    mention = BooleanField(REASONS[Concern.MENTION])
    own = BooleanField(REASONS[Concern.OWN])

    @property
    def wanted(self) -> list[Concern]:
        return [concern for concern in REASONS if self[concern.value].data]
