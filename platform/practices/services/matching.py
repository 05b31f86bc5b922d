"""Finding the stories that suit a story: in the worker, from the current state, again and again.

Comparing happens before the transaction, which writes the differences alone. What people decided
about a pair is never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest
from typing import NamedTuple

import structlog
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.contracts import Delivery, NotYet
from core.database import db
from core.events import Event, announce, announce_all
from core.signals import Fact
from core.transactions import transaction
from organisations.signals import OrganisationChanged, OrganisationRemoved
from practices.models import Match, MatchState, Practice, PracticeKind
from practices.queries import candidates
from practices.rules import matching as rules
from practices.rules.matching import (
    BEST,
    MATCHED_STATES,
    MOST_SUGGESTED,
    THRESHOLD,
    PartKind,
    Score,
    Side,
)
from practices.signals import MATCHES, MatchesComputed, MatchesSuggested, StoryFact
from search.queries.likeness import IndexUnavailable, Surroundings, TextStatistics
from search.rules.likeness import Words, likeness

log = structlog.get_logger(__name__)

CONSUMER = "matching"
BATCH = 5  # facts at a time: mails wait for the same worker
COMPARED = 100
"""Stories whose whole text is compared with that of one, the likeliest by everything else."""
_TOLD_EVERY = timedelta(days=1)
_TRIES = 3


def wants(fact: Fact) -> bool:
    """Whether suggestions may be others after this."""
    if isinstance(fact, OrganisationChanged):
        return "level" in fact.changed
    return isinstance(fact, (StoryFact, OrganisationRemoved))


def match_again(statistics: TextStatistics, deliveries: Sequence[Delivery]) -> None:
    """Bring the suggestions of what these facts touch up to date; harmless when repeated.

    Raise ``NotYet`` where the texts could not be compared: what else is known is written,
    and the facts come again.
    """
    touched: dict[int, None] = {}
    for delivery in deliveries:
        fact = delivery.fact
        if isinstance(fact, StoryFact):
            touched[fact.practice_id] = None
        elif isinstance(fact, (OrganisationChanged, OrganisationRemoved)):
            touched |= dict.fromkeys(candidates.stories_of_body(fact.organisation_id))
    for practice_id in touched:
        match_story(practice_id, statistics)
    if not statistics.is_available():
        raise NotYet("compared without the texts, which follow once there is an index")


def match_everything(statistics: TextStatistics) -> Iterator[int]:
    """Compare every story again, as after another tree of themes; yield each id when it is done."""
    after = 0
    while ids := candidates.matched_ids(after, 500):
        for practice_id in ids:
            match_story(practice_id, statistics)
            yield practice_id
        after = ids[-1]


def match_story(practice_id: int, statistics: TextStatistics) -> bool:
    """Bring the suggestions of one story up to date; return whether any changed."""
    for _ in range(_TRIES):
        found = candidates.side_of(practice_id)
        comparison = None if found is None else _compare(*found, statistics)
        db.session.rollback()  # nothing is kept open while others write
        with transaction() as session:
            if comparison is None:
                return _withdraw(session, practice_id)
            if _still_stands(session, comparison.side):
                return _write(session, comparison)
    return False  # somebody is at it: the next fact is on the way


@dataclass(frozen=True)
class Comparison:
    """One story beside those that it was compared with: by id, the other side and the score."""

    kind: PracticeKind
    side: Side
    others: Mapping[int, tuple[Side, Score]]

    def pair(self, other: int) -> tuple[int, int]:
        """The ids of seeking and offering story."""
        own = self.side.id
        return (own, other) if self.kind is PracticeKind.SEEK else (other, own)

    def best_first(self) -> list[int]:
        """The others that suit, best first."""
        fit = [one for one, (_, score) in self.others.items() if score.total >= THRESHOLD]
        return sorted(fit, key=lambda one: (-self.others[one][1].total, one))


def _compare(kind: PracticeKind, side: Side, statistics: TextStatistics) -> Comparison:
    parents = candidates.theme_parents()
    others = _others(kind, side)
    words = candidates.texts([side.id]).get(side.id, Words({}, {}))
    known = _surroundings(statistics, words)
    chosen = _likeliest(side, others.values(), rules.theme_reach(side.theme_ids, parents), known)
    chosen |= _suggested_to(side.id) & others.keys()
    texts = candidates.texts(chosen) if known is not None else {}
    scores = {}
    for number in chosen:
        other = others[number]
        pair, read = (side, other), (words, texts.get(number, Words({}, {})))
        if kind is PracticeKind.OFFER:
            pair, read = pair[::-1], read[::-1]
        alike = None if known is None else likeness(*read, known.rarities, known.average)
        parts = (
            rules.theme_part(*pair, parents),
            rules.level_part(*pair),
            rules.territory_part(*pair),
            rules.text_part(alike),
        )
        scores[number] = (other, rules.score_of(*parts))
    return Comparison(kind, side, scores)


def _others(kind: PracticeKind, side: Side) -> dict[int, Side]:
    other = PracticeKind.OFFER if kind is PracticeKind.SEEK else PracticeKind.SEEK
    return {one.id: one for one in candidates.sides(other) if rules.may_match(side, one)}


def _surroundings(statistics: TextStatistics, words: Words) -> Surroundings | None:
    try:
        return statistics.around(words, "practice")
    except IndexUnavailable as error:
        log.warning("matching.without_text", error=str(error))
        return None


def _likeliest(
    side: Side, others: Iterable[Side], reach: Mapping[int, float], known: Surroundings | None
) -> set[int]:
    """Those worth reading: by all that needs no text, and by what the index says of their words."""
    rough = known.likeness if known is not None else {}
    most = max(rough.values(), default=0.0) or 1.0
    weight = rules.WEIGHTS[PartKind.TEXT]
    values = {
        other.id: rules.facts_value(side, other, reach) + weight * rough.get(other.id, 0.0) / most
        for other in others
    }
    return set(nlargest(COMPARED, values, key=lambda number: (values[number], -number)))


def _suggested_to(practice_id: int) -> set[int]:
    rows = db.session.execute(
        select(Match.seek_id, Match.offer_id).where(
            _of(practice_id), Match.state == MatchState.SUGGESTED
        )
    )
    return {seek if offer == practice_id else offer for seek, offer in rows}


def _of(practice_id: int) -> ColumnElement[bool]:
    return or_(Match.seek_id == practice_id, Match.offer_id == practice_id)


# Writing ------------------------------------------------------------------------------------------


def _withdraw(session: Session, practice_id: int) -> bool:
    """What is not put forward any more has no suggestions; what people decided stays."""
    rows = session.scalars(
        select(Match).where(_of(practice_id), Match.state == MatchState.SUGGESTED)
    ).all()
    for row in rows:
        session.delete(row)
    if rows:
        session.flush()
        announce(MatchesComputed(practice_id=practice_id))
    return bool(rows)


def _write(session: Session, comparison: Comparison) -> bool:
    own = comparison.side.id
    rows = {
        row.offer_id if row.seek_id == own else row.seek_id: row
        for row in session.scalars(select(Match).where(_of(own)))
    }
    decided = {one for one, row in rows.items() if row.state is not MatchState.SUGGESTED}
    wanted = _wanted(session, comparison, decided)
    changed = False
    for number, row in rows.items():
        if number not in wanted and number not in decided:
            session.delete(row)
            changed = True
    session.flush()
    new = [comparison.pair(number) for number in wanted if number not in rows]
    for number in wanted:
        changed |= _put(session, comparison, number, rows.get(number))
    session.flush()
    dropped = _trim(session, [own, *wanted])
    if changed:
        announce(MatchesComputed(practice_id=own))
    _tell(session, own, [pair for pair in new if pair not in dropped])
    return changed


def _still_stands(session: Session, side: Side) -> bool:
    """Whether the story is the one that was compared."""
    found = session.scalar(
        select(Practice.id).where(
            Practice.id == side.id,
            Practice.version == side.version,
            Practice.state.in_(sorted(MATCHED_STATES)),
            Practice.space_id.is_(None),
        )
    )
    return found is not None


def _wanted(session: Session, comparison: Comparison, decided: Collection[int]) -> list[int]:
    """The best of the story, and those among whose best it is, best first."""
    fit = [one for one in comparison.best_first() if one not in decided]
    rest = fit[MOST_SUGGESTED:]
    floors = _floors(session, comparison, rest)
    better = [
        number
        for number in rest
        if number not in floors or comparison.others[number][1].total > floors[number]
    ]
    return fit[:MOST_SUGGESTED] + better


def _floors(session: Session, comparison: Comparison, ids: Collection[int]) -> dict[int, int]:
    """The score of the last suggestion of those stories that have all they can keep."""
    if not ids:
        return {}
    own = comparison.side.id
    theirs, ours = Match.offer_id, Match.seek_id
    if comparison.kind is PracticeKind.OFFER:
        theirs, ours = ours, theirs
    scores: dict[int, list[int]] = defaultdict(list)
    for number, score in session.execute(
        select(theirs, Match.score)
        .where(theirs.in_(ids), ours != own, Match.state == MatchState.SUGGESTED)
        .order_by(Match.score.desc())
    ):
        scores[number].append(score)
    return {
        number: every[MOST_SUGGESTED - 1]
        for number, every in scores.items()
        if len(every) >= MOST_SUGGESTED
    }


def _put(session: Session, comparison: Comparison, number: int, row: Match | None) -> bool:
    """Write one suggestion; return whether it says anything else than before."""
    other, score = comparison.others[number]
    seek_id, offer_id = comparison.pair(number)
    versions = {comparison.side.id: comparison.side.version, other.id: other.version}
    values = {
        "score": score.total,
        "parts": [part.stored() for part in score.parts],
        "seek_version": versions[seek_id],
        "offer_version": versions[offer_id],
    }
    moment = clock.now()
    if row is None:
        row = Match(seek_id=seek_id, offer_id=offer_id, created_at=moment, version=1, **values)
        row.updated_at = moment
        session.add(row)
        return True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.updated_at = moment
    return bool(changed)


def _trim(session: Session, ids: Collection[int]) -> set[tuple[int, int]]:
    """Drop what is among the best of neither side any more; return the pairs that went.

    What goes stands behind the best in both lists, so that it moves nothing up among them: one look
    at all lists is enough.
    """
    lists = _suggested(session, ids)
    beyond = {row for rows in lists.values() for row in rows[MOST_SUGGESTED:]}
    ends = {end for row in beyond for end in (row.seek_id, row.offer_id)}
    lists |= _suggested(session, ends - lists.keys())
    best = {row.id for rows in lists.values() for row in rows[:MOST_SUGGESTED]}
    gone = [row for row in beyond if row.id not in best]
    if gone:
        session.execute(delete(Match).where(Match.id.in_(row.id for row in gone)))
    return {(row.seek_id, row.offer_id) for row in gone}


class _Pair(NamedTuple):
    """What is suggested, as far as its place in a list goes."""

    id: int
    seek_id: int
    offer_id: int


def _suggested(session: Session, ids: Collection[int]) -> dict[int, list[_Pair]]:
    """What is suggested to each of these stories, best first; one query."""
    found: dict[int, list[_Pair]] = {number: [] for number in ids}
    rows = session.execute(
        select(Match.id, Match.seek_id, Match.offer_id)
        .where(
            or_(Match.seek_id.in_(found), Match.offer_id.in_(found)),
            Match.state == MatchState.SUGGESTED,
        )
        .order_by(Match.score.desc(), Match.id)
    )
    for row in rows:
        pair = _Pair(*row)
        for end in (pair.seek_id, pair.offer_id):
            if end in found:
                found[end].append(pair)
    return found


def _tell(session: Session, own: int, new: Collection[tuple[int, int]]) -> None:
    """Announce new pairs to the stories among whose best they are, once a day at most."""
    if not new:
        return
    others = [offer if seek == own else seek for seek, offer in new]
    lists = _suggested(session, [own, *others])
    news = set(new)
    told = _told(session, lists)
    announce_all(
        [
            MatchesSuggested(practice_id=number)
            for number, rows in lists.items()
            if number not in told
            and any((row.seek_id, row.offer_id) in news for row in rows[:BEST])
        ]
    )


def _told(session: Session, ids: Collection[int]) -> set[int]:
    """Which of these stories had news within the last day."""
    return set(
        session.scalars(
            select(Event.object_id).where(
                Event.kind == MATCHES,
                Event.object_id.in_(ids),
                Event.name == MatchesSuggested.__name__,
                Event.at > clock.now() - _TOLD_EVERY,
            )
        )
    )
