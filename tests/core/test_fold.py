"""Texts as they are compared: accents, case and signs do not matter."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Città dell’Aquila", "citta dell aquila"),
        ("Citta\u0300 DELL'AQUILA", "citta dell aquila"),
        ("  Sant’Agata   de’ Goti ", "sant agata de goti"),
        ("Straße", "strasse"),
        ("Bolzano/Bozen (p_BZ)", "bolzano bozen p bz"),
        ("ﬁnanza", "finanza"),
        ("🦉 – …", ""),
        ("بلدية", "بلدية"),
    ],
)
def test_what_does_not_matter_is_gone(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
@example("𝓐")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_nothing_folded_can_pass_for_a_pattern(text: str) -> None:
    assert not set(fold(text)) & set("%_\\'\"\x00")
