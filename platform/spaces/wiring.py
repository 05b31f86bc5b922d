"""Put private spaces into the application."""

from __future__ import annotations

from flask import Flask

from core.registry import registry_of
from spaces.queries import open_spaces
from spaces.signals import SpaceGranted, SpaceGrantEnded, SpaceOpened


def init_app(app: Flask) -> None:
    registry = registry_of(app)
    registry.add_facts(SpaceOpened, SpaceGranted, SpaceGrantEnded)
    registry.open_spaces = open_spaces
