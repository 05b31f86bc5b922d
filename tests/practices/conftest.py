"""Who writes and who decides in these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from core.actor import Role
from members.models import Member
from tests.factories.members import member_with
from tests.visitor import Visitor

SignIn = Callable[[Member], Visitor]


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
