"""One form is one thing, however often and however much at once it is sent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import db
from forum.models import Post, Thread
from members.models import Member
from tests.factories.forum import ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.visitor import Visitor, form_values, parse

AT_ONCE = 6


@pytest.fixture
def member(app: Flask) -> Member:
    return member_with(of=OrganisationFactory.make())


@pytest.fixture
def thread(app: Flask) -> Thread:
    return ThreadFactory.make()


def send_together(app: Flask, member: Member, thread: Thread) -> list[tuple[int, str | None]]:
    """The same form from six windows of one browser at the same moment: what each is told."""
    path = f"/discussioni/{thread.id}"
    browser = Visitor(app)
    browser.sign_in(member.email)
    form = next(f for f in parse(browser.get(path)).forms if (f.get("action") or "") == path)
    data = {**form_values(form), "text": "Un messaggio solo."}
    cookie = browser._client.get_cookie("gemella")
    assert cookie is not None
    db.session.rollback()
    gate = threading.Barrier(AT_ONCE)

    def send() -> tuple[int, str | None]:
        client = app.test_client()
        client.set_cookie("gemella", cookie.value)
        gate.wait(timeout=20)
        answer = client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"})
        return answer.status_code, answer.location

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [future.result() for future in [pool.submit(send) for _ in range(AT_ONCE)]]
    db.session.rollback()
    return answers


def posts() -> int:
    return db.session.scalar(select(func.count()).select_from(Post)) or 0


def test_identical_forms_at_once_lead_to_the_first_result(
    app: Flask, member: Member, thread: Thread
) -> None:
    answers = send_together(app, member, thread)
    assert {status for status, _ in answers} == {302}
    assert len({place for _, place in answers}) == 1
    assert posts() == 1


def test_the_check_above_can_fail(
    app: Flask, member: Member, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that does not ask what the form made before."""
    monkeypatch.setattr("core.submissions.made_by", lambda *_: None)
    answers = send_together(app, member, thread)
    assert {status for status, _ in answers} != {302}
