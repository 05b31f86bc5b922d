"""Matches as readers meet them: on a story's page, in the own space, on a page of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal, gettext
from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from core.actor import Actor
from core.counting import Count
from core.database import db
from core.i18n import language
from core.links import address
from core.pagination import Key, Page, paginate
from forum.policies import is_trusted
from members.queries import actor_for, contact_ids
from organisations.models import Level, Organisation
from organisations.queries import level_label
from practices import policies
from practices.models import Match, MatchState, Practice, PracticeKind
from practices.queries import words
from practices.rules.matching import (
    BEGUN,
    MOST_SUGGESTED,
    WEIGHTS,
    Nearness,
    Part,
    PartKind,
    parts_of,
)
from taxonomy import queries as taxonomy
from territory import queries as territory

PAGE_SIZE = 20
_SHOWN = (MatchState.SUGGESTED, *sorted(BEGUN))


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score in words.

    ``value`` and ``most`` are what it is worth and could be worth, as they are shown: ``0,40``;
    ``points`` are hundredths, and ``start`` those of the parts before it.
    """

    kind: PartKind
    text: str
    value: str
    most: str
    points: int
    start: int

    @property
    def label(self) -> str:
        return str(words.MATCH_PARTS[self.kind])


@dataclass(frozen=True, slots=True)
class MatchedStory:
    """One of the two stories of a match; ``organisation`` is ``""`` where a person speaks alone."""

    id: int
    slug: str
    kind: PracticeKind
    title: str
    summary: str
    lang: str
    organisation: str

    @property
    def url(self) -> str:
        return address("practices.story", slug=self.slug)

    @property
    def seeks(self) -> bool:
        return self.kind is PracticeKind.SEEK

    @property
    def kind_label(self) -> str:
        return str(words.KINDS[self.kind])


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A match with both stories; ``score`` as it is shown: ``0,72``."""

    id: int
    state: MatchState
    score: str
    reasons: Sequence[Reason]
    seek: MatchedStory
    offer: MatchedStory

    @property
    def url(self) -> str:
        return address("practices.match", match_id=self.id)

    @property
    def state_label(self) -> str:
        return str(words.MATCH_STATES[self.state])

    def other_than(self, practice_id: int) -> MatchedStory:
        """The story that is matched with this one."""
        return self.offer if self.seek.id == practice_id else self.seek


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a twinning that begins from a match can be filled in with."""

    match_id: int
    title: str
    summary: str
    practice_id: int
    theme_ids: frozenset[int]
    giver_id: int | None
    receiver_id: int | None


def matches_of(practice_id: int, actor: Actor, limit: int = MOST_SUGGESTED) -> list[MatchLine]:
    """The matches of a story whose both sides this reader may open, best first.

    How far two sides have come is not told here: what has begun stands among what is suggested.
    """
    rows = db.session.execute(
        _select_lines()
        .where(
            or_(Match.seek_id == practice_id, Match.offer_id == practice_id),
            Match.state.in_(_SHOWN),
            policies.match_visible_to(actor),
        )
        .order_by(Match.score.desc(), Match.id)
        .limit(limit)
    ).all()
    return [_line(row) for row in rows]


def own_matches(
    actor: Actor,
    state: MatchState,
    *,
    after: str | None = None,
    before: str | None = None,
) -> Page[MatchLine]:
    """The matches in a state that the actor decides about, best first; raise ``BadCursor``."""
    keys = [Key(Match.score.expression), Key(Match.id.expression)]
    statement = _select_lines().where(Match.state == state, policies.handled_by(actor))
    page = paginate(
        statement, keys, size=PAGE_SIZE, after=after, before=before, convert=lambda row: row
    )
    return Page([_line(row) for row in page.items], page.before, page.after)


