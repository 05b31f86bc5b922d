"""Languages, dates and numbers as readers know them.

The language stands in the address (``/en/…``, ``/de/…``; Italian has no prefix), so that every
page of every language has an address of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from babel.dates import format_date, format_datetime
from flask import current_app, has_request_context, request
from flask_babel import force_locale, format_decimal, gettext, ngettext

from core import clock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DEFAULT = "it"
LANGUAGES = {"it": "Italiano", "en": "English", "de": "Deutsch"}
# Europe writes "16 April 2018"; English without a country would be American.
_LOCALES = {"en": "en_GB"}
_MOMENTS = {"de": "d. MMMM y, H:mm"}
LANGUAGE_KEY = "gemella.language"


class LanguagePrefix:
    """WSGI: move ``/en`` and ``/de`` from the path into the script name.

    ``url_for`` then puts the prefix in front of every address by itself.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        first, _, rest = path[1:].partition("/")
        if first in LANGUAGES and first != DEFAULT:
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = f"/{rest}"
            environ[LANGUAGE_KEY] = first
        return self._application(environ, start_response)


def language() -> str:
    """The language of this request; Italian outside of one."""
    if not has_request_context():
        return DEFAULT
    chosen: str = request.environ.get(LANGUAGE_KEY, DEFAULT)
    return chosen


def locale() -> str:
    """The language with the country whose dates and numbers it follows."""
    spoken = language()
    return _LOCALES.get(spoken, spoken)


@contextmanager
def speaking(code: str, base_url: str) -> Iterator[None]:
    """Speak this language inside, with addresses as a visitor of the site would see them (mail)."""
    known = code if code in LANGUAGES else DEFAULT
    prefix = "" if known == DEFAULT else f"/{known}"
    # Forced, because a locale that was asked before is remembered in the application context, which
    # mails to readers of several languages share.
    with (
        current_app.test_request_context(base_url=base_url + prefix),
        force_locale(_LOCALES.get(known, known)),
    ):
        request.environ[LANGUAGE_KEY] = known
        yield


def address_in(code: str) -> str:
    """The address of this page in another language."""
    prefix = "" if code == DEFAULT else f"/{code}"
    query = request.query_string.decode("utf-8", "replace")
    return f"{prefix}{own_path()}" + (f"?{query}" if query else "")


def own_path() -> str:
    """The path of this page without its language, as a link may carry it.

    Two slashes at its beginning, or a backslash, would lead to another host.
    """
    return quote("/" + request.path.lstrip("/"), safe="/:@!$&'()*+,;=~")


def day(value: date | datetime | None, style: str = "long") -> str:
    """A date: ``16 aprile 2018``."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(clock.ROME).date()
    return _day(value, style, locale())


def moment(value: datetime | None) -> str:
    """Date and time of Rome: ``16 aprile 2018, 9:12``."""
    return _moment(value, _MOMENTS.get(language(), "d MMMM y, H:mm"), locale()) if value else ""


def time_of_day(value: datetime) -> str:
    """The time of Rome: ``9:12``."""
    return _moment(value, "H:mm", locale())


def ago(value: datetime | None) -> str:
    """How long ago, in whole units and without "ago": ``6 mesi``."""
    if value is None:
        return ""
    days = max((clock.now() - value).days, 0)
    if days < 1:
        return str(gettext("oggi"))
    steps: tuple[tuple[int, Callable[[int], str]], ...] = (
        (365, lambda n: ngettext("%(num)s anno", "%(num)s anni", n)),
        (30, lambda n: ngettext("%(num)s mese", "%(num)s mesi", n)),
        (1, lambda n: ngettext("%(num)s giorno", "%(num)s giorni", n)),
    )
    for length, say in steps:
        if days >= length:
            return say(days // length)
    raise AssertionError("unreachable")


# A page of messages shows the same few dates again and again, and so does the next reader's.
@lru_cache(maxsize=4096)
def _day(value: date, style: Any, code: str) -> str:
    return format_date(value, style, locale=code)


@lru_cache(maxsize=4096)
def _moment(value: datetime, pattern: str, code: str) -> str:
    return format_datetime(value, pattern, tzinfo=clock.ROME, locale=code)


def number(value: Any) -> str:
    """A number with the separators of the language."""
    return str(format_decimal(value))


def file_size(value: int) -> str:
    """A size in bytes as people say it: ``1,2 MB``, ``340 KB``."""
    if value < 1000:
        return str(ngettext("%(num)s byte", "%(num)s byte", value))
    if value < 1_000_000:
        return f"{format_decimal(round(value / 1000))} KB"
    return f"{format_decimal(round(value / 1_000_000, 1))} MB"
