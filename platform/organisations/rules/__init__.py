"""Pure computation about bodies: what is written of one, and rows of lists that others keep."""

from organisations.rules.importing import COLUMNS, ImportedOrganisation, read_row
from organisations.rules.values import (
    COUNTRIES,
    IPA_CODE,
    OrganisationValues,
    is_web_address,
    values_of,
)

__all__ = [
    "COLUMNS",
    "COUNTRIES",
    "IPA_CODE",
    "ImportedOrganisation",
    "OrganisationValues",
    "is_web_address",
    "read_row",
    "values_of",
]
