"""All writes of twinnings: their texts, their state, and who takes part."""

from __future__ import annotations

from twinning.services.partners import record_partner, withdraw_partner
from twinning.services.past import enter_past_twinning
from twinning.services.states import change_state
from twinning.services.texts import change_twinning, create_twinning

__all__ = [
    "change_state",
    "change_twinning",
    "create_twinning",
    "enter_past_twinning",
    "record_partner",
    "withdraw_partner",
]
