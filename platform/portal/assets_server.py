"""Style sheets, scripts, fonts and pictures: sent compressed and kept for ever by browsers.

Their addresses hold a hash of their content (``portal.pages.asset``), so an old copy is never
taken for a new one.
"""

from __future__ import annotations

from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from portal.headers import YEAR_SECONDS, on_every_answer


def init_app(app: Flask) -> None:
    """Answer ``/static/…`` before Flask is asked."""
    always = on_every_answer(app.config["GEMELLA"])

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        for name, value in always.items():
            headers[name] = value

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=app.static_folder,
        prefix="/static/",
        max_age=YEAR_SECONDS,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )
