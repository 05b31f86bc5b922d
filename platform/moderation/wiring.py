"""Connect moderation: its pages, reports, measures, and what waits in a moderator's own space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext
from sqlalchemy import literal

from core.actor import Actor
from core.contracts import Moderatable, OwnPage, Panel, Subject, Task
from core.links import address
from core.registry import registry_of
from moderation import notifications, policies, queries, services, signals
from moderation.models import Measure, Report
from moderation.queries import profiles
from moderation.views import appeals, blueprint, bulk, conduct, queue, reporting

# Importing them puts their routes on the blueprint.
PAGES = (queue, bulk, conduct, appeals, reporting)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    registry = registry_of(app)
    registry.add_facts(*signals.FACTS)
    registry.add_notice(*notifications.RULES)
    registry.add_subject(REPORTS)
    registry.add_subject(MEASURES)
    registry.add_moderatable(PROFILES)
    registry.add_task(
        Task(
            count=queries.waiting_counted,
            label=lazy_gettext("Cose da decidere come moderatore"),
            endpoint="moderation.queue",
        )
    )
    registry.add_own_page(
        OwnPage(label=lazy_gettext("Provvedimenti"), endpoint="moderation.own_measures", order=80)
    )
    registry.add_panel(
        Panel(place="suspended", order=10, template="moderation/_suspended.html", context=_shut_out)
    )


REPORTS = Subject(
    kind=signals.KIND,
    label=lazy_gettext("Segnalazione"),
    id_column=Report.id,
    title_column=literal(""),
    slug_column=None,
    url=lambda number, _slug: url_for("moderation.own_reports", _anchor=f"s{number}"),
    visible_to=policies.own_reports_of,
    is_part=True,
)
MEASURES = Subject(
    kind=signals.MEASURE,
    label=lazy_gettext("Provvedimento"),
    id_column=Measure.id,
    title_column=literal(""),
    slug_column=None,
    url=lambda number, _slug: url_for("moderation.own_measures", _anchor=f"p{number}"),
    visible_to=policies.own_measures_of,
    is_part=True,
)


def _clear_profile(member_id: int, by: Actor) -> None:
    services.check_profile(member_id=member_id, by=by)


def _clean_profile(member_id: int, by: Actor, reason: str) -> None:
    services.clean_profile(member_id=member_id, reason=reason, by=by)


def _restore_profile(member_id: int, by: Actor) -> None:
    services.restore_profile(member_id=member_id, by=by)


PROFILES = Moderatable(
    kind=profiles.KIND,
    label=lazy_gettext("Profili"),
    held=profiles.held,
    count=profiles.held_counted,
    find=profiles.held_item,
    clear=_clear_profile,
    refuse=_clean_profile,
    hide=_clean_profile,
    restore=_restore_profile,
    reported=profiles.reported,
    are_profiles=True,
)


def _shut_out(member_id: int | None, _actor: Actor) -> Mapping[str, Any] | None:
    """Why somebody is shut out, who has just given the right password."""
    found = queries.latest_suspension(member_id) if member_id is not None else None
    if found is None or found.member_id is None:
        return None
    token = services.appeal_token(found.id, found.member_id)
    return {
        "reason": found.reason,
        "ends_at": found.ends_at,
        "has_appealed": queries.appeal_of(found.id) is not None,
        "url": address("moderation.appeal_by_link", token=token),
    }
