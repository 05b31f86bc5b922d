"""What editors fill in, and how a form says which version of a story it was made from."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.forms import Form, Paragraphs, VersionField

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


class WithdrawForm(SeenVersion, Form):
    """Why a story is archived or taken away."""

    reason = Paragraphs(_l("Motivo"), limit=LONGEST_REASON)
