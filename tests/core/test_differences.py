"""The difference of two texts: it gives both back, is short, and never takes long."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import differences
from core.differences import Change, Span, difference, is_changed
from core.text import LONGEST_TEXT

LONGEST_SECONDS = 1.0

# Few words, so that much is found again in both texts.
TEXTS = st.lists(
    st.sampled_from(
        ["uno", "due", "tre", " ", "  ", "\n", "\n\n", ",", "è", "<b>", "’", "👩‍👧", ""]
    )
).map("".join) | st.text(max_size=60)


def without(spans: tuple[Span, ...], change: Change) -> str:
    return "".join(span.text for span in spans if span.change is not change)


def faults(old: str, new: str, spans: tuple[Span, ...]) -> list[str]:
    """What a difference must hold, whatever the texts."""
    found = []
    if without(spans, Change.ADDED) != old:
        found.append("the old text does not come back")
    if without(spans, Change.REMOVED) != new:
        found.append("the new text does not come back")
    if any(not span.text for span in spans):
        found.append("an empty piece")
    if any(one.change is other.change for one, other in pairwise(spans)):
        found.append("two pieces where one would do")
    if is_changed(spans) != (old != new):
        found.append("it tells of a change where there is none, or of none where there is one")
    return found


@given(TEXTS, TEXTS)
@example("", "")
@example("", "tutto nuovo")
@example("uno due", "due uno")
def test_both_texts_come_back(old: str, new: str) -> None:
    assert faults(old, new, difference(old, new)) == []


@given(TEXTS, TEXTS)
def test_both_texts_come_back_where_words_are_given_up(old: str, new: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(differences, "_MOST_CHANGES", 2)
        assert faults(old, new, difference(old, new)) == []


def test_the_check_can_fail() -> None:
    spans = difference("uno due tre", "uno tre")
    assert faults("uno due tre", "uno tre", spans) == []
    assert faults("uno due tre", "uno tre", spans[:-1]) != []
    assert faults("uno", "uno", (Span(Change.SAME, "u"), Span(Change.SAME, "no"))) != []


def test_a_word_is_what_changes() -> None:
    assert difference("Il marchio costa 10 euro.", "Il marchio costa 12 euro.") == (
        Span(Change.SAME, "Il marchio costa "),
        Span(Change.REMOVED, "10"),
        Span(Change.ADDED, "12"),
        Span(Change.SAME, " euro."),
    )


def test_neighbouring_words_that_were_replaced_are_one_change() -> None:
    assert difference("prima cosa nota qui", "altra idea vaga qui") == (
        Span(Change.REMOVED, "prima cosa nota"),
        Span(Change.ADDED, "altra idea vaga"),
        Span(Change.SAME, " qui"),
    )


def test_another_text_is_shown_by_lines() -> None:
    kept = "Questa riga resta dov’è.\n"
    old = kept + " ".join(f"prima{n}" for n in range(700))
    new = kept + " ".join(f"dopo{n}" for n in range(700))
    spans = difference(old, new)
    assert [span.change for span in spans] == [Change.SAME, Change.REMOVED, Change.ADDED]
    assert spans[0].text == kept


def worst_pairs() -> dict[str, tuple[str, str]]:
    """Texts of the greatest length that is accepted, made to keep a comparison busy."""
    chance = random.Random(7)
    few, many = "ab", "abcdefghijklmnop"

    def words(letters: str, between: str = " ") -> str:
        return between.join(chance.choice(letters) for _ in range(LONGEST_TEXT // 2))

    return {
        "two letters": (words(few), words(few)),
        "many letters": (words(many), words(many)),
        "lines": (words(few, "\n"), words(few, "\n")),
        "one letter": ("a " * (LONGEST_TEXT // 2), "b " * (LONGEST_TEXT // 2)),
        "signs": ("<>" * (LONGEST_TEXT // 2), "><" * (LONGEST_TEXT // 2)),
        "one word": ("a" * LONGEST_TEXT, "b" * LONGEST_TEXT),
        "nothing": ("", "a " * (LONGEST_TEXT // 2)),
    }


@pytest.mark.parametrize("name", worst_pairs())
def test_no_two_texts_take_long(name: str) -> None:
    old, new = worst_pairs()[name]
    began = time.process_time()
    spans = difference(old, new)
    assert time.process_time() - began < LONGEST_SECONDS
    assert faults(old, new, spans) == []
