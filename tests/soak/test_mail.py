"""A mail server that refuses and that breaks off: every mail arrives, few of them twice."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from core import clock, outbox
from core.config import SmtpServer
from core.database import db
from core.events import announce
from core.registry import registry
from core.transactions import transaction
from members.models import MemberState
from members.signals import MemberRegistered
from notifications.models import MailState, Notification
from notifications.services import message_id, send_due
from tests.factories.members import MemberFactory
from tests.soak.conftest import Record
from tests.whole_site import free_port

pytestmark = [pytest.mark.soak, pytest.mark.database("sqlite", "postgresql")]

MAILS = 80
REFUSALS = 50
DROPS = 5


class Capricious:
    """Refuses the first fifty, takes five more and breaks off before it says so, then behaves."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.refused = self.dropped = self.port = 0

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refused < REFUSALS:
            self.refused += 1
            return ("451 not now", "550 no such mailbox")[self.refused % 2]
        found = re.search(rb"(?im)^Message-ID:\s*(<[^>]+>)", envelope.content)
        assert found
        self.got.append(found[1].decode())
        if self.dropped < DROPS:
            self.dropped += 1
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 taken"


@pytest.fixture
def capricious() -> Any:
    handler = Capricious()
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


def deliver(app: Flask, handler: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have many mails queued and sent until none waits; return their Message-IDs."""
    settings = replace(app.config["GEMELLA"], smtp=SmtpServer("127.0.0.1", handler.port))
    monkeypatch.setitem(app.config, "GEMELLA", settings)
    with transaction():
        for _ in range(MAILS):
            member = MemberFactory.make(state=MemberState.UNCONFIRMED)
            announce(MemberRegistered(member_id=member.id))
    with app.test_request_context(base_url="http://localhost"):
        while outbox.drain(registry().consumers["mail"]):
            pass
        wanted = [message_id(row) for row in db.session.scalars(select(Notification))]
        moment = clock.now()
        began = time.monotonic()
        for _ in range(60):
            moment += timedelta(days=3)
            with time_machine.travel(moment, tick=False):
                send_due(MAILS * 2)
            waiting = select(Notification.id).where(Notification.state == MailState.QUEUED)
            if db.session.scalars(waiting).first() is None:
                break
        assert time.monotonic() - began < 120
    return wanted


def test_every_mail_arrives_and_few_come_twice(
    app: Flask, capricious: Any, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    wanted = deliver(app, capricious, monkeypatch)
    got = Counter(capricious.got)
    doubles = sum(got.values()) - len(got)
    record_property("mail", f"{len(got)} of {len(wanted)}, {doubles} twice, {DROPS} drops")
    assert (capricious.refused, capricious.dropped) == (REFUSALS, DROPS)
    assert len(wanted) == len(set(wanted)) >= MAILS
    assert set(got) == set(wanted)
    assert doubles <= DROPS
    states = set(db.session.scalars(select(Notification.state)))
    assert states == {MailState.SENT}


def test_the_check_above_can_fail(
    app: Flask, capricious: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that gives a refused mail up."""
    monkeypatch.setattr(
        "notifications.services.mails._put_off",
        lambda number, _error: _finish(number),
    )
    wanted = deliver(app, capricious, monkeypatch)
    assert set(capricious.got) < set(wanted)


def _finish(number: int) -> None:
    with transaction() as session:
        session.get_one(Notification, number).state = MailState.SENT
