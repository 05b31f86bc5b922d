"""A client over real HTTP, with cookies, for tests against a whole site."""

from __future__ import annotations

import http.client
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, MutableSet
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import html
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

PASSWORD = "una frase di prova"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 0 where the connection broke before an answer."""

    status: int
    url: str
    text: str


class Client:
    """One signed-in browser without script."""

    def __init__(self, base_url: str, *, timeout: float = 15.0) -> None:
        self.base_url = base_url
        self._timeout = timeout
        self._jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(self._absolute(path)))

    def post(self, path: str, fields: Mapping[str, Any]) -> Answer:
        request = urllib.request.Request(
            self._absolute(path),
            data=urllib.parse.urlencode(fields, doseq=True).encode(),
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        return self._send(request)

    def upload(self, path: str, fields: Mapping[str, Any], name: str, data: bytes) -> Answer:
        """Send a form with a file in its field ``file``."""
        sent = {key: value for key, value in fields.items() if key != "file"}
        boundary, body = encode_multipart({**sent, "file": FileStorage(BytesIO(data), name)})
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._send(urllib.request.Request(self._absolute(path), body, headers))

    def form(self, path: str, action: str) -> tuple[str, dict[str, Any]]:
        """The address and the values of the form whose address ends so; the page must open."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        return form_of(answer, action)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        target, values = self.form("/accedi", "/accedi")
        answer = self.post(target, {**values, "email": email, "password": password})
        assert answer.status == 200, answer.status
        assert "/accedi" not in answer.url, answer.text[:500]

    def cookie_header(self) -> str:
        """What this browser sends as its cookies."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def _absolute(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.base_url}{path}"

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return Answer(answer.status, answer.url, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.url, error.read().decode(errors="replace"))
        except (OSError, http.client.HTTPException):
            return Answer(0, request.full_url, "")


def form_of(answer: Answer, action: str) -> tuple[str, dict[str, Any]]:
    """The address and the values of the form of a page whose address ends so."""
    for form in html.fromstring(answer.text).forms:
        where = (form.get("action") or "").split("?")[0]
        if (form.get("method") or "").lower() == "post" and where.endswith(action):
            values = {
                name: list(value) if isinstance(value, MutableSet) else value or ""
                for name, value in form.fields.items()
            }
            return urllib.parse.urljoin(answer.url, form.get("action") or ""), values
    raise AssertionError(f"no form {action} on {answer.url}")
