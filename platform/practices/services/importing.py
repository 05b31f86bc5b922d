"""Bringing a list of stories that others keep into the catalogue, again and again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core import clock
from core.actor import Actor
from core.database import db
from core.domain import ensure
from core.events import announce_all
from core.imports import Outcome, RowResult, rehearsal
from core.origins import Origin, Told, known_origins, note_origins, own_number
from core.slugs import claim_slug, claim_slugs
from core.text import Rendered, TextRefused, legible, plain, render_markdown, shorten
from organisations import queries as organisations
from practices import policies, rules
from practices.models import Practice, PracticeState
from practices.queries import words
from practices.rules import BODY, LONGEST_BODY, SECTIONS, ImportedStory, StoryContent
from practices.services.steps import about, keep_revision, take_validation_back
from practices.services.texts import write_content
from practices.signals import KIND, StoryImported
from taxonomy import queries as taxonomy
from territory import queries as territory

_APART = re.compile(r"<(h[1-6]|pre|table)\b.*?</\1>", re.DOTALL)
_TOO_MUCH = {
    "too_long": "longer than a text can be",
    "too_complex": "too intricate to be rendered in time",
}
_IMPORTED_STATES = (PracticeState.PUBLISHED, PracticeState.DRAFT)


def import_stories(
    rows: Sequence[ImportedStory],
    *,
    by: Actor,
    state: PracticeState = PracticeState.PUBLISHED,
    author_id: int | None = None,
    dry_run: bool = False,
) -> list[RowResult]:
    """Enter or rewrite the stories of these rows, in one transaction; say what became of each.

    New ones are published, or drafts, under the name of the body that they name, of the author, or
    of the site. Texts are rendered first, as those of forms are: what cannot be is refused. A story
    that was changed here after its last import is kept. Nobody gets a notice.
    """
    assert state in _IMPORTED_STATES
    ensure(policies.may_import(by))
    known = _Known.of(rows)
    results = {row.line: said for row in rows if (said := known.settled(row)) is not None}
    texts: dict[int, Mapping[str, Rendered]] = {}
    for row in rows:
        if row.line not in results:
            try:
                texts[row.line] = _rendered(row)
            except TextRefused as refused:
                results[row.line] = _result(row, Outcome.REFUSED, _TOO_MUCH[refused.reason])
    with rehearsal(dry_run) as session:
        batch = _Batch(session, by, _Known.of(rows), _Things.of(rows), state, author_id)
        for row in rows:
            if row.line in texts:
                results[row.line] = batch.take(row, texts[row.line])
        batch.finish()
    return [results[row.line] for row in rows]


def _rendered(row: ImportedStory) -> dict[str, Rendered]:
    """The row's texts as sections of its kind; what its kind has no section for ends its body."""
    own = {section.name for section in SECTIONS[row.kind]}
    texts = {name: text for name, text in row.texts.items() if name in own}
    foreign = [name for name, text in row.texts.items() if text and name not in own]
    for name in foreign:
        more = f"## {words.SECTIONS[name]}\n\n{row.texts[name]}"
        texts[BODY.name] = f"{texts.get(BODY.name, '')}\n\n{more}".strip()
    return {name: render_markdown(text, longest=LONGEST_BODY) for name, text in texts.items()}


@dataclass(frozen=True)
class _Known:
    """What the catalogue has of the rows: their origins, and the stories themselves."""

    origins: Mapping[tuple[str, str], Origin]
    stories: Mapping[int, Practice]

    @classmethod
    def of(cls, rows: Sequence[ImportedStory]) -> _Known:
        origins = known_origins(KIND, (row.key for row in rows))
        ids = {origin.object_id for origin in origins.values()}
        ids |= {number for row in rows if (number := own_number(*row.key)) is not None}
        stories = db.session.scalars(
            select(Practice)
            .where(Practice.id.in_(ids))
            .options(selectinload(Practice.themes), selectinload(Practice.component_rows))
        ).all()
        return cls(origins, {story.id: story for story in stories})

    def story_of(self, row: ImportedStory) -> tuple[int | None, Practice | None]:
        origin = self.origins.get(row.key)
        number = origin.object_id if origin else own_number(*row.key)
        return number, None if number is None else self.stories.get(number)

    def settled(self, row: ImportedStory) -> RowResult | None:
        """What becomes of a row whose text is not even looked at; None where it must be."""
        number, story = self.story_of(row)
        if number is None:
            return None
        if story is None or story.state is PracticeState.REMOVED:
            return _result(row, Outcome.REFUSED, "it was taken away here")
        if story.kind is not row.kind:
            return _result(row, Outcome.REFUSED, f"kind: it is {story.kind} here")
        origin = self.origins.get(row.key)
        if origin is None:
            return None
        if origin.digest == row.digest and (
            not origin.unresolved or origin.version != story.version
        ):
            return _result(row, Outcome.UNCHANGED)
        if origin.version != story.version:
            return _result(row, Outcome.KEPT, "it was changed here since its last import")
        return None


