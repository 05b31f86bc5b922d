"""What twinnings tell others: feeds, search, the home page, pages of bodies and practices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask

from core.actor import SYSTEM, VISITOR, Actor, Role
from core.contracts import SearchDocument
from core.database import db
from core.references import Reference
from core.registry import registry
from core.text import Rendered, render_markdown
from organisations.signals import OrganisationChanged
from search.queries.documents import affected
from search.services.indexer import Indexer
from territory import queries as territory
from tests.factories import LONG_AGO
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.factories.taxonomy import ProgrammeFactory, ThemeFactory
from tests.factories.twinning import (
    SpaceFactory,
    TwinningFactory,
    region,
    takes_part,
    twinning_between,
)
from tests.opening import opened
from tests.visitor import Visitor
from twinning import queries, search, services
from twinning.models import (
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.rules import TwinningContent
from twinning.signals import TwinningChanged

NOT_STANDING = [
    ParticipationState.INVITED,
    ParticipationState.REFUSED,
    ParticipationState.WITHDRAWN,
]


def feed(visitor: Visitor, path: str) -> Any:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    assert "Set-Cookie" not in answer.headers
    parsed = feedparser.parse(answer.get_data())
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def published(title: str = "TrePu") -> Twinning:
    """A running twinning that came there by its services."""
    content = TwinningContent(title=title, coordinator_id=member_with(Role.COORDINATOR).id)
    made = services.create_twinning(content=content, by=SYSTEM)
    for name, role in (
        ("Provincia autonoma di Trento", ParticipationRole.GIVER),
        ("Regione Puglia", ParticipationRole.RECEIVER),
    ):
        services.record_partner(
            twinning_id=made.id,
            organisation_id=region(name).id,
            role=role,
            act="Delibera",
            by=SYSTEM,
        )
    for state in (TwinningState.PROPOSED, TwinningState.ACTIVE):
        step(made, state)
    return made


def step(made: Twinning, state: TwinningState) -> None:
    services.change_state(twinning_id=made.id, new=state, version=None, reason="prova", by=SYSTEM)


def change(made: Twinning, **values: Any) -> None:
    services.change_twinning(
        twinning_id=made.id,
        version=None,
        content=TwinningContent(
            **{"title": made.title, "coordinator_id": made.coordinator_id, **values}
        ),
        by=SYSTEM,
    )


def test_the_feed_of_all_twinnings(visitor: Visitor) -> None:
    twinning_between(
        region("Provincia autonoma di Trento"),
        region("Regione Puglia"),
        title="TrePu & le «famiglie» <b>",
        updated_at=LONG_AGO + timedelta(days=2),
    )
    TwinningFactory.make(title="Prima")
    for hidden in ({"state": TwinningState.DRAFT}, {"visibility": TwinningVisibility.PARTNERS}):
        TwinningFactory.make(title="Riservato", **hidden)

    parsed = feed(visitor, "/gemellaggi/feed")

    assert [one.title for one in parsed.entries] == ["TrePu & le «famiglie» <b>", "Prima"]
    first = parsed.entries[0]
    assert first.author == "Provincia autonoma di Trento, Regione Puglia"
    assert first.id.startswith("tag:")
    assert visitor.get(first.link.removeprefix("http://localhost")).status_code == 200
    visitor.sign_in(member_with(Role.ADMINISTRATOR).email)
    again = feedparser.parse(visitor.get("/gemellaggi/feed").get_data())
    assert len(again.entries) == 2, "a feed is the same for every reader"


def test_pages_lead_programs_to_the_feed(visitor: Visitor) -> None:
    links = visitor.page("/gemellaggi").xpath("//link[@type='application/atom+xml']/@href")
    assert "/gemellaggi/feed" in links


def test_the_feed_of_one_twinning_tells_what_happened(visitor: Visitor) -> None:
    made = published()
    change(made, results=render_markdown("Tre territori."))
    change(made, results=render_markdown("Tre territori."), visibility=TwinningVisibility.PUBLIC)
    late = services.record_partner(
        twinning_id=made.id,
        organisation_id=region("Regione Basilicata").id,
        role=ParticipationRole.RECEIVER,
        act="Delibera",
        by=SYSTEM,
    )
    for state in (TwinningState.SUSPENDED, TwinningState.ACTIVE, TwinningState.CONCLUDED):
        step(made, state)

    titles = [one.title for one in feed(visitor, f"/gemellaggi/{made.slug}/feed").entries]

    assert titles == [
        "Il gemellaggio è concluso",
        "Il gemellaggio riprende",
        "Il gemellaggio è sospeso",
        "Riceve anche Regione Basilicata",
        "Aggiornati i risultati",
        "Il gemellaggio è attivo",
        "Nuova discussione: TrePu",
    ]
    ids = [one.id for one in feed(visitor, f"/gemellaggi/{made.slug}/feed").entries]
    assert len(set(ids)) == len(ids)
    assert "prova" not in visitor.get(f"/gemellaggi/{made.slug}/feed").text, "reasons stay inside"
    services.withdraw_partner(participation_id=late.id, reason="fusione", by=SYSTEM)
    assert "Basilicata" not in visitor.get(f"/gemellaggi/{made.slug}/feed").text


def test_a_feed_is_the_same_to_the_byte(visitor: Visitor) -> None:
    made = published()
    for path in ("/gemellaggi/feed", f"/gemellaggi/{made.slug}/feed"):
        first = visitor.get(path)
        assert visitor.get(path).get_data() == first.get_data()
        etag = first.headers["ETag"]
        assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 304


def documents(*made: Twinning) -> list[SearchDocument]:
    return list(search.documents([one.id for one in made]))


def test_search_knows_texts_partners_programme_and_themes(visitor: Visitor, app: Flask) -> None:
    theme, programme = ThemeFactory.make(name_it="Famiglia"), ProgrammeFactory.make(name_it="AGIRE")
    with app.test_request_context():
        made = services.create_twinning(
            content=TwinningContent(
                title="TrePu: servizi",
                acronym="TrePu",
                summary="In breve.",
                solution=Rendered("Il **modello**", "<p>Il <strong>modello</strong></p>"),
                theme_ids=frozenset({theme.id}),
                programme_id=programme.id,
            ),
            by=SYSTEM,
        )
        takes_part(made, region("Regione Puglia"))
        takes_part(made, region("Ente Invitato"), state=ParticipationState.INVITED)
        [found] = documents(made)
    assert found.title == "TrePu: servizi"
    assert "TrePu" in found.names
    assert "Regione Puglia" in found.names
    assert "Ente Invitato" not in f"{found.names} {found.text} {found.keywords}"
    assert found.text == "In breve. Il modello"
    assert found.keywords == ("Famiglia", "AGIRE")


def test_search_keeps_what_is_reserved_for_who_has_the_key(app: Flask) -> None:
    with app.test_request_context():
        public = TwinningFactory.make()
        assert [one.audience for one in documents(public)] == ["public"]
        for values in ({"state": TwinningState.DRAFT}, {"visibility": TwinningVisibility.PARTNERS}):
            made = TwinningFactory.make(**values)
            assert documents(made) == [], "without a space nobody may be told"
            made.space_id = SpaceFactory.make(object_id=made.id).id
            db.session.commit()
            assert [one.audience for one in documents(made)] == [f"space:{made.space_id}"]
        removed = TwinningFactory.make(state=TwinningState.REMOVED)
        assert documents(removed) == []
        assert removed.id not in search.ids(0, 100)


def test_search_asks_the_policies_again(app: Flask) -> None:
    public, hidden = TwinningFactory.make(), TwinningFactory.make(state=TwinningState.DRAFT)
    both = [public.id, hidden.id]
    assert opened("twinning", both, VISITOR) == {public.id}
    assert opened("twinning", both, SYSTEM) == set(both)


def test_a_renamed_body_touches_its_twinnings(app: Flask) -> None:
    body = region("Regione Puglia")
    made, asked = TwinningFactory.make(), TwinningFactory.make()
    takes_part(made, body)
    takes_part(asked, body, state=ParticipationState.INVITED)
    touched = affected([OrganisationChanged(organisation_id=body.id)])
    assert {one for one in touched if one.kind == "twinning"} == {Reference("twinning", made.id)}
    assert Reference("twinning", 7) in affected([TwinningChanged(twinning_id=7)])


def test_a_twinning_is_found_as_soon_as_it_is_open(visitor: Visitor, app: Flask) -> None:
    folder = app.config["GEMELLA"].index_folder

    def found() -> str:
        with app.test_request_context():
            indexer = Indexer(folder)
            while indexer.step():
                pass
            indexer.close()
        return visitor.get("/cerca?q=ferrovie").text

    made = services.create_twinning(
        content=TwinningContent(
            title="Le Ferrovie dimenticate", coordinator_id=member_with(Role.COORDINATOR).id
        ),
        by=SYSTEM,
    )
    address = f'href="/gemellaggi/{made.slug}"'
    assert address not in found()
    for name, role in (
        ("Umbria", ParticipationRole.GIVER),
        ("Calabria", ParticipationRole.RECEIVER),
    ):
        services.record_partner(
            twinning_id=made.id,
            organisation_id=region(name).id,
            role=role,
            act="Delibera",
            by=SYSTEM,
        )
    step(made, TwinningState.PROPOSED)
    step(made, TwinningState.ACTIVE)
    assert address in found()


def test_the_home_page_shows_the_latest(app: Flask) -> None:
    with app.test_request_context():
        for age in range(4):
            twinning_between(
                region("Uno"),
                region("Due"),
                title=f"Numero {age}",
                published_at=LONG_AGO - timedelta(days=age),
            )
        TwinningFactory.make(title="Bozza", state=TwinningState.DRAFT)
        for reader in (VISITOR, SYSTEM):
            lines = queries.latest_twinnings(3, reader)
            assert [line.title for line in lines] == ["Numero 0", "Numero 1", "Numero 2"]
        assert (lines[0].givers, lines[0].receivers) == (("Uno",), ("Due",))
        assert lines[0].state_label == "Attivo"
        assert lines[0].url.startswith("/gemellaggi/")
        assert queries.counts(VISITOR).total == 4
        assert queries.counts(SYSTEM).total == 5


def test_arcs_lead_from_region_to_region(app: Flask) -> None:
    places = {one.code: one.id for one in territory.regions()}
    with app.test_request_context():
        giver = region("Provincia autonoma di Trento", territory_id=places["trento"])
        receiver = region("Regione Puglia", territory_id=places["puglia"])
        made = twinning_between(giver, receiver, title="TrePu: servizi", acronym="TrePu")
        takes_part(made, region("Estero", country="AT"), ParticipationRole.RECEIVER)
        takes_part(
            made,
            region("Invitata", territory_id=places["sicilia"]),
            ParticipationRole.RECEIVER,
            ParticipationState.INVITED,
        )
        TwinningFactory.make(visibility=TwinningVisibility.PARTNERS)
        [arc] = queries.arcs_of(queries.latest_twinnings(1, VISITOR))
    codes = {one.id: one.istat_code for one in territory.regions()}
    assert arc.title == "TrePu"
    assert arc.givers == (codes[places["trento"]],)
    assert arc.receivers == (codes[places["puglia"]],)
    assert arc.receiver_names == ("Regione Puglia", "Estero")


def test_a_body_shows_its_twinnings_by_role(visitor: Visitor) -> None:
    body, other = region("Regione Puglia"), region("Altra")
    twinning_between(body, other, title="Offerto")
    twinning_between(other, body, title="Ricevuto")
    twinning_between(other, body, title="Riservato", visibility=TwinningVisibility.PARTNERS)
    for state in NOT_STANDING:
        asked = TwinningFactory.make(title="Invito")
        takes_part(asked, body, ParticipationRole.RECEIVER, state)

    page = visitor.page(f"/enti/{body.slug}")
    [panel] = page.xpath("//section[@aria-labelledby='gemellaggi-ente']")
    assert [one.text_content() for one in panel.xpath(".//h4")] == ["Offerto", "Ricevuto"]
    assert "Riservato" not in page.text_content()
    assert "Invito" not in page.text_content()
    bare = visitor.page(f"/enti/{region('Senza').slug}")
    assert not bare.xpath("//section[@aria-labelledby='gemellaggi-ente']")


def test_a_practice_shows_who_reuses_it(visitor: Visitor) -> None:
    practice = StoryFactory.make()
    twinning_between(region("Uno"), region("Due"), title="Riuso", practice_id=practice.id)
    TwinningFactory.make(title="Nascosto", practice_id=practice.id, state=TwinningState.DRAFT)

    page = visitor.page(f"/buone-pratiche/{practice.slug}")

    [panel] = page.xpath("//section[@aria-labelledby='riusata-da']")
    assert [one.text_content() for one in panel.xpath(".//h3")] == ["Riuso"]
    assert "Nascosto" not in page.text_content()


@pytest.mark.parametrize("state", NOT_STANDING)
def test_who_did_not_accept_is_named_nowhere(
    visitor: Visitor, app: Flask, state: ParticipationState
) -> None:
    practice = StoryFactory.make()
    giver = region("Regione Puglia")
    made = published("Gemellaggio aperto")
    made.practice_id = practice.id
    db.session.commit()
    takes_part(made, giver)
    takes_part(made, region("Ente Segreto"), ParticipationRole.RECEIVER, state)
    paths = [
        f"/gemellaggi/{made.slug}{path}" for path in ("", "/partecipanti", "/discussioni", "/feed")
    ]
    paths += ["/gemellaggi", "/gemellaggi/feed", "/", f"/enti/{giver.slug}"]
    paths += [f"/buone-pratiche/{practice.slug}"]
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert "Ente Segreto" not in answer.text, path
    with app.test_request_context():
        assert "Ente Segreto" not in str(documents(made))


def test_the_coordinator_keeps_order_in_the_discussions(app: Flask) -> None:
    coordinator = member_with(Role.COORDINATOR)
    made = TwinningFactory.make(coordinator_id=coordinator.id)
    subject = registry().subjects["twinning"]
    assert subject.is_steward is not None
    assert subject.is_steward(made.id, Actor(coordinator.id, frozenset({Role.COORDINATOR})))
    assert not subject.is_steward(made.id, Actor(coordinator.id))
    assert not subject.is_steward(999, SYSTEM)
