"""Walk through the whole site as somebody: every page that a link leads to, once."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from lxml import etree
from sqlalchemy import Engine, event
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.security.browser import Answer, Browser
from tests.security.world import Thing, World

# Addresses that are one page in many guises, or the same form for many things: some are enough.
_MOST_OF_A_KIND = 3
_SKIPPED = re.compile(r"/(?:static/|dimensione-testo/|(?:en|de)(?:/|$))")
_BEHIND_A_THING = re.compile(r">/[a-z]")
_SAME_FORM = re.compile(r"/segnala/[a-z]+")
# What no link leads to, and what only links of mails lead to.
UNLINKED = (
    "/",
    "/menu",
    "/cerca?q=famiglia",
    "/posta-di-prova",
    "/registrati/controlla-la-posta",
    "/password-dimenticata/controlla-la-posta",
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/.well-known/security.txt",
    "/opensearch.xml",
)


@dataclass
class Crawl:
    """What somebody met: answers by path and query, the statements that wrote, the cookie left."""

    pages: dict[str, Answer]
    writes: list[str] = field(default_factory=list)
    cookie: str | None = None


def crawl(app: Flask, browser: Browser, *starts: str, limit: int = 600) -> dict[str, Answer]:
    """Open everything that links lead to, breadth first; answers by path and query."""
    waiting = deque(dict.fromkeys([*UNLINKED, *starts]))
    seen: set[str] = set(waiting)
    kinds: dict[str, int] = {}
    answers: dict[str, Answer] = {}
    while waiting:
        path = waiting.popleft()
        assert len(answers) < limit, f"more than {limit} pages: {path}"
        answer = answers[path] = browser.get(path)
        for link in links_of(answer):
            if link not in seen:
                # What is not wanted now is never wanted: it is judged once.
                seen.add(link)
                if _is_wanted(app, link, kinds):
                    waiting.append(link)
    return answers


@contextmanager
def writes_noted() -> Iterator[list[str]]:
    """Note every statement that writes while the block runs, whichever connection it goes to."""
    noted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _WRITING.search(statement):
            noted.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(Engine, "before_cursor_execute", note)


_WRITING = re.compile(
    r"\b(?:(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|CREATE|DROP|ALTER|VACUUM)\b",
    re.IGNORECASE,
)


def starts(world: World) -> list[str]:
    """Pages that links of mails lead to, and forms that a walk must not leave out."""
    things = world.things
    trepu = things["twinning_trepu"].slug
    return [
        f"/conferma/{world.tokens['confirm']}",
        f"/nuova-password/{world.tokens['reset']}",
        f"/invito/{world.tokens['invitation']}",
        f"/invito/{world.tokens['invitation_of_former']}",
        "/il-mio-spazio/appartenenze?ente=comune",
        f"/appartenenze/{things['affiliation_requested'].id}",
        "/invia-una-storia?tipo=offro",
        "/invia-una-storia?tipo=cerco",
        *(
            f"/buone-pratiche/{things[name].slug}/{page}"
            for name in ("story_draft", "story_seek_draft")
            for page in ("modifica", "modifica/racconto", "modifica/componenti", "rivedi")
        ),
        f"/buone-pratiche/{things['story_published'].slug}/rimuovi",
        f"/gemellaggi/{things['twinning_draft'].slug}/modifica",
        f"/gemellaggi/{things['twinning_active'].slug}/stato",
        f"/gemellaggi/{things['twinning_active'].slug}/partecipanti/aggiungi",
        f"/gemellaggi/{trepu}/partecipanti/{things['partner_trepu'].id}/togli",
        f"/gemellaggi/{things['twinning_own_draft'].slug}/partecipanti/invita",
        f"/gemellaggi/{things['twinning_own_draft'].slug}/partecipanti/invita/nuovo",
        _of_partner(things["partner_asked"], "rispondi"),
        _of_partner(things["partner_private"], "lascia"),
    ]


def _of_partner(thing: Thing, action: str) -> str:
    return f"/gemellaggi/{thing.slug}/partecipanti/{thing.id}/{action}"


def rule_of(app: Flask, path: str, method: str = "GET") -> str:
    """The rule of the URL map that an address belongs to, or the address itself."""
    try:
        rule, _values = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except (HTTPException, RequestRedirect):
        return path
    return str(rule.rule)


def links_of(answer: Answer) -> Iterator[str]:
    """Where the answer leads on this site, without fragments."""
    if answer.location:
        found = [answer.location]
    elif answer.is_page:
        found = [element.get("href") for element in answer.page.iter("a", "link")]
        found += [element.get("src") for element in answer.page.iter("img")]
    elif answer.media_type == "application/atom+xml":
        tree = etree.fromstring(answer.body)
        found = [one.get("href") for one in tree.iter("{*}link")]
    else:
        found = []
    for one in found:
        parts = urlsplit(urljoin(f"http://localhost{answer.path}", one or ""))
        if parts.scheme in ("http", "https") and parts.netloc == "localhost":
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _is_wanted(app: Flask, link: str, kinds: dict[str, int]) -> bool:
    """Whether to open the link: things all, what is done with them and other views a few."""
    parts = urlsplit(link)
    if _SKIPPED.match(parts.path):
        return False
    rule = rule_of(app, parts.path)
    if form := _SAME_FORM.match(parts.path):
        kinds[form[0]] = kinds.get(form[0], 0) + 1
        return kinds[form[0]] <= _MOST_OF_A_KIND
    if not parts.query and not _BEHIND_A_THING.search(rule):
        return True
    names = ",".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    kind = f"{rule}?{names}"
    kinds[kind] = kinds.get(kind, 0) + 1
    return kinds[kind] <= _MOST_OF_A_KIND
