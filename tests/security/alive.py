"""Whether something in a page could run or load: anything that our own templates never write.

A list of what is allowed, not of what is forbidden: what nobody thought of is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree, html

from tests.security.browser import Answer

_TAGS = frozenset(
    "html head meta title link script body a abbr article aside b blockquote br button caption"
    " circle clippath code datalist dd defs del details div dl dt em fieldset footer form g h1 h2"
    " h3 h4 h5 header hr i img input ins label legend li main mark marker nav ol optgroup option p"
    " path pattern pre progress q rect section select small span strong sub summary sup svg table"
    " tbody td text textarea th thead time tr ul use".split()
)
_LINKS = ("href", "src", "action", "formaction", "xlink:href", "poster", "data", "cite", "ping")
_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
_BLANKS = re.compile("[\x00-\x20\x7f-\x9f]+")
# Where our own templates put data: never an address, never a handler.
_ATTRIBUTES = re.compile(
    r"(?:aria-[a-z]+|data-[a-z-]+|item(?:prop|scope|type|id)|id|class|lang|title|name|value|type"
    r"|for|form|rel|hreflang|content|charset|property|role|tabindex|href|src|action|method|enctype"
    r"|novalidate|list|formaction|readonly|required|checked|selected|disabled|multiple|rows|cols|maxlength|min|max|step"
    r"|placeholder|autocomplete|inputmode|spellcheck|accept|label|alt|width|height|loading|open"
    r"|datetime|scope|colspan|start|reversed|align|viewbox|d|cx|cy|r|rx|x|y|x1|x2|y1|y2|fill|stroke|transform"
    r"|preserveaspectratio|clip-path|xmlns|focusable|media|sizes|translate|download|hidden"
    r"|text-anchor|dir|target|refx|refy|markerwidth|markerheight|orient|marker-(?:end|start)"
    r"|pattern(?:units|transform))"
)


def alive(page: html.HtmlElement) -> Iterator[str]:
    """What in a tree could run, load from elsewhere or send elsewhere."""
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.lower()
        if tag not in _TAGS:
            yield f"<{tag}> is none of our elements"
        for name, value in element.attrib.items():
            yield from _attribute(tag, str(name).lower(), str(value))
        if tag == "script" and (
            not element.get("src", "").startswith("/static/") or (element.text or "").strip()
        ):
            yield f"<script> of its own: {etree.tostring(element)[:100]!r}"
        if tag == "link" and element.get("rel") in ("stylesheet", "icon"):
            yield from _foreign(element.get("href", ""))
        if tag in ("img", "use"):
            source = element.get("src") or element.get("href") or element.get("xlink:href") or ""
            yield from _foreign(source)
        if tag == "form":
            yield from _foreign(element.get("action", ""))
        if element.get("formaction") is not None:
            yield from _foreign(element.get("formaction", ""))


def _attribute(tag: str, name: str, value: str) -> Iterator[str]:
    if not _ATTRIBUTES.fullmatch(name):
        yield f"<{tag} {name}={value[:60]!r}> is none of our attributes"
    if name in _LINKS and name != "data" and scheme_of(value) not in _SCHEMES:
        yield f"<{tag} {name}={value[:60]!r}> leads to a scheme that runs"


def _foreign(address: str) -> Iterator[str]:
    """Style sheets, pictures and forms are our own."""
    if address and not re.match(r"/(?![/\\])|#|\?", _BLANKS.sub("", address)):
        yield f"{address[:80]!r} is not ours"


def scheme_of(address: str) -> str:
    """The scheme as a browser reads it: without the blanks that it drops."""
    bare = _BLANKS.sub("", address)
    found = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", bare)
    return found[1].lower() if found else ""


def alive_in(answer: Answer) -> list[str]:
    """The same for any answer: pages, feeds (well-formed, and dead in their summaries)."""
    if answer.is_page:
        return [f"{answer.path}: {fault}" for fault in alive(answer.page)]
    if answer.media_type == "application/atom+xml":
        return [f"{answer.path}: {fault}" for fault in _alive_in_feed(answer.body)]
    return []


def _alive_in_feed(body: bytes) -> Iterator[str]:
    try:
        tree = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        yield f"not well-formed: {error}"
        return
    for element in tree.iter("{*}title", "{*}summary", "{*}content", "{*}name"):
        if len(element):
            yield f"{etree.QName(element).localname} has elements inside"
        if element.get("type") in ("html", "xhtml"):
            yield from alive(html.fragment_fromstring(element.text or "", create_parent="div"))
    for link in tree.iter("{*}link", "{*}category", "{*}id"):
        address = link.get("href") or ""
        if address and not urlsplit(address).scheme.startswith("http"):
            yield f"link to {address[:80]!r}"
