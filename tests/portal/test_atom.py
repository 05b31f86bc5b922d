"""Every feed is Atom as RFC 4287 has it, whatever people wrote into what it tells of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, url_for
from lxml import etree
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import TwinningFactory
from tests.visitor import Visitor

from core.links import address
from core.registry import registry

ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = Path(__file__).with_name("atom.rng")
# Markup, what XML has signs for, and what it has no way to hold.
ODD = "Nidi & <b>«famiglie»</b> ]]> \U0001f3db\ufe0f \u05e9\u05dc\u05d5\u05dd \ud7ff"


@pytest.fixture(scope="module")
def schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMA))


def faults(feed: bytes, schema: etree.RelaxNG) -> Iterator[str]:
    """What is wrong with a feed: against the schema, and what a schema cannot say."""
    root = etree.fromstring(feed)
    if not schema.validate(root):
        yield from (f"{error.line}: {error.message}" for error in schema.error_log)
    entries = root.findall(f"{ATOM}entry")
    if root.find(f"{ATOM}author") is None and any(
        entry.find(f"{ATOM}author") is None for entry in entries
    ):
        yield "an entry without author in a feed without author (4.1.1)"
    names = [one.findtext(f"{ATOM}id", "") for one in (root, *entries)]
    yield from (f"id {name!r} is no absolute IRI (4.2.6)" for name in names if not _is_iri(name))
    moments = Counter((e.findtext(f"{ATOM}id"), e.findtext(f"{ATOM}updated")) for e in entries)
    yield from (f"twice: {one} (4.1.1)" for one, times in moments.items() if times > 1)
    if not [link for link in _links(root) if link.get("rel") == "self"]:
        yield "no link to itself (4.1.1)"
    for one in (root, *entries):
        ways = Counter((x.get("type"), x.get("hreflang")) for x in _links(one) if _is_page(x))
        if not ways and one.find(f"{ATOM}content") is None:
            yield "neither content nor a page (4.1.1.1, 4.1.2)"
        yield from (f"two pages of the sort {way} (4.1.1)" for way, n in ways.items() if n > 1)
        yield from (
            f"{x.get('href')} leads nowhere" for x in _links(one) if not _is_iri(x.get("href"))
        )


def _links(element: etree._Element) -> list[etree._Element]:
    return element.findall(f"{ATOM}link")


def _is_page(link: etree._Element) -> bool:
    return link.get("rel", "alternate") == "alternate"


def _is_iri(text: str | None) -> bool:
    parts = urlsplit(text or "")
    return bool(parts.scheme and (parts.netloc or parts.path)) and " " not in (text or "")


def feed_addresses() -> list[str]:
    """Every feed of the site, with things in all of them."""
    twinning = TwinningFactory.make(title=ODD)
    thread = ThreadFactory.make(title=ODD, subject_kind="twinning", subject_id=twinning.id)
    for text in (ODD, "Due\n\nrighe"):
        PostFactory.make(thread=thread, text=text)
    StoryFactory.make(title=ODD, summary=ODD)
    StoryFactory.make(title="Senza sommario", summary="")
    addresses = [address(feed.endpoint) for feed in registry().feeds]
    addresses += [url_for("forum.thread_feed", thread_id=thread.id)]
    addresses += [url_for("twinning.twinning_feed", slug=twinning.slug)]
    return [*addresses, *(f"/en{one}" for one in addresses)]


def test_every_feed_is_atom(app: Flask, visitor: Visitor, schema: etree.RelaxNG) -> None:
    with app.test_request_context("/"):
        addresses = feed_addresses()
    # All but the page that lists them.
    known = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/feed")}
    assert len(addresses) == 2 * len(known - {"/feed"}), known
    for one in addresses:
        answer = visitor.get(one)
        assert answer.status_code == 200
        assert answer.mimetype == "application/atom+xml"
        assert list(faults(answer.data, schema)) == [], one
        assert etree.fromstring(answer.data).find(f"{ATOM}entry") is not None, one


def test_an_empty_feed_is_atom(visitor: Visitor, schema: etree.RelaxNG) -> None:
    assert list(faults(visitor.get("/buone-pratiche/feed").data, schema)) == []


FAULTS = (
    (b"<title", b"<name>Senza</name><title"),
    (b"<updated>", b"<updated>x"),
    (b"+00:00</updated>", b"</updated>"),
    (b'rel="self"', b'rel="other"'),
    (b"<id>tag:", b"<id>"),
    (b"<entry>", b"<entry><id>urn:x:1</id>"),
    (b"<name>Gemella</name>", b""),
    (b'<link href="', b'<link xhref="'),
    (b"practice:2</id>", b"practice:1</id>"),
    (b"<summary", b"<content/><content/><summary"),
    (b"</entry>", b"<summary><b/></summary></entry>"),
    (b'rel="alternate"', b'rel="alternate" hreflang=""'),
    (b'href="http://localhost/buone-pratiche/senza', b'href="/buone-pratiche/senza'),
)


def test_faults_are_seen(visitor: Visitor, schema: etree.RelaxNG) -> None:
    """Twins: each of these is a feed that some reader would stumble over."""
    for title in ("Senza sommario", "Altra"):
        StoryFactory.make(title=title)
    feed = visitor.get("/buone-pratiche/feed").data
    assert list(faults(feed, schema)) == []
    for old, new in FAULTS:
        assert old in feed, feed.decode()
        assert list(faults(feed.replace(old, new), schema)), new
