"""Which thing of the house an address leads to, as people copy it from their browser."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from core.database import db
from core.i18n import DEFAULT, LANGUAGES
from core.links import LARGEST_ID
from core.references import Reference
from core.registry import registry, settings
from core.slugs import owner_of

# More are left as they stand: nobody needs to see a title for each of a hundred links.
MOST_LINKS = 30
LONGEST_PATH = 300
_HREF = re.compile(r'<a href="([^"]*)"')


def things_in(cleaned: str) -> dict[str, Reference]:
    """What the links of stored HTML lead to, by their addresses as they stand there, unescaped.

    Whether anybody may open these things is not asked: that is for who reads.
    """
    found: dict[str, Reference] = {}
    if "<a href=" not in cleaned:
        return found
    for href in dict.fromkeys(unescape(one) for one in _HREF.findall(cleaned)):
        if len(found) < MOST_LINKS and (thing := thing_at(href)) is not None:
            found[href] = thing
    return found


def thing_at(href: str) -> Reference | None:
    """The thing whose page has this address, or None: another site, another page, no such thing."""
    path = _own_path(href)
    if path is None:
        return None
    try:
        endpoint, arguments = current_app.url_map.bind("house").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    subject = next((one for one in registry().subjects.values() if one.endpoint == endpoint), None)
    if subject is None or len(arguments) != 1:
        return None
    (value,) = arguments.values()
    if isinstance(value, int):
        return Reference(subject.kind, value) if value <= LARGEST_ID else None
    number = owner_of(subject.kind, value)
    if number is None and subject.slug_column is not None:
        number = db.session.scalar(select(subject.id_column).where(subject.slug_column == value))
    return None if number is None else Reference(subject.kind, number)


def _own_path(href: str) -> str | None:
    """The path within this site, without the prefix of a language."""
    if len(href) > LONGEST_PATH or any(ord(sign) <= 32 for sign in href):
        return None
    href = href.removeprefix(settings().base_url)
    if not href.startswith("/") or href.startswith("//"):
        return None
    try:
        path = urlsplit(href).path
    except ValueError:
        return None
    first, _, rest = path[1:].partition("/")
    return f"/{rest}" if first in LANGUAGES and first != DEFAULT else path
