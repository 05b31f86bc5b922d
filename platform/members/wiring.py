"""Connect the members: their pages, who is asking, what the engines know of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from core.actor import Actor
from core.contracts import NavigationItem, Panel, Round, Subject, Task
from core.links import address
from core.registry import registry_of
from members import commands, notifications, policies, queries, search, signals
from members.models import AffiliationState, Member
from members.services import lifecycle
from members.views import (
    access,
    affiliations,
    blueprint,
    browser,
    invitations,
    profiles,
    registration,
    sections,
    space,
)
from organisations import queries as organisations

# Importing them puts their routes on the blueprint.
PAGES = (access, registration, profiles, space, affiliations, invitations)
_MOST_PEOPLE = 12


def init_app(app: Flask) -> None:
    registry = registry_of(app)
    registry.load_actor = browser.load_actor
    registry.reader_note = browser.reader_note
    registry.add_facts(*signals.ALL)
    registry.add_source(search.SOURCE)
    registry.add_notice(*notifications.RULES)
    registry.add_subject(
        Subject(
            kind="member",
            label=_l("Iscritto"),
            id_column=Member.id,
            title_column=Member.name,
            slug_column=Member.slug,
            url=lambda _number, slug: address("members.profile", slug=slug),
            visible_to=policies.visible_to,
            is_reported=True,
            endpoint="members.profile",
        )
    )
    registry.add_navigation(
        NavigationItem(
            label=_l("Iscritti"),
            endpoint="members.directory",
            section="people",
            order=40,
            main=True,
        ),
        NavigationItem(
            label=_l("Accedi"),
            endpoint="members.sign_in",
            section="access",
            order=10,
            for_visitors=True,
        ),
        NavigationItem(
            label=_l("Registrati"),
            endpoint="members.register",
            section="access",
            order=20,
            for_visitors=True,
        ),
        NavigationItem(
            label=_l("Il mio spazio"), endpoint="members.my_space", section="access", order=30
        ),
    )
    registry.add_round(
        Round(
            name="members.end_suspensions",
            every=timedelta(minutes=1),
            go=lifecycle.end_suspensions,
        )
    )
    registry.add_task(
        Task(
            count=queries.requests_counted,
            label=_l("Richieste di appartenenza da decidere"),
            endpoint="members.requests",
        )
    )
    registry.add_panel(
        Panel(
            place="organisation",
            order=10,
            template="members/people_of_organisation.html",
            context=people_of_organisation,
        )
    )
    browser.init_app(app)
    app.add_template_global(sections, "own_sections")
    app.register_blueprint(blueprint)
    app.cli.add_command(commands.group)


def people_of_organisation(organisation_id: int, actor: Actor) -> Mapping[str, Any] | None:
    """Who belongs to a body, for its page; its contact persons also get the way to the requests."""
    people = queries.affiliations_of_body(
        organisation_id, AffiliationState.ACCEPTED, limit=_MOST_PEOPLE + 1
    )
    may_decide = policies.may_decide_affiliation(actor, organisation_id)
    body = organisations.lines([organisation_id]).get(organisation_id)
    if body is None or not (people or may_decide):
        return None
    return {
        "people": people[:_MOST_PEOPLE],
        "has_more": len(people) > _MOST_PEOPLE,
        "may_decide": may_decide,
        "slug": body.slug,
    }
