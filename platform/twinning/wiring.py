"""Put twinnings into the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext

from core.actor import Actor
from core.contracts import FeedLink, NavigationItem, Panel, Subject, Task
from core.database import db
from core.registry import registry_of
from practices.queries import match_to_twin
from twinning import notifications, policies, queries, search, signals
from twinning.models import Twinning, TwinningState
from twinning.queries import mine
from twinning.queries.lines import role_label, state_label
from twinning.signals import KIND
from twinning.views import blueprint

_SHOWN_TO_MEMBER = 5


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    registry = registry_of(app)
    registry.add_facts(*signals.ALL)
    registry.add_subject(
        Subject(
            kind=KIND,
            label=lazy_gettext("Gemellaggio"),
            id_column=Twinning.id,
            title_column=Twinning.title,
            slug_column=Twinning.slug,
            url=lambda _id, slug: url_for("twinning.twinning", slug=slug),
            visible_to=policies.visible_to,
            is_steward=_keeps_order,
            accepts_files=_accepts_files,
            answerers=mine.contacts_of,
            answered_by=mine.answered_by,
            is_followed=True,
            is_reported=True,
            endpoint="twinning.twinning",
            state_column=Twinning.state,
            state_words=lambda state: state_label(TwinningState(state)),
        )
    )
    registry.add_source(search.SOURCE)
    registry.add_notice(*notifications.RULES)
    registry.add_navigation(
        NavigationItem(
            label=lazy_gettext("Gemellaggi"),
            endpoint="twinning.twinnings",
            section="exchange",
            order=10,
            main=True,
        )
    )
    registry.add_task(
        Task(
            count=mine.invitations_counted,
            label=lazy_gettext("Inviti a gemellaggi a cui rispondere"),
            endpoint="twinning.mine",
        )
    )
    registry.add_task(
        Task(
            count=mine.without_coordinator_counted,
            label=lazy_gettext("Gemellaggi proposti che cercano chi li coordini"),
            endpoint="twinning.mine",
        )
    )
    registry.add_task(
        Task(
            count=mine.sent_back_counted,
            label=lazy_gettext("Tue proposte di gemellaggio da modificare"),
            endpoint="twinning.mine",
        )
    )
    registry.add_feed(FeedLink(title=lazy_gettext("Gemellaggi"), endpoint="twinning.feed"))
    registry.add_panel(
        Panel(
            place="organisation",
            order=10,
            template="twinning/_of_organisation.html",
            context=_of_organisation,
        )
    )
    registry.add_panel(
        Panel(
            place="my_space",
            order=20,
            template="twinning/_of_member.html",
            context=_of_member,
        )
    )
    registry.add_panel(
        Panel(
            place="practice",
            order=10,
            template="twinning/_of_practice.html",
            context=_of_practice,
        )
    )
    registry.add_panel(
        Panel(
            place="match",
            order=10,
            template="twinning/_from_match.html",
            context=_from_match,
        )
    )


def _from_match(match_id: int, actor: Actor) -> Mapping[str, Any] | None:
    """The way from a match to a proposal, for who may begin one."""
    proposal = match_to_twin(match_id, actor)
    if proposal is None:
        return None
    may_create = policies.may_create(actor)
    return {"url": url_for("twinning.create", corrispondenza=match_id) if may_create else None}


def _of_member(member_id: int, actor: Actor) -> Mapping[str, Any] | None:
    lines = mine.unfinished(actor)
    return {"twinnings": lines[:_SHOWN_TO_MEMBER], "count": len(lines)} if lines else None


def _keeps_order(twinning_id: int, actor: Actor) -> bool:
    """The coordinator of a twinning keeps order in its discussions."""
    found = db.session.get(Twinning, twinning_id)
    return found is not None and policies.coordinates(actor, found)


def _accepts_files(twinning_id: int, actor: Actor) -> frozenset[int | None]:
    """Openly for who edits it, in its private space for who may enter there."""
    found = db.session.get(Twinning, twinning_id)
    if found is None or not policies.is_visible(actor, found):
        return frozenset()
    places: set[int | None] = set()
    if policies.may_edit(actor, found):
        places.add(None)
    if policies.may_enter_space(actor, found):
        places.add(found.space_id)
    return frozenset(places)


def _of_organisation(organisation_id: int, actor: Actor) -> Mapping[str, Any] | None:
    by_role = queries.twinnings_of_organisation(organisation_id, actor)
    if not by_role:
        return None
    return {"by_role": [(role_label(role), lines) for role, lines in by_role.items()]}


def _of_practice(practice_id: int, actor: Actor) -> Mapping[str, Any] | None:
    lines = queries.twinnings_of_practice(practice_id, actor)
    return {"twinnings": lines} if lines else None
