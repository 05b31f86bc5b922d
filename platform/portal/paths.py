"""Where templates, assets, migrations and translations are: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

_BUNDLED = Path(__file__).parent / "_bundled"
_CHECKOUT = Path(__file__).parents[2]


def assets(name: str) -> Path:
    """The folder of this name (``templates``, ``static``, ``migrations``, ``translations``)."""
    bundled = _BUNDLED / name
    return bundled if bundled.is_dir() else _CHECKOUT / name
