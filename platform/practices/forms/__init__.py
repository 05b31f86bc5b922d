"""What authors and editors fill in."""

from practices.forms.endorsing import EndorsementForm
from practices.forms.matching import ContactForm, DismissForm
from practices.forms.review import (
    OutdateForm,
    PublishForm,
    RestoreForm,
    SendBackForm,
    ValidationForm,
    WithdrawForm,
)
from practices.forms.story import (
    Act,
    Press,
    StoryForm,
    offer_rows,
    part_form,
    pressed,
    turn_rows,
)

__all__ = [
    "Act",
    "ContactForm",
    "DismissForm",
    "EndorsementForm",
    "OutdateForm",
    "Press",
    "PublishForm",
    "RestoreForm",
    "SendBackForm",
    "StoryForm",
    "ValidationForm",
    "WithdrawForm",
    "offer_rows",
    "part_form",
    "pressed",
    "turn_rows",
]
