"""Rows of a form that can be added, moved and taken out: components and links."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import ValidationError

from core.forms import Line, Paragraphs
from practices.rules import (
    LONGEST_ADDRESS,
    LONGEST_COMPONENT,
    Component,
    Link,
    is_web_address,
)

_INDEX = re.compile(r"[0-9]{1,3}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def new_component_key() -> str:
    """A key that no component of any story has."""
    return secrets.token_urlsafe(9)


class ComponentRow(PlainForm):
    """A component; without any text the row counts for nothing."""

    key = HiddenField()
    title = Line(_l("Nome del componente"), required=False)
    text = Paragraphs(_l("In che cosa consiste"), required=False, limit=LONGEST_COMPONENT)

    @property
    def is_blank(self) -> bool:
        return not (self.title.data or self.text.data)


class LinkRow(PlainForm):
    """A link: an address, and how it is called."""

    url = Line(_l("Indirizzo"), required=False, limit=LONGEST_ADDRESS)
    title = Line(_l("Come si chiama"), required=False)

    def validate_url(self, field: Line) -> None:
        if field.data and not is_web_address(field.data):
            raise ValidationError(
                gettext("Scrivi l’indirizzo per intero, per esempio https://www.comune.bari.it.")
            )

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        if self.title.data and not self.url.data:
            self.url.errors = [*self.url.errors, gettext("Manca l’indirizzo.")]
            return False
        return fine

    @property
    def is_blank(self) -> bool:
        return not (self.title.data or self.url.data)


class Rows(FieldList):  # type: ignore[type-arg]
    """A list of rows whose indices in the request are small numbers, whatever somebody sends."""

    def __init__(self, row: type[PlainForm], label: Any, *, most: int, **kwargs: Any) -> None:
        super().__init__(FormField(row), label, max_entries=most, **kwargs)

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        start = len(prefix) + 1
        for name in formdata:
            if name.startswith(f"{prefix}-") and _INDEX.fullmatch(name[start:].split("-", 1)[0]):
                yield int(name[start:].split("-", 1)[0])

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= (self.max_entries or 0)

    def add_blank(self, **data: Any) -> None:
        """One more row to write in, where there is room."""
        if not self.is_full:
            self.append_entry(data)

    def take_out(self, row: int) -> None:
        """Take a row out, if there is one with this number."""
        if 0 <= row < len(self.entries):
            del self.entries[row]

    def swap(self, row: int, other: int) -> None:
        """Let two rows change what they say, if both are there."""
        if all(0 <= one < len(self.entries) for one in (row, other)):
            for here, there in zip(self.entries[row].form, self.entries[other].form, strict=True):
                here.data, there.data = there.data, here.data


def components_in(rows: Rows) -> tuple[Component, ...]:
    """The components of valid rows; each has a key of its own, whatever was sent."""
    taken: set[str] = set()
    found = []
    for row in _filled(rows):
        key = row.key.data or ""
        if not _KEY.fullmatch(key) or key in taken:
            key = new_component_key()
        taken.add(key)
        found.append(Component(key, row.title.data or "", row.text.data or ""))
    return tuple(found)


def links_of(rows: Rows) -> tuple[Link, ...]:
    """The links of valid rows."""
    return tuple(Link(row.url.data, row.title.data or "") for row in _filled(rows))


def _filled(rows: Rows) -> Iterable[Any]:
    return [entry.form for entry in rows.entries if not entry.form.is_blank]
