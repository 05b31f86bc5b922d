"""Who keeps the register in these tests."""

from __future__ import annotations

import pytest
from flask import Flask

from core.actor import Role
from tests.factories.members import member_with
from tests.visitor import Visitor


@pytest.fixture
def administrator(app: Flask) -> Visitor:
    """An administrator who has signed in."""
    browser = Visitor(app)
    browser.sign_in(member_with(Role.ADMINISTRATOR).email)
    return browser


@pytest.fixture
def member(app: Flask) -> Visitor:
    """A member without any role who has signed in."""
    browser = Visitor(app)
    browser.sign_in(member_with().email)
    return browser
