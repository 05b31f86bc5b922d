"""Connect the portal's own pages."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from core.contracts import NavigationItem
from core.registry import registry_of
from portal import views
from portal.signals import BackupRestored, InstallationMended


def init_app(app: Flask) -> None:
    app.register_blueprint(views.blueprint)
    registry_of(app).add_facts(BackupRestored, InstallationMended)
    registry_of(app).add_navigation(
        NavigationItem(
            label=lazy_gettext("Feed"), endpoint="portal.feeds", section="about", order=900
        ),
        NavigationItem(
            label=lazy_gettext("Dichiarazione di accessibilità"),
            endpoint="portal.accessibility",
            section="about",
            order=910,
        ),
        NavigationItem(
            label=lazy_gettext("Privacy"), endpoint="portal.privacy", section="about", order=920
        ),
    )
