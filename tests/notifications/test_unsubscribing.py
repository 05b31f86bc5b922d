"""One click stops one sort of mail to one member, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core import tokens
from core.contracts import Concern, Delivery
from core.database import db
from core.mail import TestMail
from core.registry import registry
from members.models import Member, MemberState
from notifications import services
from notifications.models import UnwantedMail
from tests.factories.members import MemberFactory
from tests.notifications.conftest import Rule, Server
from tests.visitor import Visitor, text_of

Happen = Callable[[Member], Delivery]


def path_of(member: Member, concern: Concern = Concern.REPLY) -> str:
    return f"/avvisi/disattiva/{services.unsubscribe_token(member.id, concern)}"


def off() -> list[tuple[int, Concern]]:
    db.session.rollback()
    return [(row.member_id, row.concern) for row in db.session.query(UnwantedMail)]


def test_opening_the_link_changes_nothing(visitor: Visitor) -> None:
    member = MemberFactory.make()
    page = visitor.page(path_of(member))
    assert "Risposte ai miei messaggi" in page.text_content()
    assert member.name not in page.text_content(), "whoever has the mail learns nothing new"
    assert off() == []
    assert visitor.last is not None
    assert visitor.last.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in visitor.last.headers


def test_a_mail_program_stops_it_and_may_ask_twice(app: Flask) -> None:
    member, other = MemberFactory.make(), MemberFactory.make()
    for _ in range(2):
        answer = Visitor(app).post(path_of(member), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200, "no redirect: RFC 8058"
    assert off() == [(member.id, Concern.REPLY)]
    assert (other.id, Concern.REPLY) not in off()


def test_the_button_stops_it(visitor: Visitor) -> None:
    member = MemberFactory.make()
    path = path_of(member)
    assert "Fatto." in text_of(visitor.submit(path, action=path))
    assert off() == [(member.id, Concern.REPLY)]


def forgeries(member: Member) -> dict[str, str]:
    good = services.unsubscribe_token(member.id, Concern.REPLY)
    payload, _, signature = good.partition(".")
    other = services.unsubscribe_token(member.id + 1, Concern.REPLY)
    return {
        "bent": good[:-10] + ("a" if good[-10] != "a" else "b") + good[-9:],
        "another member under this signature": f"{other.partition('.')[0]}.{signature}",
        "unsigned": payload,
        "signed for something else": tokens.sign("reset", [member.id, "reply"]),
        "what cannot be switched off": tokens.sign("unsubscribe", [member.id, "decision"]),
        "no such sort": tokens.sign("unsubscribe", [member.id, "nothing"]),
        "no such member": tokens.sign("unsubscribe", [member.id + 1_000, "reply"]),
        "another shape": tokens.sign("unsubscribe", {"member": member.id}),
    }


def taken(app: Flask, member: Member) -> list[str]:
    """The forged links that a site takes."""
    found = []
    for name, token in forgeries(member).items():
        answer = Visitor(app).post(f"/avvisi/disattiva/{token}")
        if answer.status_code != 410:
            found.append(name)
    return found


def test_forged_links_stop_nothing(app: Flask) -> None:
    member = MemberFactory.make()
    assert taken(app, member) == []
    assert off() == []


def test_a_site_that_does_not_look_at_signatures_is_seen(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin."""
    member = MemberFactory.make()
    monkeypatch.setattr(tokens, "read", lambda *_args, **_how: [member.id, "reply"])
    assert "bent" in taken(app, member)
    assert off() == [(member.id, Concern.REPLY)]


def test_an_old_link_is_no_key_to_anything_else(app: Flask) -> None:
    """Sent again after the member changed his or her mind: it stops that sort once more, only."""
    member = MemberFactory.make()
    browser = Visitor(app)
    browser.sign_in(member.email)
    Visitor(app).post(path_of(member))
    browser.submit("/il-mio-spazio/avvisi/preferenze", {"reply": "y"}, action="preferenze")
    assert off() == []
    Visitor(app).post(path_of(member))
    assert off() == [(member.id, Concern.REPLY)]


def test_who_left_is_unknown(app: Flask) -> None:
    member = MemberFactory.make(state=MemberState.REMOVED)
    assert Visitor(app).post(path_of(member)).status_code == 410


def test_preferences_show_and_change_it(app: Flask) -> None:
    member = MemberFactory.make()
    browser = Visitor(app)
    browser.sign_in(member.email)
    page = browser.page("/il-mio-spazio/avvisi/preferenze")
    form = next(form for form in page.forms if "reply" in form.fields)
    assert [form.fields[name] for name in ("reply", "mention", "own")] == ["y"] * 3
    token = form.fields["csrf_token"]
    browser.post("/il-mio-spazio/avvisi/preferenze", {"csrf_token": token, "own": "y"})
    assert set(off()) == {(member.id, Concern.REPLY), (member.id, Concern.MENTION)}
    page = browser.page("/il-mio-spazio/avvisi/preferenze")
    assert page.xpath("//input[@type='checkbox' and @checked]/@name") == ["own"]


@pytest.mark.parametrize("concern", Concern)
def test_what_a_real_server_gets(
    happen: Happen, rule: Rule, server: Server, concern: Concern, app: Flask
) -> None:
    from dataclasses import replace

    registry().notices["test"] = replace(registry().notices["test"], concern=concern)
    member = MemberFactory.make()
    happen(member)
    services.run_once()
    if not concern.is_mailed:
        assert server.taken == []
        return
    (message,) = server.taken
    if not concern.is_optional:
        assert message["List-Unsubscribe"] is None
        return
    link = message["List-Unsubscribe"].strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("http://localhost/avvisi/disattiva/")
    assert link in message.get_body(("plain",)).get_content().replace("=\n", "")
    Visitor(app).post(link.removeprefix("http://localhost"))
    assert off() == [(member.id, concern)]
    happen(member)
    services.run_once()
    assert len(server.taken) == 1, "the next one is not sent"


def test_the_demo_shows_the_link(happen: Happen, demo: None, rule: Rule) -> None:
    happen(MemberFactory.make())
    services.run_once()
    letter = db.session.query(TestMail).one()
    assert "/avvisi/disattiva/" in letter.text
    assert "/avvisi/disattiva/" in letter.html
