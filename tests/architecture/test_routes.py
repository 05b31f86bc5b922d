"""Every URL says who may call it, takes what it expects, and stands in a list."""

from __future__ import annotations

from inspect import iscoroutinefunction, unwrap

import pytest
from flask import Flask

from core.access import Access, public
from tests.architecture.routes import (
    FROZEN,
    build_bare_app,
    listed_routes,
    moved_routes,
    undeclared_views,
    untyped_parameters,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return build_bare_app(tmp_path_factory.mktemp("routes"))


@pytest.fixture
def seeded() -> Flask:
    """A small site with one view in order."""
    app = Flask("seeded")
    app.add_url_rule("/<int:number>", "ordered", public(lambda number: f"{number}"))
    return app


def test_every_view_declares_its_access(site: Flask) -> None:
    assert undeclared_views(site) == []


def test_every_parameter_is_typed(site: Flask) -> None:
    assert untyped_parameters(site) == []


def test_no_url_appears_or_vanishes_unnoticed(site: Flask) -> None:
    frozen = FROZEN.read_text(encoding="utf-8").splitlines() if FROZEN.exists() else []
    assert moved_routes(frozen, listed_routes(site)) == [], "after a wanted change: make routes"


def test_every_view_is_a_plain_function(site: Flask) -> None:
    """As ``portal.factory.Application`` takes for granted: a coroutine would never be awaited."""
    assert coroutines(site) == []


def coroutines(app: Flask) -> list[str]:
    return [name for name, view in app.view_functions.items() if iscoroutinefunction(unwrap(view))]


def test_a_coroutine_is_found(seeded: Flask) -> None:
    async def slow() -> str:
        return ""

    seeded.add_url_rule("/slow", "slow", public(slow))
    assert coroutines(seeded) == ["slow"]


def test_a_view_in_order_passes(seeded: Flask) -> None:
    assert undeclared_views(seeded) == []
    assert untyped_parameters(seeded) == []


def test_a_view_without_access_is_found(seeded: Flask) -> None:
    seeded.add_url_rule("/open", "open", lambda: "")
    assert undeclared_views(seeded) == ["open declares no access"]


@pytest.mark.parametrize("access", [Access(), Access(public=True, policies=(bool,))])
def test_an_access_that_cannot_be_true_is_found(access: Access, seeded: Flask) -> None:
    def view() -> str:
        return ""

    view.__access__ = access  # type: ignore[attr-defined]
    seeded.add_url_rule("/odd", "odd", view)
    assert len(undeclared_views(seeded)) == 1


@pytest.mark.parametrize("rule", ["/<name>", "/<string:name>", "/<int:number>/<name>"])
def test_an_untyped_parameter_is_found(rule: str, seeded: Flask) -> None:
    seeded.add_url_rule(rule, "untyped", public(lambda **_: ""))
    assert len(untyped_parameters(seeded)) == 1


def test_a_vanished_and_a_new_url_are_found(seeded: Flask) -> None:
    before = listed_routes(seeded)
    assert moved_routes(before, before) == []
    assert moved_routes([*before, "/gone  GET"], before) == ["vanished: /gone  GET"]
    assert moved_routes(before[1:], before) == [f"not in routes.txt: {before[0]}"]
