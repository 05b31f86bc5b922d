"""The kept versions of a story, and how two texts differ, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from core.actor import Actor
from core.database import db
from core.differences import Span, difference
from core.events import Event
from core.i18n import LANGUAGES, day, language
from core.revisions import Revision
from core.text import render_markdown
from members.queries import Person, people
from organisations import queries as organisations
from practices import policies, rules
from practices.models import Practice, PracticeKind, PracticeState
from practices.queries import words
from practices.rules import StoryContent
from practices.signals import KIND
from taxonomy import queries as taxonomy
from territory import queries as territory

# Nobody reads a longer list; whoever needs an older one can name it in the address.
LONGEST_HISTORY = 100


@dataclass(frozen=True, slots=True)
class StoryVersion:
    """A version as the history shows it; ``by`` is None where the site itself wrote it."""

    number: int
    at: datetime
    by: Person | None
    state: PracticeState

    @property
    def what(self) -> str:
        """What this version is for its readers."""
        return str(words.VERSIONS[self.state])


@dataclass(frozen=True, slots=True)
class Deed:
    """A step of a story's life: who, when, what, why.

    ``fields`` changed, by their names on the page; ``version`` is the text that was kept with it,
    ``restored`` the one that it was taken from; ``by`` is None for what the calendar did.
    """

    name: str
    at: datetime
    by: Person | None
    fields: tuple[str, ...]
    reason: str
    version: int | None
    restored: int | None

    @property
    def what(self) -> str:
        return str(words.DEEDS[self.name])


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """What changed in one part of a story; ``name`` is that of the field."""

    name: str
    label: str
    spans: tuple[Span, ...]


def versions_of(story: Practice, actor: Actor) -> list[StoryVersion]:
    """The versions that the reader may see, newest first, at most ``LONGEST_HISTORY``."""
    state = Revision.values["state"].as_string()
    rows = db.session.execute(
        select(Revision.version, Revision.at, Revision.by_id, state.label("state"))
        .where(Revision.kind == KIND, Revision.object_id == story.id)
        .order_by(Revision.version.desc())
        .limit(LONGEST_HISTORY)
    ).all()
    writers = people(row.by_id for row in rows)
    return [
        StoryVersion(row.version, row.at, writers.get(row.by_id), PracticeState(row.state))
        for row in rows
        if row.state and policies.may_read_version(actor, story, PracticeState(row.state))
    ]


def history_of(story: Practice, actor: Actor) -> list[Deed]:
    """What happened to a story, newest first, at most ``LONGEST_HISTORY``: for its author and its
    editors, nothing for everybody else. What was written before it was first sent is not told.
    """
    if not policies.may_read_history(actor, story):
        return []
    kept = {one.number for one in versions_of(story, actor)}
    events = db.session.scalars(
        select(Event)
        .where(Event.kind == KIND, Event.object_id == story.id, Event.name.in_(words.DEEDS))
        .order_by(Event.id.desc())
        .limit(LONGEST_HISTORY)
    ).all()
    doers = people(event.actor_id for event in events)
    deeds = (_deed(event, doers, kept) for event in events)
    return [deed for deed in deeds if deed.name != "StoryChanged" or deed.version is not None]


def version_answered(story: Practice) -> int | None:
    """The version that the editors answered last; None before their first answer."""
    return db.session.scalar(
        select(func.max(Revision.version)).where(
            Revision.kind == KIND,
            Revision.object_id == story.id,
            Revision.at
            <= select(func.max(Event.at))
            .where(Event.kind == KIND, Event.object_id == story.id, Event.name.in_(_ANSWERS))
            .scalar_subquery(),
        )
    )


def text_of_version(story: Practice, number: int, actor: Actor) -> StoryContent | None:
    """What a version said, without HTML; None where there is none that the reader may see."""
    if not 0 < number <= story.version:
        return None  # and beyond 64 bits no database could be asked
    values = db.session.scalar(
        select(Revision.values).where(
            Revision.kind == KIND, Revision.object_id == story.id, Revision.version == number
        )
    )
    # Without values it was scrubbed.
    if not values or not policies.may_read_version(actor, story, PracticeState(values["state"])):
        return None
    return rules.content_from(story.kind, values)


_ANSWERS = ("StoryChangesRequested", "StoryRejected", "StoryPublished", "RevisionApproved")


def _deed(event: Event, doers: Mapping[int, Person], kept: Collection[int]) -> Deed:
    version, restored = (int(event.details.get(name) or 0) for name in ("version", "restored"))
    return Deed(
        name=event.name,
        at=event.at,
        by=doers.get(event.actor_id) if event.actor_id is not None else None,
        fields=tuple(str(words.FIELDS[one]) for one in event.changed if one in words.FIELDS),
        reason=event.reason,
        version=version if version in kept else None,
        restored=restored or None,
    )


def rendered(content: StoryContent) -> StoryContent:
    """The same text with its HTML, to be kept again; raise ``TextRefused``. Slow: not inside a
    transaction.
    """
    sections = {
        name: render_markdown(written.source, longest=rules.LONGEST_BODY)
        for name, written in content.sections.items()
    }
    return replace(content, sections=sections)


def compared(kind: PracticeKind, old: StoryContent, new: StoryContent) -> list[FieldDifference]:
    """The fields in which two texts differ, in the order of the form, with the words."""
    changed = rules.differences(kind, old, new)
    before, after = in_words(old, changed), in_words(new, changed)
    return [
        FieldDifference(name, str(words.FIELDS[name]), difference(before[name], after[name]))
        for name in words.FIELDS
        if name in changed
    ]


def in_words(content: StoryContent, names: tuple[str, ...]) -> dict[str, str]:
    """What the fields with these names say, as somebody would read it."""
    return {name: _shown(content, name) for name in names}


def _links_shown(markdown: str) -> str:
    """Links as the form has them: a line each, name and address."""
    links, rest = rules.links_in(markdown)
    lines = [f"{one.title}: {one.url}" if one.title else one.url for one in links]
    return "\n\n".join(text for text in ("\n".join(lines), rest) if text)


def _shown(content: StoryContent, name: str) -> str:
    if name == "links" and name in content.sections:
        return _links_shown(content.sections[name].source)
    if name in content.sections:
        return content.sections[name].source
    value = getattr(content, name, None)
    if not value:
        return ""
    match name:
        case "components":
            return "\n\n".join(f"{one.title}\n{one.text}".strip() for one in value)
        case "theme_ids":
            known = taxonomy.themes_by_id()
            return ", ".join(one.name(language()) for id_, one in known.items() if id_ in value)
        case "territory_id":
            place = territory.place(value)
            return place.name(language()) if place else ""
        case "organisation_id":
            body = organisations.lines([value]).get(value)
            return body.name if body else ""
        case "lang":
            return LANGUAGES[value]
        case "needed_by":
            return day(value)
    return str(value)
