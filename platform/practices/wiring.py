"""Connect the stories: pages, menus, and what the engines know of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from core.actor import Actor
from core.contracts import (
    Consumer,
    FeedLink,
    Moderatable,
    NavigationItem,
    OwnPage,
    Panel,
    QueueLink,
    Round,
    Subject,
    Task,
)
from core.database import db
from core.links import address
from core.listing_commands import EXPORTS, IMPORTS, add_listing_command
from core.registry import registry_of
from members.signals import MemberReinstated, MemberRemoved, MemberSuspended
from organisations.signals import OrganisationAdmitted, OrganisationRemoved
from practices import commands, notifications, policies, search, services, signals
from practices.models import Practice, PracticeState
from practices.queries import stories_of, words
from practices.queries.matches import best_own_matches, matches_of, suggested_counted
from practices.queries.reported import reported, reported_html
from practices.queries.revisions import revisions_counted
from practices.queries.stories import returned_counted, unfinished, waiting_counted
from practices.queries.upkeep import asked_counted
from practices.queries.validations import to_validate_counted
from practices.services import follow_speakers, matching
from practices.views import (
    blueprint,
    catalogue,
    endorsements,
    export,
    leaving,
    matches,
    review,
    sending,
    stories,
    taking_back,
    upkeep,
    validation,
    versions,
    writing,
)
from search.queries.likeness import TextStatistics
from search.queries.results import EXTENSION as SEARCHER

PAGES = (
    catalogue,
    endorsements,
    export,
    leaving,
    matches,
    review,
    sending,
    stories,
    taking_back,
    upkeep,
    validation,
    versions,
    writing,
)
LONGEST_PANEL = 5
SHOWN_IN_SPACE = 3


def init_app(app: Flask) -> None:
    registry = registry_of(app)
    registry.add_facts(*signals.ALL, *signals.MATCH_FACTS, *signals.ENDORSEMENTS)
    registry.add_consumer(ENDORSEMENTS)
    registry.add_consumer(
        Consumer(
            name=matching.CONSUMER,
            wants=matching.wants,
            handle=partial(matching.match_again, TextStatistics(app.extensions[SEARCHER])),
            batch=matching.BATCH,
        )
    )
    registry.add_subject(SUBJECT)
    registry.add_moderatable(STORIES)
    registry.add_source(search.SOURCE)
    registry.add_notice(*notifications.RULES)
    registry.add_navigation(*NAVIGATION)
    registry.add_own_work(unfinished)
    registry.add_round(
        Round(name="practices.ask_after", every=timedelta(hours=1), go=services.ask_after_stories)
    )
    registry.add_round(
        Round(name="practices.forget_typed", every=timedelta(hours=1), go=services.forget_typed)
    )
    registry.add_own_page(
        OwnPage(label=lazy_gettext("Le mie storie"), endpoint="practices.my_stories", order=40)
    )
    registry.add_own_page(
        OwnPage(
            label=lazy_gettext("Corrispondenze"),
            endpoint="practices.my_matches",
            order=41,
            count=suggested_counted,
        )
    )
    registry.add_feed(FeedLink(title=lazy_gettext("Buone pratiche"), endpoint="practices.feed"))
    registry.add_queue_link(*QUEUE_LINKS)
    for task in TASKS:
        registry.add_task(task)
    for panel in PANELS:
        registry.add_panel(panel)
    app.register_blueprint(blueprint)
    app.cli.add_command(commands.matches)
    add_listing_command(app, IMPORTS, commands.import_practices)
    add_listing_command(app, EXPORTS, commands.export_practices)


def _accepts_files(practice_id: int, actor: Actor) -> frozenset[None]:
    """Openly, for whom the text lies with."""
    story = db.session.get(Practice, practice_id)
    may = story is not None and policies.may_attach(actor, story)
    return frozenset({None}) if may else frozenset()


SUBJECT = Subject(
    kind=signals.KIND,
    label=lazy_gettext("Buona pratica"),
    id_column=Practice.id,
    title_column=Practice.title,
    slug_column=Practice.slug,
    url=lambda _number, slug: address("practices.story", slug=slug),
    visible_to=policies.visible_to,
    accepts_files=_accepts_files,
    is_reported=True,
    endpoint="practices.story",
    state_column=Practice.state,
    state_words=lambda state: str(words.STATES[PracticeState(state)]),
)


def _hide(practice_id: int, by: Actor, reason: str) -> None:
    services.hide_story(practice_id=practice_id, reason=reason, by=by)


def _restore(practice_id: int, by: Actor) -> None:
    services.restore_story(practice_id=practice_id, by=by)


STORIES = Moderatable(
    kind=signals.KIND,
    label=lazy_gettext("Buone pratiche"),
    # What is sent waits for the editors, in a list of its own (``QUEUE_LINKS``).
    hide=_hide,
    restore=_restore,
    reported=reported,
    html_of=reported_html,
)

NAVIGATION = (
    NavigationItem(
        label=lazy_gettext("Buone pratiche"),
        endpoint="practices.catalogue",
        section="exchange",
        order=20,
        main=True,
    ),
    NavigationItem(
        label=lazy_gettext("Invia una storia"),
        endpoint="practices.send_story",
        section="exchange",
        order=21,
    ),
)

# What moderators, who are editors too, find from their own list.
QUEUE_LINKS = (
    QueueLink(
        count=waiting_counted,
        label=lazy_gettext("Storie inviate"),
        endpoint="practices.review_list",
    ),
    QueueLink(
        count=revisions_counted,
        label=lazy_gettext("Nuovi testi di storie pubbliche"),
        endpoint="practices.review_list",
    ),
)

TASKS = (
    Task(
        count=waiting_counted,
        label=lazy_gettext("Storie da rivedere"),
        endpoint="practices.review_list",
    ),
    Task(
        count=revisions_counted,
        label=lazy_gettext("Nuovi testi di storie pubbliche da approvare"),
        endpoint="practices.review_list",
    ),
    Task(
        count=to_validate_counted,
        label=lazy_gettext("Storie da validare"),
        endpoint="practices.validation_list",
    ),
    Task(
        count=asked_counted,
        label=lazy_gettext("Storie di cui dire se valgono ancora"),
        endpoint="practices.asked_stories",
    ),
    Task(
        count=returned_counted,
        label=lazy_gettext("Storie da modificare, come chiede la redazione"),
        endpoint="practices.my_stories",
    ),
)


def _of_body(organisation_id: int, actor: Actor) -> Mapping[str, Any] | None:
    found = stories_of(actor, organisation_id=organisation_id, limit=LONGEST_PANEL + 1)
    if not found:
        return None
    more = address("practices.catalogue", ente=found[0].organisation_slug)
    return {"stories": found[:LONGEST_PANEL], "more_url": more if found[LONGEST_PANEL:] else None}


def _of_member(member_id: int, actor: Actor) -> Mapping[str, Any] | None:
    found = stories_of(actor, author_id=member_id, limit=LONGEST_PANEL)
    return {"stories": found, "more_url": None} if found else None


# Members and bodies that come or go change how many find a story useful.
_SPEAKERS = (
    MemberSuspended,
    MemberReinstated,
    MemberRemoved,
    OrganisationAdmitted,
    OrganisationRemoved,
)

ENDORSEMENTS = Consumer(
    name="endorsements",
    wants=lambda fact: isinstance(fact, _SPEAKERS),
    handle=follow_speakers,
)


def _suited_to(practice_id: int, actor: Actor) -> Mapping[str, Any] | None:
    found = matches_of(practice_id, actor)
    if not found:
        return None
    others = [(line, line.other_than(practice_id)) for line in found]
    return {"matches": others, "seeks": not others[0][1].seeks}


def _own_suited(_member_id: int, actor: Actor) -> Mapping[str, Any] | None:
    found = best_own_matches(actor, SHOWN_IN_SPACE)
    return {"matches": found} if found else None


PANELS = (
    Panel(place="my_space", order=15, template="practices/_own_matches.html", context=_own_suited),
    Panel(place="practice", order=5, template="practices/_matches.html", context=_suited_to),
    Panel(place="organisation", order=20, template="practices/_stories.html", context=_of_body),
    Panel(place="member", order=20, template="practices/_stories.html", context=_of_member),
)
