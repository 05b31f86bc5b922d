"""Attack one form with everything that can go wrong in its fields, and judge the answers.

The judges are functions of an answer alone, so that a planted fault shows that they see it.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lxml import html

from tests.security import hostile
from tests.security.browser import Answer, Browser, File, FormFound, controls_of, forms_of, replaced
from tests.security.expectations import (
    Button,
    Choice,
    Field,
    Form,
    Free,
    Hidden,
    Odd,
    Tick,
)

T = TypeVar("T")

SLOWEST = 2.0
_JSON = ('{"title": 5, "text": ["x"]}', "[1, 2]", "5", "{")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]"
)
_PLANTED = "spiaprivilegio"
# What would be worth setting from outside.
_PRIVILEGES = (
    "state is_admin admin role roles verified verified_at published_at author_id member_id"
    " email_key password_hash confirmed_at space_id slug id created_at coordinator"
    " contact_organisation_ids decided_by_id post_count visibility_ state_ held_because"
).split()


@dataclass
class Report:
    """What a form did, case by case, and what was wrong with it."""

    form: str
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, case: str, answer: Answer, faults: Iterable[str]) -> None:
        found = [f"{self.form} [{case}] {fault}" for fault in faults]
        verdict = "FAULT" if found else "ok"
        self.lines.append(
            f"{self.form:<58} {case:<34} {answer.status} {answer.seconds:5.2f} s  {verdict}"
        )
        self.faults += found


@dataclass
class Attack:
    """One form of one page, as somebody sees it."""

    browser: Browser
    found: FormFound
    expected: Form
    rule: str
    restore: Callable[[], None]
    database: Path
    thorough: bool = False
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        self._cookie = self.browser.cookie
        self.report = Report(f"POST {self.rule}")

    def run(self) -> Report:
        """The cases, with all fields of a sort at once; all of them where it is ``thorough``."""
        self._baseline()
        for case, changes in self._turns(self._refusals(), 2):
            self._refused(case, changes)
        for case, changes in self._acceptances():
            self._accepted(case, changes)
        for case, fields in self._turns(self._distortions(), 3):
            self._survived(case, fields)
        self.restore()
        return self.report

    def run_alone(self) -> Report:
        """All cases for each field alone, so that no error hides another."""
        for case, changes in self._refusals():
            for name, value in changes.items():
                self._refused(f"{case}: {name}", {name: value})
        for case, changes in self._acceptances():
            for name, value in changes.items():
                self._accepted(f"{case}: {name}", {name: value})
        self.restore()
        return self.report

    # What is sent.

    def fields(self) -> list[tuple[str, Any]]:
        """What surely is taken."""
        sent: list[tuple[str, Any]] = []
        for name, one in self._known():
            control = next((c for c in self.found.controls if c.name == name), None)
            value = one.untouched(control)
            values = value if isinstance(value, list) else [value]
            sent += [(name, single) for single in values if single is not None]
        return sent

    def _known(self) -> Iterator[tuple[str, Field]]:
        """The fields that stand on this page."""
        for name, one in self.expected.fields.items():
            if name in self.found.names:
                yield name, one

    def _of(self, *sorts: type[Field]) -> list[tuple[str, Any]]:
        return [(name, one) for name, one in self._known() if isinstance(one, sorts)]

    def _refusals(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Cases that the form must refuse, each with the fields that are wrong."""
        free = self._of(Free)
        required = {
            name: "" for name, one in self._of(Free, Odd) if one.required and not _is_file(one)
        }
        if required:
            yield "empty", required
            yield "blank", dict.fromkeys(required, " \t\r\n\u00a0 ")
        if free:
            yield "one too long", {name: "x" * (one.limit + 1) for name, one in free}
            yield "60,000 characters", {name: "x" * hostile.HUGE for name, one in free}
            for case in self._some(hostile.REFUSED_TEXTS, 1):
                yield case.name, {name: case.text for name, _ in free}
        for name, one in self._of(Odd):
            for number, value in enumerate(self._some(one.bad, 2)):
                if value == "" and not one.required:
                    continue
                yield f"{name} {number + 1}", {name: value}
        choices = self._of(Choice)
        for value in self._some(hostile.NUMBERS, 2) if choices else ():
            known = {o for c in self.found.controls for o in c.options}
            if value not in known:
                yield f"choice {value[:12]!r}", {name: value for name, _ in choices}
        ticks = {name: None for name, one in self._of(Tick) if one.required}
        if ticks:
            yield "not ticked", ticks

    def _acceptances(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Odd texts that the form must take as they are."""
        free = self._of(Free)
        if not free:
            return
        for case in self._some(hostile.KEPT_TEXTS, 1):
            # Each field says something else, so that each can be found again.
            yield case.name, {name: _within(f"{case.text} {name}", one.limit) for name, one in free}
        yield "exactly as long as allowed", {name: "è" * one.limit for name, one in free}

    def _distortions(self) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        """Requests that no browser sends: they may end as they like, but for a fault."""
        whole = self.fields()
        token = [(name, value) for name, value in whole if name == "csrf_token"]
        yield "token alone", token
        for case in self._some(hostile.BROKEN_TEXTS, 1):
            names = [name for name, _ in self._of(Free, Odd)]
            yield case.name, replaced(whole, dict.fromkeys(names, case.text))
        yield "every field twice", [*whole, *((n, "x\0y") for n, _ in whole if n != "csrf_token")]
        yield (
            "every field twice, nonsense first",
            [*((n, "-1") for n, _ in whole if n != "csrf_token"), *whole],
        )
        for value in self._some((*hostile.NUMBERS, "x" * hostile.HUGE), 1):
            hidden = [name for name, _ in self._of(Hidden, Button) if name != "csrf_token"]
            if hidden:
                changes = dict.fromkeys(hidden, value)
                yield f"hidden {value[:12]!r}", replaced(whole, changes)
        yield (
            "a file in every field",
            [
                *token,
                *((n, File("x.html", b"<script>")) for n, _ in whole if n != "csrf_token"),
            ],
        )
        for number, body in enumerate(self._some(_JSON, 1)):
            yield f"JSON {number + 1}", [("csrf_token", token[0][1]), ("json", body)]
        yield "250 fields", [*whole, *((f"campo-{n}", "x") for n in range(250))]

    def _some(self, values: Sequence[T], count: int) -> Sequence[T]:
        """All of them, or so many, others for each form, so that together the forms see all.

        A sample is enough for every run: the forms are of a few sorts of fields, which share their
        checks. The soak test sends all to each.
        """
        if self.thorough or len(values) <= count:
            return values
        begin = sum(map(ord, self.rule))
        return [values[(begin + i * len(values) // count) % len(values)] for i in range(count)]

    def _turns(self, cases: Iterable[T], share: int) -> Sequence[T]:
        """All cases, or one in so many of them, as ``_some``: other ones for each form."""
        found = list(cases)
        return found if self.thorough else found[sum(map(ord, self.rule)) % share :: share]

    # What comes back.

    def _send(self, fields: list[tuple[str, Any]]) -> Answer:
        has_file = any(isinstance(value, File) for _, value in fields)
        files = self.found.is_multipart or has_file
        return self.browser.post(self.found.action, fields, files=files)

    def _afresh(self, answer: Answer) -> None:
        """Undo what was done, sign-in and sign-out included."""
        if answer.status < 400 or self.expected.throttled:
            self.restore()
            self.browser.cookie = self._cookie

    def _baseline(self) -> None:
        """What is valid must be taken, or the other cases would prove nothing."""
        self.restore()
        planted = [(name, _PLANTED) for name in _PRIVILEGES if name not in self.found.names]
        answer = self._send([*self.fields(), *planted])
        faults = list(survived(answer))
        if answer.status not in self.expected.succeeds:
            faults.append(f"valid input was answered with {answer.status}: {_errors(answer)}")
        if _PLANTED in texts_in(self.database):
            faults.append("a field that is not on the page was taken")
        self.report.note("valid", answer, faults)
        self._afresh(answer)

    def _refused(self, case: str, changes: Mapping[str, Any]) -> None:
        sent = {n: _as_file(v) if self.found.is_multipart else v for n, v in changes.items()}
        answer = self._send(replaced(self.fields(), sent))
        faults = list(survived(answer))
        if not faults:
            secret = {n for n, one in self._of(Odd) if one.is_secret}
            faults = list(refused(answer, self.found, changes, secret=secret))
            faults += kept(
                answer,
                self.found,
                {
                    name: value
                    for name, value in replaced(self.fields(), sent)
                    if isinstance(value, str | bytes)
                    and name not in secret
                    and isinstance(self.expected.fields[name], Free | Odd)
                },
            )
        self.report.note(case, answer, faults)
        self._afresh(answer)

    def _accepted(self, case: str, changes: Mapping[str, str]) -> None:
        answer = self._send(replaced(self.fields(), changes))
        faults = list(survived(answer))
        if answer.status not in self.expected.succeeds:
            faults.append(f"answered with {answer.status}: {_errors(answer)}")
        elif not faults:
            stored = texts_in(self.database)
            faults = [
                f"{name} was not kept as it was typed"
                for name, value in changes.items()
                if not _is_stored(value, stored)
            ]
        self.report.note(case, answer, faults)
        self._afresh(answer)

    def _survived(self, case: str, fields: list[tuple[str, Any]]) -> None:
        if fields[-1][0] == "json":
            answer = self.browser.open(
                self.found.action,
                "POST",
                data=fields[-1][1],
                content_type="application/json",
                headers={"X-CSRFToken": fields[0][1]},
            )
        else:
            answer = self._send(fields)
        self.report.note(case, answer, survived(answer))
        self._afresh(answer)


def survived(answer: Answer) -> Iterator[str]:
    """No fault of the server, and no long wait."""
    if answer.status >= 500:
        yield f"answered with {answer.status}"
    if answer.seconds > SLOWEST:
        yield f"took {answer.seconds:.1f} s"


def refused(
    answer: Answer, form: FormFound, wrong: Iterable[str], *, secret: Iterable[str] = ()
) -> Iterator[str]:
    """Status 422, each wrong field marked and told why, no password sent back."""
    if answer.status != 422:
        yield f"answered with {answer.status}, not 422: {_errors(answer)}"
        return
    page = _same_form(answer, form)
    if page is None:
        yield "the form is gone"
        return
    for name in wrong:
        elements = [one for one in controls_of(page, answer.page) if one.get("name") == name]
        if not elements:
            yield f"{name} is not in the form any more"
        elif not any(_has_error(element, answer.page) for element in elements):
            yield f"{name} has no error beside it"
    for name in secret:
        if any(element.get("value") for element in page.xpath(".//*[@name=$name]", name=name)):
            yield f"{name} came back with what was typed"


def kept(answer: Answer, form: FormFound, sent: Mapping[str, str | bytes]) -> Iterator[str]:
    """What was typed still stands in the form that came back."""
    again = next((f for f in forms_of(answer) if _is_same(f, form)), None)
    if again is None:
        return
    for name, value in sent.items():
        if name not in again.names:
            continue
        shown = "".join(again.control(name).values)
        if visible(shown) != visible(value):
            yield f"{name} lost what was typed: {visible(shown)[:60]!r}"


def texts_in(database: Path) -> str:
    """Every text of the database that people wrote, one after the other."""
    with sqlite3.connect(database, timeout=10) as connection:
        rows: list[str] = []
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            if table not in _FIXED_TABLES:
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    rows += [value for value in row if isinstance(value, str)]
    connection.close()
    return "\n".join(rows)


_FIXED_TABLES = {"territories", "themes", "programmes", "alembic_version", "sqlite_sequence"}


def _is_stored(value: str, stored: str) -> bool:
    wanted = unicodedata.normalize("NFC", value).strip()
    escaped = wanted.encode("ascii", "backslashreplace").decode()
    return wanted in stored or escaped in stored or json.dumps(wanted)[1:-1] in stored


def visible(value: str | bytes) -> str:
    """The text without what no page can show, and without differences of white space."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def _has_error(element: html.HtmlElement, page: html.HtmlElement) -> bool:
    """Whether the element, or the group that it is in, is described by an error that says why."""
    for one in (element, *element.iterancestors("fieldset")):
        for target in (one.get("aria-describedby") or "").split():
            error = page.xpath("//*[@id=$id]", id=target)
            if target.endswith("-error") and error and error[0].text_content().strip():
                return one.tag == "fieldset" or one.get("aria-invalid") == "true"
    return False


def _same_form(answer: Answer, form: FormFound) -> html.HtmlElement | None:
    for found, element in zip(forms_of(answer), answer.page.forms, strict=True):
        if _is_same(found, form):
            return element
    return None


def _is_same(found: FormFound, form: FormFound) -> bool:
    path = urlsplit(form.action).path
    same = found.method == form.method and found.path == path
    return same and (found.names >= form.names or bool(found.names & form.names - {"csrf_token"}))


def _errors(answer: Answer) -> str:
    """What the page complains of, for whoever reads the report."""
    found = answer.page.xpath("//*[@id='errori']") if answer.is_page else []
    return " ".join(found[0].text_content().split())[:300] if found else ""


def _within(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].strip()


def _is_file(one: Odd) -> bool:
    return isinstance(one.valid, File)


def _as_file(value: Any) -> Any:
    return File(value[0], value[1]) if isinstance(value, tuple) else value