def best_own_matches(actor: Actor, limit: int) -> list[MatchLine]:
    """The best suggestions that the actor decides about."""
    rows = db.session.execute(
        _select_lines()
        .where(Match.state == MatchState.SUGGESTED, policies.handled_by(actor))
        .order_by(Match.score.desc(), Match.id.desc())
        .limit(limit)
    ).all()
    return [_line(row) for row in rows]


def count_own_matches(actor: Actor) -> Mapping[MatchState, int]:
    """How many matches the actor decides about, by state."""
    if actor.is_visitor:
        return dict.fromkeys(MatchState, 0)
    rows = db.session.execute(
        select(Match.state, func.count(Match.id))
        .where(policies.handled_by(actor))
        .group_by(Match.state)
    )
    return dict.fromkeys(MatchState, 0) | {row[0]: row[1] for row in rows}


def suggested_counted(actor: Actor) -> Count:
    """Count the suggestions that the actor decides about."""
    if actor.is_visitor:
        return None
    return select(func.count(Match.id)).where(
        Match.state == MatchState.SUGGESTED, policies.handled_by(actor)
    )


def match(match_id: int, actor: Actor) -> Match | None:
    """The match with both stories, or None where this reader may not know of it."""
    return db.session.scalar(
        select(Match)
        .where(Match.id == match_id, policies.match_visible_to(actor))
        .options(
            joinedload(Match.seek).joinedload(Practice.organisation),
            joinedload(Match.offer).joinedload(Practice.organisation),
        )
    )


def match_line(match_id: int, actor: Actor) -> MatchLine | None:
    """The same as a line."""
    row = db.session.execute(
        _select_lines().where(Match.id == match_id, policies.match_visible_to(actor))
    ).one_or_none()
    return None if row is None else _line(row)


def match_to_twin(match_id: int, actor: Actor) -> Proposal | None:
    """What a twinning can be filled in with; None where the actor may not begin one from it."""
    found = match(match_id, actor)
    if found is None or not policies.may_twin(actor, found):
        return None
    if found.state is not MatchState.CONTACTED:
        return None
    themes = {theme.id for story in (found.seek, found.offer) for theme in story.themes}
    return Proposal(
        match_id=found.id,
        title=found.offer.title,
        summary=found.offer.summary,
        practice_id=found.offer_id,
        theme_ids=frozenset(themes),
        giver_id=found.offer.organisation_id,
        receiver_id=found.seek.organisation_id,
    )


def speakers_of(story: Practice) -> frozenset[int]:
    """The members who answer for a story and can be written to: nobody has to read them first.

    The contact persons of its body, and its author while ``policies.speaks_in`` holds.
    """
    found = set(contact_ids(story.organisation_id)) if story.organisation_id is not None else set()
    if story.author_id is not None and story.author_id not in found:
        author = actor_for(story.author_id)
        if policies.speaks_in(author, story) and is_trusted(author):
            found.add(story.author_id)
    return frozenset(found)


def speakers_by_id(practice_id: int) -> frozenset[int]:
    """The same by the story's id; nobody where there is none."""
    found = db.session.get(Practice, practice_id)
    return frozenset() if found is None else speakers_of(found)


def other_side(actor: Actor, found: Match) -> Practice:
    """The story that the actor does not answer for; the offering one for who answers for both."""
    return found.offer if policies.speaks_in(actor, found.seek) else found.seek


def shown_score(hundredths: int) -> str:
    """``72`` as ``0,72``, in the language of the page."""
    return str(format_decimal(Decimal(hundredths) / 100, format="0.00"))


def reasons(parts: Sequence[Part], *, is_current: bool) -> list[Reason]:
    """The parts in plain words; the shared words only of texts that stand as they were compared."""
    found: list[Reason] = []
    start = 0
    for part in parts:
        found.append(
            Reason(
                kind=part.kind,
                text=str(_in_words(part, is_current=is_current)),
                value=shown_score(part.value),
                most=shown_score(WEIGHTS[part.kind]),
                points=part.value,
                start=start,
            )
        )
        start += part.value
    return found


