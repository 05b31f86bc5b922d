"""Hostile files: refused with a clear word beside the field, or inert; no fault, under 2 s."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from attachments import rules
from attachments.models import Attachment
from attachments.rules import contents, kinds, packages
from core.database import db
from core.references import Reference
from core.storage import storage
from tests.attachments.conftest import send
from tests.attachments.hostile_files import ALL, SCRIPT, Hostile, names
from tests.factories.attachments import PDF, docx
from tests.visitor import Visitor, parse

LONGEST_SECONDS = 2.0


def faults_of(hostile: Hostile, answer: TestResponse, took: float, browser: Visitor) -> list[str]:
    """What is not as it must be, in words."""
    faults = [f"took {took:.1f} s"] if took > LONGEST_SECONDS else []
    if hostile.refused:
        error = parse(answer).xpath("//*[@id='file-error']") if answer.status_code == 422 else []
        words = " ".join(error[0].text_content().split()) if error else ""
        if hostile.refused not in words:
            faults.append(f"{answer.status_code}: {words!r}, not {hostile.refused!r}")
        if list(storage().files()):
            faults.append("a refused file was kept")
        return faults
    if answer.status_code != 303:
        return [*faults, f"{answer.status_code}, not taken"]
    made = db.session.query(Attachment).order_by(Attachment.id.desc()).first()
    assert made is not None
    sent = browser.get(f"/allegati/{made.id}/versioni/1")
    head = sent.headers
    if head["Content-Type"] != hostile.inert:
        faults.append(f"sent as {head['Content-Type']}")
    if not head["Content-Disposition"].startswith("attachment;") or "Set-Cookie" in head:
        faults.append(f"sent {head['Content-Disposition']}")
    if head["X-Content-Type-Options"] != "nosniff" or "sandbox" not in str(
        head.getlist("Content-Security-Policy")
    ):
        faults.append("sent without its sandbox")
    faults += [f"{part!r} is still in it" for part in hostile.without if part in sent.data]
    page = browser.page(f"/allegati/{made.id}")
    faults += [f"{one} on the page" for one in ("img[@onerror]",) if page.xpath(f"//{one}")]
    if hostile.shown and hostile.shown not in shown_names(page):
        faults.append(f"called {shown_names(page)}")
    return faults


def shown_names(page: html.HtmlElement) -> list[str]:
    return [dd.text_content().strip() for dd in page.iter("dd")]


def attack(browser: Visitor, thing: Reference, hostile: Hostile) -> list[str]:
    begin = time.perf_counter()
    answer = send(browser, thing, hostile.data, hostile.name, description="Una figura")
    faults = faults_of(hostile, answer, time.perf_counter() - begin, browser)
    for file in storage().files():
        storage().delete(file.key)
    return [f"{hostile.what} ({hostile.name[:40]!r}): {fault}" for fault in faults]


def test_there_are_enough() -> None:
    assert len(ALL) >= 40
    assert len({one.what for one in ALL}) > 40


def test_hostile_files_are_refused_or_inert(
    app: Flask, editing: Visitor, thing: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attachments.queries.room.MOST_ON_THING", 100)
    # The drawing child starts once, and not on the first picture's account.
    attack(
        editing, thing, Hostile("to begin", "x.png", b"\x89PNG\r\n\x1a\n", refused="danneggiata")
    )
    faults = [fault for one in ALL for fault in attack(editing, thing, one)]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(
    ("what", "target", "name", "value"),
    [
        ("macros", packages, "_MACROS", packages._PROGRAMS),
        ("HTML called TXT", contents, "_MARKUP", contents._SVG),
        ("a zip bomb", packages, "MOST_UNPACKED", 10**12),
        ("HTML behind it", packages, "_LONGEST_COMMENT", 65_535),
    ],
)
def test_a_hole_is_seen(
    editing: Visitor,
    thing: Reference,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    target: object,
    name: str,
    value: object,
) -> None:
    """Twins: without the check the file is taken, and the test says so."""
    hostile = next(one for one in ALL if one.what == what)
    monkeypatch.setattr(target, name, value)
    if what == "a zip bomb":
        monkeypatch.setattr(packages, "_MOST_TIMES", 10**12)
    if what == "HTML behind it":
        monkeypatch.setattr(packages, "_refuse_vast_index", lambda file, _size: file.seek(0))
    assert attack(editing, thing, hostile) != []


def test_a_file_sent_as_it_came_is_seen(editing: Visitor, thing: Reference) -> None:
    """Twin of the pictures: an untouched file still holds what must not be in it."""
    hostile = Hostile("text", "x.txt", b"Note\n" + SCRIPT, inert="text/plain", without=(SCRIPT,))
    assert "is still in it" in str(attack(editing, thing, hostile))
    served_as_page = Hostile("text", "x.txt", b"Note\n", inert="text/html")
    assert "sent as text/plain" in str(attack(editing, thing, served_as_page))


def test_nothing_of_a_name_is_a_path(editing: Visitor, thing: Reference) -> None:
    for hostile in names():
        send(editing, thing, PDF, hostile.name)
    assert all(len(file.key) == 32 and file.key.isalnum() for file in storage().files())


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\Users\\x\\atto.pdf", "atto.pdf"),
        ('a"\r\nSet-Cookie: x=1;.pdf', "a_Set-Cookie_ x=1;.pdf"),
        ("/", "allegato.pdf"),
        ("\ud800.pdf", "allegato.pdf"),
        ("x" * 20 + "." + "y" * 20, "x" * 20 + "." + "y" * 20 + ".pdf"),
    ],
)
def test_names_are_for_display_alone(sent: str, shown: str) -> None:
    assert rules.fitting_name(rules.shown_name(sent), kinds.PDF) == shown


def test_a_whole_document_is_taken() -> None:
    """Twin: what refuses everything would pass the test above."""
    assert contents.detect(BytesIO(docx()), "x.docx").label == "DOCX"
    assert contents.detect(BytesIO(PDF), "x.pdf").label == "PDF"
