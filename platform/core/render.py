"""Markdown to clean HTML: the pure computation, run inside the killable child.

Rendering comes first, cleaning last, so that whatever the renderer lets through is cut by the
cleaner. Raise ``RENDERER_VERSION`` when the result changes: it is kept beside stored HTML, so that
what an older renderer made can be found.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from xml.etree.ElementTree import Element  # builds, and parses nothing

import markdown
import nh3
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

RENDERER_VERSION = 3

_TAGS = frozenset(
    "a abbr blockquote br code dd del dl dt em h3 h4 h5 hr li ol p pre strong sub sup"
    " table tbody td th thead tr ul".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
# As Python-Markdown writes them until the end: the number of a sign, or a mark left alone.
_ESCAPED = re.compile("\x02([0-9]{2,3})\x03|[\x02\x03]")
_HEADING = re.compile(r"<(/?)h([1-6])>")


class _BareAddress(InlineProcessor):
    """An address that somebody just typed becomes a link, as its writer expects."""

    ANCESTOR_EXCLUDES = ("a",)
    # The signs at its end belong to the sentence; \\x02 and \\x03 enclose what is rendered already.
    PATTERN = r"(?<![\w\"'=/])https?://[^\s<>\"'`\x02\x03]*[^\s<>\"'`\x02\x03.,;:!?)\]*_]"

    def handleMatch(  # type: ignore[override] # noqa: N802 - the library's name
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        link = Element("a", href=m[0])
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class _BareAddresses(Extension):
    def extendMarkdown(self, md: Any) -> None:  # noqa: N802 - the library's name
        # After links, code and tags, which may hold addresses, and before emphasis.
        md.inlinePatterns.register(_BareAddress(_BareAddress.PATTERN, md), "bare_address", 85)


def render(source: str) -> str:
    """Turn Markdown into HTML that may stand on a page: no script, style, image, id or class."""
    # A parser a call: Python-Markdown keeps references and footnotes between calls otherwise.
    parser = markdown.Markdown(
        extensions=["sane_lists", "tables", "nl2br", "fenced_code", _BareAddresses()]
    )
    clean = _clean(_HEADING.sub(_lower_heading, parser.convert(source)))
    # Addresses in <> are coded letter by letter until the cleaner reads them: twice, for those few.
    return _clean(_ESCAPED.sub(_restore, clean)) if _ESCAPED.search(clean) else clean


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=_SCHEMES,
        # A wide one scrolls by itself, with the keys as well.
        set_tag_attribute_values={"table": {"tabindex": "0"}},
        link_rel="nofollow noopener ugc",
        strip_comments=True,
    )


def _restore(match: re.Match[str]) -> str:
    """The sign behind a backslash, which the library leaves coded inside addresses in <>."""
    sign = chr(int(match[1])) if match[1] else ""
    return escape(sign) if sign.isprintable() else ""


def _lower_heading(match: re.Match[str]) -> str:
    """A text's own headings stand below those of the page: h1 and h2 become h3 and so on."""
    level = min(5, max(3, int(match[2]) + 2))
    return f"<{match[1]}h{level}>"
