"""Load the demo: all of it in one transaction, once.

Facts are those of the texts that the product comes from; sentences are ours; people are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import delete, select

from core import clock
from core.actor import SYSTEM, Actor
from core.config import Settings
from core.database import db
from core.events import OutboxRow
from core.flags import DEMO, flag, set_flag
from core.references import Reference
from core.text import Rendered, render_markdown
from core.transactions import transaction
from members.models import AffiliationRole, Member, Visibility
from members.queries import actor_for
from members.rules import Newcomer
from members.services.affiliations import Request, accept_affiliation, request_affiliation
from members.services.registration import add_member
from organisations.rules import OrganisationValues
from organisations.services import create_organisation, verify_organisation
from portal.demo.accounts import ACCOUNTS, NEIGHBOURS, Account, password
from portal.demo.bodies import BODIES, Body
from portal.demo.discussions import TALKS, discuss
from portal.demo.files import attach_figures, attach_papers
from portal.demo.newcomer import arrive
from portal.demo.stories import ENDORSEMENTS, STORIES, Story
from practices.models import Criterion, Practice
from practices.rules import Component, StoryContent
from practices.services import (
    ask_after_stories,
    endorse_story,
    publish_story,
    send_story,
    validate_story,
)
from practices.services.matching import CONSUMER as MATCHING
from search.models import CONSUMER as SEARCH
from taxonomy.models import Programme, Theme
from territory.models import Territory
from twinning import services as twinning
from twinning.models import ParticipationRole, TwinningState
from twinning.rules import TwinningContent

_CONTENT = Path(__file__).parent / "content"
_PLATFORM_ACT = "Elenco dei gemellaggi del progetto AGIRE POR 2007-2013"
_TREPU_ACT = "Progetto AGIRE POR 2007-2013, gemellaggio TrePu"
BGLE = "La Governance della Smart City and Community. BG-LE"
TREPU = "TrePu: rafforzamento sistema servizi ed iniziative per le famiglie"
TREPU_THREAD = (
    "TrePu: rafforzamento del sistema dei servizi e delle iniziative destinate alle famiglie"
)


@dataclass
class Made:
    """What is there already, by key."""

    organisations: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    stories: dict[str, int] = field(default_factory=dict)

    @property
    def administrator(self) -> Actor:
        return self.actors["admin"]


def load_demo(settings: Settings, *, if_empty: bool = False) -> Iterator[str]:
    """Load what is not loaded yet; a second run changes nothing. Yields what was done, in lines."""
    if flag(DEMO) is not None:
        yield "demo: loaded before, nothing to do"
        return
    if if_empty and db.session.scalar(select(Member.id).limit(1)) is not None:
        yield "demo: the database is not empty, nothing to do"
        return
    made = Made()
    with transaction():
        _people(made, settings)
        _bodies(made)
        _affiliations(made)
        _stories(made)
        _twinnings(made)
        discuss(made.actors, made.organisations, made.stories, by=made.administrator)
        arrive(made.actors["registrato"], thread_title=BGLE)
        # Its history is over: nobody is to be told of it as if it happened now.
        db.session.execute(delete(OutboxRow).where(OutboxRow.consumer.not_in([SEARCH, MATCHING])))
        set_flag(DEMO, "loaded")
    yield f"demo: {len(made.organisations)} organisations, {len(made.actors)} members"
    yield f"demo: {len(made.stories)} stories, 4 twinnings, {len(TALKS)} lively discussions"


def text(name: str) -> Rendered:
    """A text of the demo, rendered."""
    return render_markdown((_CONTENT / f"{name}.md").read_text(encoding="utf-8"))


def _people(made: Made, settings: Settings) -> None:
    word = password(settings)
    for account in (*ACCOUNTS, *NEIGHBOURS):
        newcomer = Newcomer(
            first_name=account.first_name,
            last_name=account.last_name,
            email=account.email,
            password=word,
        )
        roles = (account.role,) if account.role else ()
        member = add_member(newcomer, roles=roles, by=SYSTEM)
        _look_back(member, account)
        made.actors[account.mailbox] = actor_for(member.id)


def _look_back(member: Member, account: Account) -> None:
    """Nobody in the demo has just come: these are people who have been here for a while."""
    member.joined_at -= timedelta(days=account.days)
    member.confirmed_at = member.joined_at
    if account.seen is not None:
        member.last_sign_in_at = member.joined_at + timedelta(days=account.days - account.seen)
        member.sign_in_visibility = Visibility.EVERYBODY


def _bodies(made: Made) -> None:
    for body in BODIES:
        organisation = create_organisation(
            values=OrganisationValues(
                name=body.name,
                nature=body.nature,
                level=body.level,
                acronym=body.acronym,
                ipa_code=body.ipa_code or None,
                territory_id=_territory(body),
                website=body.website,
            ),
            by=made.administrator,
        )
        if body.ipa_code:
            verify_organisation(organisation_id=organisation.id, by=made.administrator)
        made.organisations[body.key] = organisation.id


def _territory(body: Body) -> int | None:
    if body.place is None:
        return None
    kind, name = body.place
    found = db.session.scalars(
        select(Territory.id).where(
            Territory.kind == kind, Territory.name_it.in_([name, f"Provincia autonoma di {name}"])
        )
    ).all()
    if len(found) != 1:
        raise LookupError(f"{len(found)} territories are called {name}")
    return found[0]


def _affiliations(made: Made) -> None:
    for account in (*NEIGHBOURS, *ACCOUNTS):
        if account.organisation is not None:
            _affiliate(made, account, made.organisations[account.organisation])


def _affiliate(made: Made, account: Account, organisation_id: int) -> None:
    request = request_affiliation(
        Request(organisation_id=organisation_id, position=account.position),
        by=made.actors[account.mailbox],
    )
    role = AffiliationRole.CONTACT if account.is_contact else AffiliationRole.MEMBER
    accept_affiliation(affiliation_id=request.id, role=role, by=made.administrator)
    member_id = made.actors[account.mailbox].member_id
    assert member_id is not None
    made.actors[account.mailbox] = actor_for(member_id)


def _stories(made: Made) -> None:
    for story in STORIES:
        sent = send_story(
            kind=story.kind, content=_content(made, story), key="", by=made.actors[story.author]
        )
        made.stories[story.key] = sent.id
        if story.waits:
            continue
        published = publish_story(
            practice_id=sent.id, version=sent.version, by=made.actors["redattore"]
        )
        _let_age(published, story.days)
    # Of those that are old enough somebody is asked whether they still hold.
    ask_after_stories()
    validate_story(
        practice_id=made.stories["distretti"],
        version=None,
        findings={
            Criterion.RESULTS: (
                "Distretti e organizzazioni aderenti sono contati a una data, con la quota di enti "
                "pubblici e privati."
            ),
            Criterion.TRANSFERABILITY: (
                "La Puglia l’ha già portata nei propri territori: servono un accordo di area e una "
                "persona di riferimento."
            ),
        },
        by=made.actors["valutatore"],
    )
    for key, mailbox in ENDORSEMENTS:
        by = made.actors[mailbox]
        endorse_story(
            practice_id=made.stories[key], organisation_id=min(by.organisation_ids), by=by
        )


def _let_age(story: Practice, days: int) -> None:
    """A story that has stood in the catalogue for a while."""
    moment = clock.now() - timedelta(days=days)
    if days:
        story.created_at = story.submitted_at = story.published_at = story.updated_at = moment


def _content(made: Made, story: Story) -> StoryContent:
    return StoryContent(
        title=story.title,
        summary=story.summary,
        theme_ids=_themes(*story.themes),
        organisation_id=made.organisations[story.organisation],
        territory_id=db.session.scalar(
            select(Territory.id).where(
                Territory.kind == "region",
                Territory.name_it.in_([story.region, f"Provincia autonoma di {story.region}"]),
            )
        ),
        contact=story.contact,
        sections={name: text(file) for name, file in story.sections.items()},
        components=tuple(
            Component(f"{story.key}-{number}", title, what)
            for number, (title, what) in enumerate(story.components.items(), start=1)
        ),
    )


def _twinnings(made: Made) -> None:
    past = partial(twinning.enter_past_twinning, act=_PLATFORM_ACT, by=made.administrator)
    agire = db.session.scalar(select(Programme.id).where(Programme.code == "agire-por-2007-2013"))
    past(
        content=TwinningContent(
            title="Le Ferrovie dimenticate e le vie del Gusto",
            summary="Linee dismesse che tornano percorsi, con i prodotti dei luoghi che toccano.",
            solution=text("ferrovie-soluzione"),
            programme_id=agire,
            theme_ids=_themes("heritage-railways", "food-wine"),
        )
    )
    past(
        content=TwinningContent(
            title=BGLE,
            acronym="BG-LE",
            summary="Come si governa una città intelligente: chi decide, con chi e come.",
            solution=text("bgle-soluzione"),
            programme_id=agire,
            theme_ids=_themes("smart-city"),
        )
    )
    past(
        content=TwinningContent(
            title="Numero Unico Pronto Intervento - NU112",
            acronym="NU112",
            summary="Un solo numero per tutte le emergenze e una centrale che risponde per prima.",
            solution=text("nu112-soluzione"),
            programme_id=agire,
            theme_ids=_themes("single-emergency-number"),
        )
    )
    trepu_id = _trepu(made, agire)
    told, carried = (
        Reference("practice", made.stories["distretti"]),
        Reference("twinning", trepu_id),
    )
    attach_figures(told, carried, by=made.administrator)
    attach_papers(told, carried, by=made.administrator)


def _trepu(made: Made, programme_id: int | None) -> int:
    by = made.actors["coordinatore"]
    trepu = twinning.create_twinning(
        content=TwinningContent(
            title=TREPU,
            acronym="TrePu",
            summary=(
                "La Puglia porta nei propri territori i Distretti famiglia del Trentino: reti di "
                "enti pubblici e privati che si impegnano per il benessere delle famiglie."
            ),
            solution=text("trepu-soluzione"),
            objectives=text("trepu-obiettivi"),
            results=text("trepu-risultati"),
            programme_id=programme_id,
            practice_id=made.stories["distretti"],
            theme_ids=_themes("family-districts", "work-life-balance", "family-labels"),
            starts_on=date(2012, 9, 1),
            funding="FESR, Programma operativo nazionale Governance e Assistenza Tecnica 2007-2013",
            coordinator_id=by.member_id,
        ),
        by=by,
        thread_title=TREPU_THREAD,
        thread_opened_at=datetime(2015, 5, 16, 8, tzinfo=UTC),
    )
    for key, role, unit in (
        ("provincia-autonoma-di-trento", ParticipationRole.GIVER, "Agenzia per la Famiglia"),
        ("regione-puglia", ParticipationRole.RECEIVER, "Assessorato al Welfare"),
        ("dipartimento-politiche-famiglia", ParticipationRole.NATIONAL, ""),
        ("dipartimento-sviluppo-coesione", ParticipationRole.NATIONAL, ""),
    ):
        twinning.record_partner(
            twinning_id=trepu.id,
            organisation_id=made.organisations[key],
            role=role,
            unit=unit,
            act=_TREPU_ACT,
            by=made.administrator,
        )
    for state in (TwinningState.PROPOSED, TwinningState.ACTIVE, TwinningState.CONCLUDED):
        twinning.change_state(
            twinning_id=trepu.id,
            new=state,
            version=None,
            reason=_TREPU_ACT,
            by=made.administrator,
        )
    return trepu.id


def _themes(*codes: str) -> frozenset[int]:
    found = frozenset(db.session.scalars(select(Theme.id).where(Theme.code.in_(codes))))
    if len(found) != len(codes):
        raise LookupError(f"unknown theme among {codes}")
    return found