def _in_words(part: Part, *, is_current: bool) -> Any:
    if part.kind is PartKind.THEME:
        return _of_themes(part)
    if part.kind is PartKind.LEVEL:
        return _of_levels(part)
    if part.kind is PartKind.TERRITORY:
        return _of_regions(part)
    if part.nearness is Nearness.UNKNOWN:
        return gettext("parole in comune: non ancora confrontate, l’indice è in ricostruzione")
    if not is_current or not part.of:
        return gettext("parole in comune")
    return gettext("parole in comune: %(words)s", words=", ".join(map(str, part.of)))


def _of_themes(part: Part) -> Any:
    names = [_theme(int(number)) for number in part.of]
    if part.nearness is Nearness.SAME:
        return gettext("stesso tema (%(theme)s)", theme=names[0])
    if part.nearness is Nearness.WITHIN:
        return gettext(
            "un tema comprende l’altro (%(one)s, %(other)s)", one=names[0], other=names[1]
        )
    return gettext("temi vicini (%(one)s, %(other)s)", one=names[0], other=names[1])


def _of_levels(part: Part) -> Any:
    names = [level_label(Level(str(code))).lower() for code in part.of]
    if part.nearness is Nearness.SAME:
        return gettext("stesso livello (%(level)s)", level=names[0])
    return gettext("livelli vicini (%(one)s, %(other)s)", one=names[0], other=names[1])


def _of_regions(part: Part) -> Any:
    names = [_region(int(number)) for number in part.of]
    if part.nearness is Nearness.SAME:
        return gettext("stessa regione (%(region)s)", region=names[0])
    return gettext("stessa parte d’Italia (%(one)s, %(other)s)", one=names[0], other=names[1])


def _theme(number: int) -> str:
    found = taxonomy.theme(number)
    return found.name(language()) if found is not None else "–"


def _region(number: int) -> str:
    found = territory.place(number)
    return found.name(language()) if found is not None else "–"


def _select_lines() -> Select[Any]:
    # Named anew for every statement: names that threads share break when two use them first.
    seek, offer = aliased(Practice, name="seek"), aliased(Practice, name="offer")
    seeking = aliased(Organisation, name="seeking")
    offering = aliased(Organisation, name="offering")
    # Whether both texts are those that were compared.
    is_current = (Match.seek_version == seek.version) & (Match.offer_version == offer.version)
    return (
        select(
            Match.id,
            Match.state,
            Match.score,
            Match.parts,
            is_current.label("is_current"),
            *_side_columns("seek", seek, seeking),
            *_side_columns("offer", offer, offering),
        )
        .select_from(Match)
        .join(seek, seek.id == Match.seek_id)
        .join(offer, offer.id == Match.offer_id)
        .outerjoin(seeking, seeking.id == seek.organisation_id)
        .outerjoin(offering, offering.id == offer.organisation_id)
    )


def _side_columns(
    side: str, story: type[Practice], body: type[Organisation]
) -> Iterator[ColumnElement[Any]]:
    columns = {
        "id": story.id,
        "slug": story.slug,
        "title": story.title,
        "summary": story.summary,
        "lang": story.lang,
        "organisation": func.coalesce(body.name, ""),
    }
    for name, column in columns.items():
        yield column.label(f"{side}_{name}")


def _line(row: Row[Any]) -> MatchLine:
    return MatchLine(
        id=row.id,
        state=row.state,
        score=shown_score(row.score),
        reasons=reasons(parts_of(row.parts), is_current=row.is_current),
        seek=_side(row, "seek", PracticeKind.SEEK),
        offer=_side(row, "offer", PracticeKind.OFFER),
    )


def _side(row: Row[Any], name: str, kind: PracticeKind) -> MatchedStory:
    return MatchedStory(
        kind=kind,
        **{
            field: getattr(row, f"{name}_{field}")
            for field in ("id", "slug", "title", "summary", "lang", "organisation")
        },
    )
