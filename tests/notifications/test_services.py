"""Every member is told of every event exactly once, and nothing is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from core import clock
from core.contracts import Delivery, Notice
from core.database import db
from core.mail import TestMail
from core.transactions import transaction
from members.models import Member, MemberState
from members.signals import MemberReinstated, MemberSuspended
from notifications import queries, services
from notifications.models import MailState, Notification
from notifications.services import mails
from tests.factories.members import MemberFactory
from tests.notifications.conftest import Rule, Server

Happen = Callable[[Member], Delivery]


def row() -> Notification:
    db.session.expire_all()
    return db.session.query(Notification).one()


def later(**how: Any) -> Any:
    return time_machine.travel(clock.now() + timedelta(**how), tick=False)


def test_a_mail_goes_once(happen: Happen, demo: None, rule: Rule) -> None:
    member = MemberFactory.make(first_name="Anna", last_name="Scalera", email="a@ente.example")
    delivery = happen(member)
    services.queue([delivery, delivery])
    services.queue([delivery])
    assert services.run_once() == 1
    assert services.run_once() == 0
    assert (row().state, row().attempts, row().error) == (MailState.SENT, 1, "")
    letter = db.session.query(TestMail).one()
    assert letter.to == "a@ente.example"
    assert letter.text.startswith("Buongiorno Anna,")
    assert letter.message_id == f"<{delivery.event_id}-{member.id}-test@localhost>"
    assert queries.queue_sizes()[MailState.SENT] == 1


def test_only_facts_with_a_rule_are_wanted(app: Flask, rule: Rule) -> None:
    assert services.wants(MemberReinstated(member_id=1))
    assert not services.wants(MemberSuspended(member_id=1))


def test_rows_that_race_are_one(app: Flask, happen: Happen, rule: Rule) -> None:
    """The worker may be given the same delivery again, even at the same time."""
    delivery = happen(MemberFactory.make())
    db.session.query(Notification).delete()
    db.session.commit()

    def again(_number: int) -> None:
        with app.app_context():
            services.queue([delivery])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(again, range(12)))
    assert db.session.query(Notification).count() == 1


def test_many_recipients_each_get_one(app: Flask, rule: Rule, happen: Happen, demo: None) -> None:
    members = [MemberFactory.make() for _ in range(5)]
    delivery = happen(members[0])
    rule.recipients = [member.id for member in members] * 2
    services.queue([delivery])
    assert services.run_once() == 5
    assert db.session.query(TestMail).count() == 5


def test_nothing_to_say_is_dropped(happen: Happen, demo: None, rule: Rule) -> None:
    happen(MemberFactory.make())
    rule.notice = None
    services.run_once()
    assert row().state is MailState.DROPPED
    assert db.session.query(TestMail).count() == 0


def test_who_left_gets_nothing(happen: Happen, demo: None, rule: Rule) -> None:
    happen(MemberFactory.make(state=MemberState.REMOVED))
    services.run_once()
    assert (row().state, rule.built) == (MailState.DROPPED, 0)


def test_a_mail_speaks_its_readers_language(happen: Happen, demo: None, rule: Rule) -> None:
    from members.notifications import _link

    seen = {}

    def build(_fact: Any, _member_id: int) -> Notice:
        seen["url"] = _link("members.sign_in")
        return Notice(
            subject="x",
            template="members/mail/password_changed",
            context={"reset_url": seen["url"]},
        )

    rule.build = build  # type: ignore[method-assign]
    from core.registry import registry

    registry().notices["test"] = (
        registry()
        .notices["test"]
        .__class__(
            name="test",
            fact=MemberReinstated,
            recipients=lambda _fact: rule.recipients,
            build=build,
        )
    )
    happen(MemberFactory.make(language="de"))
    services.run_once()
    assert seen["url"] == "http://localhost/de/accedi"
    assert '<html lang="de">' in db.session.query(TestMail).one().html


def test_what_fails_waits_longer_each_time(happen: Happen, demo: None, rule: Rule) -> None:
    happen(MemberFactory.make())
    rule.fault = ValueError("planted")
    pauses = []
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(25):
            assert services.run_once() == 1
            assert services.run_once() == 0, "not before it is due"
            pauses.append(row().due_at - clock.now())
            traveller.move_to(row().due_at)
        assert pauses[:3] == [timedelta(seconds=s) for s in (30, 60, 120)]
        assert pauses == sorted(pauses)
        assert pauses[-1] == timedelta(days=2)
        assert row().state is MailState.QUEUED, "never given up"
        assert "planted" in row().error
        rule.fault = None
        services.run_once()
    assert (row().state, row().attempts, row().error) == (MailState.SENT, 26, "")


def test_one_that_fails_does_not_hold_up_the_others(happen: Happen, demo: None, rule: Rule) -> None:
    members = [MemberFactory.make() for _ in range(3)]
    for member in members:
        happen(member)
    broken = members[0].id
    sound = rule.notice

    def build(_fact: Any, member_id: int) -> Notice | None:
        if member_id == broken:
            raise ValueError("planted")
        return sound

    from dataclasses import replace

    from core.registry import registry

    registry().notices["test"] = replace(registry().notices["test"], build=build)
    assert services.run_once() == 3
    assert db.session.query(TestMail).count() == 2


def test_a_rule_that_is_gone_keeps_its_mails(happen: Happen, demo: None, rule: Rule) -> None:
    """A version that is rolled back must not lose what it cannot say."""
    from core.registry import registry

    happen(MemberFactory.make())
    registry().notices.clear()
    services.run_once()
    assert row().state is MailState.QUEUED
    assert "KeyError" in row().error


def test_without_server_and_demo_mails_wait(
    app: Flask, happen: Happen, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(mails, "_told", False)
    monkeypatch.setattr(mails.log, "warning", lambda event, **_how: said.append(event))
    happen(MemberFactory.make())
    for _ in range(3):
        assert services.run_once() == 0
    assert row().state is MailState.QUEUED
    assert row().attempts == 0
    assert said == ["mail.no_server"], "said once, not at every turn"


def test_a_row_that_is_taken_is_nobody_elses(happen: Happen, demo: None, rule: Rule) -> None:
    """Killed between taking and sending: the row comes back when its lease is over."""
    happen(MemberFactory.make())
    assert mails._claim() == row().id
    assert mails._claim() is None
    assert services.run_once() == 0
    with later(minutes=6):
        assert services.run_once() == 1


def test_two_senders_never_send_the_same(
    app: Flask, happen: Happen, rule: Rule, server: Server
) -> None:
    for _ in range(12):
        happen(MemberFactory.make())
    start = threading.Barrier(3)

    def send(_number: int) -> int:
        with app.app_context():
            start.wait()
            return services.send_due(20)

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(send, range(3)))
    assert sum(counts) == 12
    assert len(server.ids) == len(set(server.ids)) == 12


def test_a_server_that_refuses_and_then_accepts(happen: Happen, rule: Rule, server: Server) -> None:
    for _ in range(3):
        happen(MemberFactory.make())
    server.refuse = 5
    for turn in range(4):
        with later(hours=turn):
            services.run_once()
    assert len(set(server.ids)) == len(server.ids) == 3
    states = {mail.state for mail in db.session.query(Notification)}
    assert states == {MailState.SENT}


def test_a_server_that_hangs_up_after_data(happen: Happen, rule: Rule, server: Server) -> None:
    """It may have taken the mail or not: sent again, under the same id, and never lost."""
    for _ in range(3):
        happen(MemberFactory.make())
    server.hang_up = 2
    for turn in range(3):
        with later(hours=turn):
            services.run_once()
    assert len(set(server.ids)) == 3
    assert len(server.ids) == 5, "doubles are as many as the drops"
    assert {mail.state for mail in db.session.query(Notification)} == {MailState.SENT}


def test_what_a_real_server_gets(happen: Happen, rule: Rule, server: Server) -> None:
    member = MemberFactory.make(
        first_name="Zoë\r\nBcc: spia@ente.example", last_name="Ülpia", email="zoe@ente.example"
    )
    happen(member)
    services.run_once()
    (message,) = server.taken
    assert message["To"].addresses[0].addr_spec == "zoe@ente.example"
    assert message["Bcc"] is None
    assert message["From"].addresses[0].addr_spec == "noreply@localhost"
    assert message["Subject"] == "Una notizia per te – Gemella"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().startswith("Buongiorno Zoë")
    html = message.get_body(("html",)).get_content()
    assert "src=" not in html, "readable without pictures"


def test_no_server_at_all(app: Flask, happen: Happen, rule: Rule, server: Server) -> None:
    from dataclasses import replace

    from core.config import SmtpServer

    app.config["GEMELLA"] = replace(app.config["GEMELLA"], smtp=SmtpServer("127.0.0.1", 1))
    happen(MemberFactory.make())
    services.run_once()
    assert row().state is MailState.QUEUED
    assert "ConnectionRefusedError" in row().error


def test_queueing_joins_the_transaction_around_it(app: Flask, happen: Happen, rule: Rule) -> None:
    delivery = happen(MemberFactory.make())
    db.session.query(Notification).delete()
    db.session.commit()
    with pytest.raises(RuntimeError), transaction():
        services.queue([delivery])
        raise RuntimeError("planted")
    assert db.session.query(Notification).count() == 0


def test_of_two_rules_the_more_urgent_one_tells(
    app: Flask, happen: Happen, demo: None, rule: Rule
) -> None:
    from dataclasses import replace

    from core.contracts import Concern
    from core.registry import registry

    first = registry().notices["test"]
    registry().add_notice(
        replace(first, name="test.followed", concern=Concern.FOLLOWED, build=None),
        replace(first, name="test.reply", concern=Concern.REPLY),
    )
    registry().notices["test"] = replace(first, concern=Concern.MENTION)
    happen(MemberFactory.make())
    assert row().rule == "test.reply"
    services.run_once()
    assert db.session.query(TestMail).count() == 1


def test_what_is_only_followed_goes_by_no_mail(happen: Happen, demo: None, rule: Rule) -> None:
    from dataclasses import replace

    from core.contracts import Concern
    from core.registry import registry

    registry().notices["test"] = replace(
        registry().notices["test"], concern=Concern.FOLLOWED, says=lambda _fact, name: name
    )
    member = MemberFactory.make()
    happen(member)
    assert services.run_once() == 0
    assert (row().state, row().about_kind, row().about_id) == (MailState.NONE, "member", member.id)


def test_a_mail_that_is_not_wanted_is_dropped(happen: Happen, demo: None, rule: Rule) -> None:
    """Asked when it goes out: who switches mails off while one waits does not get it."""
    from core.contracts import Concern
    from notifications.models import UnwantedMail

    member = MemberFactory.make()
    happen(member)
    db.session.add(UnwantedMail(member_id=member.id, concern=Concern.OWN, since=clock.now()))
    db.session.commit()
    services.run_once()
    assert (row().state, rule.built) == (MailState.DROPPED, 0)
