"""All writes of twinnings: their texts, their state, and who takes part."""

from __future__ import annotations

from twinning.services.invitations import (
    InvitationClosed,
    accept_invitation,
    invite_newcomer,
    invite_partner,
    leave_twinning,
    refuse_invitation,
)
from twinning.services.partners import record_partner, withdraw_partner
from twinning.services.past import enter_past_twinning
from twinning.services.states import change_state
from twinning.services.texts import change_twinning, create_twinning, take_charge

__all__ = [
    "InvitationClosed",
    "accept_invitation",
    "change_state",
    "change_twinning",
    "create_twinning",
    "enter_past_twinning",
    "invite_newcomer",
    "invite_partner",
    "leave_twinning",
    "record_partner",
    "refuse_invitation",
    "take_charge",
    "withdraw_partner",
]
