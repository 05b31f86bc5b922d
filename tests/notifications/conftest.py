"""A rule of the tests' own, and a mail server that can be made to fail."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from core.config import Settings, SmtpServer
from core.contracts import Delivery, Notice, NoticeRule
from core.events import announce
from core.flags import DEMO, set_flag
from core.registry import registry_of
from core.transactions import transaction
from members.models import Member
from members.signals import MemberReinstated
from notifications import services


@dataclass
class Rule:
    """A rule whose answers a test sets."""

    recipients: list[int] = field(default_factory=list)
    notice: Notice | None = field(
        default_factory=lambda: Notice(
            subject="Una notizia\nper te",
            template="members/mail/password_changed",
            context={"reset_url": "http://localhost/x"},
        )
    )
    fault: Exception | None = None
    built: int = 0

    def build(self, _fact: Any, _member_id: int) -> Notice | None:
        self.built += 1
        if self.fault is not None:
            raise self.fault
        return self.notice


@pytest.fixture
def rule(app: Flask) -> Iterator[Rule]:
    """The only rule of the application, about members who are reinstated."""
    found = Rule()
    registry = registry_of(app)
    before = dict(registry.notices)
    registry.notices.clear()
    registry.add_notice(
        NoticeRule(
            name="test",
            fact=MemberReinstated,
            recipients=lambda _fact: found.recipients,
            build=found.build,
        )
    )
    yield found
    registry.notices.clear()
    registry.notices.update(before)


@pytest.fixture
def happen(app: Flask, rule: Rule) -> Callable[[Member], Delivery]:
    """Let the fact of the rule happen to a member, who is its recipient, and queue its mail."""

    def do(member: Member) -> Delivery:
        rule.recipients = [member.id]
        with transaction():
            fact = MemberReinstated(member_id=member.id)
            event = announce(fact)
        delivery = Delivery(outbox_id=0, event_id=event.id, fact=fact)
        services.queue([delivery])
        return delivery

    return do


@pytest.fixture
def demo(app: Flask) -> None:
    """An installation whose mail stays in the mailbox page."""
    with transaction():
        set_flag(DEMO, "1")


class Server:
    """A mail server: refuses the next mails, or hangs up after it has taken them."""

    def __init__(self) -> None:
        self.refuse = 0
        self.hang_up = 0
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hang_up:
            self.hang_up -= 1
            server.transport.abort()
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.taken]


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    """A mail server on this machine, which the application is told to use."""
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings: Settings = app.config["GEMELLA"]
    app.config["GEMELLA"] = replace(
        settings, smtp=SmtpServer("127.0.0.1", port), mail_from="Gemella <noreply@localhost>"
    )
    yield handler
    app.config["GEMELLA"] = settings
    controller.stop()
