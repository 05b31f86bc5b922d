"""Put files into the application: their pages, and what the engines know of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext

from attachments import policies, queries, search, services, signals
from attachments.models import Attachment
from attachments.rules import LARGEST_REQUEST
from attachments.views import blueprint
from attachments.views.reading import files_on, files_on_each
from core.actor import Actor
from core.contracts import Moderatable, Panel, Subject
from core.links import address
from core.registry import registry_of


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(files_on)
    app.add_template_global(files_on_each)
    registry = registry_of(app)
    registry.allow_larger_requests(LARGEST_REQUEST, "attachments.create", "attachments.renew")
    registry.add_facts(*signals.ALL)
    registry.add_source(search.SOURCE)
    registry.add_subject(
        Subject(
            kind=signals.KIND,
            label=lazy_gettext("Allegato"),
            id_column=Attachment.id,
            title_column=Attachment.title,
            slug_column=None,
            url=lambda number, _slug: address("attachments.attachment", attachment_id=number),
            visible_to=policies.visible_to,
            is_reported=True,
            endpoint="attachments.attachment",
        )
    )
    registry.add_panel(
        Panel(place="organisation", order=60, template="attachments/panel.html", context=_on_body)
    )
    registry.add_moderatable(
        Moderatable(
            kind=signals.KIND,
            label=lazy_gettext("Allegati"),
            # No file waits for a moderator: it is seen as far as its thing, which may wait.
            hide=_hide,
            restore=_restore,
            reported=queries.reported,
            html_of=queries.reported_html,
        )
    )


def _on_body(organisation_id: int, _actor: Actor) -> Mapping[str, Any] | None:
    found = files_on("organisation", organisation_id)
    return {"files": found} if found else None


def _hide(number: int, by: Actor, reason: str) -> None:
    services.hide_attachment(attachment_id=number, reason=reason, by=by)


def _restore(number: int, by: Actor) -> None:
    services.restore_attachment(attachment_id=number, by=by)
