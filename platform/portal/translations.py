"""Languages on the page: which catalogue, which time zone, which filters templates have."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_babel import Babel, get_translations

from core import i18n
from portal.paths import assets


def init_app(app: Flask) -> None:
    Babel(
        app,
        default_locale=i18n.DEFAULT,
        default_timezone="Europe/Rome",
        default_translation_directories=str(assets("translations")),
        locale_selector=i18n.locale,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    _translate_quickly(app)
    # As babel.cfg says it: a text is the same however its template breaks the lines.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(i18n.day, "day")
    app.add_template_filter(i18n.moment, "moment")
    app.add_template_filter(i18n.ago, "ago")
    app.add_template_filter(i18n.number, "number")
    app.add_template_filter(i18n.file_size, "file_size")


def _translate_quickly(app: Flask) -> None:
    """Look a catalogue up once for each language: a page asks for a hundred texts and more."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().ugettext(text),
        lambda one, many, n: _catalogue().ungettext(one, many, n),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, n: _catalogue().unpgettext(context, one, many, n),
    )


def _catalogue() -> Any:
    """The catalogue of the language that is spoken now; mails change it inside a request."""
    spoken = i18n.language()
    kept: dict[str, Any] = current_app.extensions.setdefault("gemella.catalogues", {})
    found = kept.get(spoken)
    if found is None:
        found = kept[spoken] = get_translations()
    return found
