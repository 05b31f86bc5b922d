"""Stored HTML as it is read: names, links of the house, quotations, acts, films.

What is stored was rendered and cleaned when it was written. What depends on who reads, and on what
became of a thing since, is put in here, without a question to the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import urlsplit

from forum.rules import MENTION, TAG, slug_in
from forum.rules.acts import citations

_OPAQUE = frozenset({"a", "code", "pre"})
_NAME = re.compile(r"</?([a-z0-9]+)")
_HREF = re.compile(r'href="([^"]*)"')
# Whose films stand at these hosts, as people know them.
FILMS = {
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "vimeo.com": "Vimeo",
    "dailymotion.com": "Dailymotion",
}
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}>")
# Where a quotation comes from, in any language of the site.
_MESSAGE = re.compile(r"(?:https?://[^/]+)?(?:/[a-z]{2})?/messaggi/[0-9]+")
_SOURCE = re.compile(r"\]\((/[^)\s]*)\)")


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link leads to, as far as this reader may know: ``label`` is its kind."""

    title: str
    label: str
    url: str
    state: str = ""
    is_post: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one reader sees in the texts of a page.

    ``things``: what links lead to, by the address as it stands in the text; None where this reader
    may not open it, and of quotations of such messages nothing is shown. ``people``: address (None
    without a profile) and name by the slug that a text names. ``search_url`` is where an act is
    looked for; ``gone`` and ``opens_film`` are words.
    """

    things: Mapping[str, Linked | None] = field(default_factory=dict)
    posts: Collection[str] = frozenset()
    people: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    search_url: Callable[[str], str] | None = None
    gone: str = ""
    opens_film: Callable[[str], str] | None = None

    @property
    def withheld(self) -> frozenset[str]:
        """The addresses of messages that are quoted and may not be read."""
        return frozenset(path for path in self.posts if self.things.get(path) is None)


def read(cleaned: str, reading: Reading) -> str:
    """The HTML as this reader sees it."""
    if not _is_touched(cleaned):
        return cleaned
    pieces = _cut(cleaned)
    if reading.withheld:
        pieces = list(_without_quotes(pieces, reading.withheld, reading.gone))
    return "".join(_read(pieces, reading))


def own_words(cleaned: str) -> str:
    """The HTML without quotations of other messages: what is found and told of as this one's."""
    if "<blockquote" not in cleaned:
        return cleaned
    pieces = _cut(cleaned)
    sources = {unescape(one) for one in _HREF.findall(cleaned) if _MESSAGE.fullmatch(one)}
    return "".join(_without_quotes(pieces, sources, ""))


def without_quotes_of(text: str, withheld: AbstractSet[str], gone: str) -> str:
    """The Markdown without quotations whose source is one of these addresses."""
    if not withheld or ">" not in text:
        return text
    kept: list[str] = []
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        if _QUOTED_LINE.match(line):
            block.append(line)
            continue
        if block:
            sources = _SOURCE.findall("\n".join(block))
            kept += [f"> *{gone}*"] if not withheld.isdisjoint(sources) else block
            block = []
        kept.append(line)
    return "\n".join(kept[:-1])


def sources_in(text: str) -> set[str]:
    """The addresses of messages that a Markdown text names."""
    return {path for path in _SOURCE.findall(text) if _MESSAGE.fullmatch(path)}


