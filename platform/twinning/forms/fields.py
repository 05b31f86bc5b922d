"""What several forms of twinnings share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from core.forms import Line

LONGEST_REASON = 1_000
# Said instead of the library's own words, which speak of values that cannot be converted.
CHOICE: Mapping[str, Any] = {
    "invalid_choice_message": _l("Scegli una delle voci."),
    "invalid_value_message": _l("Scegli una delle voci."),
}
DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]


def office() -> Line:
    """The field for the office of a body that works on a twinning."""
    return Line(
        _l("Ufficio"),
        required=False,
        description=_l("Chi ci lavora, per esempio l’Agenzia per la famiglia."),
    )
