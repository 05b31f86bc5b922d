"""What every answer says about itself: security, caching, the host that it answers for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from core.config import Settings, is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_DIRECTIVES)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR_SECONDS = 31_536_000


def on_every_answer(settings: Settings) -> dict[str, str]:
    """What an installation says with every answer, pages and assets alike."""
    if not settings.is_https:
        return ALWAYS
    return ALWAYS | {"Strict-Transport-Security": f"max-age={YEAR_SECONDS}; includeSubDomains"}


def init_app(app: Flask) -> None:
    settings: Settings = app.config["GEMELLA"]
    session_cookie = app.config["SESSION_COOKIE_NAME"]
    app.wsgi_app = AlwaysSaid(  # type: ignore[method-assign]
        app.wsgi_app, settings, session_cookie
    )

    @app.before_request
    def refuse_other_hosts() -> Response | None:
        # A forged Host must never reach a link in a page or a mail. Bare words: a page of ours has
        # links, and for some names there is nothing to make them from.
        if request.environ.get("HTTP_HOST") == settings.host:
            return None
        host = request.host
        if host == settings.host or _is_local(host, settings):
            return None
        return Response("400 unknown host\n", status=400, mimetype="text/plain")


class AlwaysSaid:
    """WSGI: add to every answer what it did not say itself.

    Ten times as quick as the header objects of a response, and on every request.
    """

    def __init__(
        self, application: WSGIApplication, settings: Settings, session_cookie: str
    ) -> None:
        self._application = application
        self._always = list(on_every_answer(settings).items())
        self._session_cookie = session_cookie

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            said = {name.lower() for name, _ in headers}
            more = self._always
            if "vary" not in said:
                more = [("Vary", "Cookie"), *more]
            if "cache-control" not in said:
                kept = "no-store" if self._is_private(environ, said) else "no-cache"
                more = [("Cache-Control", kept), *more]
            return start_response(status, [*headers, *more], exc_info)

        return self._application(environ, start)

    def _is_private(self, environ: WSGIEnvironment, said: set[str]) -> bool:
        """Answers to somebody with a session, or to a form, belong to nobody else's cache.

        So does the one that begins a session: it holds a token against forged requests.
        """
        return (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or self._session_cookie in environ.get("HTTP_COOKIE", "")
            or "set-cookie" in said
        )


def trust_proxies(app: Flask, settings: Settings) -> None:
    """Believe X-Forwarded-* from exactly as many proxies as are configured."""
    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )


def _is_local(host: str, settings: Settings) -> bool:
    """On a developer's machine any name of the loopback will do."""
    configured = settings.host.rsplit(":", 1)[0]
    return is_loopback(configured) and is_loopback(host.rsplit(":", 1)[0])
