"""The composition root: one function that puts the application together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer

from core import clock, statements
from core.config import Settings
from core.database import db, prepare_engine
from core.i18n import LanguagePrefix
from core.kept import form_token
from core.links import NumberConverter, SlugConverter, TokenConverter
from core.registry import install_registry, registry
from portal import (
    assets_server,
    errors,
    headers,
    logs,
    page_cache,
    pages,
    read_again,
    translations,
)
from portal.features import wirings
from portal.paths import assets

LARGEST_REQUEST = 8 * 1024 * 1024
LARGEST_FORM_FIELD = 512 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings they come from the environment."""
    settings = settings or Settings.from_environment()
    app = Application(
        "gemella",
        static_folder=str(assets("static")),
        template_folder=str(assets("templates")),
        instance_path=str(settings.data),
    )
    _configure(app, settings)
    install_registry(app)
    read_again.init_app(app)
    logs.init_app(app, settings)
    db.init_app(app)
    statements.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, synchronous=settings.sqlite_synchronous)
    app.session_interface = SignedCookies()
    FormTokens(app)  # type: ignore[no-untyped-call]
    app.jinja_env.globals["csrf_token"] = form_token
    app.url_map.converters["int"] = NumberConverter
    app.url_map.converters["slug"] = SlugConverter
    app.url_map.converters["token"] = TokenConverter
    translations.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    pages.init_app(app)
    for init in wirings():
        init(app)
    page_cache.init_app(app, enabled=settings.page_cache)
    assets_server.init_app(app)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    headers.trust_proxies(app, settings)
    return app


class Application(Flask):
    """Flask, where every view is a plain function."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        # Asked ten times a request whether a function is a coroutine: none is.
        return func


class FormTokens(CSRFProtect):
    """Tokens against forged requests; reading holds none, and is not asked for one."""

    def protect(self, *args: Any, **kwargs: Any) -> None:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            _allow_files()
            super().protect(*args, **kwargs)  # type: ignore[no-untyped-call]


def _allow_files() -> None:
    """Let members send more to forms of files; before the token is read, and the form with it."""
    size = registry().largest_requests.get(request.endpoint or "")
    if size is not None and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        request.max_content_length = size


class SignedCookies(SecureCookieSessionInterface):
    """Flask's sessions, with a signer that is made once and not twice a request.

    A cookie whose signature held is remembered, since most requests come with one that was seen
    before: what it says cannot change, and its age is asked anew each time.
    """

    MOST_REMEMBERED = 10_000

    def __init__(self) -> None:
        self._signer: tuple[object, URLSafeTimedSerializer | None] = (None, None)
        self._opened: dict[str, tuple[dict[str, Any], datetime]] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        name = self.get_cookie_name(app)
        # Most visitors have no cookie at all: taking that to pieces costs more than a glance.
        if name not in request.environ.get("HTTP_COOKIE", ""):
            return self.session_class()
        cookie = request.cookies.get(name)
        signer = self.get_signing_serializer(app)
        if not cookie or signer is None:
            return self.session_class()
        longest = app.permanent_session_lifetime
        found = self._opened.get(cookie)
        if found is None:
            try:
                found = signer.loads(
                    cookie, max_age=int(longest.total_seconds()), return_timestamp=True
                )
            except BadSignature:
                return self.session_class()
            # What has parts of its own (a message to show) could change below; it is seen once.
            if all(isinstance(value, str | int) for value in found[0].values()):
                if len(self._opened) >= self.MOST_REMEMBERED:
                    self._opened.clear()
                self._opened[cookie] = found
        content, signed_at = found
        if clock.now() - signed_at > longest:
            return self.session_class()
        return self.session_class(content)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        key, signer = self._signer
        if key is not app.secret_key or signer is None:
            signer = super().get_signing_serializer(app)
            self._signer = (app.secret_key, signer)
            self._opened.clear()
        return signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        # A cookie is sent when it changes; that pages vary with it is said of all of them.
        if session.modified:
            super().save_session(app, session, response)


def settings_of(app: Flask) -> Settings:
    """The settings that the application was built with."""
    found = app.config["GEMELLA"]
    assert isinstance(found, Settings)
    return found


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.is_https
    app.config.update(
        GEMELLA=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": settings.database_url.startswith("postgres"),
            # Each of the three threads holds one at a time (`core.statements`); small writes, locks
            # and copies of the database take their own.
            "pool_size": 6,
        },
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_FIELD,
        MAX_FORM_PARTS=300,
        # A cookie named __Host-… is refused by browsers unless it came over https from this host.
        SESSION_COOKIE_NAME="__Host-gemella" if secure else "gemella",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
        PREFERRED_URL_SCHEME="https" if secure else "http",
        SERVER_NAME=None,
        TRUSTED_HOSTS=None,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
