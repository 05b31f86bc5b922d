"""Connect moderation: its pages, reports, and what waits in a moderator's own space."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import lazy_gettext
from sqlalchemy import literal

from core.contracts import Subject, Task
from core.registry import registry_of
from moderation import notifications, policies, queries, signals
from moderation.models import Report
from moderation.views import blueprint, queue, reporting

# Importing them puts their routes on the blueprint.
PAGES = (queue, reporting)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    registry = registry_of(app)
    registry.add_facts(*signals.FACTS)
    registry.add_notice(*notifications.RULES)
    registry.add_subject(
        Subject(
            kind=signals.KIND,
            label=lazy_gettext("Segnalazione"),
            id_column=Report.id,
            title_column=literal(""),
            slug_column=None,
            url=lambda number, _slug: url_for("moderation.own_reports", _anchor=f"s{number}"),
            visible_to=policies.own_reports_of,
            is_part=True,
        )
    )
    registry.add_task(
        Task(
            count=queries.waiting_counted,
            label=lazy_gettext("Messaggi in attesa e segnalazioni"),
            endpoint="moderation.queue",
        )
    )
