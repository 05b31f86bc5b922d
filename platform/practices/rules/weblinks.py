"""Links of a story: kept as lines of Markdown, so that pages, revisions and differences need
nothing of their own for them; written and shown as addresses with a title each.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_LINKS = 20
LONGEST_ADDRESS = 500

# What Markdown would read as its own; the signs of HTML become entities.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+.!|-])")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|-])")
# What a link looks like here, and what people wrote before: an address alone, [title](address).
_LINE = re.compile(
    r"(?:[-*+] +)?(?:\[(?P<title>(?:\\.|[^\]\\\n])+)\]\(<?(?P<named>https?://[^\s<>]+?)>?\)"
    r"|<(?P<angled>https?://[^\s<>]+)>|(?P<bare>https?://[^\s<>()\[\]]+))"
)
_FORBIDDEN = re.compile(r"[\s<>\"'`\\\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Link:
    """An address with what it is called; without a title the address is shown."""

    url: str
    title: str = ""


def is_web_address(text: str) -> bool:
    """Whether this is an http(s) address that a page can carry as it is."""
    if len(text) > LONGEST_ADDRESS or _FORBIDDEN.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return is_web and bool(host) and "." in (host or "").strip(".")


def links_in(markdown: str) -> tuple[tuple[Link, ...], str]:
    """The links of stored text, and the rest of it: lines that are anything else."""
    links: list[Link] = []
    rest: list[str] = []
    for line in markdown.split("\n"):
        found = _LINE.fullmatch(line.strip())
        url = (found["named"] or found["angled"] or found["bare"]) if found else ""
        if found and is_web_address(url) and len(links) < MOST_LINKS:
            links.append(Link(url, _unescaped(found["title"] or "").strip()))
        elif line.strip():
            rest.append(line)
    return tuple(links), "\n".join(rest)


def markdown_of(links: Iterable[Link], rest: str = "") -> str:
    """The text that is stored; ``links_in`` reads it back."""
    lines = [
        f"- [{_escaped(one.title)}](<{one.url}>)" if one.title else f"- <{one.url}>"
        for one in links
    ]
    return "\n\n".join(text for text in ("\n".join(lines), rest.strip()) if text)


def _escaped(title: str) -> str:
    marked = _SPECIAL.sub(r"\\\1", title)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(title: str) -> str:
    return html.unescape(_ESCAPED.sub(r"\1", title))
