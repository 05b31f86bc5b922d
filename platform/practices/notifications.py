"""Who is told what about stories: editors what waits for them, authors what became of theirs.

Each mail is built when it goes out: it says nothing that has changed since, and nothing to
somebody who may not know it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from core.actor import Actor, Role
from core.contracts import Concern, Notice, NoticeRule
from core.links import address
from core.references import Reference
from core.subjects import find
from members.queries import actor_for, holders_of, people
from practices import policies
from practices.models import PracticeState
from practices.queries import author_of, story_line
from practices.queries.lines import StoryLine
from practices.queries.matches import match_line, speakers_by_id
from practices.queries.revisions import has_pending_revision
from practices.queries.upkeep import is_asked_after, who_answers_for
from practices.queries.validations import is_to_validate
from practices.rules.matching import BEGUN
from practices.signals import (
    KIND,
    ConfirmationAsked,
    ConfirmationMissed,
    MatchContacted,
    MatchesSuggested,
    RevisionApproved,
    RevisionProposed,
    RevisionRefused,
    StoryArchived,
    StoryChangesRequested,
    StoryFact,
    StoryOutdated,
    StoryPublished,
    StoryRejected,
    StorySubmitted,
    StoryValidated,
    ValidationDeclined,
    ValidationLapsed,
)


def _editors(fact: StoryFact) -> Iterable[int]:
    return [number for number in holders_of(Role.EDITOR) if number != fact.by_id]


def _author(fact: StoryFact) -> Iterable[int]:
    author_id = author_of(fact.practice_id)
    return [] if author_id is None or author_id == fact.by_id else [author_id]


def _submitted(fact: StorySubmitted, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.SUBMITTED)
    if line is None or not policies.may_review(actor_for(member_id)):
        return None
    return _notice(
        gettext("Da rivedere: %(title)s", title=line.title),
        "submitted",
        fact,
        line,
        "practices.review",
    )


def _published(fact: StoryPublished, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.PUBLISHED)
    if line is None:
        return None
    return _notice(
        gettext("La tua storia è pubblica: %(title)s", title=line.title), "published", fact, line
    )


def _changes_requested(fact: StoryChangesRequested, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.CHANGES_REQUESTED)
    if line is None:
        return None
    return _notice(
        gettext("Da modificare: %(title)s", title=line.title), "changes_requested", fact, line
    )


def _rejected(fact: StoryRejected, member_id: int) -> Notice | None:
    line = _standing(fact, member_id, PracticeState.REJECTED)
    if line is None:
        return None
    return _notice(gettext("Non pubblicata: %(title)s", title=line.title), "rejected", fact, line)


def _standing(fact: StoryFact, member_id: int, state: PracticeState) -> StoryLine | None:
    """The story, if the member may open it and it is still where the fact left it."""
    line = story_line(fact.practice_id, actor_for(member_id))
    return line if line is not None and line.state is state else None


def _notice(
    subject: str,
    name: str,
    fact: StoryFact,
    line: StoryLine,
    endpoint: str = "practices.story",
) -> Notice:
    return Notice(
        subject=subject,
        template=f"practices/mail/{name}",
        context={
            "story": line,
            "reason": fact.reason,
            "url": address(endpoint, slug=line.slug, _external=True),
        },
    )


@dataclass(frozen=True)
class Step:
    """A step of a public story as those whom it concerns are told of it, in mail and list.

    ``subject`` has the title in it; ``label`` says what to do at ``endpoint``. ``waits``: whether
    there is still anything to do or to know, asked when the mail goes out.
    """

    subject: Any
    sentence: Any
    label: Any
    says: Any
    endpoint: str = "practices.story"
    waits: Callable[[StoryLine, Actor], bool] = lambda _line, _actor: True

    def build(self, fact: StoryFact, member_id: int) -> Notice | None:
        actor = actor_for(member_id)
        line = story_line(fact.practice_id, actor)
        if line is None or not self.waits(line, actor):
            return None
        return Notice(
            subject=str(self.subject).replace("{title}", line.title),
            template="practices/mail/step",
            context={
                "story": line,
                "reason": fact.reason,
                "sentence": str(self.sentence),
                "label": str(self.label),
                "url": address(self.endpoint, slug=line.slug, _external=True),
            },
        )

    def line(self, _fact: StoryFact, name: str) -> str:
        """The words of the member's list."""
        return str(self.says).replace("{name}", name)


def _stands(*states: PracticeState) -> Callable[[StoryLine, Actor], bool]:
    return lambda line, _actor: line.state in states


