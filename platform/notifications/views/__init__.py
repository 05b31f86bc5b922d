"""The pages of notices, by what they are about; ``wiring`` imports them all."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("notifications", __name__)
