"""How pages call the kinds, the states and the parts of a story; translated when shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from practices.models import Criterion, MatchState, PracticeKind, PracticeState
from practices.rules import Part
from practices.rules.matching import PartKind

KINDS: Mapping[PracticeKind, Any] = {
    PracticeKind.OFFER: _l("Offro"),
    PracticeKind.SEEK: _l("Cerco"),
}

# What stands for a kind in addresses.
KIND_CODES: Mapping[PracticeKind, str] = {
    PracticeKind.OFFER: "offro",
    PracticeKind.SEEK: "cerco",
}

STATES: Mapping[PracticeState, Any] = {
    PracticeState.DRAFT: _l("Bozza"),
    PracticeState.SUBMITTED: _l("In redazione"),
    PracticeState.CHANGES_REQUESTED: _l("Da modificare"),
    PracticeState.REJECTED: _l("Respinta"),
    PracticeState.PUBLISHED: _l("Pubblicata"),
    PracticeState.VALIDATED: _l("Validata"),
    PracticeState.OUTDATED: _l("Superata"),
    PracticeState.ARCHIVED: _l("Archiviata"),
    PracticeState.HIDDEN: _l("Nascosta"),
    PracticeState.REMOVED: _l("Rimossa"),
}

# What stands for a state of the catalogue in addresses.
STATE_CODES: Mapping[PracticeState, str] = {
    PracticeState.VALIDATED: "validata",
    PracticeState.PUBLISHED: "pubblicata",
    PracticeState.OUTDATED: "superata",
}

MATCH_STATES: Mapping[MatchState, Any] = {
    MatchState.SUGGESTED: _l("Suggerita"),
    MatchState.CONTACTED: _l("In contatto"),
    MatchState.TWINNED: _l("In gemellaggio"),
    MatchState.DISMISSED: _l("Scartata"),
}

MATCH_PARTS: Mapping[PartKind, Any] = {
    PartKind.THEME: _l("Tema"),
    PartKind.LEVEL: _l("Livello"),
    PartKind.TERRITORY: _l("Territorio"),
    PartKind.TEXT: _l("Testo"),
}

MATCH_LISTS: Mapping[MatchState, Any] = {
    MatchState.SUGGESTED: _l("Suggerite"),
    MatchState.CONTACTED: _l("In contatto"),
    MatchState.TWINNED: _l("In gemellaggio"),
    MatchState.DISMISSED: _l("Scartate"),
}

# What stands for a state in addresses.
MATCH_CODES: Mapping[MatchState, str] = {
    MatchState.SUGGESTED: "suggerite",
    MatchState.CONTACTED: "in-contatto",
    MatchState.TWINNED: "in-gemellaggio",
    MatchState.DISMISSED: "scartate",
}

SECTIONS: Mapping[str, Any] = {
    "body": _l("La storia"),
    "problem": _l("Il problema"),
    "solution": _l("La soluzione"),
    "results": _l("I risultati misurabili"),
    "resources": _l("Le risorse"),
    "time_scale": _l("I tempi"),
    "difficulties": _l("Le difficoltà"),
    "transferability": _l("Che cosa serve per riusarla"),
    "need": _l("Il bisogno"),
    "context": _l("Il contesto"),
    "links": _l("Collegamenti"),
}


# All that a story holds, in the order of its form.
FIELDS: Mapping[str, Any] = {
    "title": _l("Titolo"),
    "summary": _l("In breve"),
    "theme_ids": _l("Temi"),
    "territory_id": _l("Territorio"),
    "organisation_id": _l("Ente"),
    "contact": _l("Persona da contattare"),
    "lang": _l("Lingua del testo"),
    "needed_by": _l("Serve entro il"),
    **SECTIONS,
    "components": _l("I componenti"),
}

# The parts of the form, as its stepper names them, and as the page of each is headed.
PARTS: Mapping[Part, Any] = {
    Part.BASICS: _l("Essenziale"),
    Part.TELLING: _l("Racconto"),
    Part.PIECES: _l("Componenti"),
}
PART_HEADINGS: Mapping[Part, Any] = {
    Part.BASICS: _l("L’essenziale"),
    Part.TELLING: _l("Il racconto"),
    Part.PIECES: _l("Componenti e collegamenti"),
}


def part_label(kind: PracticeKind, part: Part, *, heading: bool = False) -> str:
    """How a part is called; what is sought has no components."""
    if part is Part.PIECES and kind is PracticeKind.SEEK:
        return str(SECTIONS["links"])
    return str((PART_HEADINGS if heading else PARTS)[part])


# What a kept version was when it was written.
VERSIONS: Mapping[PracticeState, Any] = {
    **STATES,
    PracticeState.SUBMITTED: _l("Inviata alla redazione"),
    PracticeState.CHANGES_REQUESTED: _l("In modifica"),
}


# What evaluators hold a story against, and what they ask of it.
CRITERIA: Mapping[Criterion, Any] = {
    Criterion.RESULTS: _l("Risultati misurabili"),
    Criterion.TRANSFERABILITY: _l("Trasferibilità"),
}
QUESTIONS: Mapping[Criterion, Any] = {
    Criterion.RESULTS: _l(
        "I risultati si possono misurare, e i dati dicono che cosa è cambiato rispetto a prima?"
    ),
    Criterion.TRANSFERABILITY: _l(
        "Un altro ente capisce che cosa gli serve per riusarla: norme, costi, competenze?"
    ),
}

# What happened to a story, by the name of the fact.
DEEDS: Mapping[str, Any] = {
    "StorySubmitted": _l("Inviata alla redazione"),
    "StoryWithdrawn": _l("Ripresa dall’autore"),
    "StoryChangesRequested": _l("Chieste modifiche"),
    "StoryRejected": _l("Respinta"),
    "StoryPublished": _l("Pubblicata"),
    "StoryChanged": _l("Testo corretto"),
    "RevisionProposed": _l("Nuovo testo proposto"),
    "RevisionChanged": _l("Nuovo testo rivisto"),
    "RevisionWithdrawn": _l("Nuovo testo ritirato"),
    "RevisionApproved": _l("Nuovo testo pubblicato"),
    "RevisionRefused": _l("Nuovo testo non accolto"),
    "StoryValidated": _l("Validata"),
    "ValidationDeclined": _l("Validazione non concessa"),
    "ValidationLapsed": _l("Validazione decaduta: il testo valutato è cambiato"),
    "ConfirmationAsked": _l("Chiesto se vale ancora"),
    "ConfirmationMissed": _l("Nessuna risposta: avviso ai lettori"),
    "StoryConfirmed": _l("Confermata: vale ancora"),
    "StoryOutdated": _l("Segnata come superata"),
    "StoryArchived": _l("Messa in archivio"),
}


def kind_of(code: str | None) -> PracticeKind | None:
    """The kind that stands in an address, or None."""
    return next((kind for kind, known in KIND_CODES.items() if known == code), None)
