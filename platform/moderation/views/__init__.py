"""The pages of moderation: the moderators' list, and reports."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("moderation", __name__)
