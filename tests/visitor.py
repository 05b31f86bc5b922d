"""A visitor for tests: opens pages, fills in the forms that are really there, follows links."""

from __future__ import annotations

from collections.abc import MutableSet
from contextvars import Context
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from core.database import db
from members.services import sessions
from members.services.sessions import Attempted

DEMO_PASSWORD = "una frase di prova"


class Visitor:
    """One browser without script: its cookies last as long as it does."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client = app.test_client()
        self.last: TestResponse | None = None

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Open a page; redirects are not followed."""
        return self._send("GET", path, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> TestResponse:
        """Send data as it is, without a token: what an attacker can do."""
        return self._send("POST", path, data=data, **kwargs)

    def _send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        # In a context of its own, as on a server: a request must not see what the test's own
        # application context keeps. It is read to its end, as a browser does, so that what happens
        # after an answer has happened. Afterwards the test reads afresh what the request wrote.
        db.session.rollback()
        kwargs.setdefault("buffered", True)
        self.last = Context().run(self._client.open, path, method=method, **kwargs)
        db.session.expire_all()
        return self.last

    def page(self, path: str) -> html.HtmlElement:
        """Open a page, following redirects, and return it parsed; it must answer 200."""
        response = self.get(path, follow_redirects=True)
        assert response.status_code == 200, f"{path}: {response.status}"
        return parse(response)

    def submit(
        self,
        path: str,
        fields: dict[str, Any] | None = None,
        *,
        action: str | None = None,
        button: str | None = None,
        follow: bool = True,
    ) -> TestResponse:
        """Open the page, fill in its form and send it.

        ``action`` picks the form by (the end of) its address where the page has several,
        ``button`` is ``name=value`` of the button that is pressed.
        """
        response = self.get(path, follow_redirects=True)
        assert response.status_code == 200, f"{path}: {response.status}"
        form = _form(parse(response), action)
        data = form_values(form)
        data.update(fields or {})
        if button:
            name, _, value = button.partition("=")
            data[name] = value
        target = form.get("action") or response.request.path
        url = urljoin(response.request.url, target)
        parts = urlsplit(url)
        return self.post(
            parts.path + (f"?{parts.query}" if parts.query else ""),
            data=data,
            follow_redirects=follow,
            content_type="multipart/form-data" if form.get("enctype") else None,
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """Begin a session as the page does, without drawing the page twice for it.

        Nearly every test begins so; those about signing in fill in the form.
        """
        db.session.rollback()
        attempted = Context().run(self._attempt, email, password)
        assert attempted.token is not None, attempted.outcome
        with self._client.session_transaction() as cookie:
            cookie.clear()
            cookie.permanent = True
            cookie.update(_user_id=attempted.token, _fresh=True)
        db.session.expire_all()

    def _attempt(self, email: str, password: str) -> Attempted:
        with self._app.app_context():
            return sessions.sign_in(
                email=email, password=password, network="127.0.0.0", user_agent="Werkzeug"
            )

    def sign_in_by_page(self, email: str, password: str = DEMO_PASSWORD) -> TestResponse:
        """Sign in through the page."""
        response = self.submit(
            "/accedi", {"email": email, "password": password}, action="/accedi", follow=False
        )
        assert response.status_code in (302, 303), response.get_data(as_text=True)[:2000]
        return response


def parse(response: TestResponse) -> html.HtmlElement:
    """The page of a response as a tree."""
    return html.fromstring(response.get_data(as_text=True))


def text_of(response: TestResponse) -> str:
    """The words of a page, with single spaces."""
    return " ".join(parse(response).text_content().split())


def form_values(form: html.HtmlElement) -> dict[str, Any]:
    """What a browser would send of an untouched form; what is ticked of several is a list."""
    values = {name: value for name, value in form.fields.items() if value is not None}
    for name, value in values.items():
        if isinstance(value, MutableSet):
            values[name] = list(value)
    for area in form.iter("textarea"):
        # The line break behind the opening tag is not part of the text.
        values[area.name] = values[area.name].removeprefix("\r").removeprefix("\n")
    return values


def _form(page: html.HtmlElement, action: str | None) -> html.HtmlElement:
    forms = [f for f in page.forms if (f.get("method") or "get").lower() == "post"]
    if action is not None:
        forms = [f for f in forms if (f.get("action") or "").split("?")[0].endswith(action)]
    assert len(forms) == 1, f"{len(forms)} forms on the page (action={action!r})"
    return forms[0]
