"""What every answer says about itself: security, caching, the host that it answers for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, request, session
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
    app.wsgi_app = AlwaysSaid(app.wsgi_app, settings)  # type: ignore[method-assign]

    @app.before_request
    def refuse_other_hosts() -> Response | None:
        # A forged Host must never reach a link in a page or a mail. Bare words: a page of ours has
        # links, and for some names there is nothing to make them from.
        host = request.host
        if host == settings.host or _is_local(host, settings):
            return None
        return Response("400 unknown host\n", status=400, mimetype="text/plain")

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Vary", "Cookie")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if _is_private() else "no-cache"
        return response


class AlwaysSaid:
    """WSGI: add to every answer what does not depend on it.

    Ten times as quick as the header objects of a response, and on every request.
    """

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        self._application = application
        self._always = list(on_every_answer(settings).items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *self._always], exc_info)

        return self._application(environ, start)


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


def _is_private() -> bool:
    """Answers to somebody with a session, or to a form, belong to nobody else's cache.

    So does the one that begins a session: it holds a token against forged requests.
    """
    return (
        request.method not in ("GET", "HEAD")
        or _session_cookie() in request.cookies
        or session.modified
    )


def _session_cookie() -> str:
    name: str = current_app.config["SESSION_COOKIE_NAME"]
    return name
