"""Who is trusted, and what speaks for spam: pure rules, held against the whole of their tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.rules import (
    SPAM_WORDS,
    Signal,
    Standing,
    fingerprint,
    is_trusted,
    score,
    spam_parts,
)

NEW = Standing(is_confirmed=True)
CALM = {"own_host": "gemella.example", "recent": 0, "repeated": 0}


@pytest.mark.parametrize(
    ("standing", "needed", "trusted"),
    [
        (Standing(), 5, False),
        (NEW, 5, False),
        (replace(NEW, is_affiliated=True), 0, True),
        (replace(NEW, has_role=True), 0, True),
        (replace(NEW, accepted=4), 5, False),
        (replace(NEW, accepted=5), 5, True),
        (replace(NEW, accepted=500), 0, False),
        (replace(NEW, accepted=500, measures=1), 5, False),
        (replace(NEW, is_affiliated=True, measures=9), 5, True),
        # An address that is not proven gives nothing, whatever else there is.
        (Standing(is_affiliated=True, has_role=True, accepted=9), 1, False),
    ],
)
def test_trust_comes_from_what_a_member_has(standing: Standing, needed: int, trusted: bool) -> None:
    assert is_trusted(standing, needed) is trusted


def test_what_officials_write_has_no_points() -> None:
    text = (
        "Buongiorno, alleghiamo la deliberazione n. 1687 del 10 luglio 2009 e due collegamenti: "
        "https://www.provincia.tn.it/x e https://gemella.example/discussioni/4. "
        "Il prestito bibliotecario resta gratuito."
    )
    assert spam_parts(text, **CALM) == ()  # type: ignore[arg-type]


def test_an_advertisement_adds_up_and_every_part_is_told() -> None:
    text = "Prestiti immediati! " + "https://soldi.example/a " * 4
    parts = spam_parts(text, own_host="gemella.example", recent=4, repeated=2)
    assert {part.signal: part.points for part in parts} == {
        Signal.LINKS: 20,
        Signal.SAME_SITE: 20,
        Signal.FAST: 30,
        Signal.REPEATED: 55,
        Signal.WORDS: 25,
    }
    assert score(parts) == 150
    assert next(part.words for part in parts if part.signal is Signal.WORDS) == (
        "prestiti immediati",
    )


def test_own_links_count_for_nothing_and_points_have_an_end() -> None:
    own = "https://gemella.example/x " * 50
    assert spam_parts(own, **CALM) == ()  # type: ignore[arg-type]
    everything = "https://a.example/x " * 500 + " ".join(SPAM_WORDS)
    parts = spam_parts(everything, own_host="", recent=10_000, repeated=10_000)
    assert score(parts) == 40 + 20 + 50 + 70 + 75


def test_words_are_found_whole_and_whatever_the_accents() -> None:
    assert spam_parts("VIÀGRA", **CALM)  # type: ignore[arg-type]
    assert not spam_parts("viagrammatica", **CALM)  # type: ignore[arg-type]
    assert spam_parts("La mia parola", words={"mia parola"}, **CALM)  # type: ignore[arg-type]


def test_the_same_text_is_known_again() -> None:
    text = "Scopri subito le offerte che abbiamo pensato per la tua famiglia"
    assert fingerprint(text) == fingerprint(text.upper().replace(" ", "  ") + "!!!")
    assert fingerprint(text) != fingerprint(text + " e altro")
    assert fingerprint("Grazie a tutti!") == ""
