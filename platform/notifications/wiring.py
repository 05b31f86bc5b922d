"""Connect the mail engine: it is fed from the outbox and has one page, in the demo."""

from __future__ import annotations

from flask import Flask

from core.registry import registry_of
from notifications import services, views


def init_app(app: Flask) -> None:
    registry_of(app).add_consumer(services.CONSUMER)
    app.register_blueprint(views.blueprint)
