"""Addresses that came from outside, and the pieces of our own."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, request, url_for
from werkzeug.routing import BaseConverter, IntegerConverter, Map

LARGEST_ID = 2**31 - 1
MOST_KEPT = 20_000
LONGEST_KEPT = 500
_EXTENSION = "gemella.addresses"
_ID = re.compile("[1-9][0-9]{0,9}")


def id_in(text: str | None) -> int | None:
    """The id that somebody wrote into an address or a form; None for what no id can be."""
    if text is None or not _ID.fullmatch(text):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


class NumberConverter(IntegerConverter):
    """An id in an address: a number that no id can have is an unknown page, not a fault.

    Each id is written in one way, so that a page has one address: no zeros before it, no digits of
    other scripts.
    """

    regex = _ID.pattern

    def __init__(self, map: Map, **limits: Any) -> None:  # noqa: A002 - werkzeug names it so
        super().__init__(map, **{"max": LARGEST_ID, **limits})


class SlugConverter(BaseConverter):
    """A slug in an address: small letters, digits, single hyphens."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*"
    part_isolating = True


class TokenConverter(BaseConverter):
    """A signed token in an address, as ``core.tokens`` makes it."""

    regex = "[A-Za-z0-9_.-]{1,400}"
    part_isolating = True


def address(endpoint: str, **values: Any) -> str:
    """The address of a page: ``url_for``, for rows and templates.

    A page holds a hundred of them, mostly the same ones as the page before, and building one walks
    the whole map of addresses: those that depend on nothing but their values are kept.
    """
    if not has_request_context() or endpoint.startswith(".") or "_external" in values:
        return url_for(endpoint, **values)
    key = (request.script_root, endpoint, *values.items())
    kept = _kept_addresses()
    try:
        found = kept.get(key)
    except TypeError:  # a list of values
        return url_for(endpoint, **values)
    if found is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = url_for(endpoint, **values)
        # Values may be what somebody typed into a filter: only addresses of pages are kept.
        if len(found) <= LONGEST_KEPT:
            kept[key] = found
    return found


def _kept_addresses() -> dict[tuple[Any, ...], str]:
    kept: dict[tuple[Any, ...], str] = current_app.extensions.setdefault(_EXTENSION, {})
    return kept


def local_path(address: str | None, *, fallback: str) -> str:
    """The address if it surely leads to this site, else the fallback: no open redirect."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return fallback
    # Browsers read a backslash as a slash and drop tabs and line breaks inside addresses.
    if "\\" in address or any(
        ord(character) < 33 or ord(character) == 127 for character in address
    ):
        return fallback
    try:
        parts = urlsplit(address)
    except ValueError:
        return fallback
    return fallback if parts.scheme or parts.netloc else address
