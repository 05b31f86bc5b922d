"""Who writes and who decides in these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from core.actor import Role
from members.models import Member
from practices.models import PracticeKind
from tests.factories.members import member_with
from tests.factories.practices import typed
from tests.visitor import Visitor

SignIn = Callable[[Member], Visitor]


def tell(
    browser: Visitor, kind: PracticeKind = PracticeKind.OFFER, *, send: bool = False, **values: Any
) -> str:
    """Write a whole story through its form, part by part, and perhaps send it; its address."""
    whole = typed(kind, **values)
    new = "/invia-una-storia"
    code = "offro" if kind is PracticeKind.OFFER else "cerco"
    browser.submit(f"{new}?tipo={code}", whole, action=new, button="azione=avanti")
    for part in ("racconto", "componenti"):
        here = last_path(browser)
        assert here.endswith(part), here
        browser.submit(here, whole, action=part, button="azione=avanti")
    address = last_path(browser).removesuffix("/rivedi")
    if send:
        browser.submit(f"{address}/rivedi", action="/invia")
    return address


def last_path(browser: Visitor) -> str:
    """Where the browser is after the last answer."""
    assert browser.last is not None
    return browser.last.request.path


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """The browser of somebody who has signed in."""

    def browser_of(member: Member) -> Visitor:
        browser = Visitor(app)
        browser.sign_in(member.email)
        return browser

    return browser_of


@pytest.fixture
def in_request(app: Flask) -> Iterator[None]:
    """Inside a request, as the worker is, so that addresses can be built."""
    with app.test_request_context():
        yield


@pytest.fixture
def author(app: Flask) -> Member:
    """A registered member without a body."""
    return member_with()


@pytest.fixture
def editor(app: Flask) -> Member:
    return member_with(Role.EDITOR)


@pytest.fixture
def writing(author: Member, sign_in: SignIn) -> Visitor:
    """The browser of ``author``."""
    return sign_in(author)


@pytest.fixture
def editing(editor: Member, sign_in: SignIn) -> Visitor:
    """The browser of ``editor``."""
    return sign_in(editor)
