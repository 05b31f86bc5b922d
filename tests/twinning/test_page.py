"""One twinning as readers see it: its page, its discussions, its partners, old addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml.html import HtmlElement

from core.actor import SYSTEM, Role
from core.database import db
from core.slugs import claim_slug
from core.text import render_markdown
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.taxonomy import ProgrammeFactory, ThemeFactory
from tests.factories.twinning import TwinningFactory, region, takes_part, twinning_between
from tests.visitor import Visitor, text_of
from twinning import services
from twinning.models import (
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.rules import TwinningContent
from twinning.services.rows import about


def words(elements: list[HtmlElement]) -> list[str]:
    return [" ".join(one.text_content().split()) for one in elements]


@pytest.fixture
def trepu(app: Any) -> Twinning:
    """The twinning of seed 001, as its services make it."""
    trento, puglia = region("Provincia autonoma di Trento"), region("Regione Puglia")
    family = region("Dipartimento per le politiche della famiglia")
    member_with(of=puglia, contact=True, name="Isabella Prova")
    theme = ThemeFactory.make(name_it="Politiche di prova")
    content = TwinningContent(
        title="TrePu: rafforzamento sistema servizi ed iniziative per le famiglie",
        acronym="TrePu",
        summary="La Puglia porta nei suoi territori il modello dei Distretti Famiglia.",
        solution=render_markdown("I **Distretti Familiari**."),
        objectives=render_markdown("- sperimentare politiche strutturali"),
        results=render_markdown("Bari, Lecce e l’ambito di Manfredonia."),
        programme_id=ProgrammeFactory.make(name_it="AGIRE di prova").id,
        theme_ids=frozenset({theme.id}),
        starts_on=date(2012, 9, 1),
        coordinator_id=member_with(Role.COORDINATOR).id,
    )
    made = services.create_twinning(
        content=content,
        by=SYSTEM,
        thread_title="TrePu: rafforzamento del sistema dei servizi",
        thread_opened_at=datetime(2015, 5, 16, 10, tzinfo=UTC),
    )
    for body, role in (
        (trento, ParticipationRole.GIVER),
        (puglia, ParticipationRole.RECEIVER),
        (family, ParticipationRole.NATIONAL),
    ):
        services.record_partner(
            twinning_id=made.id,
            organisation_id=body.id,
            role=role,
            act="Deliberazione n. 12",
            unit="Agenzia per la famiglia" if body is trento else "",
            accepted_on=date(2012, 9, 3),
            by=SYSTEM,
        )
    for state in (TwinningState.PROPOSED, TwinningState.ACTIVE):
        services.change_state(
            twinning_id=made.id, new=state, version=None, reason="prova", by=SYSTEM
        )
    return made


def test_the_page_of_trepu(visitor: Visitor, trepu: Twinning) -> None:
    page = visitor.page(f"/gemellaggi/{trepu.slug}")

    assert page.xpath("//h1")[0].text == trepu.title
    headings = words(page.xpath("//main//h2"))
    assert headings[:5] == [
        "Chi offre, chi riceve",
        "La soluzione",
        "Obiettivi",
        "Risultati",
        "Discussioni nel gemellaggio",
    ]
    assert page.xpath("//section[@aria-labelledby='soluzione']//strong")[0].text == (
        "Distretti Familiari"
    )
    assert page.xpath("//section[@aria-labelledby='obiettivi']//li")
    assert words(page.xpath("//*[contains(@class, 'g-bridge__end')]/h3")) == [
        "Provincia autonoma di Trento",
        "Regione Puglia",
    ]
    text = text_of(visitor.last)  # type: ignore[arg-type]
    assert "Agenzia per la famiglia" in text
    assert "Referente: Isabella Prova" in text
    assert "Adesione agli atti dal 3 settembre 2012" in text
    assert "Con Dipartimento per le politiche della famiglia (livello nazionale)" in text
    assert "AGIRE di prova" in text
    assert "da settembre 2012" in text
    assert "Politiche di prova" in text
    assert "Feed del gemellaggio" in text


def test_its_general_discussion_stands_on_it(visitor: Visitor, trepu: Twinning) -> None:
    visitor.page(f"/gemellaggi/{trepu.slug}")
    section = visitor.page(f"/gemellaggi/{trepu.slug}").xpath(
        "//section[@aria-labelledby='discussioni']"
    )[0]
    [text] = words([section])
    assert "TrePu: rafforzamento del sistema dei servizi" in text
    assert (
        "Questa è una discussione generale relativa al gemellaggio."
        " Partecipa anche tu e lascia la tua testimonianza." in text
    )
    assert "16 maggio 2015" in text
    assert section.xpath(".//time/@title") == ["16/05/2015"]
    assert "0 partecipanti" in text
    link = section.xpath(".//a[@class='g-go']")[-1]
    assert "Vai alla discussione" in link.text_content()
    assert visitor.get(link.get("href")).status_code == 200


def test_the_page_speaks_to_machines(visitor: Visitor, trepu: Twinning) -> None:
    page = visitor.page(f"/gemellaggi/{trepu.slug}")
    project = page.xpath("//*[@itemtype='https://schema.org/Project']")[0]
    assert trepu.title in project.xpath(".//meta[@itemprop='name']/@content")
    assert "Regione Puglia" in project.xpath(".//meta[@itemprop='name']/@content")
    feeds = page.xpath("//link[@type='application/atom+xml']/@href")
    assert f"/gemellaggi/{trepu.slug}/feed" in feeds


def test_the_section_menu_leads_to_partners_and_discussions(
    visitor: Visitor, trepu: Twinning
) -> None:
    page = visitor.page(f"/gemellaggi/{trepu.slug}")
    menu = page.xpath("//nav[contains(@class, 'g-sub')]//a")
    assert words(menu) == ["Panoramica", "Discussioni 1", "Partecipanti 3"]
    assert [link.get("aria-current") for link in menu] == ["page", None, None]
    for link in menu:
        assert visitor.get(link.get("href")).status_code == 200


def test_partners_by_role_with_contact_date_and_act(visitor: Visitor, trepu: Twinning) -> None:
    page = visitor.page(f"/gemellaggi/{trepu.slug}/partecipanti")
    assert words(page.xpath("//main//h2")) == [
        "Chi offre",
        "Chi riceve",
        "Livello nazionale",
        "Chi può fare che cosa",
    ]
    [receiver] = words(page.xpath("//section[@aria-labelledby='riceve']//li"))
    assert receiver == (
        "Regione Puglia Referente: Isabella Prova Adesione agli atti 3 settembre 2012"
        " Atto: Deliberazione n. 12"
    )


def test_the_table_of_rights_comes_from_the_policies(visitor: Visitor, trepu: Twinning) -> None:
    coordinator = member_with(Role.COORDINATOR)
    trepu.coordinator_id = coordinator.id
    trepu.visibility = TwinningVisibility.PARTNERS
    db.session.merge(trepu)
    db.session.commit()
    visitor.sign_in(coordinator.email)

    page = visitor.page(f"/gemellaggi/{trepu.slug}/partecipanti")
    readers = words(page.xpath("//table//thead//th"))[1:]
    rows = {
        words([row.xpath("th")[0]])[0]: dict(
            zip(readers, [bool(cell.xpath(".//svg")) for cell in row.xpath("td")], strict=True)
        )
        for row in page.xpath("//table//tbody/tr")
    }
    reading = rows["Leggere il gemellaggio e le sue discussioni"]
    assert reading == {
        "Visitatori": False,
        "Iscritti": False,
        "Persone degli enti": True,
        "Referenti degli enti": True,
        "Coordinamento": True,
        "Redazione": False,
        "Amministrazione": True,
    }
    assert rows["Entrare nello spazio riservato e scriverci"] == {
        "Visitatori": False,
        "Iscritti": False,
        "Persone degli enti": True,
        "Referenti degli enti": True,
        "Coordinamento": True,
        "Redazione": False,
        "Amministrazione": False,
    }
    leaving = rows["Ritirare il proprio ente"]
    assert [name for name, allowed in leaving.items() if allowed] == ["Referenti degli enti"]
    assert rows["Modificare i testi"]["Coordinamento"] is True
    assert rows["Registrare agli atti chi partecipa"]["Coordinamento"] is False
    assert rows["Sospendere il gemellaggio"]["Amministrazione"] is True
    assert "Archiviare il gemellaggio" not in rows


def test_a_page_without_texts_or_partners_still_stands(visitor: Visitor) -> None:
    made = TwinningFactory.make(summary="")
    page = visitor.page(f"/gemellaggi/{made.slug}")
    assert "Ente da trovare" in page.text_content()
    assert "Nessuna discussione aperta." in page.text_content()
    assert visitor.get(f"/gemellaggi/{made.slug}/partecipanti").status_code == 200
    assert (
        "Nessuna discussione, per ora" in visitor.get(f"/gemellaggi/{made.slug}/discussioni").text
    )


HIDDEN = (
    {"state": TwinningState.DRAFT},
    {"state": TwinningState.PROPOSED},
    {"state": TwinningState.REJECTED},
    {"state": TwinningState.REMOVED},
    {"visibility": TwinningVisibility.PARTNERS},
)
PATHS = ("", "/partecipanti", "/discussioni", "/feed", "/modifica", "/stato")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("values", HIDDEN)
def test_what_may_not_be_seen_is_not_there(
    visitor: Visitor, values: dict[str, Any], path: str
) -> None:
    made = TwinningFactory.make(**values)
    assert visitor.get(f"/gemellaggi/{made.slug}{path}").status_code == 404
    assert visitor.get(f"/gemellaggi/non-c-e{path}").status_code == 404


@pytest.mark.parametrize("path", ["/modifica", "/stato", "/partecipanti/aggiungi"])
def test_what_may_be_seen_but_not_done(visitor: Visitor, path: str) -> None:
    made = TwinningFactory.make()
    answer = visitor.get(f"/gemellaggi/{made.slug}{path}")
    assert answer.status_code == 302
    assert answer.location.startswith("/accedi")
    visitor.sign_in(member_with(Role.MODERATOR).email)
    assert visitor.get(f"/gemellaggi/{made.slug}{path}").status_code == 403


def test_people_of_partners_open_what_is_reserved(visitor: Visitor) -> None:
    body, guest = region("Regione Puglia"), region("Regione Ospite")
    made = twinning_between(body, region("Altra"), visibility=TwinningVisibility.PARTNERS)
    takes_part(made, guest, ParticipationRole.RECEIVER, ParticipationState.INVITED)
    colleague = member_with(of=body)
    invited = member_with(of=guest, contact=True)

    visitor.sign_in(colleague.email)
    page = visitor.page(f"/gemellaggi/{made.slug}")
    assert "Riservato ai partecipanti" in page.text_content()
    assert not [
        one for one in page.xpath("//link[@type='application/atom+xml']/@href") if made.slug in one
    ]
    assert visitor.get(f"/gemellaggi/{made.slug}/feed").status_code == 404
    visitor.submit(f"/gemellaggi/{made.slug}", action="/esci")
    visitor.sign_in(invited.email)
    assert visitor.get(f"/gemellaggi/{made.slug}").status_code == 404


def test_an_invited_body_is_named_to_those_concerned_alone(visitor: Visitor) -> None:
    coordinator = member_with(Role.COORDINATOR)
    giver, asked = region("Regione Puglia"), region("Ente Invitato")
    made = TwinningFactory.make(coordinator_id=coordinator.id)
    takes_part(made, giver)
    takes_part(made, asked, ParticipationRole.RECEIVER, ParticipationState.INVITED)
    addresses = [f"/gemellaggi/{made.slug}{path}" for path in ("", "/partecipanti", "/feed")]
    addresses += ["/gemellaggi", "/gemellaggi/feed", f"/enti/{giver.slug}"]

    for address in addresses:
        assert "Ente Invitato" not in visitor.get(address).text, address
    visitor.sign_in(member_with(of=giver, contact=True).email)
    for address in addresses:
        assert "Ente Invitato" not in visitor.get(address).text, address

    page = f"/gemellaggi/{made.slug}/partecipanti"
    for reader in (
        coordinator,
        member_with(of=asked, contact=True),
        member_with(Role.ADMINISTRATOR),
    ):
        visitor.submit("/gemellaggi", action="/esci")
        visitor.sign_in(reader.email)
        assert "In attesa di risposta" in visitor.get(page).text


def test_old_addresses_lead_on_for_those_who_may_see(visitor: Visitor) -> None:
    made = TwinningFactory.make()
    claim_slug(about(made), "titolo di prima")
    db.session.commit()

    for path in ("", "/partecipanti", "/discussioni", "/feed"):
        answer = visitor.get(f"/gemellaggi/titolo-di-prima{path}")
        assert answer.status_code == 301
        assert answer.location == f"/gemellaggi/{made.slug}{path}"
    made.state = TwinningState.DRAFT
    db.session.commit()
    assert visitor.get("/gemellaggi/titolo-di-prima").status_code == 404


def test_a_member_can_open_a_discussion_from_here(visitor: Visitor) -> None:
    made = TwinningFactory.make()
    page = visitor.page(f"/gemellaggi/{made.slug}")
    assert not page.xpath("//a[normalize-space()='Apri una discussione']")

    visitor.sign_in(member_with().email)
    [link] = visitor.page(f"/gemellaggi/{made.slug}").xpath(
        "//a[normalize-space()='Apri una discussione']"
    )
    assert visitor.get(link.get("href")).status_code == 200


def test_the_practice_is_named_to_those_who_may_read_it(visitor: Visitor) -> None:
    practice = StoryFactory.make(title="Distretti Famiglia")
    made = TwinningFactory.make(practice_id=practice.id)
    assert "Distretti Famiglia" in visitor.get(f"/gemellaggi/{made.slug}").text
    practice.state = type(practice.state).DRAFT
    db.session.commit()
    assert "Distretti Famiglia" not in visitor.get(f"/gemellaggi/{made.slug}").text


def test_queries_do_not_grow_with_partners_and_discussions(
    visitor: Visitor, count_queries: Any, trepu: Twinning
) -> None:
    address = f"/gemellaggi/{trepu.slug}"
    paths = ("", "/partecipanti", "/discussioni", "/feed")
    for path in paths:
        visitor.get(address + path)

    def cost() -> list[int]:
        spent = []
        for path in paths:
            with count_queries() as statements:
                assert visitor.get(address + path).status_code == 200
            spent.append(len(statements))
        return spent

    before = cost()
    for _ in range(12):
        body = OrganisationFactory.make()
        member_with(of=body, contact=True)
        takes_part(db.session.get_one(Twinning, trepu.id), body, ParticipationRole.RECEIVER)
    assert cost() == before
    assert max(before) <= 10


def test_visitors_get_no_cookie_and_no_token(visitor: Visitor, trepu: Twinning) -> None:
    for path in ("", "/partecipanti", "/discussioni", "/feed"):
        answer = visitor.get(f"/gemellaggi/{trepu.slug}{path}")
        assert "Set-Cookie" not in answer.headers
        assert "csrf_token" not in answer.text


def test_members_cost_few_queries_too(
    visitor: Visitor, count_queries: Any, trepu: Twinning
) -> None:
    visitor.sign_in(member_with(Role.ADMINISTRATOR, of=region("Un ente")).email)
    for path in ("", "/partecipanti", "/discussioni", "/modifica", "/stato"):
        address = f"/gemellaggi/{trepu.slug}{path}"
        visitor.get(address)
        with count_queries() as statements:
            assert visitor.get(address).status_code == 200
        assert len(statements) <= 10, (path, statements)
