"""What the URL map must look like, as checks that return their faults as sentences."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from core.access import Access
from core.config import Settings

FROZEN = Path(__file__).parent / "routes.txt"

# Flask's own way to files that anybody may read.
OPEN_TO_ALL = {"static"}


def build_bare_app(folder: Path) -> Flask:
    """The application without a database: its routes are known before the first request."""
    from portal.factory import create_app

    return create_app(
        Settings(
            data=folder,
            database_url=f"sqlite:///{folder / 'gemella.sqlite3'}",
            secret_key="a key for tests alone, never for a site",
            testing=True,
        )
    )


def listed_routes(app: Flask) -> list[str]:
    """A line a route: the methods that somebody wrote down, and the rule."""
    return sorted(
        {
            f"{rule.rule}  {','.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))}"
            for rule in app.url_map.iter_rules()
        }
    )


def undeclared_views(app: Flask) -> list[str]:
    """Views that do not say who may call them, or say nothing that means anything."""
    faults = []
    for endpoint, view in sorted(app.view_functions.items()):
        if endpoint in OPEN_TO_ALL:
            continue
        access = getattr(view, "__access__", None)
        if not isinstance(access, Access):
            faults.append(f"{endpoint} declares no access")
        elif not (access.public or access.signed_in or access.policies):
            faults.append(f"{endpoint} declares an access that lets nobody in")
        elif access.public and access.policies:
            faults.append(f"{endpoint} is public and asks a policy: one of them is not true")
    return faults


def untyped_parameters(app: Flask) -> list[str]:
    """URL parameters that take any text."""
    return [
        f"{rule.rule}: <{parameter}> names no converter"
        for rule in app.url_map.iter_rules()
        for parameter in re.findall(r"<([^>]+)>", rule.rule)
        if ":" not in parameter or parameter.startswith(("string:", "string(", "default:"))
    ]


def moved_routes(frozen: list[str], present: list[str]) -> list[str]:
    """Routes that vanished and routes that nobody wrote down."""
    vanished = [f"vanished: {line}" for line in frozen if line not in present]
    return vanished + [f"not in routes.txt: {line}" for line in present if line not in frozen]
