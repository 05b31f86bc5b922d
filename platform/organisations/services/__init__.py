"""All writes of the register: one function a use case, one transaction each."""

from organisations.services.importing import import_organisations
from organisations.services.keeping import (
    IpaCodeTaken,
    SameName,
    admit_organisation,
    await_organisation,
    change_organisation,
    create_organisation,
    expect_speaker,
    remove_organisation,
    verify_organisation,
)

__all__ = [
    "IpaCodeTaken",
    "SameName",
    "admit_organisation",
    "await_organisation",
    "change_organisation",
    "create_organisation",
    "expect_speaker",
    "import_organisations",
    "remove_organisation",
    "verify_organisation",
]