def without_quotations(text: str) -> str:
    """The Markdown without its quotations."""
    kept = [line for line in text.split("\n") if not _QUOTED_LINE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _cut(cleaned: str) -> list[str]:
    """Words and tags by turns; what stands behind the last sign that ends a tag is words."""
    end = cleaned.rfind(">") + 1
    pieces = TAG.split(cleaned[:end])
    return [*pieces[:-1], pieces[-1] + cleaned[end:]]


def _is_touched(cleaned: str) -> bool:
    return "@" in cleaned or "<a " in cleaned or re.search(r"\d{4}", cleaned) is not None


def _without_quotes(pieces: list[str], withheld: AbstractSet[str], gone: str) -> Iterator[str]:
    """The pieces without the outermost quotations that hold a link to one of these addresses."""
    depth, held = 0, list[str]()
    for number, piece in enumerate(pieces):
        is_tag = number % 2 == 1
        if is_tag and piece.startswith("<blockquote"):
            depth += 1
        if not depth:
            yield piece
            continue
        held.append(piece)
        if is_tag and piece.startswith("</blockquote"):
            depth -= 1
            if not depth:
                yield from _kept_or_not(held, withheld, gone)
                held = []
    yield from held


def _kept_or_not(held: list[str], withheld: AbstractSet[str], gone: str) -> list[str]:
    links = {unescape(m[1]) for piece in held[::2] if (m := _HREF.search(piece))}
    if links.isdisjoint(withheld):
        return held
    if not gone:
        return [" "]
    # Tags and words take turns, also after this.
    return ["<blockquote>", "", f'<p class="g-muted">{escape(gone)}</p>', "", "</blockquote>"]


def _read(pieces: list[str], reading: Reading) -> Iterator[str]:
    opaque = quoted = 0
    link: list[str] | None = None
    for number, piece in enumerate(pieces):
        is_tag = number % 2 == 1
        if link is not None:
            link.append(piece)
            if is_tag and piece == "</a>":
                yield _link(link, reading, is_quoted=quoted > 0)
                link, opaque = None, opaque - 1
        elif not is_tag:
            yield _words(piece, reading) if not opaque else piece
        elif piece.startswith("<a "):
            link, opaque = [piece], opaque + 1
        else:
            name = _NAME.match(piece)
            step = -1 if piece.startswith("</") else 1
            if name is not None and name[1] in _OPAQUE:
                opaque += step
            elif name is not None and name[1] == "blockquote":
                quoted += step
            yield piece
    yield from link or ()


def _link(pieces: list[str], reading: Reading, *, is_quoted: bool) -> str:
    """A link with its words: the thing of the house by its title, a film as a box."""
    found = _HREF.search(pieces[0])
    href = unescape(found[1]) if found else ""
    said = "".join(pieces[1:-1])
    if href in reading.things:
        linked = reading.things[href]
        return _bare(pieces, href) if linked is None else _thing(linked, href, said)
    site = film_site(href)
    if site is not None and reading.opens_film is not None and not is_quoted:
        title = "" if unescape(said) == href else f"<b>{said}</b>"
        words = escape(reading.opens_film(site))
        return f'<span class="g-film">{title}{pieces[0]}{words}</a></span>'
    return "".join(pieces)


def _bare(pieces: list[str], href: str) -> str:
    """What this reader may not open: the address, and the words where somebody wrote some."""
    said = "".join(pieces[1:-1])
    return f"{pieces[0]}{said or escape(href)}</a>"


def _thing(linked: Linked, href: str, said: str) -> str:
    is_address = unescape(said) == href
    address = escape(href if "#" in href or "?" in href else linked.url)
    told = ", ".join(part for part in (linked.label, linked.state) if part)
    if linked.is_post:
        return f'<a class="g-source" href="{escape(linked.url)}">{escape(linked.title)}</a>'
    if not is_address:
        title = escape(f"{told}: {linked.title}" if told else linked.title)
        return f'<a href="{address}" title="{title}">{said}</a>'
    state = f' <span class="g-thing__state">{escape(told)}</span>' if told else ""
    return f'<a class="g-thing" href="{address}">{escape(linked.title)}</a>{state}'


def film_site(href: str) -> str | None:
    """At which site the film behind an address stands, or None where it is no film."""
    try:
        parts = urlsplit(href)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return None
    is_film = parts.scheme in ("http", "https") and len(parts.path) > 1
    return FILMS.get(host) if is_film else None


def _words(piece: str, reading: Reading) -> str:
    """Plain words, still escaped, with names and acts as links."""
    if "@" in piece and reading.people:
        piece = MENTION.sub(lambda match: _mention(match, reading), piece)
    if reading.search_url is None:
        return piece
    pieces, end = [], 0
    for one in citations(piece):
        # Not across a name that became a link just now.
        words = piece[one.start : one.end]
        if "<" in words or '"' in words:
            continue
        url = escape(reading.search_url(one.code))
        pieces += [piece[end : one.start], f'<a class="g-act-cited" href="{url}">{words}</a>']
        end = one.end
    return "".join([*pieces, piece[end:]])


def _mention(match: re.Match[str], reading: Reading) -> str:
    slug = slug_in(match)
    if slug not in reading.people:
        return match[0]
    address, name = reading.people[slug]
    rest = match[0][len(match[0].rstrip("-")) :]
    if address is None:
        return f'<span class="g-mention">@{escape(name)}</span>{rest}'
    return f'<a class="g-mention" href="{escape(address)}">@{escape(name)}</a>{rest}'
