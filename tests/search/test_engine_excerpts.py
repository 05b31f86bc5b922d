"""Excerpts: the right piece of the text, cut where a reader sees an end."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rules import excerpts
from search.rules.excerpts import ELLIPSIS, excerpt
from tests.search.engine_samples import shared_rows


def piece(segments: list[tuple[str, bool]]) -> str:
    return "".join(text for text, _ in segments if text != ELLIPSIS)


def matches(segments: list[tuple[str, bool]]) -> list[str]:
    return [text for text, is_match in segments if is_match]


def test_it_shows_the_matches_with_their_spelling() -> None:
    text = "Parole prima. " * 40 + "Perche\u0301 le Città aprono un nido. " + "Parole dopo. " * 40
    shown = excerpt(text, "citta nidi")
    assert matches(shown) == ["Città", "nido"]
    assert shown[0] == shown[-1] == (ELLIPSIS, False)
    assert len(piece(shown)) <= 220


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("rete BG-LE attiva", "bgle", ["BG-LE"]),
        ("rete BG -LE attiva", "bg-le", ["BG -LE"]),
        ("delibera n. 1687 del 10 luglio 2009.", "1687/2009", ["n. 1687 del 10 luglio 2009"]),
        ("dell'infanzia", "infanzia", ["infanzia"]),
        ("niente", "altro", []),
    ],
)
def test_codes_are_marked_whole(text: str, query: str, expected: list[str]) -> None:
    shown = excerpt(text, query)
    assert matches(shown) == expected
    assert piece(shown) == text


def check_cuts() -> None:
    chance = random.Random(7)
    for row in shared_rows("hostile/grapheme_clusters/grapheme_clusters.jsonl"):
        clusters = row["expect"] * 12
        text = "".join(clusters)
        ends = {0}
        for cluster in clusters:
            ends.add(max(ends) + len(cluster))
        for length in (1, 2, 5, chance.randrange(1, len(text) + 1)):
            shown = piece(excerpt(text, "x", length=length))
            assert len(shown) in ends, row["id"]
            assert text.startswith(shown)


def test_it_is_cut_only_between_characters_as_seen() -> None:
    check_cuts()


def test_cut_check_notices_a_careless_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpts, "_is_cut", lambda text, at: True)
    with pytest.raises(AssertionError):
        check_cuts()


@given(
    st.lists(
        st.sampled_from(["nido", "à", "e\u0301", "👩\u200d👧", "🇮🇹", "\ud83d", " ", "-", "x" * 30])
    ),
    st.integers(0, 60),
)
def test_it_is_always_a_piece_of_the_text(parts: list[str], length: int) -> None:
    text = "".join(parts)
    shown = excerpt(text, "nido à", length=length)
    assert piece(shown) in text
    assert len(piece(shown)) <= length or len(text) <= length


def test_flags_and_long_words_are_cut_between_characters() -> None:
    assert piece(excerpt("🇮🇹" * 200, "nido", length=21)) == "🇮🇹" * 10
    assert piece(excerpt("a" * 1000, "nido", length=50)) == "a" * 50
    assert excerpt("", "nido") == []
    assert excerpt("e" + "\u0301" * 5000, "nido", length=10) == []
