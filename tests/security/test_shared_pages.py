"""Pages that members share from memory: nobody gets a word that is not there without the memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from core.kept import KeptPages, cut
from core.statements import EXTENSION
from tests.security.conftest import As
from tests.security.world import World

# What is another one each time a page is asked for.
_FRESH = re.compile(r'(name="(?:csrf_token|submission_key)"[^>]*value=")[^"]*')


@pytest.fixture
def sharing(site: Flask) -> Iterator[Callable[[bool], None]]:
    """Switch the memory on and off."""
    before = site.config["GEMELLA"]

    def switch(on: bool) -> None:
        site.config["GEMELLA"] = replace(before, page_cache=on)

    site.extensions.pop("gemella.kept_pages", None)
    yield switch
    site.config["GEMELLA"] = before
    site.extensions.pop("gemella.kept_pages", None)
    site.extensions.pop(EXTENSION, None)


# Members alike, contact persons of two bodies (who see more), and those whose roles show more. The
# others differ from these in nothing that a discussion asks for; all of them read in the soak test.
SOME = ("registered", "verified", "puglia", "trento", "moderator")


def pages_of(world: World, *, every: bool) -> list[str]:
    """Every discussion; with ``every`` from its first message on and in another language, too."""
    paths = [f"/discussioni/{one.id}" for name, one in world.things.items() if "thread" in name]
    others = [f"{path}?da=1" for path in paths] + [f"/en{path}" for path in paths]
    return paths + (others if every else others[:: len(paths)])


def differences(
    world: World,
    browse_as: As,
    sharing: Callable[[bool], None],
    roles: Iterable[str],
    paths: list[str],
) -> list[str]:
    """Where a page from memory is another one than the page that is made for this reader."""
    readers = [*roles] * 2
    expected: dict[tuple[str, str], str] = {}
    found = []
    sharing(False)
    for role in dict.fromkeys(readers):
        browser = browse_as(role)
        for path in paths:
            expected[role, path] = _steady(browser.get(path).body)
    sharing(True)
    for role in readers:
        browser = browse_as(role)
        found += [
            f"{role} on {path}"
            for path in paths
            if _steady(browser.get(path).body) != expected[role, path]
        ]
    return found


def _steady(body: bytes) -> str:
    return _FRESH.sub(r"\1", body.decode())


def test_no_reader_gets_anothers_page(
    site: Flask, world: World, browse_as: As, sharing: Callable[[bool], None]
) -> None:
    assert differences(world, browse_as, sharing, SOME, pages_of(world, every=False)) == []
    kept: KeptPages = site.extensions["gemella.kept_pages"]
    assert len(kept._pages) >= 4, "nothing was shared: nothing was tried"


@pytest.mark.soak
def test_no_reader_at_all_gets_anothers_page(
    world: World, browse_as: As, sharing: Callable[[bool], None]
) -> None:
    paths = pages_of(world, every=True)
    assert differences(world, browse_as, sharing, world.cookies, paths) == []


def test_the_check_above_can_fail(
    world: World,
    browse_as: As,
    sharing: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it would be if who wrote in a discussion counted among those who read it alike."""
    monkeypatch.setattr("forum.queries.read_alike", lambda _thread, _actor: (1, False))
    monkeypatch.setattr("core.kept._rights", lambda _actor: ())
    assert differences(world, browse_as, sharing, SOME, pages_of(world, every=False))


def test_a_page_is_cut_around_what_is_ones_own() -> None:
    page = cut(
        "<a>Anna tok</a> … tok … key1", {"who": "Anna tok", "t": "tok", "k": "key1"}, (1, "d")
    )
    assert page.names == ("who", "t", "k")
    assert page.joined({"who": "Bruno x", "t": "x", "k": "2"}) == "<a>Bruno x</a> … x … 2"
