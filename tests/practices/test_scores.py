"""How the parts of a match add up: worth, nearness, likeness, and which way a pair goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Refused
from organisations.models import Level
from practices.models import MatchState
from practices.rules import MATCH_TRANSITIONS
from practices.rules import matching as rules
from practices.rules.matching import Nearness, PartKind, Side
from search.rules.likeness import Likeness, likeness, words_of

LEVELS = st.one_of(st.none(), st.sampled_from(list(Level)))
# 1 is above 2 and 3, 3 above 4; 5 stands alone.
PARENTS = {1: None, 2: 1, 3: 1, 4: 3, 5: None}
SIDES = st.builds(
    Side,
    id=st.integers(1, 99),
    version=st.just(1),
    theme_ids=st.frozensets(st.sampled_from(sorted(PARENTS))),
    region_id=st.one_of(st.none(), st.integers(1, 4)),
    area=st.sampled_from(["", "ITF", "ITH"]),
    level=LEVELS,
)
SHARES = st.floats(0, 1, allow_nan=False)


@given(seek=SIDES, offer=SIDES, share=st.one_of(st.none(), SHARES))
def test_the_parts_add_up_to_the_score_and_are_worth_no_more_than_they_may(
    seek: Side, offer: Side, share: float | None
) -> None:
    alike = None if share is None else Likeness(share, ("famiglia",))
    score = rules.score_of(
        rules.text_part(alike),
        rules.theme_part(seek, offer, PARENTS),
        rules.level_part(seek, offer),
        rules.territory_part(seek, offer),
    )
    assert score.total == sum(part.value for part in score.parts) <= 100
    kinds = [part.kind for part in score.parts]
    assert kinds == [kind for kind in PartKind if kind in kinds]
    for part in score.parts:
        assert 0 <= part.value <= rules.WEIGHTS[part.kind]
        assert part.value > 0 or part.nearness is Nearness.UNKNOWN
    assert tuple(rules.parts_of(part.stored() for part in score.parts)) == score.parts


@given(one=SIDES, other=SIDES)
def test_each_part_is_the_same_from_both_sides(one: Side, other: Side) -> None:
    """The value and how near; of what it speaks turns round with the question."""
    for part_of in (
        lambda a, b: rules.theme_part(a, b, PARENTS),
        rules.level_part,
        rules.territory_part,
    ):
        there, back = part_of(one, other), part_of(other, one)
        assert (there and (there.value, there.nearness)) == (back and (back.value, back.nearness))
    reach = rules.theme_reach(one.theme_ids, PARENTS)
    whole = rules.score_of(
        rules.theme_part(one, other, PARENTS),
        rules.level_part(one, other),
        rules.territory_part(one, other),
    )
    assert rules.facts_value(one, other, reach) == whole.total, "the quick way says the same"


def test_themes_are_as_near_as_the_tree_has_them() -> None:
    def near(one: int, other: int) -> Nearness | None:
        sides = [Side(n, 1, frozenset({theme})) for n, theme in enumerate((one, other))]
        part = rules.theme_part(*sides, PARENTS)
        return part and part.nearness

    assert near(2, 2) is Nearness.SAME
    assert near(2, 1) is near(1, 4) is near(4, 3) is Nearness.WITHIN
    assert near(2, 3) is near(2, 4) is Nearness.BESIDE
    assert near(2, 5) is near(5, 1) is None


def test_a_region_is_nearer_to_a_region_than_to_a_school() -> None:
    def worth(one: Level, other: Level) -> int:
        part = rules.level_part(Side(1, 1, level=one), Side(2, 1, level=other))
        return part.value if part else 0

    region_ = Level.REGION
    order = [region_, Level.AUTONOMOUS_PROVINCE, Level.PROVINCE, Level.SCHOOL]
    worths = [worth(region_, one) for one in order]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] == 15
    assert worths[-1] == worth(Level.OTHER, Level.OTHER) == 0


TEXTS = st.text(st.sampled_from("abcde àèé'’\n"), max_size=60)


@given(one=TEXTS, other=TEXTS)
def test_two_texts_are_as_alike_as_the_other_way_round(one: str, other: str) -> None:
    left, right = words_of("", one, "it"), words_of("", other, "it")
    rarities = dict.fromkeys(left.counts, 0.5)
    there, back = likeness(left, right, rarities, 10), likeness(right, left, rarities, 10)
    assert there.score == back.score
    assert 0 <= there.score < 1
    assert bool(there.words) is bool(left.counts.keys() & right.counts.keys())


def test_rare_words_count_for_more_and_are_named_first() -> None:
    seek = words_of("Conciliazione", "Un servizio di conciliazione per le famiglie", "it")
    offer = words_of("", "La conciliazione: un servizio per ogni famiglia", "it")
    rarities = {"serviz": 0.1, "famigl": 0.6}
    found = likeness(seek, offer, rarities, 20)
    assert found.words == ("conciliazione", "famiglie", "servizio")
    common = likeness(seek, offer, dict.fromkeys(seek.counts, 0.1), 20)
    assert common.score < found.score


@pytest.mark.parametrize("old", list(MatchState))
@pytest.mark.parametrize("new", list(MatchState))
def test_a_pair_goes_forward_only(old: MatchState, new: MatchState) -> None:
    allowed = {
        (MatchState.SUGGESTED, MatchState.CONTACTED),
        (MatchState.SUGGESTED, MatchState.DISMISSED),
        (MatchState.CONTACTED, MatchState.TWINNED),
        (MatchState.CONTACTED, MatchState.DISMISSED),
    }
    if (old, new) in allowed:
        MATCH_TRANSITIONS.check(old, new)
    else:
        with pytest.raises(Refused):
            MATCH_TRANSITIONS.check(old, new)
