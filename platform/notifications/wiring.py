"""Connect the notices: fed from the outbox, shown in the own space and in the head of each page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from core.actor import Actor
from core.contracts import OwnPage, Panel
from core.registry import registry_of
from notifications import queries, services
from notifications.views import blueprint, following, mailbox, mails, notices, reader

# Importing them puts their routes on the blueprint.
PAGES = (following, mailbox, mails, notices)
_LONGEST_PANEL = 5


def init_app(app: Flask) -> None:
    registry = registry_of(app)
    registry.add_consumer(services.CONSUMER)
    registry.add_own_page(
        OwnPage(
            label=lazy_gettext("Avvisi"),
            endpoint="notifications.notices",
            order=20,
            number=reader.unread_notices,
        ),
        OwnPage(label=lazy_gettext("Cose che segui"), endpoint="notifications.followed", order=30),
    )
    registry.add_panel(
        Panel(place="my_space", order=10, template="notifications/_followed.html", context=_own)
    )
    registry.count_unread = reader.unread_notices
    registry.reader_columns[reader.UNREAD_KINDS] = queries.unread_kinds
    app.add_template_global(reader.is_followed)
    app.register_blueprint(blueprint)
    # Mail programs send this one form, which no page of ours was opened for: see its module.
    app.extensions["csrf"].exempt(mails.unsubscribe_now)


def _own(_member_id: int, actor: Actor) -> Mapping[str, Any]:
    return {"lines": queries.followed(actor, size=_LONGEST_PANEL).items}
