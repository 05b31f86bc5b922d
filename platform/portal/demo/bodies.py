"""The demo's organisations: those of the seeds, of every nature."""

from __future__ import annotations

from dataclasses import dataclass

from organisations.models import Level, Nature


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation; ``place`` is the kind and name of its territory."""

    key: str
    name: str
    nature: Nature
    level: Level
    acronym: str = ""
    place: tuple[str, str] | None = None
    ipa_code: str = ""
    website: str = ""


_PUBLIC, _PRIVATE, _THIRD = Nature.PUBLIC, Nature.PRIVATE, Nature.THIRD_SECTOR

BODIES = (
    Body("provincia-autonoma-di-trento", "Provincia autonoma di Trento", _PUBLIC,
         Level.AUTONOMOUS_PROVINCE, "PAT", ("region", "Trento"), "p_TN",
         "https://www.provincia.tn.it"),
    Body("regione-puglia", "Regione Puglia", _PUBLIC, Level.REGION, "",
         ("region", "Puglia"), "r_puglia", "https://www.regione.puglia.it"),
    Body("regione-piemonte", "Regione Piemonte", _PUBLIC, Level.REGION, "",
         ("region", "Piemonte"), "r_piemon", "https://www.regione.piemonte.it"),
    Body("dipartimento-politiche-famiglia", "Dipartimento per le Politiche della Famiglia",
         _PUBLIC, Level.STATE),
    Body("dipartimento-sviluppo-coesione",
         "Dipartimento per lo Sviluppo e la Coesione Economica", _PUBLIC, Level.STATE, "DPS"),
    Body("comune-di-bari", "Comune di Bari", _PUBLIC, Level.MUNICIPALITY, "",
         ("municipality", "Bari"), "c_a662", "https://www.comune.bari.it"),
    Body("comune-di-lecce", "Comune di Lecce", _PUBLIC, Level.MUNICIPALITY, "",
         ("municipality", "Lecce"), "c_e506", "https://www.comune.lecce.it"),
    Body("ambito-di-manfredonia", "Ambito territoriale sociale di Manfredonia", _PUBLIC,
         Level.SOCIAL_DISTRICT, "", ("municipality", "Manfredonia")),
    Body("comune-di-pordenone", "Comune di Pordenone", _PUBLIC, Level.MUNICIPALITY, "",
         ("municipality", "Pordenone"), "c_g888", "https://www.comune.pordenone.it"),
    Body("istituto-comprensivo-vinci", "Istituto Comprensivo di Vinci", _PUBLIC, Level.SCHOOL,
         "", ("municipality", "Vinci")),
    Body("agenzia-coesione-sociale", "Agenzia per la coesione sociale", _PUBLIC, Level.AGENCY,
         "", ("region", "Trento")),
    Body("cassa-rurale-di-pinzolo", "Cassa Rurale di Pinzolo", _PRIVATE, Level.OTHER, "",
         ("municipality", "Pinzolo")),
    Body("nuovi-spazi", "Nuovi Spazi", _THIRD, Level.OTHER),
)  # fmt: skip