@dataclass(frozen=True)
class _Things:
    """The bodies, themes and places that rows name."""

    bodies: Mapping[str, int]
    themes: Mapping[str, int]

    @classmethod
    def of(cls, rows: Sequence[ImportedStory]) -> _Things:
        named = {row.organisation for row in rows if row.organisation}
        return cls(organisations.ids_by_words(named), taxonomy.ids_by_words())

    def content_of(
        self, row: ImportedStory, texts: Mapping[str, Rendered], stands: StoryContent | None
    ) -> tuple[StoryContent, dict[str, str], list[str]]:
        """The whole text, what of it is not known here, and what to say about that."""
        unresolved = dict(row.unread)
        given = {**row.given, "title": row.title, "sections": texts}
        if row.organisation:
            given["organisation_id"] = self.bodies.get(row.organisation)
            if given["organisation_id"] is None:
                unresolved["organisation"] = row.organisation
        found = {word: self.themes.get(taxonomy.word_of(word)) for word in row.themes}
        if row.themes:
            given["theme_ids"] = frozenset(one for one in found.values() if one is not None)
        if missing := [word for word, number in found.items() if number is None]:
            unresolved["themes"] = "; ".join(missing)
        if row.territory:
            place = territory.place_called(row.territory)
            given["territory_id"] = place.id if place else None
            if place is None:
                unresolved["territory"] = row.territory
        if stands is not None:
            given["sections"] = {**stands.sections, **texts}
            content = replace(stands, **given)
        else:
            given.setdefault("summary", _summary(texts, row.title))
            content = StoryContent(**given)
        remarks = [f"{name}: {said[:80]} is not known here; kept" for name, said in
                   unresolved.items()]  # fmt: skip
        return content, unresolved, remarks


def _summary(texts: Mapping[str, Rendered], title: str) -> str:
    """The beginning of the text, without headings, code and tables."""
    for written in texts.values():
        # A control character may have been written as an entity.
        words_of_it = legible(plain(_APART.sub(" ", written.html)) or plain(written.html))
        if words_of_it:
            return shorten(words_of_it, rules.LONGEST_SUMMARY)
    return title


@dataclass
class _Batch:
    """One transaction's work: rows are taken one by one, and written together at the end."""

    session: Session
    by: Actor
    known: _Known
    things: _Things
    state: PracticeState
    author_id: int | None
    created: list[Practice] = field(default_factory=list)
    changed: list[tuple[Practice, tuple[str, ...]]] = field(default_factory=list)
    noted: list[tuple[Practice, ImportedStory, dict[str, str]]] = field(default_factory=list)

    def take(self, row: ImportedStory, texts: Mapping[str, Rendered]) -> RowResult:
        settled = self.known.settled(row)
        if settled is not None:
            return settled  # somebody was quicker
        _, story = self.known.story_of(row)
        stands = None if story is None else rules.content_of(story)
        content, unresolved, remarks = self.things.content_of(row, texts, stands)
        if story is None:
            story = self._created(row, content)
            self.noted.append((story, row, unresolved))
            return _result(row, Outcome.CREATED, *remarks)
        assert stands is not None
        self.noted.append((story, row, unresolved))
        changed = rules.differences(story.kind, stands, content)
        if not changed:
            return _result(row, Outcome.UNCHANGED, *remarks)
        story.raise_version(None)
        write_content(self.session, story, content)
        story.updated_at = clock.now()
        if rules.is_rewritten(story.kind, stands, content):
            take_validation_back(self.session, story, self.by)
        self.changed.append((story, changed))
        return _result(row, Outcome.CHANGED, *remarks)

    def _created(self, row: ImportedStory, content: StoryContent) -> Practice:
        moment = clock.now()
        story = Practice(
            slug=secrets.token_hex(16),  # until its number is known
            kind=row.kind,
            state=self.state,
            author_id=self.author_id,
            created_at=moment,
            updated_at=moment,
        )
        if self.state is not PracticeState.DRAFT:
            story.published_at = row.published_at or moment
        write_content(self.session, story, content)
        self.created.append(story)
        return story

    def finish(self) -> None:
        """Write rows, addresses, versions, facts and origins."""
        self.session.add_all(self.created)
        self.session.flush()
        addresses = [(about(story), story.title) for story in self.created]
        for story, slug in zip(self.created, claim_slugs(addresses), strict=True):
            story.slug = slug
        for story, changed in self.changed:
            if "title" in changed:
                story.slug = claim_slug(about(story), story.title)
        self.session.flush()
        facts = []
        every = [(story, ()) for story in self.created]
        for story, changed in (*every, *self.changed):
            if story.state is not PracticeState.DRAFT:
                keep_revision(story, self.by)
            facts.append(
                StoryImported(practice_id=story.id, by_id=self.by.member_id, changed=changed)
            )
        announce_all(facts)
        note_origins(
            (
                Told(about(story), row.key, story.version, row.digest, unresolved)
                for story, row, unresolved in self.noted
            ),
            self.known.origins,
        )


def _result(row: ImportedStory, outcome: Outcome, *remarks: str) -> RowResult:
    return RowResult(row.line, row.external_id, row.title, outcome, remarks)
