"""Stories in every state, complete enough to be read."""

from __future__ import annotations

from typing import Any

import factory

from core import clock
from core.database import db
from core.references import Reference
from core.slugs import claim_slug
from core.text import Rendered
from practices.models import Match, MatchState, Practice, PracticeKind, PracticeState
from practices.rules import BODY, PUBLIC_STATES, SECTIONS, Component, StoryContent
from practices.signals import KIND
from taxonomy.models import Theme
from taxonomy.queries import themes_tree
from territory.queries import regions
from tests.factories import LONG_AGO, Factory


class StoryFactory(Factory[Practice]):
    """A published offer without an author; give ``kind``, ``state``, ``author`` …"""

    class Meta:
        model = Practice

    title = factory.Sequence(lambda n: f"Sportello unico per le famiglie {n}")
    slug = factory.Sequence(lambda n: f"storia-di-prova-{n}")
    kind = PracticeKind.OFFER
    state = PracticeState.PUBLISHED
    summary = "Un solo ufficio per tutte le domande delle famiglie."
    contact = "Ufficio famiglia, 0999 123456"
    territory_id = factory.LazyFunction(lambda: regions()[0].id)
    problem = "Troppi uffici."
    problem_html = "<p>Troppi uffici.</p>"
    solution = "Uno sportello."
    solution_html = "<p>Uno sportello.</p>"
    results = "Meno code."
    results_html = "<p>Meno code.</p>"
    need = "Un esempio."
    need_html = "<p>Un esempio.</p>"
    context = "Un comune piccolo."
    context_html = "<p>Un comune piccolo.</p>"
    created_at = LONG_AGO
    updated_at = LONG_AGO
    submitted_at = factory.LazyAttribute(
        lambda o: None if o.state is PracticeState.DRAFT else LONG_AGO
    )
    published_at = factory.LazyAttribute(lambda o: LONG_AGO if o.state in PUBLIC_STATES else None)

    @classmethod
    def _create(cls, model_class: type[Practice], *args: Any, **values: Any) -> Practice:
        made: Practice = super()._create(model_class, *args, **values)
        if not made.themes:
            made.themes = [db.session.get_one(Theme, themes_tree()[0].id)]
        made.slug = claim_slug(Reference(KIND, made.id), made.title)
        db.session.commit()
        return made


class MatchFactory(Factory[Match]):
    """A suggestion with two reasons; give ``seek`` and ``offer``."""

    class Meta:
        model = Match

    state = MatchState.SUGGESTED
    score = 62
    parts = factory.LazyFunction(
        lambda: [
            {"kind": "theme", "nearness": "same", "value": 40, "of": [1, 1]},
            {"kind": "text", "nearness": "words", "value": 22, "of": ["sportello", "famiglie"]},
        ]
    )
    seek_version = factory.SelfAttribute("seek.version")
    offer_version = factory.SelfAttribute("offer.version")
    created_at = LONG_AGO
    updated_at = LONG_AGO


def content(kind: PracticeKind = PracticeKind.OFFER, **values: Any) -> StoryContent:
    """A text that lacks nothing; give what should differ."""
    complete: dict[str, Any] = {
        "title": "Distretti Famiglia",
        "summary": "Territori che si organizzano attorno alle famiglie.",
        "theme_ids": frozenset({themes_tree()[0].id}),
        "territory_id": regions()[0].id,
        "contact": "Ufficio famiglia",
        "sections": {
            section.name: Rendered(f"Testo di {section.name}.", f"<p>Testo di {section.name}.</p>")
            for section in SECTIONS[kind]
            if section is not BODY
        },
    }
    if kind is PracticeKind.OFFER:
        complete["components"] = (Component("statuto", "Lo statuto", "Chi fa che cosa."),)
    return StoryContent(**complete | values)


def typed(kind: PracticeKind = PracticeKind.OFFER, **values: Any) -> dict[str, Any]:
    """What a browser sends of the complete form, all parts in one; give what should differ."""
    complete: dict[str, Any] = {
        "title": "Distretti Famiglia",
        "summary": "Territori che si organizzano attorno alle famiglie.",
        "theme_ids": [str(themes_tree()[0].id)],
        "territory_id": str(regions()[0].id),
        "contact": "Ufficio famiglia",
    }
    told = (section.name for section in SECTIONS[kind] if section.name not in ("body", "links"))
    complete |= {name: f"Testo di *{name}*." for name in told}
    complete |= {"web_links-0-url": "https://www.comune.bari.it", "web_links-0-title": "Il comune"}
    if kind is PracticeKind.OFFER:
        complete |= {"components-0-title": "Lo statuto", "components-0-text": "Chi fa che cosa."}
    if kind is PracticeKind.SEEK:
        complete["needed_by"] = f"{clock.today().year + 1}-06-30"
    return complete | values
