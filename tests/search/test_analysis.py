"""The words of a text: accents, apostrophes, acts and acronyms, in three languages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rules import analysis
from search.rules.analysis import codes, fold, plain_words, stems, words
from search.rules.query import understand


def all_codes(text: str) -> set[str]:
    return {code.code for code in codes(text)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("città", "citta"),
        ("perché la qualità", "perche la qualita"),
        ("CITTÀ", "città"),
        ("dell'infanzia", "dell’infanzia"),
        ("l’idea", "idea"),
        ("scuole", "scuola"),
        ("ﬁnanza ｐｕｂｂｌｉｃａ", "finanza pubblica"),
        ("infan\u00adzia", "infanzia"),
    ],
)
def test_spellings_of_one_word_agree(one: str, other: str) -> None:
    assert stems(one, "it") == stems(other, "it") != []


def check_accents(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    for lang in analysis.LANGUAGES:
        assert stems(text, lang) == stems(decomposed, lang) == stems(bare, lang)


@given(st.text(alphabet="abceinostu àèéìòùáöüçñ'’-", max_size=40))
def test_accents_never_matter(text: str) -> None:
    check_accents(text)


def test_accents_check_notices_an_analysis_that_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "fold", str.casefold)
    with pytest.raises(AssertionError):
        check_accents("la città e la qualità")


@given(st.text(max_size=80))
def test_words_stand_where_they_say(text: str) -> None:
    for word in words(text):
        assert fold(text[word.start : word.end])[:64] == word.folded


@given(st.text(max_size=200))
def test_nothing_typed_raises(text: str) -> None:
    understand(text)
    list(codes(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("legge 1687/2009", "1687/2009"),
        ("delibera n. 1687 del 10 luglio 2009", "1687/2009"),
        ("Delibera N.1687 del 10/07/2009", "1687/2009"),
        ("legge 7 agosto 1990, n. 241", "241/1990"),
        ("L. 241/90", "241/1990"),
        ("Regolamento (UE) 2016/679", "679/2016"),
        ("d.lgs. 82/2005", "dlgs"),
        ("progetto TrePu", "trepu"),
        ("rete NU112", "nu112"),
        ("rete NU 112", "nu112"),
        ("BG-LE", "bgle"),
        ("BG -LE", "bgle"),
        ("BG–LE", "bgle"),
        ("la app IO", "io"),
        ("la P.A.", "pa"),
    ],
)
def test_codes_are_kept_whole(text: str, code: str) -> None:
    assert code in all_codes(text)


def test_act_numbers_are_found_in_parts_too() -> None:
    assert {"1687", "2009"} <= set(stems("1687/2009", "it"))


def test_plain_numbers_and_words_are_no_codes() -> None:
    assert all_codes("Il 10 luglio la Regione aprì 3 scuole") == set()


def test_capitals_throughout_do_not_turn_stop_words_into_codes() -> None:
    assert "il" not in all_codes("IL COMUNE DI BERGAMO")


def test_each_language_has_its_stems_and_stop_words() -> None:
    assert stems("the meetings", "en") == ["meet"]
    assert stems("die Sitzungen", "de") == ["sitzung"]
    assert stems("le riunioni", "it") == stems("la riunione", "it")
    assert stems("le riunioni", "??") == stems("le riunioni", "it")


def test_names_are_not_stemmed() -> None:
    assert plain_words("Rossi Aldo") == ["rossi", "aldo"]


@pytest.mark.parametrize("text", ["", "   ", "il", "dell'", "-", '"', '""', "- -", "…", "'''"])
def test_queries_without_a_usable_word_are_empty(text: str) -> None:
    query = understand(text)
    assert (query.terms, query.codes) == ((), ())


def test_minus_excludes_unless_it_is_an_acronym_or_all_there_is() -> None:
    assert understand("scuola -nido").excluded
    assert not understand("BG -LE").excluded
    assert "bgle" in understand("BG -LE").codes
    assert understand("-nido").terms
    assert not understand("-nido").excluded


def test_a_very_long_query_is_cut() -> None:
    assert len(understand(" ".join(f"parola{n}" for n in range(5000))).terms) <= 24
