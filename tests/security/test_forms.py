"""Every form of the site, found by walking through it, takes whatever is typed into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.security.browser import Answer, File, FormFound, forms_of, replaced
from tests.security.conftest import As
from tests.security.crawl import Crawl, rule_of
from tests.security.expectations import FORMS, SEARCHES
from tests.security.form_attack import Attack, Report, kept, refused, survived
from tests.security.world import DATABASE, World

ATTACKERS = sorted({form.who for form in FORMS.values()})
# These attack in every run: together they send forms of every package, after walks that other tests
# need anyway. The others' forms share their sorts of fields and their checks, and are sent by
# test_permissions.py and test_tokens.py; they are attacked in the long run.
IN_EVERY_RUN = {"visitor", "registered", "puglia"}


def unknown_forms(app: Flask, found: Iterable[FormFound]) -> set[str]:
    """Forms and fields of which the table says nothing."""
    faults = set()
    for form in found:
        rule = rule_of(app, form.path, form.method)
        if form.method == "GET":
            known = SEARCHES.get(rule, (frozenset(), None))[0]
        else:
            known = frozenset(FORMS[rule].fields) if rule in FORMS else frozenset()
        if not known:
            faults.add(f"{form.method} {rule} on {form.page}: unknown form")
        faults |= {f"{form.method} {rule}: unknown field {name}" for name in form.names - known}
    return faults


def chosen(app: Flask, who: str, found: Iterable[FormFound]) -> Iterator[tuple[str, FormFound]]:
    """Of each form that this role attacks one, and more where others have more fields."""
    seen: dict[str, set[str]] = {}
    for form in found:
        rule = rule_of(app, form.path, form.method)
        expected = FORMS.get(rule) if form.method == "POST" else None
        if expected is None or expected.who != who or not expected.is_on(form.page):
            continue
        names = seen.setdefault(rule, set())
        if not names or not form.names <= names:
            names |= form.names
            yield rule, form


def found_by(pages: Iterable[Answer]) -> list[FormFound]:
    return [form for page in pages if page.is_page for form in forms_of(page)]


@pytest.fixture
def attacks(
    site: Flask,
    browse_as: As,
    crawled: Callable[[str], Crawl],
    restore: Callable[[], None],
    write_report: Callable[[str, list[str]], None],
) -> Callable[..., list[str]]:
    """Attack all forms of a role; the faults, and what else is wrong with the table."""

    def attack(who: str, run: Callable[[Attack], Report], *, thorough: bool) -> list[str]:
        walk = crawled(who)
        browser = browse_as(who)
        browser.cookie = walk.cookie
        found = found_by(walk.pages.values())
        reports: list[Report] = []
        rules = set()
        for rule, form in chosen(site, who, found):
            database = site.config["GEMELLA"].data / DATABASE
            one = Attack(browser, form, FORMS[rule], rule, restore, database, thorough)
            reports.append(run(one))
            rules.add(rule)
        write_report(f"forms-{who}", [line for report in reports for line in report.lines])
        expected = {rule for rule, form in FORMS.items() if form.who == who}
        faults = sorted(unknown_forms(site, found))
        faults += [f"POST {rule} was not found" for rule in sorted(expected - rules)]
        return faults + [fault for report in reports for fault in report.faults]

    return attack


@pytest.mark.parametrize(
    "who",
    [pytest.param(who, marks=() if who in IN_EVERY_RUN else pytest.mark.soak) for who in ATTACKERS],
)
def test_every_form_takes_whatever_is_typed(who: str, attacks: Callable[..., list[str]]) -> None:
    faults = attacks(who, Attack.run, thorough=False)
    assert faults == [], "\n".join(faults)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ATTACKERS)
def test_every_field_takes_whatever_is_typed(who: str, attacks: Callable[..., list[str]]) -> None:
    def run(attack: Attack) -> Report:
        attack.run()
        return attack.run_alone()

    faults = attacks(who, run, thorough=True)
    assert faults == [], "\n".join(faults)


def test_the_key_of_one_form_counts_for_nothing_in_another(
    site: Flask, browse_as: As, world: World
) -> None:
    """Forms are known again by a key that their page brought; somebody sends one key with all."""
    active = world.things["twinning_active"].slug
    own = world.things["twinning_own_draft"].slug
    trento = "provincia-autonoma-di-trento"
    suspended = world.things["twinning_suspended"].slug
    makers = {
        f"/discussioni/{world.things['thread_open'].id}": "verified administrator",
        "/discussioni/nuova": "verified administrator",
        "/invia-una-storia?tipo=offro": "verified administrator",
        "/il-mio-spazio/appartenenze?ente=comune": "former administrator",
        "/enti/nuovo": "administrator",
        f"/enti/{trento}/invita": "trento",
        "/il-mio-spazio/inviti/ente": "coordinator",
        f"/gemellaggi/{own}/partecipanti/invita/nuovo": "puglia",
        "/gemellaggi/nuovo": "coordinator administrator",
        f"/gemellaggi/{active}/partecipanti/aggiungi": "administrator",
        f"/gemellaggi/{suspended}/partecipanti/invita": "coordinator",
        "/registrati": "visitor",
        f"/corrispondenze/{world.things['match_reachable'].id}": "puglia",
        f"/allegati/practice/{world.things['story_published'].id}/nuovo": "editor",
        f"/segnala/post/{world.things['post_visible'].id}": "visitor verified",
    }
    rules = {rule for rule, form in FORMS.items() if "submission_key" in form.fields}
    rules = {rule for rule in rules if "/modifica" not in rule}
    tried, faults = set(), []
    for path, roles in makers.items():
        for who in roles.split():
            browser = browse_as(who)
            page = path.partition("?")[0]
            form = next(
                one
                for one in forms_of(browser.get(path))
                if one.path.startswith(page) and "submission_key" in one.names
            )
            rule = rule_of(site, form.path, form.method)
            attack = Attack(browser, form, FORMS[rule], rule, lambda: None, Path())
            fields = replaced(attack.fields(), {"submission_key": "la stessa chiave"})
            files = any(isinstance(value, File) for _, value in fields)
            first, second = (browser.post(form.action, fields, files=files) for _ in range(2))
            tried.add(rule)
            # The second sending leads to what the first one made.
            if max(first.status, second.status) >= 400 or first.location != second.location:
                faults.append(f"{who} on {path}: {first}, {second}")
    assert faults == []
    assert tried == rules


# The twins: each judge sees the fault that it is there for.

FORM = """<!DOCTYPE html><html lang="it"><body><form method="post" action="/prova">
<input type="hidden" name="csrf_token" value="x">
<label for="title">Titolo</label>
<input id="title" name="title" value="{value}"{wiring}>{error}
<input type="password" name="password"{secret}></form></body></html>"""
ERROR = '<p id="title-error">È troppo lungo.</p>'
WIRING = ' aria-invalid="true" aria-describedby="title-error"'


def answer(status: int = 422, *, seconds: float = 0.1, **parts: str) -> Answer:
    values = {"value": "prova", "wiring": WIRING, "error": ERROR, "secret": ""} | parts
    return Answer(
        "POST",
        "/prova",
        status,
        [("Content-Type", "text/html; charset=utf-8")],
        FORM.format(**values).encode(),
        seconds,
    )


def judged(one: Answer) -> list[str]:
    form = forms_of(answer())[0]
    return [
        *survived(one),
        *refused(one, form, ["title"], secret=["password"]),
        *kept(one, form, {"title": "prova\0"}),
    ]


def test_a_form_in_order_passes() -> None:
    assert judged(answer()) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (answer(500), "answered with 500"),
        (answer(seconds=2.5), "took 2.5 s"),
        (answer(200), "not 422"),
        (answer(error=""), "title has no error beside it"),
        (answer(error='<p id="title-error"> </p>'), "title has no error beside it"),
        (answer(wiring=' aria-describedby="title-error"'), "title has no error beside it"),
        (answer(wiring=' aria-invalid="true"'), "title has no error beside it"),
        (answer(value=""), "title lost what was typed"),
        (answer(value="prov"), "title lost what was typed"),
        (answer(secret=' value="segreta"'), "password came back"),
    ],
)
def test_a_planted_fault_is_seen(bad: Answer, fault: str) -> None:
    assert any(fault in one for one in judged(bad))


def test_an_unknown_form_and_an_unknown_field_are_seen(site: Flask) -> None:
    page = (
        b'<form method="post" action="/esci"><input name="csrf_token"><input name="role"></form>'
        b'<form method="post" action="/elimina-tutto"><input name="csrf_token"></form>'
        b'<form action="/cerca"><input name="q"><input name="ordina"></form>'
    )
    one = Answer("GET", "/prova", 200, [("Content-Type", "text/html")], page, 0.1)
    assert unknown_forms(site, forms_of(one)) == {
        "POST /esci: unknown field role",
        "POST /elimina-tutto on /prova: unknown form",
        "POST /elimina-tutto: unknown field csrf_token",
        "GET /cerca: unknown field ordina",
    }


def test_a_form_that_loses_what_it_took_is_seen(
    site: Flask,
    browse_as: As,
    crawled: Callable[[str], Crawl],
    restore: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole attack, on a profile that cuts names after five letters."""
    from members.services import profiles

    change = profiles.change_profile

    def cut(*, values: object, **rest: object) -> object:
        object.__setattr__(values, "first_name", values.first_name[:5])  # type: ignore[attr-defined]
        return change(values=values, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(profiles, "change_profile", cut)
    walk = crawled("registered")
    browser = browse_as("verified")
    browser.cookie = walk.cookie
    found = chosen(site, "verified", found_by(walk.pages.values()))
    form = next(form for rule, form in found if rule == "/profilo")
    database = site.config["GEMELLA"].data / DATABASE
    report = Attack(browser, form, FORMS["/profilo"], "/profilo", restore, database).run()
    assert any("first_name was not kept" in fault for fault in report.faults)
    assert not any("last_name was not kept" in fault for fault in report.faults)
