"""The list: filters, counts, order, pages, and that it keeps what is nobody's business."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from lxml.html import HtmlElement

from core.actor import VISITOR, Actor, Role
from core.database import db
from territory import queries as territory
from tests.factories import LONG_AGO
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.taxonomy import ProgrammeFactory, ThemeFactory
from tests.factories.twinning import TwinningFactory, region, takes_part, twinning_between
from tests.visitor import Visitor, text_of
from twinning.models import ParticipationRole, ParticipationState, TwinningState, TwinningVisibility
from twinning.queries import Filters, catalogue


def titles(page: HtmlElement) -> list[str]:
    return [one.text_content().strip() for one in page.xpath("//main//h3[@class='h-row']")]


def numbers(page: HtmlElement, name: str) -> dict[str, int]:
    """The counts of a facet, by value."""
    return {
        box.get("value"): int(box.getparent().xpath("span[@class='g-n']")[0].text)
        for box in page.xpath(f"//input[@type='checkbox'][@name='{name}']")
    }


def status(page: HtmlElement) -> str:
    return " ".join(page.xpath("//*[@role='status']")[0].text_content().split())


@pytest.fixture
def places(app: Any) -> dict[str, int]:
    return {one.code: one.id for one in territory.regions()}


def test_rows_tell_who_gives_and_who_receives(visitor: Visitor) -> None:
    made = TwinningFactory.make(title="TrePu: servizi per le famiglie")
    takes_part(made, region("Provincia autonoma di Trento"), ParticipationRole.GIVER)
    takes_part(made, region("Comune di Rovereto"), ParticipationRole.GIVER)
    takes_part(made, region("Regione Puglia"), ParticipationRole.RECEIVER)

    page = visitor.page("/gemellaggi")

    assert titles(page) == ["TrePu: servizi per le famiglie"]
    row = " ".join(page.xpath("//*[@class='g-rel']")[0].text_content().split())
    assert row == (
        "Provincia autonoma di Trento, Comune di Rovereto trasferiscono a Regione Puglia"
    )
    assert status(page) == "1 gemellaggio"


def test_an_empty_list_says_what_to_do_next(visitor: Visitor) -> None:
    page = visitor.page("/gemellaggi")
    assert "Il primo gemellaggio è ancora da scrivere" in page.text_content()
    assert page.xpath("//*[contains(@class, 'g-empty')]//a")


def test_filters_by_state_theme_region_role_and_programme(
    visitor: Visitor, places: dict[str, int]
) -> None:
    family = ThemeFactory.make(code="famiglia-prova", name_it="Famiglia")
    care = ThemeFactory.make(code="cura-prova", name_it="Cura", parent_id=family.id)
    programme = ProgrammeFactory.make(code="agire-prova", name_it="AGIRE di prova")
    trento = region("Provincia autonoma di Trento", territory_id=places["trento"])
    puglia = region("Regione Puglia", territory_id=places["puglia"])
    first = twinning_between(trento, puglia, title="Primo", programme_id=programme.id)
    second = twinning_between(puglia, trento, title="Secondo", state=TwinningState.CONCLUDED)
    first.themes.append(care)
    second.themes.append(family)
    db.session.commit()

    def found(query: str) -> list[str]:
        return sorted(titles(visitor.page(f"/gemellaggi?{query}")))

    assert found("stato=concluso") == ["Secondo"]
    assert found("stato=concluso&stato=attivo") == ["Primo", "Secondo"]
    assert found("tema=cura-prova") == ["Primo"]
    assert found("tema=famiglia-prova") == ["Primo", "Secondo"], "themes cover what is below them"
    assert found("regione=puglia") == ["Primo", "Secondo"]
    assert found("regione=puglia&ruolo=riceve") == ["Primo"]
    assert found("regione=16&ruolo=offre") == ["Secondo"], "a map knows regions by ISTAT code"
    assert found("programma=agire-prova") == ["Primo"]
    assert found("programma=nessuno") == ["Secondo"]
    assert found("stato=concluso&programma=agire-prova") == []


def test_counts_leave_their_own_filter_aside(visitor: Visitor, places: dict[str, int]) -> None:
    family = ThemeFactory.make(code="famiglia-prova")
    care = ThemeFactory.make(code="cura-prova", parent_id=family.id)
    trento = region("Provincia autonoma di Trento", territory_id=places["trento"])
    puglia = region("Regione Puglia", territory_id=places["puglia"])
    for state in (TwinningState.ACTIVE, TwinningState.ACTIVE, TwinningState.CONCLUDED):
        made = twinning_between(trento, puglia, state=state)
        made.themes.extend([care, family] if state is TwinningState.ACTIVE else [])
    db.session.commit()

    page = visitor.page("/gemellaggi?stato=concluso")

    assert status(page) == "1 gemellaggio su 3"
    assert numbers(page, "stato") == {"attivo": 2, "concluso": 1}
    assert numbers(page, "tema") == {}
    assert numbers(page, "regione") == {"puglia": 1, "trento": 1}
    assert numbers(page, "ruolo") == {"offre": 1, "riceve": 1}
    assert numbers(page, "programma") == {"nessuno": 1}
    page = visitor.page("/gemellaggi?regione=puglia&ruolo=offre")
    assert status(page) == "0 gemellaggi su 3"
    assert numbers(page, "ruolo") == {"offre": 0, "riceve": 3}
    assert numbers(page, "regione") == {"puglia": 0, "trento": 3}
    assert numbers(visitor.page("/gemellaggi"), "tema") == {"famiglia-prova": 2, "cura-prova": 2}


def test_active_filters_can_be_taken_away_one_by_one(visitor: Visitor) -> None:
    TwinningFactory.make(title="Attivo")
    TwinningFactory.make(title="Concluso", state=TwinningState.CONCLUDED)

    page = visitor.page("/gemellaggi?stato=attivo&programma=nessuno&ordina=titolo")

    chips = page.xpath("//ul[@class='g-on']//a[@class='g-chip']")
    assert [chip.text.strip() for chip in chips] == ["Attivo", "Senza programma"]
    page = visitor.page(chips[0].get("href"))
    assert titles(page) == ["Attivo", "Concluso"]
    assert [box.get("value") for box in page.xpath("//option[@selected]")] == ["titolo"]


def test_the_list_is_sorted_by_activity_or_by_title(visitor: Visitor) -> None:
    for age, title in enumerate(["Beta", "alfa", "Gamma"]):
        TwinningFactory.make(title=title, updated_at=LONG_AGO - timedelta(days=age))

    assert titles(visitor.page("/gemellaggi")) == ["Beta", "alfa", "Gamma"]
    assert titles(visitor.page("/gemellaggi?ordina=titolo")) == ["alfa", "Beta", "Gamma"]


@pytest.mark.parametrize("order", ["attivita", "titolo"])
def test_pages_lead_through_the_whole_list_and_back(visitor: Visitor, order: str) -> None:
    for number in range(catalogue.PAGE_SIZE * 2 + 1):
        TwinningFactory.make(title=f"Numero {number:03}")
    address = f"/gemellaggi?stato=attivo&ordina={order}"

    seen: list[list[str]] = []
    while True:
        page = visitor.page(address)
        seen.append(titles(page))
        older = page.xpath("//a[@rel='next']")
        if not older:
            break
        address = older[0].get("href")
    flat = [title for part in seen for title in part]
    assert len(flat) == len(set(flat)) == catalogue.PAGE_SIZE * 2 + 1
    page = visitor.page(page.xpath("//a[@rel='prev']")[0].get("href"))
    assert titles(page) == seen[1]


@pytest.mark.parametrize(
    "query",
    ["stato=%00", "stato=nessuno", "tema=xyz", "regione=99", "ruolo=%F0%9F%A6%8A", "programma="],
)
def test_values_that_nobody_gave_out_ask_for_nothing(visitor: Visitor, query: str) -> None:
    TwinningFactory.make(title="C’è")
    assert titles(visitor.page(f"/gemellaggi?{query}")) == ["C’è"]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMl0", "%00", "a" * 4000])
def test_a_place_that_nobody_gave_out_is_a_bad_request(visitor: Visitor, cursor: str) -> None:
    assert visitor.get(f"/gemellaggi?dopo={cursor}").status_code == 400
    assert visitor.get(f"/gemellaggi?ordina=titolo&prima={cursor}").status_code == 400


SECRET = (
    {"state": TwinningState.DRAFT},
    {"state": TwinningState.PROPOSED},
    {"state": TwinningState.CHANGES_REQUESTED},
    {"state": TwinningState.REJECTED},
    {"state": TwinningState.REMOVED},
    {"visibility": TwinningVisibility.PARTNERS},
)


@pytest.mark.parametrize("values", SECRET)
def test_what_a_reader_may_not_open_is_in_no_row_and_no_number(
    visitor: Visitor, places: dict[str, int], values: dict[str, Any]
) -> None:
    theme = ThemeFactory.make(code="segreto-prova")
    body = region("Regione Puglia", territory_id=places["puglia"])
    made = twinning_between(body, region("Altra"), title="Riservato", **values)
    made.themes.append(theme)
    db.session.commit()

    page = visitor.page("/gemellaggi")
    assert status(page) == "0 gemellaggi"
    assert page.xpath("//input[@type='checkbox']") == []
    assert "Riservato" not in page.text_content()


def test_counts_are_right_for_each_reader(visitor: Visitor) -> None:
    body = region("Regione Puglia")
    twinning_between(body, region("Altra"), visibility=TwinningVisibility.PARTNERS)
    TwinningFactory.make()
    TwinningFactory.make(state=TwinningState.PROPOSED)
    TwinningFactory.make(state=TwinningState.DRAFT)
    assert status(visitor.page("/gemellaggi")) == "1 gemellaggio"

    visitor.sign_in(member_with(of=body).email)
    assert status(visitor.page("/gemellaggi")) == "2 gemellaggi"
    for role, seen in ((Role.EDITOR, 2), (Role.ADMINISTRATOR, 4)):
        assert catalogue.counts(Actor(1, frozenset({role}))).total == seen


@pytest.mark.parametrize(
    "state",
    [ParticipationState.INVITED, ParticipationState.REFUSED, ParticipationState.WITHDRAWN],
)
def test_a_body_that_did_not_accept_is_in_no_row_count_or_filter(
    visitor: Visitor, places: dict[str, int], state: ParticipationState
) -> None:
    made = TwinningFactory.make()
    takes_part(made, region("Regione Puglia", territory_id=places["puglia"]))
    takes_part(
        made,
        region("Ente Invitato", territory_id=places["sicilia"]),
        ParticipationRole.RECEIVER,
        state,
    )

    page = visitor.page("/gemellaggi")
    assert "Ente Invitato" not in page.text_content()
    assert numbers(page, "regione") == {"puglia": 1}
    assert numbers(page, "ruolo") == {"offre": 1}
    assert titles(visitor.page("/gemellaggi?regione=sicilia")) == []
    assert titles(visitor.page("/gemellaggi?ruolo=riceve")) == []


def test_queries_do_not_grow_with_the_rows(visitor: Visitor, count_queries: Any) -> None:
    def fill(number: int) -> None:
        for _ in range(number):
            twinning_between(OrganisationFactory.make(), OrganisationFactory.make())

    fill(1)
    visitor.get("/gemellaggi")
    with count_queries() as few:
        visitor.get("/gemellaggi")
    fill(catalogue.PAGE_SIZE)
    with count_queries() as many:
        visitor.get("/gemellaggi")
    assert len(many) == len(few) <= 10


def test_the_query_agrees_with_counting_by_hand(app: Any, places: dict[str, int]) -> None:
    codes = ["puglia", "trento", "sicilia"]
    bodies = [region(code, territory_id=places[code]) for code in codes]
    for giver in bodies:
        for receiver in bodies:
            if giver is not receiver:
                twinning_between(giver, receiver)

    def by_hand(filters: Filters) -> int:
        return len(list(every_page(filters)))

    for code in codes:
        for role in (None, ParticipationRole.GIVER, ParticipationRole.RECEIVER):
            filters = Filters(
                region_ids=frozenset({places[code]}),
                roles=frozenset({role} if role else ()),
            )
            counts = catalogue.counts(VISITOR, filters)
            assert counts.found == by_hand(filters)
            for number, count in counts.regions.items():
                one = Filters(region_ids=frozenset({number}), roles=filters.roles)
                assert count == by_hand(one)
            for part, count in counts.roles.items():
                one = Filters(region_ids=filters.region_ids, roles=frozenset({part}))
                assert count == by_hand(one)


def every_page(filters: Filters) -> Iterable[Any]:
    after = None
    while True:
        page = catalogue.twinnings(filters, VISITOR, after=after)
        yield from page.items
        if page.after is None:
            return
        after = page.after


def test_no_cookie_and_no_token_for_visitors(visitor: Visitor) -> None:
    answer = visitor.get("/gemellaggi")
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.text
    assert "Vai al contenuto" in text_of(answer)
