"""What every page has: menus, text size, languages, assets, panels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, request
from flask_babel import gettext

from core.access import current_actor
from core.i18n import LANGUAGES, address_in, language, own_path
from core.links import address
from core.registry import registry, settings
from core.text import initials

T = TypeVar("T")

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
    app.add_template_global(address, "url_for")
    app.add_template_global(panels)
    app.add_template_global(address_in, "locale_url")
    app.add_template_global(text_size_url)
    app.add_template_filter(initials)


def page_context() -> dict[str, Any]:
    """The variables that the layout needs; whoever reads is added by ``members``."""
    return {
        "locale": language(),
        "languages": LANGUAGES,
        "text_size": text_size(),
        "navigation": main_menu(),
        "footer_navigation": footer_menu(),
        "feeds": _kept("feeds", _feeds),
        "site_address": settings().base_url,
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
    return address("portal.text_size", size=size) + "?" + urlencode({"next": request.path})


def main_menu() -> list[MenuEntry]:
    here = request.script_root + request.path
    return [
        MenuEntry(entry.label, entry.url, here == entry.url or here.startswith(f"{entry.url}/"))
        for entry in _kept("main", _main_menu)
    ]


def footer_menu() -> list[MenuGroup]:
    if current_actor().is_visitor:
        return _kept("footer of visitors", lambda: _footer_menu(for_visitors=True))
    return _kept("footer of members", lambda: _footer_menu(for_visitors=False))


def _main_menu() -> list[MenuEntry]:
    return [_entry(item) for item in registry().navigation if item.main]


def _footer_menu(*, for_visitors: bool) -> list[MenuGroup]:
    titles = {
        "exchange": gettext("Scambiare"),
        "people": gettext("Conoscersi"),
        "access": gettext("Il tuo accesso"),
        "about": gettext("Il sito"),
    }
    shown = [item for item in registry().navigation if for_visitors or not item.for_visitors]
    return [
        MenuGroup(title, items)
        for section, title in titles.items()
        if (items := [_entry(item) for item in shown if item.section == section])
    ]


def _feeds() -> list[tuple[str, str]]:
    return [(str(feed.title), address(feed.endpoint)) for feed in registry().feeds]


def _entry(item: Any) -> MenuEntry:
    return MenuEntry(str(item.label), address(item.endpoint), current=False)


def _kept(name: str, make: Callable[[], T]) -> T:
    """What every page shows alike in one language: made once."""
    kept: dict[tuple[str, str], Any] = current_app.extensions.setdefault("gemella.menus", {})
    key = (request.script_root, name)
    if key not in kept:
        kept[key] = make()
    made: T = kept[key]
    return made


@lru_cache(maxsize=4)
def _manifest(static_folder: str) -> dict[str, str]:
    path = Path(static_folder) / "vendor" / "manifest.json"
    if not path.is_file():
        return {}
    manifest: dict[str, str] = json.loads(path.read_text())
    return manifest
