"""What authors and editors fill in."""

from practices.forms.endorsing import EndorsementForm
from practices.forms.review import PublishForm, SendBackForm, WithdrawForm
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
    "EndorsementForm",
    "Press",
    "PublishForm",
    "SendBackForm",
    "StoryForm",
    "WithdrawForm",
    "offer_rows",
    "part_form",
    "pressed",
    "turn_rows",
]
