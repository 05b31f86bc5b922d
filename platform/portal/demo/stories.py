"""The demo's stories: what Trento, Puglia and Lecce offer, what Piedmont and Puglia seek."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from practices.models import PracticeKind


@dataclass(frozen=True, slots=True)
class Story:
    """A story; ``sections`` maps its fields to files under ``content/``, ``components`` the names
    of its parts to what they are. It was published ``days`` ago, or ``waits`` for the editors.
    """

    key: str
    kind: PracticeKind
    author: str
    organisation: str
    region: str
    title: str
    summary: str
    contact: str
    themes: tuple[str, ...]
    sections: Mapping[str, str]
    components: Mapping[str, str] = field(default_factory=dict)
    days: int = 0
    waits: bool = False


STORIES = (
    Story(
        key="distretti",
        kind=PracticeKind.OFFER,
        author="referente.trento",
        organisation="provincia-autonoma-di-trento",
        region="Trento",
        title="Distretti Famiglia",
        summary=(
            "Un territorio intero si accorda per essere amico delle famiglie: enti pubblici, "
            "imprese e associazioni firmano un accordo di area e rispettano standard verificabili."
        ),
        contact="Agenzia per la Famiglia",
        themes=("family-districts", "work-life-balance"),
        sections={
            "problem": "distretti-problema",
            "solution": "distretti-soluzione",
            "results": "distretti-risultati",
            "transferability": "distretti-trasferibilita",
        },
        components={
            "Accordo di area": "Dice chi partecipa, che cosa si fa e come si misura.",
            "Standard famiglia": ("A quali condizioni un’organizzazione è «amica della famiglia»."),
            "Marchi": "Rendono visibile chi rispetta gli standard.",
            "Audit famiglia-lavoro": "Porta la conciliazione dentro le organizzazioni.",
        },
    ),
    Story(
        key="marchio",
        kind=PracticeKind.OFFER,
        author="referente.puglia",
        organisation="regione-puglia",
        region="Puglia",
        title="Disciplinare del marchio Family per i Comuni",
        summary=(
            "Le regole con cui un Comune pugliese può dirsi amico della famiglia, "
            "nate dal gemellaggio con Trento."
        ),
        contact="Assessorato al Welfare",
        themes=("family-labels",),
        sections={
            "problem": "marchio-problema",
            "solution": "marchio-soluzione",
            "results": "marchio-risultati",
        },
    ),
    Story(
        key="piemonte",
        kind=PracticeKind.SEEK,
        author="f.rinaldi",
        organisation="regione-piemonte",
        region="Piemonte",
        title="Marchi, standard e distretti famiglia per sostenere la natalità",
        summary=(
            "Il Piemonte cerca strumenti provati di politica familiare, dai marchi al welfare "
            "aziendale, da portare nei propri territori."
        ),
        contact="Direzione Politiche per la famiglia",
        themes=("family-policy", "family-labels", "work-life-balance"),
        sections={"need": "piemonte-bisogno", "context": "piemonte-contesto"},
    ),
    # So old that its author is asked whether it still holds.
    Story(
        key="audit",
        kind=PracticeKind.SEEK,
        author="referente.puglia",
        organisation="regione-puglia",
        region="Puglia",
        title="Audit famiglia-lavoro negli uffici pubblici: come si comincia",
        summary=(
            "La Puglia cerca un percorso già provato per portare la conciliazione tra famiglia e "
            "lavoro dentro le amministrazioni dei territori che sperimentano i distretti."
        ),
        contact="Assessorato al Welfare",
        themes=("work-life-balance", "family-districts"),
        sections={"need": "audit-bisogno", "context": "audit-contesto"},
        days=200,
    ),
    # What the editors find in their list.
    Story(
        key="consiglio",
        kind=PracticeKind.OFFER,
        author="verificato",
        organisation="comune-di-lecce",
        region="Puglia",
        title="Un Consiglio comunale dedicato per avviare il distretto",
        summary=(
            "Una seduta monotematica, con chi il distretto lo ha già fatto seduto accanto a chi "
            "deve decidere: a Lecce il confronto è cominciato così."
        ),
        contact="Settore Servizi sociali",
        themes=("family-districts",),
        sections={
            "problem": "consiglio-problema",
            "solution": "consiglio-soluzione",
            "results": "consiglio-risultati",
        },
        waits=True,
    ),
)

# Who finds which story useful to the own body.
ENDORSEMENTS = (
    ("distretti", "referente.puglia"),
    ("distretti", "verificato"),
    ("distretti", "f.rinaldi"),
    ("marchio", "e.tonelli"),
    ("marchio", "verificato"),
    ("piemonte", "a.dimauro"),
)
