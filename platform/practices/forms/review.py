"""What editors fill in, and how a form says which version of a story it was made from."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.forms import Form, Paragraphs, VersionField
from practices.models import Criterion
from practices.queries import words

LONGEST_REASON = 2_000


class SeenVersion:
    """That a form was made from one version of a story, which it carries."""

    version = VersionField()

    def see_version(self, version: int) -> None:
        """Let the form stand for an answer to this version."""
        self.version.data, self.version.raw_data = version, [str(version)]


class SendBackForm(SeenVersion, Form):
    """What the editors answer to an author."""

    reason = Paragraphs(
        _l("Che cosa scrivi all’autore"),
        limit=LONGEST_REASON,
        description=_l("Lo riceve per posta e lo legge accanto alla sua storia."),
    )


class PublishForm(SeenVersion, Form):
    """Nothing but the version that was read: by the editor, or by the author who sends it."""


class RestoreForm(SeenVersion, Form):
    """Which earlier version comes back."""

    number = VersionField()


class ValidationForm(SeenVersion, Form):
    """What an evaluator found, criterion by criterion; the fields are named by them."""

    results = Paragraphs(
        words.CRITERIA[Criterion.RESULTS],
        limit=LONGEST_REASON,
        description=words.QUESTIONS[Criterion.RESULTS],
    )
    transferability = Paragraphs(
        words.CRITERIA[Criterion.TRANSFERABILITY],
        limit=LONGEST_REASON,
        description=words.QUESTIONS[Criterion.TRANSFERABILITY],
    )


class OutdateForm(SeenVersion, Form):
    """What changed since a story was told."""

    reason = Paragraphs(
        _l("Che cosa è cambiato"),
        required=False,
        limit=LONGEST_REASON,
        description=_l("Lo legge chi apre la storia: un’altra soluzione, un servizio chiuso…"),
    )


class WithdrawForm(SeenVersion, Form):
    """Why a story is archived or taken away."""

    reason = Paragraphs(_l("Motivo"), limit=LONGEST_REASON)
