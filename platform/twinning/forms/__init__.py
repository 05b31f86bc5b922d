"""What contact persons, coordinators, editors and administrators fill in."""

from twinning.forms.content import Button, TwinningForm, twinning_form
from twinning.forms.filters import NO_PROGRAMME, ROLES, STATES, ask_again, list_filters, list_order
from twinning.forms.partners import (
    AnswerForm,
    InviteForm,
    LeaveForm,
    NewcomerForm,
    PartnerForm,
    Reply,
    WithdrawForm,
    answer_form,
    invite_form,
    newcomer_form,
    partner_form,
)
from twinning.forms.steps import StepForm, step_form

__all__ = [
    "NO_PROGRAMME",
    "ROLES",
    "STATES",
    "AnswerForm",
    "Button",
    "InviteForm",
    "LeaveForm",
    "NewcomerForm",
    "PartnerForm",
    "Reply",
    "StepForm",
    "TwinningForm",
    "WithdrawForm",
    "answer_form",
    "ask_again",
    "invite_form",
    "list_filters",
    "list_order",
    "newcomer_form",
    "partner_form",
    "step_form",
    "twinning_form",
]
