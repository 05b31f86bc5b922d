"""Mail on its way out: how a message is made and handed over."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.config import Settings, SmtpServer
from core.database import Model, Moment, Numbered, db
from core.transactions import transaction

_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A finished mail; ``message_id`` is the same however often it is sent.

    ``unsubscribe`` is the address that stops mails of this sort, ``""`` where nothing does.
    """

    to: str
    to_name: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str
    unsubscribe: str = ""


class Carrier(Protocol):
    """Somebody who delivers letters, and raises where it could not."""

    def deliver(self, letter: Letter) -> None: ...


class TestMail(Numbered, Model):
    """A letter that stayed here, because this installation is a demo without a mail server."""

    __test__ = False  # not a test, whatever its name looks like to a test runner
    __tablename__ = "test_mails"

    to: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[Moment]


class Mailbox:
    """Keeps letters in the database, for the demo's mailbox page."""

    def deliver(self, letter: Letter) -> None:
        with transaction() as session:
            known = session.query(TestMail.id).filter_by(message_id=letter.message_id).first()
            if known is None:
                session.add(
                    TestMail(
                        to=letter.to,
                        subject=letter.subject,
                        text=letter.text,
                        html=letter.html,
                        message_id=letter.message_id,
                        at=clock.now(),
                    )
                )


class Smtp:
    """Hands letters to a mail server, one connection a letter."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    def deliver(self, letter: Letter) -> None:
        connection = self._connect()
        try:
            connection.send_message(self._message(letter))
            # It is delivered: a server that is rude at the end must not have it sent again.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = _address(*parseaddr(self._sender))
        message["To"] = _address(letter.to_name, letter.to)
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = letter.message_id
        message["Content-Language"] = letter.language
        message["Auto-Submitted"] = "auto-generated"
        if letter.unsubscribe:
            # RFC 8058: the mail program itself sends the form, by POST, when its button is pressed.
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def carrier(settings: Settings) -> Carrier:
    """Who delivers mail here: the configured server, else the mailbox page."""
    if settings.smtp is None:
        return Mailbox()
    return Smtp(settings.smtp, settings.mail_from)


def render(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Text and HTML of a mail: the templates ``<template>.txt`` and ``<template>.html``.

    Without what pages have around them (menus, who reads): a mail is the same wherever it is made.
    """
    templates = current_app.jinja_env
    text = templates.get_template(f"{template}.txt").render(context)
    html = templates.get_template(f"{template}.html").render(context)
    return text.strip() + "\n", html


def latest_test_mails(limit: int = 50) -> list[TestMail]:
    """What the mailbox page shows, newest first."""
    return db.session.query(TestMail).order_by(TestMail.id.desc()).limit(limit).all()


def _address(name: str, spec: str) -> Address:
    """Built from parts, so that no name can smuggle in a header."""
    return Address(display_name=" ".join(name.split()), addr_spec=spec)
