"""Passwords that are taken, devices by name, states that follow each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Refused
from members.models import AffiliationState, MemberState
from members.rules import (
    AFFILIATION_STATES,
    COMMON_PASSWORDS,
    LONGEST_PASSWORD,
    MEMBER_STATES,
    SHORTEST_PASSWORD,
    can_be_seen,
    device_name,
    email_key,
    password_fault,
)

NAMES = ("Anna", "Scalera", "AnnaScalera", "ScaleraAnna", "anna.scalera@comune.example")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("quattro parole a caso", None),
        ("città-però-perché", None),
        ("🚂🚃🚋🚞🚅🚄🚈🚝🚆🚇🚊🚉", "common"),  # nothing but signs: no letter, no digit
        ("corta", "short"),
        ("x" * 11, "short"),
        ("è lunga " * 17, "long"),
        ("Anna Scalera", "personal"),
        ("scalera.anna", "personal"),
        ("anna.scalera@comune.example", "personal"),
        ("Benvenuto1234", "common"),
        ("Comune di Bari", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("ababababababab", "common"),
        ("123123123123", "common"),
        ("abcdefghijklm", "common"),
        ("qwertyuiopas", "common"),
    ],
)
def test_password(password: str, fault: str | None) -> None:
    assert password_fault(password, names=NAMES) == fault


@given(st.text(max_size=200))
def test_any_password_is_judged_by_length_first(password: str) -> None:
    fault = password_fault(password)
    assert (fault == "short") == (len(password) < SHORTEST_PASSWORD)
    assert (fault == "long") == (len(password) > LONGEST_PASSWORD)


def test_the_common_ones_are_written_as_they_are_compared() -> None:
    """Twin: one that is too short, or not folded, would never be found."""
    assert [one for one in COMMON_PASSWORDS if password_fault(one) is None] == []
    assert {one for one in COMMON_PASSWORDS if one != one.casefold() or "." in one} == set()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", ""),
        ("\x00<script>", ""),
    ],
)
def test_device(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_an_address_is_one_mailbox_whatever_its_case() -> None:
    assert email_key(" Anna.Scalera@Comune.EXAMPLE ") == "anna.scalera@comune.example"


def test_a_domain_of_other_letters_is_nobody_elses() -> None:
    """Folded by case, the first would be the second, and its owner would have the other's mail."""
    assert email_key("ada@straße.it") == "ada@xn--strae-oqa.it" == email_key("ADA@xn--STRAE-oqa.it")
    assert email_key("ada@straße.it") != email_key("ada@strasse.it")
    # Signs that fold into plain letters: nobody can register such an address.
    assert email_key("\u017fara@comune.it") != email_key("sara@comune.it")
    assert email_key("mar\u212a@comune.it") != email_key("mark@comune.it")


@pytest.mark.parametrize(
    "name", ["Anna", "D’Élia", "李", "محمد", "Łukasz", "👍", "42", "\u200fشركة"]
)
def test_names_of_all_scripts_can_be_read(name: str) -> None:
    assert can_be_seen(name)


@pytest.mark.parametrize("name", ["\u200b", "\u3164 \u3164", "\u2060\u00ad", "\u0301", "\u2800"])
def test_a_name_that_nobody_sees_is_none(name: str) -> None:
    assert not can_be_seen(name)


def test_nobody_comes_back_from_removal() -> None:
    for state in MemberState:
        assert not MEMBER_STATES.allows(MemberState.REMOVED, state)


@pytest.mark.parametrize("state", [AffiliationState.REFUSED, AffiliationState.ENDED])
def test_what_was_refused_or_ended_stays_so(state: AffiliationState) -> None:
    with pytest.raises(Refused):
        AFFILIATION_STATES.check(state, AffiliationState.ACCEPTED)
