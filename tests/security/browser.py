"""Browsers for attacks: they keep cookies, send any bytes, and note what every answer was."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

Pairs = Sequence[tuple[str, "str | bytes | File"]]

# What XML, and so lxml, cannot hold; browsers show nothing for them either.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BOUNDARY = "----gemella-security"


@dataclass(frozen=True)
class File:
    """What a browser sends of a chosen file."""

    name: str
    data: bytes
    media_type: str = "image/png"


@dataclass
class Answer:
    """An answer, with what was asked and how long it took (seconds)."""

    method: str
    path: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float
    _page: Any = field(default=None, repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return self.header("Location")

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip()

    @property
    def is_page(self) -> bool:
        return self.media_type == "text/html"

    @property
    def leads_to_sign_in(self) -> bool:
        path = urlsplit(self.location).path
        return self.status in (302, 303) and path == "/accedi"

    @property
    def page(self) -> html.HtmlElement:
        """The answer as a tree, without control characters."""
        if self._page is None:
            self._page = html.document_fromstring(_CONTROL.sub("", self.text) or "<html></html>")
        return self._page

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def all_headers(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_page": None}

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status} in {self.seconds:.2f} s"


class Browser:
    """One browser, with at most one session; every request runs in a context of its own."""

    def __init__(self, app: Flask, cookie: str | None = None, *, base_url: str = "") -> None:
        self._base_url = base_url or app.config["GEMELLA"].base_url
        self._cookie_name = app.config["SESSION_COOKIE_NAME"]
        self.client = app.test_client()
        self.cookie = cookie

    @property
    def host(self) -> str:
        return urlsplit(self._base_url).hostname or ""

    @property
    def origin(self) -> str:
        return self._base_url

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie(self._cookie_name, domain=self.host)
        return None if found is None else found.value

    @cookie.setter
    def cookie(self, value: str | None) -> None:
        if value is None:
            self.client.delete_cookie(self._cookie_name, domain=self.host)
        else:
            self.client.set_cookie(self._cookie_name, value, domain=self.host)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.open(path, **kwargs)

    def open(self, path: str, method: str = "GET", **kwargs: Any) -> Answer:
        """Ask, follow nothing; an exception is a fault of the site and comes through."""
        kwargs.setdefault("base_url", self._base_url)
        begin = time.perf_counter()
        response: TestResponse = Context().run(
            self.client.open, path, method=method, buffered=True, **kwargs
        )
        body = response.get_data()
        took = time.perf_counter() - begin
        response.close()
        return Answer(method, path, response.status_code, list(response.headers), body, took)

    def post(self, path: str, fields: Pairs = (), *, files: bool = False, **kwargs: Any) -> Answer:
        """Send a form as it is, bytes and all; ``files`` as a form with files is sent."""
        data, media_type = multipart(fields) if files else urlencoded(fields)
        headers = {"Sec-Fetch-Site": "same-origin"} | kwargs.pop("headers", {})
        return self.open(
            path, "POST", data=data, content_type=media_type, headers=headers, **kwargs
        )

    def token(self, path: str = "/accessibilita") -> str:
        """A valid token against forged requests, from a page that this browser may open."""
        for one in (path, "/accedi"):
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(one).text)
            if found:
                return found[1]
        raise AssertionError(f"no token on {path}")


def urlencoded(fields: Pairs) -> tuple[bytes, str]:
    parts = []
    for name, value in fields:
        raw = value.data if isinstance(value, File) else value
        parts.append(f"{quote_plus(name)}={quote_plus(as_bytes(raw))}")
    return "&".join(parts).encode("ascii"), "application/x-www-form-urlencoded"


def multipart(fields: Pairs) -> tuple[bytes, str]:
    chunks = []
    for name, value in fields:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        raw = value.data if isinstance(value, File) else value
        if isinstance(value, File):
            head += f'; filename="{value.name}"\r\nContent-Type: {value.media_type}'
        chunks.append(head.encode() + b"\r\n\r\n" + as_bytes(raw) + b"\r\n")
    chunks.append(f"--{_BOUNDARY}--\r\n".encode())
    return b"".join(chunks), f"multipart/form-data; boundary={_BOUNDARY}"


def as_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Control:
    """Something in a form that sends a value, as it stands on the page."""

    name: str
    type: str
    values: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormFound:
    """A form of a page: where it was, where it goes, what it sends untouched."""

    page: str
    method: str
    action: str
    is_multipart: bool
    controls: tuple[Control, ...]
    buttons: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return urlsplit(self.action).path

    @property
    def names(self) -> frozenset[str]:
        return frozenset(c.name for c in self.controls) | frozenset(n for n, _ in self.buttons)

    def control(self, name: str) -> Control:
        return next(one for one in self.controls if one.name == name)

    def untouched(self) -> list[tuple[str, str]]:
        """What a browser sends when nothing is changed and no named button pressed."""
        return [(one.name, value) for one in self.controls for value in one.values]


def forms_of(answer: Answer) -> list[FormFound]:
    """Every form of a page, with what each of its controls would send."""
    return [_form(answer, form) for form in answer.page.forms]


def _form(answer: Answer, form: html.HtmlElement) -> FormFound:
    action = urljoin(answer.path, (form.get("action") or "").strip() or answer.path)
    controls: dict[str, Control] = {}
    buttons = []
    for element in controls_of(form, answer.page):
        name = element.get("name")
        if not name:
            continue
        if element.tag == "button" or element.get("type") in ("submit", "image"):
            buttons.append((name, element.get("value") or ""))
            continue
        _add_control(controls, name, element)
    return FormFound(
        page=answer.path,
        method=(form.get("method") or "get").upper(),
        action=action,
        is_multipart=form.get("enctype") == "multipart/form-data",
        controls=tuple(controls.values()),
        buttons=tuple(buttons),
    )


def controls_of(form: html.HtmlElement, page: html.HtmlElement) -> list[html.HtmlElement]:
    """What a form sends: what stands in it, and what names it from elsewhere on the page."""
    inside = [
        one for one in form.iter("input", "textarea", "select", "button") if not one.get("form")
    ]
    name = form.get("id")
    return inside + (page.xpath("//*[@form=$name]", name=name) if name else [])


def _add_control(controls: dict[str, Control], name: str, element: html.HtmlElement) -> None:
    kind = element.tag if element.tag != "input" else (element.get("type") or "text").lower()
    options: tuple[str, ...] = ()
    if kind == "textarea":
        # The line break after the tag is markup.
        values: tuple[str, ...] = ((element.text or "").removeprefix("\r").removeprefix("\n"),)
    elif kind == "select":
        options = tuple(o.get("value", o.text or "") for o in element.iter("option"))
        values = tuple(
            o.get("value", o.text or "") for o in element.iter("option") if "selected" in o.attrib
        )
        if not values and options and "multiple" not in element.attrib:
            values = options[:1]
    elif kind in ("checkbox", "radio"):
        options = (element.get("value", "on"),)
        values = options if "checked" in element.attrib else ()
    elif kind == "file":
        values = ()
    else:
        values = (element.get("value") or "",)
    before = controls.get(name)
    if before is not None:
        values, options = before.values + values, before.options + options
    controls[name] = Control(name, kind, values, options)


def replaced(
    fields: Iterable[tuple[str, Any]], changes: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    """The fields with other values; a list gives several, None takes a field away."""
    left = [(name, value) for name, value in fields if name not in changes]
    for name, value in changes.items():
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        left += [(name, one) for one in values]
    return left
