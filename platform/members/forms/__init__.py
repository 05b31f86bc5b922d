"""What members and newcomers fill in."""

from members.forms.access import (
    AddressForm,
    ConfirmForm,
    PasswordForm,
    RegistrationForm,
    ResetForm,
    SignInForm,
)
from members.forms.affiliations import AffiliationForm, DecisionForm
from members.forms.fields import deliverable
from members.forms.invitations import (
    AcceptForm,
    BodyForm,
    ColleagueForm,
    InvitationForm,
    InvitedForm,
)
from members.forms.profiles import AvatarForm, ProfileForm, directory_filters

__all__ = [
    "AcceptForm",
    "AddressForm",
    "AffiliationForm",
    "AvatarForm",
    "BodyForm",
    "ColleagueForm",
    "ConfirmForm",
    "DecisionForm",
    "InvitationForm",
    "InvitedForm",
    "PasswordForm",
    "ProfileForm",
    "RegistrationForm",
    "ResetForm",
    "SignInForm",
    "deliverable",
    "directory_filters",
]
