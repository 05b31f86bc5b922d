"""Names in three languages, as reference data carry them."""

from __future__ import annotations

from typing import Protocol


class Named(Protocol):
    """A row, or a copy of one, with a column for each language."""

    @property
    def name_it(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def name_de(self) -> str: ...


def name_in(named: Named, language: str) -> str:
    """The name in the reader's language, else in Italian."""
    if language == "en":
        return named.name_en or named.name_it
    if language == "de":
        return named.name_de or named.name_it
    return named.name_it
