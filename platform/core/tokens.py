"""Signed links: what a mail's address may prove, and for how long.

Nothing is used up by opening such a link; the page behind it has a button.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer


def sign(purpose: str, payload: Any) -> str:
    """Sign JSON data for one purpose; a token of one purpose is worth nothing for another."""
    return _serializer(purpose).dumps(payload)


def read(purpose: str, token: str, *, valid_for: timedelta) -> Any | None:
    """The signed data, or None where the token is forged, for something else, or too old."""
    try:
        return _serializer(purpose).loads(token, max_age=int(valid_for.total_seconds()))
    except BadData:
        return None


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"gemella.{purpose}")
