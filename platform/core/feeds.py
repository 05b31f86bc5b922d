"""Atom feeds: what a section has news of, for readers' own programs.

Nothing here depends on the moment of the request, so that a feed whose section did not change is
the same to the last byte and is answered with 304.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from feedgen.feed import FeedGenerator
from flask import Response, request
from flask.typing import ResponseReturnValue

from core.registry import settings

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # when a feed without entries last changed
# What XML 1.0 cannot hold even as an entity, such as U+FFFF.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One thing in a feed; ``key`` names it for ever, such as ``practice:17``.

    ``path`` is its address on this site, ``summary`` plain text.
    """

    key: str
    title: str
    path: str
    summary: str
    author: str = ""
    published: datetime
    updated: datetime
    lang: str = "it"
    categories: tuple[str, ...] = ()


def atom(
    *, title: str, path: str, lang: str, entries: Iterable[FeedEntry], earlier: str | None = None
) -> ResponseReturnValue:
    """Answer the request with an Atom feed of the page at ``path``, newest entry first.

    ``earlier`` is the address of what comes before these entries (a paged feed, RFC 5005).
    """
    entries = list(entries)
    feed = FeedGenerator()
    feed.id(_tag(path))
    feed.title(_clean(title))
    feed.author(name="Gemella")
    feed.language(lang)
    feed.link(href=_absolute(path), rel="alternate", type="text/html")
    feed.link(href=_absolute(request.script_root + request.path), rel="self")
    if earlier is not None:
        feed.link(href=_absolute(earlier), rel="next")
    feed.updated(max((entry.updated for entry in entries), default=_BEGINNING))
    for entry in entries:
        _add(feed, entry)
    answer = Response(feed.atom_str(pretty=True), mimetype="application/atom+xml")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _add(feed: FeedGenerator, entry: FeedEntry) -> None:
    one = feed.add_entry(order="append")
    one.id(_tag(entry.key))
    one.title(_clean(entry.title))
    one.link(href=_absolute(entry.path), rel="alternate", hreflang=entry.lang)
    one.summary(f"<p>{escape(_clean(entry.summary))}</p>", type="html")
    if entry.author:
        one.author(name=_clean(entry.author))
    one.published(entry.published)
    one.updated(entry.updated)
    for category in entry.categories:
        one.category(term=_clean(category))


def _tag(name: str) -> str:
    """A name for ever (RFC 4151), whatever becomes of the address."""
    return f"tag:{urlsplit(settings().base_url).hostname},2026:{name}"


def _absolute(path: str) -> str:
    return settings().base_url.rstrip("/") + path


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
