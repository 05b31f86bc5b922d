"""Why somebody's words are not shown; what is wrong with a thing, and what was decided about it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from core.forms import Form, Line, Paragraphs, SubmissionForm, no_forbidden_characters
from core.links import id_in
from core.references import Reference
from members.forms import deliverable
from moderation.models import Decision, MeasureSort, ReportReason
from moderation.rules import SUSPENSION_DAYS, Deed, ForAuthors, Picked, Signal

LONGEST_REASON = 1_000
LONGEST_REPORT = 2_000
LONGEST_APPEAL = 4_000
LONGEST_ADDRESS = 254
MOST_PICKED = 50

WARN = "warn"

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
    Decision.HIDE: lazy_gettext("Accogli e nascondi"),
}


MEASURES = {
    MeasureSort.REFUSED: lazy_gettext("Non pubblicato"),
    MeasureSort.HIDDEN: lazy_gettext("Nascosto"),
    MeasureSort.WARNED: lazy_gettext("Richiamo"),
    MeasureSort.SUSPENDED: lazy_gettext("Sospensione"),
}
SIGNALS = {
    Signal.LINKS: lazy_gettext("collegamenti"),
    Signal.SAME_SITE: lazy_gettext("collegamenti allo stesso sito"),
    Signal.FAST: lazy_gettext("messaggi di chi scrive in dieci minuti"),
    Signal.REPEATED: lazy_gettext("volte che lo stesso testo era già arrivato"),
    Signal.WORDS: lazy_gettext("parole da pubblicità"),
}
# Why the domain did not let one of many be decided.
WHY_NOT = {
    "decided already": lazy_gettext("qualcuno ha già deciso"),
    "no such thing": lazy_gettext("non c’è più"),
    "no such post": lazy_gettext("non c’è più"),
    "no such thread": lazy_gettext("non c’è più"),
    "cannot be hidden": lazy_gettext("da qui non si può nascondere"),
    "forbidden": lazy_gettext("non spetta a te"),
}
# Reasons that are needed again and again, offered while one writes.
USUAL_REASONS = (
    lazy_gettext("È pubblicità."),
    lazy_gettext("Il tono offende chi legge."),
    lazy_gettext("Contiene dati personali di altri."),
    lazy_gettext("Non riguarda la discussione."),
    lazy_gettext("Non contiene nulla contro le regole."),
)


def suspension_choices() -> list[tuple[str, Any]]:
    """For how long somebody can be shut out, by the value of the form: days, or ``""``."""
    return [(str(days), lazy_gettext("per %(days)s giorni", days=days)) for days in SUSPENSION_DAYS]


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


class BulkForm(Form):
    """The same for all that was ticked; ``deed`` is the button that was pressed."""

    picked = SelectMultipleField(lazy_gettext("Elementi"), validate_choice=False)
    deed = StringField(validators=[no_forbidden_characters])
    reason = Line(
        lazy_gettext("Motivo"),
        required=False,
        limit=LONGEST_REASON,
        description=lazy_gettext("Lo leggerà chi ha scritto, o chi ha segnalato."),
    )
    for_authors = SelectField(
        lazy_gettext("E chi ha scritto?"),
        choices=lambda: [
            ("", lazy_gettext("nient’altro")),
            (WARN, lazy_gettext("richiama")),
            *((days, lazy_gettext("sospendi %(time)s", time=label))
              for days, label in suspension_choices()),
        ],
    )  # fmt: skip

    def validate_picked(self, field: Any) -> None:
        things = [picked_of(code) for code in field.data or ()]
        if not things:
            raise ValidationError(lazy_gettext("Scegli almeno un elemento."))
        if None in things or len(things) > MOST_PICKED:
            raise ValidationError(lazy_gettext("Ricarica la pagina e scegli di nuovo."))

    def validate_deed(self, field: Any) -> None:
        if field.data not in set(Deed):
            raise ValidationError(lazy_gettext("Premi uno dei pulsanti."))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """What is published needs no reason; whoever is refused, or reported, is owed one."""
        is_valid: bool = super().validate(*args, **kwargs)
        reported = any(one.is_reported for one in self.things)
        owed = reported or self.deed.data == Deed.HIDE
        if owed and not self.reason.data and not self.reason.errors:
            self.reason.errors = [gettext("Scrivi il motivo: chi riguarda lo leggerà.")]
            return False
        return is_valid

    def validate_for_authors(self, field: Any) -> None:
        if field.data and self.deed.data == Deed.LEAVE:
            raise ValidationError(
                lazy_gettext("Chi ha scritto ciò che lasci al suo posto non ha colpe.")
            )

    @property
    def things(self) -> list[Picked]:
        found = (picked_of(code) for code in self.picked.data or ())
        return [one for one in found if one is not None]

    @property
    def authors(self) -> ForAuthors:
        chosen = self.for_authors.data or ""
        return ForAuthors(warn=chosen == WARN, days=int(chosen) if chosen.isdecimal() else None)


def picked_of(code: str) -> Picked | None:
    """What ``held:post-12`` or ``reported:practice-3`` names; None for what no box says."""
    sort, _, name = code.partition(":")
    kind, _, number = name.rpartition("-")
    found = id_in(number)
    if sort not in ("held", "reported") or not kind or found is None:
        return None
    return Picked(Reference(kind, found), sort == "reported")


class MemberMeasureForm(Form):
    """Warn a member, or shut him or her out for a while."""

    sort = RadioField(
        lazy_gettext("Che cosa fai"),
        choices=lambda: [
            (WARN, lazy_gettext("Richiama: può continuare a scrivere")),
            *((days, lazy_gettext("Sospendi %(time)s", time=label))
              for days, label in suspension_choices()),
        ],
    )  # fmt: skip
    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=LONGEST_REASON,
        description=lazy_gettext("Arriva per posta a chi riguarda, con il modo di fare ricorso."),
        render_kw={"rows": 4},
    )


class AppealForm(Form):
    """What somebody says against a measure; sent twice it is one appeal, as there is only one."""

    text = Paragraphs(
        lazy_gettext("Perché non sei d’accordo"),
        limit=LONGEST_APPEAL,
        description=lazy_gettext(
            "Lo leggerà, se c’è, un moderatore diverso da chi ha deciso. Puoi scriverlo una volta."
        ),
        render_kw={"rows": 6},
    )


class AppealAnswerForm(Form):
    """The answer to an appeal."""

    granted = RadioField(
        lazy_gettext("Risposta"),
        choices=lambda: [
            ("yes", lazy_gettext("Accogli: il provvedimento è annullato")),
            ("no", lazy_gettext("Respingi: il provvedimento resta")),
        ],
    )
    reason = Paragraphs(
        lazy_gettext("Motivo"),
        limit=LONGEST_REASON,
        description=lazy_gettext("Lo leggerà chi ha fatto ricorso."),
        render_kw={"rows": 4},
    )
