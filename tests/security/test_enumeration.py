"""Nobody learns from the answers who has a profile here: not from words, not from the time."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from core.database import db
from core.throttle import Attempt
from portal.factory import create_app
from tests.conftest import build_settings
from tests.security import world as worlds
from tests.security.browser import Answer, Browser
from tests.security.conftest import As
from tests.security.world import ACCOUNTS, DOMAIN
from tests.visitor import DEMO_PASSWORD

# An active member, one without a confirmed address, one who is suspended, one who left, nobody.
KNOWN = {
    "active": f"registrato@{DOMAIN}",
    "administrator": f"admin@{DOMAIN}",
    "unconfirmed": f"nonconfermato@{DOMAIN}",
    "suspended": f"sospeso@{DOMAIN}",
    "removed": f"rimosso@{DOMAIN}",
    "nobody": f"chi.non.esiste@{DOMAIN}",
    "another case": f"REGISTRATO@{DOMAIN.upper()}",
}
GAP_SECONDS = 0.015
TRIES = 40


def sign_in(browser: Browser, email: str) -> Answer:
    fields = [("email", email), ("password", "una frase che non è giusta")]
    return _send(browser, "/accedi", fields)


def register(browser: Browser, email: str) -> Answer:
    fields = [
        ("first_name", "Aldo"),
        ("last_name", "Prova"),
        ("email", email),
        ("password", "quattro parole di prova insieme"),
        ("privacy", "y"),
    ]
    return _send(browser, "/registrati", fields)


def forget(browser: Browser, email: str) -> Answer:
    return _send(browser, "/password-dimenticata", [("email", email)])


def resend(browser: Browser, email: str) -> Answer:
    return _send(browser, "/registrati/nuovo-collegamento", [("email", email)])


def _send(browser: Browser, path: str, fields: list[tuple[str, str]]) -> Answer:
    return browser.post(path, [("csrf_token", browser.token(path)), *fields])


DOORS = (sign_in, register, forget, resend)
Door = Callable[[Browser, str], Answer]


def words_of(answer: Answer, email: str) -> tuple[object, ...]:
    """All that an answer says, but for the token and the address that was typed."""
    body = re.sub(r'(name="(?:csrf_token|submission_key)"[^>]*value=")[^"]*', r"\\1", answer.text)
    headers = {
        name: re.sub("=.*?;", "=;", value)
        for name, value in answer.headers
        if name not in ("X-Request-Id", "Date")
    }
    return answer.status, body.replace(email, "…"), headers


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_address_gets_the_same_answer(door: Door, browse_as: As) -> None:
    answers = {}
    for name, email in KNOWN.items():
        browser = browse_as("visitor")
        answer = door(browser, email)
        status, body, headers = words_of(answer, email)
        # The address comes back as it was typed, with as many letters.
        headers.pop("Content-Length", None)  # type: ignore[attr-defined]
        answers[name] = (status, body, headers)
    different = {name for name, said in answers.items() if said != answers["nobody"]}
    assert different == set()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_limits_do_not_tell_either(door: Door, browse_as: As) -> None:
    """After too many tries, too, the unknown address is told the same."""
    said = {}
    for name in ("active", "nobody"):
        browser = browse_as("visitor")
        statuses = [door(browser, KNOWN[name]).status for _ in range(12)]
        said[name] = statuses
    assert said["active"] == said["nobody"]
    assert 429 in said["active"]


def test_a_door_that_tells_is_seen(browse_as: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin: a reset that says when it knows nobody."""
    from members.services import registration
    from members.services.registration import TooMany

    asked = registration.ask_for_reset

    def telling(*, email: str, network: str) -> None:
        if email.startswith("chi.non.esiste"):
            raise TooMany
        asked(email=email, network=network)

    monkeypatch.setattr(registration, "ask_for_reset", telling)
    known = words_of(forget(browse_as("visitor"), KNOWN["active"]), KNOWN["active"])
    nobody = words_of(forget(browse_as("visitor"), KNOWN["nobody"]), KNOWN["nobody"])
    assert known != nobody


def test_profiles_do_not_tell_addresses(browse_as: As) -> None:
    """Addresses stand on no page but the own one's."""
    for role, path in (("visitor", "/iscritti"), ("registered", "/iscritti/tommaso-lorusso")):
        assert DOMAIN not in browse_as(role).get(path).text


# Time.


@pytest.fixture
def real_site(template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The site with passwords kept as they are kept outside of tests."""
    worlds.copy(template, tmp_path)
    app = create_app(replace(build_settings(tmp_path), testing=False))
    with app.app_context():
        _keep_passwords_strongly()
    yield app
    with app.app_context():
        db.engine.dispose()


def _keep_passwords_strongly() -> None:
    from members.models import Member
    from members.services.passwords import hash_password

    strong = hash_password(DEMO_PASSWORD)
    db.session.query(Member).filter(Member.password_hash.startswith("$argon2")).update(
        {"password_hash": strong}
    )
    db.session.commit()


def gap(app: Flask, door: Door, known: list[str], unknown: list[str]) -> float:
    """The difference of the median times for addresses of both sorts, asked in turn."""
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(TRIES):
        pair = (("known", known), ("unknown", unknown))
        # Neither sort is always the first.
        for name, emails in pair if number % 2 else pair[::-1]:
            browser = Browser(app)
            path = {"sign_in": "/accedi", "register": "/registrati"}.get(
                door.__name__, "/password-dimenticata"
            )
            browser.token(path)
            begin = time.perf_counter()
            answer = door(browser, emails[number % len(emails)])
            took = time.perf_counter() - begin
            assert answer.status in (303, 422), answer.status
            times[name].append(took)
            with app.app_context():
                db.session.query(Attempt).delete()
                db.session.commit()
    return abs(statistics.median(times["known"]) - statistics.median(times["unknown"]))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("door", DOORS[:3], ids=lambda door: door.__name__)
def test_the_time_tells_nothing(door: Door, real_site: Flask) -> None:
    known = [f"{mailbox}@{DOMAIN}" for mailbox in list(ACCOUNTS.values())[:10]]
    unknown = [f"nessuno.{number}@{DOMAIN}" for number in range(1_000)]
    # A busy machine may spoil some measurements, not six.
    gaps = [gap(real_site, door, known, unknown)]
    while gaps[-1] >= GAP_SECONDS and len(gaps) < 6:
        gaps.append(gap(real_site, door, known, unknown))
    assert gaps[-1] < GAP_SECONDS, gaps


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_door_that_is_quick_for_strangers_is_seen(
    real_site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: without the comparison that unknown addresses cost, too."""
    from members.services import sessions

    compare = sessions.is_right
    monkeypatch.setattr(
        sessions,
        "is_right",
        lambda password_hash, password: (
            password_hash is not None and compare(password_hash, password)
        ),
    )
    known = [f"{mailbox}@{DOMAIN}" for mailbox in list(ACCOUNTS.values())[:10]]
    unknown = [f"nessuno.{number}@{DOMAIN}" for number in range(1_000)]
    assert gap(real_site, sign_in, known, unknown) > GAP_SECONDS