def _revision_waits(line: StoryLine, actor: Actor) -> bool:
    return policies.may_review(actor) and has_pending_revision(line.id)


def _answer_is_missing(line: StoryLine, actor: Actor) -> bool:
    return is_asked_after(line.id)


REVISION_PROPOSED = Step(
    subject=_l("Nuovo testo da approvare: {title}"),
    sentence=_l("L’autore propone un nuovo testo per una storia pubblica."),
    label=_l("Leggi che cosa cambia e decidi"),
    says=_l("{name} propone un nuovo testo per questa storia."),
    endpoint="practices.review",
    waits=_revision_waits,
)
REVISION_APPROVED = Step(
    subject=_l("Il nuovo testo è pubblico: {title}"),
    sentence=_l("La redazione ha approvato il tuo nuovo testo: ora lo leggono tutti."),
    label=_l("Vai alla storia"),
    says=_l("La redazione ha approvato il tuo nuovo testo."),
)
REVISION_REFUSED = Step(
    subject=_l("Nuovo testo non accolto: {title}"),
    sentence=_l("La redazione ha lasciato il testo com’era. Ti scrive:"),
    label=_l("Il tuo testo è ancora nel modulo, puoi correggerlo"),
    says=_l("La redazione non ha accolto il tuo nuovo testo."),
)
VALIDATED = Step(
    subject=_l("La tua storia è validata: {title}"),
    sentence=_l("Un valutatore ha trovato che i risultati si misurano e che si può riusare."),
    label=_l("Leggi le sue note"),
    says=_l("{name} ha validato la tua storia."),
    waits=_stands(PracticeState.VALIDATED),
)
DECLINED = Step(
    subject=_l("Non ancora validata: {title}"),
    sentence=_l("Un valutatore ha letto la tua storia e non la valida ancora. Ti scrive:"),
    label=_l("Completa il testo e la rivede"),
    says=_l("{name} non ha ancora validato la tua storia, e dice perché."),
    waits=_stands(PracticeState.PUBLISHED),
)
LAPSED = Step(
    subject=_l("La validazione è decaduta: {title}"),
    sentence=_l(
        "Sono cambiate parole che il valutatore aveva giudicato: la storia è di nuovo tra "
        "quelle da validare."
    ),
    label=_l("Vai alla storia"),
    says=_l("La validazione è decaduta, perché il testo è cambiato."),
    waits=_stands(PracticeState.PUBLISHED, PracticeState.OUTDATED),
)
ASKED = Step(
    subject=_l("Vale ancora? {title}"),
    sentence=_l("È passato un po’ di tempo: chi legge la storia vuole sapere se è ancora così."),
    label=_l("Rispondi con un clic"),
    says=_l("Questa storia vale ancora? Chi la legge vuole saperlo."),
    endpoint="practices.confirm",
    waits=_answer_is_missing,
)
MISSED = Step(
    subject=_l("Aspettiamo ancora una risposta: {title}"),
    sentence=_l("Non sappiamo se questa storia vale ancora, e ora la pagina lo dice."),
    label=_l("Rispondi con un clic"),
    says=_l("La pagina dice che non sappiamo se la storia vale ancora."),
    endpoint="practices.confirm",
    waits=_answer_is_missing,
)
OUTDATED = Step(
    subject=_l("Storia superata: {title}"),
    sentence=_l("La tua storia è segnata come superata: si legge ancora, e lo dice."),
    label=_l("Se vale ancora, o se la aggiorni, torna in uso"),
    says=_l("{name} ha segnato la tua storia come superata."),
    endpoint="practices.confirm",
    waits=_stands(PracticeState.OUTDATED),
)
ARCHIVED = Step(
    subject=_l("Storia in archivio: {title}"),
    sentence=_l("La tua storia è in archivio: si legge ancora, ma non è più in elenco."),
    label=_l("Vai alla storia"),
    says=_l("La redazione ha messo in archivio la tua storia."),
    waits=_stands(PracticeState.ARCHIVED),
)


def _evaluators(fact: StoryPublished) -> Iterable[int]:
    """Those who may validate it now."""
    return [
        number
        for number in holders_of(Role.EVALUATOR)
        if number != fact.by_id and is_to_validate(fact.practice_id, actor_for(number))
    ]


def _answering(fact: StoryFact) -> Iterable[int]:
    """Who says whether a story still holds: its author, else the contact persons of its body."""
    return [number for number in who_answers_for(fact.practice_id) if number != fact.by_id]


def _says_submitted(_fact: StoryFact, name: str) -> str:
    return str(gettext("%(name)s ha inviato la storia alla redazione.", name=name))


