"""Pages that members of the same rights read alike: rendered once, cut around what is one's own.

Two members of one body with no special role, neither of whom wrote on a page, get the same page but
for a few pieces: who has signed in, the token against forged requests, the key of a form. A page
is rendered for one of them, cut where these pieces stand, and joined with those of the next. It is
kept under the rights that it was rendered for and under the number of the newest event, so that it
is never older than the last thing that happened (as pages of visitors are, ADR 7).

A view says when its page is such a page. What it must not be: anything that depends on who the
member is, beyond the rights and the pieces named here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from core import clock
from core.actor import Actor
from core.i18n import language
from core.registry import registry, settings

MOST_BYTES = 16 * 1024 * 1024
MOST_TOKENS = 10_000
# Where a request puts how its page came from memory, if somebody wants to know.
RECIPE = "gemella.recipe"

Version = tuple[int, str]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CutPage:
    """A page in pieces: text, the name of an own piece, text, … and text in the end."""

    version: Version
    texts: tuple[str, ...]
    names: tuple[str, ...]

    def joined(self, own: Mapping[str, str]) -> str:
        pieces = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            pieces.append(own[name])
            pieces.append(text)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a page was put together from memory for one reader."""

    key: Key
    newest: int
    own: Mapping[str, str]
    fresh: Callable[[], Mapping[str, str]]

    def page(self, pages: KeptPages) -> str | None:
        """The same once more, with what is fresh each time; None where it is not kept any more."""
        kept = pages.get(self.key, (self.newest, clock.today().isoformat()))
        return None if kept is None else kept.joined({**self.own, **self.fresh()})


class KeptPages:
    """The pages of one process, up to a number of bytes; what was not asked for longest goes."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Key, CutPage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key, version: Version) -> CutPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.version != version:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Key, page: CutPage) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += _size(page) - (_size(before) if before else 0)
            self._pages[key] = page
            while self._bytes > MOST_BYTES:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= _size(oldest)


def shared_page(
    key: Key,
    newest: int,
    actor: Actor,
    render: Callable[[Mapping[str, str]], str],
    fresh: Callable[[], Mapping[str, str]] = dict,
) -> str:
    """The page that ``render`` makes, from memory where readers of these rights had it already.

    ``key`` names the page and what it was asked for. ``newest`` is the number of the newest event,
    read before anything that the page shows: what happens while it is rendered makes it old, never
    new. ``fresh`` makes more pieces that are the
    reader's alone, by name, each with a value that stands nowhere else on the page and that is
    another one each time; ``render`` is given them. Only pages
    without a message from the page before are shared.
    """
    own = fresh()
    if not settings().page_cache or "_flashes" in session:
        return render(own)
    # Pages say "6 mesi fa".
    version = newest, clock.today().isoformat()
    full = (*key, _rights(actor), request.script_root, language(), request.cookies.get("testo"))
    pieces = {name: make() for name, make in registry().own_pieces.items()}
    pieces["token"] = form_token()
    page = kept_pages(current_app).get(full, version)
    if page is None:
        html = render(own)
        page = cut(html, {**pieces, **own}, version)
        kept_pages(current_app).put(full, page)
        return html
    if RECIPE in request.environ:
        request.environ[RECIPE].append(Recipe(full, newest, pieces, fresh))
    return page.joined({**pieces, **own})


def form_token() -> str:
    """The token against forged requests: signed once for a session, and not with every page.

    It is worth as much as the session's own secret, with which it is remembered.
    """
    secret = session.get("csrf_token")
    signed: dict[str, str] = current_app.extensions.setdefault("gemella.form_tokens", {})
    if "csrf_token" not in g and secret in signed:
        g.csrf_token = signed[secret]
    token: str = generate_csrf()
    if secret is not None:
        if len(signed) >= MOST_TOKENS:
            signed.clear()
        signed[secret] = token
    return token


def _rights(actor: Actor) -> Key:
    return (
        actor.roles,
        actor.organisation_ids,
        actor.contact_organisation_ids,
        actor.space_ids,
    )


def cut(html: str, own: Mapping[str, str], version: Version) -> CutPage:
    """Cut a page around the own pieces; one that holds others must be named before them."""
    texts: list[str] = [html]
    names: list[str] = []
    for name, value in own.items():
        wider_texts: list[str] = []
        wider_names: list[str] = []
        for index, text in enumerate(texts):
            parts = text.split(value) if value else [text]
            wider_texts += parts
            wider_names += [name] * (len(parts) - 1)
            if index < len(names):
                wider_names.append(names[index])
        texts, names = wider_texts, wider_names
    return CutPage(version, tuple(texts), tuple(names))


def kept_pages(app: Flask) -> KeptPages:
    """The pages of this application."""
    found: KeptPages = app.extensions.setdefault("gemella.kept_pages", KeptPages())
    return found


def _size(page: CutPage) -> int:
    return sum(len(text) for text in page.texts)
