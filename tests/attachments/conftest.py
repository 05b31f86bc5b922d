"""A public story, who may hang files on it, and their browsers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.actor import Role
from core.references import Reference
from members.models import Member
from practices.models import Practice
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
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
def author(app: Flask) -> Member:
    """Who wrote ``draft``."""
    return member_with()


@pytest.fixture
def editor(app: Flask) -> Member:
    return member_with(Role.EDITOR)


@pytest.fixture
def story(app: Flask) -> Practice:
    """A public story, whose files editors keep."""
    return StoryFactory.make()


@pytest.fixture
def thing(story: Practice) -> Reference:
    return Reference("practice", story.id)


@pytest.fixture
def editing(editor: Member, sign_in: SignIn) -> Visitor:
    """The browser of ``editor``."""
    return sign_in(editor)


def send(browser: Visitor, thing: Reference, data: bytes, name: str, **fields: Any) -> TestResponse:
    """Fill in the form of a file; the answer is not followed."""
    return browser.submit(
        f"/allegati/{thing.kind}/{thing.id}/nuovo",
        {"file": (BytesIO(data), name), **fields},
        action="/nuovo",
        follow=False,
    )
