"""Who takes part in the tests of the forum."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core.actor import Role
from forum.models import Thread
from members.models import Member
from organisations.models import Organisation
from tests.factories.forum import ThreadFactory
from tests.factories.members import MemberFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor

SignIn = Callable[[Member], Visitor]


@pytest.fixture
def body(app: Flask) -> Organisation:
    return OrganisationFactory.make(name="Comune di Lecce")


@pytest.fixture
def verified(body: Organisation) -> Member:
    """A member whom a body has confirmed."""
    return member_with(of=body, first_name="Giulio", last_name="Fornaro")


@pytest.fixture
def registered(app: Flask) -> Member:
    """A member without a body: a moderator reads first."""
    return MemberFactory.make(first_name="Lucia", last_name="Ferrante")


@pytest.fixture
def moderator(app: Flask) -> Member:
    return member_with(Role.MODERATOR, first_name="Paola", last_name="Moretti")


@pytest.fixture
def thread(app: Flask) -> Thread:
    return ThreadFactory.make(title="Chi guida l’accordo di area?")


@pytest.fixture
def signed_in(app: Flask) -> SignIn:
    """A browser in which this member is signed in."""

    def sign_in(member: Member) -> Visitor:
        browser = Visitor(app)
        browser.sign_in(member.email)
        return browser

    return sign_in