def _says_published(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La tua storia è pubblica."))


def _says_changes(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La redazione chiede di modificare la tua storia."))


def _says_rejected(_fact: StoryFact, _name: str) -> str:
    return str(gettext("La redazione non ha pubblicato la tua storia."))


def _says_to_validate(_fact: StoryFact, _name: str) -> str:
    return str(gettext("Una nuova storia aspetta una validazione."))


def _step(
    name: str,
    fact: type[StoryFact],
    recipients: Callable[[Any], Iterable[int]],
    step: Step,
    concern: Concern = Concern.OWN,
) -> NoticeRule:
    return _rule(name, fact, recipients, step.build, step.line, concern)


def _rule(
    name: str,
    fact: type[StoryFact],
    recipients: Callable[[Any], Iterable[int]],
    build: Callable[[Any, int], Notice | None],
    says: Callable[[Any, str], str],
    concern: Concern = Concern.OWN,
) -> NoticeRule:
    return NoticeRule(
        name=f"practices.{name}",
        fact=fact,
        recipients=recipients,
        build=build,
        says=says,
        concern=concern,
    )


def _other_side(fact: MatchContacted) -> Iterable[int]:
    """Those on both sides who can be written to, but for who wrote."""
    found = speakers_by_id(fact.seek_id) | speakers_by_id(fact.offer_id)
    return found - {fact.by_id}


def _contacted(fact: MatchContacted, member_id: int) -> Notice | None:
    actor = actor_for(member_id)
    line = match_line(fact.match_id, actor)
    thread = find(_in_thread(fact), actor)
    if line is None or thread is None or line.state not in BEGUN:
        return None
    writer = people([fact.by_id]).get(fact.by_id or 0)
    return Notice(
        subject=gettext("Vi hanno scritto per: %(title)s", title=line.seek.title),
        template="practices/mail/contacted",
        context={
            "match": line,
            "writer": writer.name if writer else "Gemella",
            "url": address("forum.thread", thread_id=fact.thread_id, _external=True),
        },
    )


def _says_contacted(_fact: MatchContacted, name: str) -> str:
    return str(gettext("%(name)s vi ha scritto per una corrispondenza.", name=name))


def _in_thread(fact: MatchContacted) -> Reference:
    return Reference("thread", fact.thread_id)


def _speakers(fact: MatchesSuggested) -> Iterable[int]:
    return speakers_by_id(fact.practice_id)


def _says_suggested(_fact: MatchesSuggested, _name: str) -> str:
    return str(gettext("Ci sono nuove corrispondenze per questa storia."))


def _its_story(fact: MatchesSuggested) -> Reference:
    return Reference(KIND, fact.practice_id)


MATCH_RULES = (
    NoticeRule(
        name="practices.contacted",
        fact=MatchContacted,
        recipients=_other_side,
        build=_contacted,
        says=_says_contacted,
        about=_in_thread,
        concern=Concern.REPLY,
    ),
    NoticeRule(
        name="practices.suggested",
        fact=MatchesSuggested,
        recipients=_speakers,
        says=_says_suggested,
        about=_its_story,
        concern=Concern.FOLLOWED,
    ),
)

RULES = (
    *MATCH_RULES,
    _rule("submitted", StorySubmitted, _editors, _submitted, _says_submitted, Concern.DECISION),
    _rule("published", StoryPublished, _author, _published, _says_published),
    _rule("changes_requested", StoryChangesRequested, _author, _changes_requested, _says_changes),
    _rule("rejected", StoryRejected, _author, _rejected, _says_rejected),
    # Nobody waits for it, and many are told: it stands in the list alone.
    NoticeRule(
        name="practices.to_validate",
        fact=StoryPublished,
        recipients=_evaluators,
        says=_says_to_validate,
        concern=Concern.FOLLOWED,
    ),
    _step("revision", RevisionProposed, _editors, REVISION_PROPOSED, Concern.DECISION),
    _step("revision_approved", RevisionApproved, _author, REVISION_APPROVED),
    _step("revision_refused", RevisionRefused, _author, REVISION_REFUSED),
    _step("validated", StoryValidated, _author, VALIDATED),
    _step("declined", ValidationDeclined, _author, DECLINED),
    _step("lapsed", ValidationLapsed, _author, LAPSED),
    _step("asked", ConfirmationAsked, _answering, ASKED, Concern.DECISION),
    _step("missed", ConfirmationMissed, _answering, MISSED),
    _step("outdated", StoryOutdated, _author, OUTDATED),
    _step("archived", StoryArchived, _author, ARCHIVED),
)
