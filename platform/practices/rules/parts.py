"""The form of a story in parts: which field stands where, and what one part says of the whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from core.text import Rendered
from practices.models import PracticeKind
from practices.rules.contents import SECTIONS, Component, StoryContent, values_of


class Part(StrEnum):
    """A part of the form, in its order; the values stand in addresses."""

    BASICS = "essenziale"
    TELLING = "racconto"
    PIECES = "componenti"


_BASICS = (
    "title",
    "summary",
    "organisation_id",
    "contact",
    "theme_ids",
    "territory_id",
    "lang",
)
_ELSEWHERE = ("links",)


@dataclass(frozen=True, kw_only=True)
class PartText:
    """What one part says: facts and sections by name; None for components that it does not have."""

    part: Part
    facts: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Rendered] = field(default_factory=dict)
    components: tuple[Component, ...] | None = None

    def put_into(self, content: StoryContent) -> StoryContent:
        """The whole text with this part in place of what stood there."""
        components = content.components if self.components is None else self.components
        sections = {**content.sections, **self.sections}
        return replace(content, **self.facts, sections=sections, components=components)

    def without(self, names: Collection[str]) -> PartText:
        """The same but for these fields, of which it then says nothing."""
        return replace(
            self,
            facts={name: value for name, value in self.facts.items() if name not in names},
            sections={name: text for name, text in self.sections.items() if name not in names},
            components=None if "components" in names else self.components,
        )


def fields_of(kind: PracticeKind, part: Part) -> tuple[str, ...]:
    """The names of what a part holds, in the order of the form."""
    offers = kind is PracticeKind.OFFER
    if part is Part.BASICS:
        return _BASICS if offers else (*_BASICS, "needed_by")
    if part is Part.TELLING:
        return tuple(one.name for one in SECTIONS[kind] if one.name not in _ELSEWHERE)
    return ("components", *_ELSEWHERE) if offers else _ELSEWHERE


def part_of(kind: PracticeKind, name: str) -> Part:
    """The part in which a field stands."""
    return next(part for part in Part if name in fields_of(kind, part))


def by_part(kind: PracticeKind, names: Iterable[str]) -> dict[Part, tuple[str, ...]]:
    """The names of fields under the parts that they stand in; every part has an entry."""
    wanted = set(names)
    return {part: tuple(name for name in fields_of(kind, part) if name in wanted) for part in Part}


def fingerprint(kind: PracticeKind, part: Part, content: StoryContent) -> str:
    """The same for the same text of a part: whoever carries it has seen what stands there."""
    values = values_of(content)
    said = [values.get(name) for name in fields_of(kind, part)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
