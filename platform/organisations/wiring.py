"""Put the register of bodies into the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from core.actor import Actor
from core.contracts import NavigationItem, Subject
from core.database import db
from core.links import address
from core.listing_commands import EXPORTS, IMPORTS, add_listing_command
from core.registry import registry_of
from organisations import commands, search, signals
from organisations.models import Organisation
from organisations.policies import may_attach, visible_to
from organisations.views import blueprint


def init_app(app: Flask) -> None:
    registry = registry_of(app)
    registry.add_facts(*signals.ALL)
    registry.add_source(search.SOURCE)
    registry.add_subject(
        Subject(
            kind=signals.KIND,
            label=lazy_gettext("Ente"),
            id_column=Organisation.id,
            title_column=Organisation.name,
            slug_column=Organisation.slug,
            url=lambda _id, slug: address("organisations.organisation", slug=slug),
            visible_to=visible_to,
            accepts_files=_accepts_files,
            endpoint="organisations.organisation",
        )
    )
    registry.add_navigation(
        NavigationItem(
            label=lazy_gettext("Enti"),
            endpoint="organisations.register",
            section="people",
            order=50,
            main=True,
        )
    )
    app.register_blueprint(blueprint)
    add_listing_command(app, IMPORTS, commands.import_organisations)
    add_listing_command(app, EXPORTS, commands.export_organisations)


def _accepts_files(organisation_id: int, actor: Actor) -> frozenset[None]:
    """On the page of a body, for who keeps its files."""
    body = db.session.get(Organisation, organisation_id)
    return frozenset({None}) if body and may_attach(actor, body) else frozenset()
