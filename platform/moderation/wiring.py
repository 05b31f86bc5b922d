"""Connect moderation: its pages, and the decisions that wait in a moderator's own space."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from core.contracts import Task
from core.registry import registry_of
from moderation import queries, views


def init_app(app: Flask) -> None:
    app.register_blueprint(views.blueprint)
    registry_of(app).add_task(
        Task(
            count=queries.waiting,
            label=lazy_gettext("Messaggi in attesa di moderazione"),
            endpoint="moderation.queue",
        )
    )
