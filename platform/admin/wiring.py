"""Connect the back office: its pages, its facts, and the way to it for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from admin import signals
from admin.policies import may_administer
from admin.views import blueprint, house, people
from core.actor import Actor
from core.contracts import Panel
from core.registry import registry_of

# Importing them puts their routes on the blueprint.
PAGES = (house, people)


def init_app(app: Flask) -> None:
    registry_of(app).add_facts(*signals.ALL)
    registry_of(app).add_panel(
        Panel(place="my_space", order=90, template="admin/way_in.html", context=for_administrators)
    )
    app.register_blueprint(blueprint)


def for_administrators(_member_id: int, actor: Actor) -> Mapping[str, Any] | None:
    """The way to the back office, in the own space of who keeps it."""
    return {} if may_administer(actor) else None
