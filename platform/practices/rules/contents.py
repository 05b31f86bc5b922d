"""What a story must hold, and how two of its texts differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from core.text import Rendered, plain
from practices.models import Practice, PracticeKind

LONGEST_SUMMARY = 300
LONGEST_COMPONENT = 1_000
MOST_COMPONENTS = 20
# A whole document, which nobody typed into a form; it is rendered within the same time.
LONGEST_BODY = 200_000


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a story's text: its column is ``name``, its HTML stands in ``name_html``."""

    name: str
    required: bool = False


# A story told in one piece needs no other part; only imports begin one.
BODY = Section("body")

SECTIONS: Mapping[PracticeKind, tuple[Section, ...]] = {
    PracticeKind.OFFER: (
        BODY,
        Section("problem", required=True),
        Section("solution", required=True),
        Section("results", required=True),
        Section("resources"),
        Section("time_scale"),
        Section("difficulties"),
        Section("transferability"),
        Section("links"),
    ),
    PracticeKind.SEEK: (
        BODY,
        Section("need", required=True),
        Section("context", required=True),
        Section("links"),
    ),
}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a practice that another body can take over; ``key`` names it whatever it says."""

    key: str
    title: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class StoryContent:
    """What somebody wrote: ``FACTS``, which both kinds have, the sections of one by name, and the
    components of an offer in their order.
    """

    title: str
    summary: str = ""
    lang: str = "it"
    theme_ids: frozenset[int] = frozenset()
    organisation_id: int | None = None
    territory_id: int | None = None
    contact: str = ""
    needed_by: date | None = None
    sections: Mapping[str, Rendered] = field(default_factory=dict)
    components: tuple[Component, ...] = ()


# In the order of the form.
REQUIRED_FACTS = (
    "title",
    "summary",
    "theme_ids",
    "territory_id",
    "organisation_id",
    "contact",
)
FACTS = tuple(
    one.name for one in fields(StoryContent) if one.name not in ("sections", "components")
)


def missing(kind: PracticeKind, content: StoryContent, *, affiliated: bool) -> tuple[str, ...]:
    """The fields that a story still needs before editors see it, in the order of the form.

    ``affiliated``: its author belongs to a body, and then the story speaks for one.
    """
    lacking = [name for name in REQUIRED_FACTS if not getattr(content, name)]
    if not affiliated and "organisation_id" in lacking:
        lacking.remove("organisation_id")
    if not _is_told(content, BODY):
        lacking += [
            section.name
            for section in SECTIONS[kind]
            if section.required and not _is_told(content, section)
        ]
    if any(not component.title for component in content.components):
        lacking.append("components")
    return tuple(lacking)


def content_of(story: Practice) -> StoryContent:
    """What stands in a story now."""
    return StoryContent(
        title=story.title,
        summary=story.summary,
        lang=story.lang,
        theme_ids=story.theme_ids,
        organisation_id=story.organisation_id,
        territory_id=story.territory_id,
        contact=story.contact,
        needed_by=story.needed_by,
        sections={
            section.name: Rendered(
                getattr(story, section.name), getattr(story, f"{section.name}_html")
            )
            for section in SECTIONS[story.kind]
        },
        components=tuple(Component(row.key, row.title, row.text) for row in story.components),
    )


def values_of(content: StoryContent) -> dict[str, Any]:
    """What was typed, by field, as a revision keeps it: values that JSON has."""
    values = {name: getattr(content, name) for name in FACTS}
    values |= {name: written.source for name, written in content.sections.items()}
    values["theme_ids"] = sorted(content.theme_ids)
    values["needed_by"] = content.needed_by.isoformat() if content.needed_by else None
    values["components"] = [asdict(component) for component in content.components]
    return values


def content_from(
    kind: PracticeKind, values: Mapping[str, Any], html: Mapping[str, str] | None = None
) -> StoryContent:
    """What ``values_of`` was made of; ``html`` are the rendered sections, where they were kept."""
    facts = {name: values[name] for name in FACTS if name in values}
    facts["theme_ids"] = frozenset(values.get("theme_ids", ()))
    if values.get("needed_by"):
        facts["needed_by"] = date.fromisoformat(values["needed_by"])
    sections = {
        section.name: Rendered(values.get(section.name, ""), (html or {}).get(section.name, ""))
        for section in SECTIONS[kind]
    }
    components = tuple(Component(**one) for one in values.get("components", ()))
    return StoryContent(**facts, sections=sections, components=components)


def differences(kind: PracticeKind, old: StoryContent, new: StoryContent) -> tuple[str, ...]:
    """The names of the fields in which two texts differ; sections by what was typed."""
    changed = [name for name in FACTS if getattr(old, name) != getattr(new, name)]
    changed += [
        section.name for section in SECTIONS[kind] if _source(old, section) != _source(new, section)
    ]
    if kind is PracticeKind.OFFER and old.components != new.components:
        changed.append("components")
    return tuple(changed)


def _is_told(content: StoryContent, section: Section) -> bool:
    written = content.sections.get(section.name)
    return written is not None and bool(plain(written.html))


def _source(content: StoryContent, section: Section) -> str:
    written = content.sections.get(section.name)
    return "" if written is None else written.source
