"""The pages of the forum."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("forum", __name__)
