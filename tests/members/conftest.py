"""What the tests of members share: the mail that they get, bodies to belong to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core import outbox
from core.database import db
from core.flags import DEMO, set_flag
from core.mail import TestMail
from core.transactions import transaction
from notifications import services as notifications
from organisations.models import Organisation
from tests.factories.organisations import OrganisationFactory

Post = Callable[[], list[TestMail]]


@pytest.fixture
def post(app: Flask) -> Post:
    """Deliver what is on its way, into the demo's mailbox, and return all letters, oldest first."""
    with transaction():
        set_flag(DEMO, "1")

    def deliver() -> list[TestMail]:
        db.session.rollback()
        outbox.drain(notifications.CONSUMER)
        notifications.run_once()
        db.session.expire_all()
        return db.session.query(TestMail).order_by(TestMail.id).all()

    return deliver


@pytest.fixture
def puglia(app: Flask) -> Organisation:
    """A body."""
    return OrganisationFactory.make(name="Regione Puglia", slug="regione-puglia")
