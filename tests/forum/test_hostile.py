"""Hostile texts leave nothing alive on the page, and nothing takes long."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from core.text import has_forbidden_characters
from forum.models import Thread
from members.models import Member
from tests.factories.forum import ThreadFactory
from tests.forum.conftest import SignIn
from tests.visitor import Visitor, form_values, parse, text_of

SUITES = ("xss_lists", "markdown2_cases", "mistune_fixtures", "bleach_data", "blns")
SAMPLE = 5  # of each suite here; all of them in the soak
SLOWEST_SECONDS = 2.0
QUOTED = 10  # one in so many is quoted, written anew and looked back at
_DEAD_TAGS = "script style iframe object embed form input svg math img video audio link meta base"
# What browsers drop before they read the scheme of an address (URL Standard, 4.4): controls and
# blanks in front, tabs and line breaks anywhere.
_DROPPED = re.compile("^[\x00-\x20]+|[\t\n\r]")
_SCHEME = re.compile("[a-z][a-z0-9+.-]*:")
_SCHEMES = ("http:", "https:", "mailto:", "tel:")


def inputs(shared: Path, every: bool) -> Iterator[tuple[str, str]]:
    for suite in SUITES:
        lines = (shared / "data/hostile" / suite / f"{suite}.jsonl").read_text().splitlines()
        step = 1 if every else max(1, len(lines) // SAMPLE)
        for line in lines[::step]:
            one = json.loads(line)
            yield one["id"], one["input"]


def alive(article: html.HtmlElement) -> list[str]:
    """What could run or load something in the body of a message."""
    found = []
    for element in article.find_class("g-post__body")[0].iter():
        tag = element.tag if isinstance(element.tag, str) else "comment"
        if tag in _DEAD_TAGS.split() or tag == "comment":
            found.append(tag)
        for name, value in element.attrib.items():
            link = name in ("href", "src", "action", "formaction", "xlink:href", "data")
            if name.startswith("on") or name in ("style", "id", "srcdoc"):
                found.append(f"{tag} {name}")
            scheme = _SCHEME.match(_DROPPED.sub("", value).lower())
            if link and scheme and scheme[0] not in _SCHEMES:
                found.append(f"{tag} {name}={value}")
    return found


def holds(browser: Visitor, thread: Thread, hostile: Iterator[tuple[str, str]]) -> tuple[int, int]:
    """Post each text through the form; return how many were taken, and how many then quoted."""
    path = f"/discussioni/{thread.id}"
    form = next(f for f in browser.page(path).forms if "text" in f.fields)
    token = form.fields["csrf_token"]
    taken = waiting = quoted = 0
    for name, text in hostile:
        started = time.perf_counter()
        answer = browser.post(path, {"csrf_token": token, "text": text, "submission_key": ""})
        assert time.perf_counter() - started < SLOWEST_SECONDS, name
        assert answer.status_code in (302, 422), (name, answer.status_code)
        if answer.status_code == 422:
            refused = text_of(answer)
            assert (
                not text.strip()
                or has_forbidden_characters(text)
                or len(text) > 20_000
                or ("@" in text and "Nessuno qui si chiama" in refused)
            ), name
            continue
        taken += 1
        mark = (answer.location or "").partition("#")[2]
        page = parse(browser.get(answer.location or ""))
        article = page.get_element_by_id(mark)
        assert alive(article) == [], name
        # What waits for a moderator, as spam or for haste, can be quoted by nobody.
        waiting += 1
        if waiting >= QUOTED and (post_id := _quotable(article)):
            look_back(browser, thread, post_id, article, name)
            waiting = 0
            quoted += 1
    return taken, quoted


def _quotable(article: html.HtmlElement) -> str | None:
    """The id of a message with a link to quote it."""
    links = (str(link) for link in article.xpath(".//a/@href"))
    return next(
        (one.partition("cita=")[2].partition("#")[0] for one in links if "cita=" in one), None
    )


def look_back(
    browser: Visitor, thread: Thread, post_id: str, article: html.HtmlElement, name: str
) -> None:
    """Quote the message, name somebody by it, write it anew and read its history."""
    path = f"/discussioni/{thread.id}"
    for sent, fields in (
        (f"{path}?cita={post_id}", {}),
        (path, {"text": f"@anna {(quoted := article.text_content())[:200]}"}),
    ):
        form = next(f for f in browser.page(sent).forms if "text" in f.fields)
        answer = browser.post(path, {**form_values(form), **fields}, follow_redirects=True)
        assert answer.status_code in (200, 422), (name, quoted)
        for one in parse(answer).find_class("g-post"):
            assert alive(one) == [], name
    edit = f"/messaggi/{post_id}/modifica"
    token = next(f for f in browser.page(edit).forms if "text" in f.fields)
    values = form_values(token)
    answer = browser.post(edit, {**values, "text": f"{values['text']}\n\nparola"})
    assert answer.status_code in (302, 422), name
    history = browser.page(f"/messaggi/{post_id}/cronologia")
    for one in history.find_class("g-diff"):
        assert {e.tag for e in one.iter()} <= {"div", "ins", "del", "span"}, name


@pytest.mark.shared_data
@pytest.mark.timeout(120)
def test_a_sample_of_hostile_texts_leaves_nothing_alive(
    shared: Path, verified: Member, thread: Thread, signed_in: SignIn
) -> None:
    taken, quoted = holds(signed_in(verified), thread, inputs(shared, every=False))
    assert taken > 20
    assert quoted


@pytest.mark.soak
@pytest.mark.shared_data
@pytest.mark.timeout(900)
def test_no_hostile_text_leaves_anything_alive(
    shared: Path, verified: Member, signed_in: SignIn
) -> None:
    browser = signed_in(verified)
    everything = list(inputs(shared, every=True))
    quoted = 0
    for start in range(0, len(everything), 100):
        part = iter(everything[start : start + 100])
        quoted += holds(browser, ThreadFactory.make(), part)[1]
    assert quoted


def test_the_check_sees_what_is_alive() -> None:
    """The twin: the same check finds a script that was let through."""
    article = html.fromstring(
        '<article><div class="g-post__body"><script>1</script><a href="javascript:x">x</a>'
        '<p onclick="x" style="y">z</p><img src="data:x"></div></article>'
    )
    assert len(alive(article)) == 6


def test_a_hostile_title_is_only_words(
    verified: Member, visitor: Visitor, signed_in: SignIn
) -> None:
    title = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    signed_in(verified).submit(
        "/discussioni/nuova", {"title": title, "text": "sì"}, action="/discussioni/nuova"
    )
    for path in ("/discussioni", "/discussioni/1"):
        page = visitor.page(path)
        assert title in page.text_content()
        assert [s.get("src") for s in page.findall(".//script") if not s.get("src")] == []
        assert page.xpath("//main//img") == []
