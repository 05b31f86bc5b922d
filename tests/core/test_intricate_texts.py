"""Texts that keep the renderer busy: the form comes back in time, with the text and a word."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from core.actor import Role
from core.text import LONGEST_TEXT
from tests.factories.forum import ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, parse, text_of

# Two seconds for the text, the rest for a page on a busy machine.
SLOWEST_SECONDS = 5.0
BUSY = {"links": "[" * 19_000, "pictures": "![" * 9_500, "empty links": "[a](" * 4_800}
Fill = Callable[[Visitor, str], tuple[str, str, dict[str, str], str, str | None]]


def as_post(_browser: Visitor, text: str) -> tuple[str, str, dict[str, str], str, str | None]:
    path = f"/discussioni/{ThreadFactory.make().id}"
    return path, path, {"text": text}, "text", None


def as_story(browser: Visitor, text: str) -> tuple[str, str, dict[str, str], str, str | None]:
    begun = browser.submit(
        "/invia-una-storia?tipo=offro",
        {"title": "Orti condivisi"},
        action="/invia-una-storia",
        button="azione=avanti",
    )
    path = begun.request.path
    assert path.endswith("/modifica/racconto")
    return path, path, {"problem": text}, "problem", "azione=salva"


def as_twinning(_browser: Visitor, text: str) -> tuple[str, str, dict[str, str], str, str | None]:
    fields = {"title": "Orti condivisi", "solution": text}
    return "/gemellaggi/nuovo", "/nuovo", fields, "solution", None


def as_profile(_browser: Visitor, text: str) -> tuple[str, str, dict[str, str], str, str | None]:
    return "/profilo", "/profilo", {"bio": text[:5_000]}, "bio", None


@pytest.fixture
def browser(app: Flask) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(member_with(Role.COORDINATOR, of=OrganisationFactory.make()).email)
    return visitor


@pytest.mark.parametrize(
    ("fill", "busy"),
    [
        (as_post, "links"),
        # Each takes the two seconds that it is given, and waits for the same end of the same child.
        pytest.param(as_post, "pictures", marks=pytest.mark.soak),
        pytest.param(as_post, "empty links", marks=pytest.mark.soak),
        (as_story, "links"),
        pytest.param(as_twinning, "links", marks=pytest.mark.soak),
    ],
)
def test_a_text_that_never_ends_comes_back(browser: Visitor, fill: Fill, busy: str) -> None:
    text = BUSY[busy]
    path, action, fields, name, button = fill(browser, text)
    started = time.monotonic()
    answer = browser.submit(path, fields, action=action, button=button)
    assert time.monotonic() - started < SLOWEST_SECONDS
    assert answer.status_code == 422
    assert "troppo intricato" in text_of(answer)
    [area] = parse(answer).xpath(f"//textarea[@name='{name}']")
    assert area.text.strip() == text


@pytest.mark.soak
def test_a_short_text_about_oneself_ends_too(browser: Visitor) -> None:
    """A profile takes 5,000 characters, of which the renderer makes an end."""
    for text in BUSY.values():
        path, action, fields, _, _ = as_profile(browser, text)
        started = time.monotonic()
        assert browser.submit(path, fields, action=action).status_code in (200, 422)
        assert time.monotonic() - started < SLOWEST_SECONDS


@pytest.mark.soak
def test_the_check_above_can_fail(browser: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer that is given all the time it wants."""
    from core.text import _sandbox

    monkeypatch.setattr(_sandbox(), "_limit", 4.0)
    path, action, fields, _, _ = as_post(browser, BUSY["links"])
    started = time.monotonic()
    browser.submit(path, fields, action=action)
    assert time.monotonic() - started > 3


def recipes(shared: Path) -> dict[str, str]:
    """The texts that the recipes make; read, not run: each is one expression of constants."""
    lines = (shared / "data/hostile/markdown2_cases/redos_recipes.md").read_text()
    made = re.findall(r"def (\w+)\(\):\n(?:    #.*\n)*    return (.+)", lines)
    return {name: _value(ast.parse(text, mode="eval").body) for name, text in made}


def _value(node: ast.expr) -> str:
    """The text of string constants that are added and multiplied."""
    if isinstance(node, ast.Constant):
        return node.value  # type: ignore[return-value]
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left), _value(node.right)
    return left * right if isinstance(node.op, ast.Mult) else left + right  # type: ignore[operator]


@pytest.mark.shared_data
def test_recipes_against_another_renderer(browser: Visitor, shared: Path) -> None:
    found = recipes(shared)
    assert len(found) == 7
    for name, text in found.items():
        path, action, fields, _, _ = as_post(browser, text[: LONGEST_TEXT + 1])
        started = time.monotonic()
        answer = browser.submit(path, fields, action=action)
        assert time.monotonic() - started < SLOWEST_SECONDS, name
        assert answer.status_code in (200, 422), name
