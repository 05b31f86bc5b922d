"""What every page has: menus, text size, languages, assets, panels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for
from flask_babel import gettext

from core.access import current_actor
from core.i18n import LANGUAGES, address_in, language, own_path
from core.registry import registry
from core.text import initials

TEXT_SIZES = ("meno", "normale", "piu")
TEXT_SIZE_COOKIE = "testo"


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class MenuGroup:
    title: str
    items: list[MenuEntry]


def init_app(app: Flask) -> None:
    app.context_processor(page_context)
    app.add_template_global(asset)
    app.add_template_global(panels)
    app.add_template_global(address_in, "locale_url")
    app.add_template_global(text_size_url)
    app.add_template_filter(initials)
    app.url_build_error_handlers.append(lambda *_: "/da-fare")


def page_context() -> dict[str, Any]:
    """The variables that the layout needs; whoever reads is added by ``members``."""
    return {
        "locale": language(),
        "languages": LANGUAGES,
        "text_size": text_size(),
        "navigation": main_menu(),
        "footer_navigation": footer_menu(),
        "feeds": [(str(feed.title), url_for(feed.endpoint)) for feed in registry().feeds],
        "canonical_path": request.script_root + own_path(),
        "build": build(),
    }


def asset(path: str) -> str:
    """The address of a file under ``static/``, with its content's hash, without a language."""
    version = _manifest(str(current_app.static_folder)).get(path)
    return f"/static/{path}" + (f"?v={version}" if version else "")


def build() -> str:
    """A short name of the assets' state, the same on every worker."""
    return _manifest(str(current_app.static_folder)).get("css/gemella.css", "0")


def panels(place: str, object_id: int) -> list[tuple[str, Mapping[str, Any]]]:
    """What higher features put into a place: pairs of template and its variables."""
    actor = current_actor()
    found = ((p.template, p.context(object_id, actor)) for p in registry().panels[place])
    return [(template, context) for template, context in found if context is not None]


def text_size() -> str:
    chosen = request.cookies.get(TEXT_SIZE_COOKIE, "normale")
    return chosen if chosen in TEXT_SIZES else "normale"


def text_size_url(size: str) -> str:
    return url_for("portal.text_size", size=size) + "?" + urlencode({"next": request.path})


def main_menu() -> list[MenuEntry]:
    return [_entry(item) for item in registry().navigation if item.main]


def footer_menu() -> list[MenuGroup]:
    titles = {
        "exchange": gettext("Scambiare"),
        "people": gettext("Conoscersi"),
        "access": gettext("Il tuo accesso"),
        "about": gettext("Il sito"),
    }
    shown = [i for i in registry().navigation if current_actor().is_visitor or not i.for_visitors]
    return [
        MenuGroup(title, items)
        for section, title in titles.items()
        if (items := [_entry(i) for i in shown if i.section == section])
    ]


def _entry(item: Any) -> MenuEntry:
    url = url_for(item.endpoint)
    here = request.script_root + request.path
    current = here == url or (url.count("/") > 0 and here.startswith(url.rstrip("/") + "/"))
    return MenuEntry(str(item.label), url, current and item.main)


@lru_cache(maxsize=4)
def _manifest(static_folder: str) -> dict[str, str]:
    path = Path(static_folder) / "vendor" / "manifest.json"
    if not path.is_file():
        return {}
    manifest: dict[str, str] = json.loads(path.read_text())
    return manifest
