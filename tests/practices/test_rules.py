"""The table of states is that of the product; texts must be complete; what ends a validation."""

from __future__ import annotations

import json
from datetime import date

import pytest

from core.text import Rendered
from practices import rules
from practices.models import PracticeKind, PracticeState
from practices.rules import REQUIRED_FACTS, SECTIONS, StoryContent, differences, missing
from tests.factories.practices import content

S = PracticeState


def test_the_table_is_that_of_the_product() -> None:
    wanted = {
        S.DRAFT: {S.SUBMITTED, S.REMOVED},
        S.SUBMITTED: {S.DRAFT, S.CHANGES_REQUESTED, S.REJECTED, S.PUBLISHED, S.REMOVED},
        S.CHANGES_REQUESTED: {S.SUBMITTED, S.REMOVED},
        S.REJECTED: {S.REMOVED},
        S.PUBLISHED: {S.VALIDATED, S.OUTDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED},
        S.VALIDATED: {S.PUBLISHED, S.OUTDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED},
        S.OUTDATED: {S.PUBLISHED, S.VALIDATED, S.ARCHIVED, S.HIDDEN, S.REMOVED},
        S.ARCHIVED: {S.HIDDEN, S.REMOVED},
        S.HIDDEN: {S.REMOVED},
        S.REMOVED: set(),
    }
    assert {state: set(rules.TRANSITIONS.following(state)) for state in S} == wanted
    # What was hidden comes back to where it was, which an appeal alone can do.
    shown = {S.PUBLISHED, S.VALIDATED, S.OUTDATED, S.ARCHIVED}
    assert {state for state in S if rules.BACK.following(state)} == {S.HIDDEN}
    assert set(rules.BACK.following(S.HIDDEN)) == shown


@pytest.mark.parametrize("kind", list(PracticeKind))
@pytest.mark.usefixtures("app")
def test_each_required_field_is_missed_alone(kind: PracticeKind) -> None:
    whole = content(kind, organisation_id=7)
    assert missing(kind, whole, affiliated=True) == ()
    for name in REQUIRED_FACTS:
        values = {"organisation_id": 7, name: getattr(StoryContent(title=""), name)}
        assert missing(kind, content(kind, **values), affiliated=True) == (name,)
    for section in SECTIONS[kind]:
        left = {n: written for n, written in whole.sections.items() if n != section.name}
        lacking = missing(kind, content(kind, sections=left), affiliated=False)
        assert lacking == ((section.name,) if section.required else ())


@pytest.mark.usefixtures("app")
def test_a_section_without_words_counts_as_missing() -> None:
    sections = dict(content().sections) | {"problem": Rendered("---", "<hr>")}
    assert missing(PracticeKind.OFFER, content(sections=sections), affiliated=False) == ("problem",)


@pytest.mark.usefixtures("app")
def test_only_who_belongs_to_a_body_must_name_one() -> None:
    assert missing(PracticeKind.OFFER, content(), affiliated=False) == ()
    assert missing(PracticeKind.OFFER, content(), affiliated=True) == ("organisation_id",)


@pytest.mark.usefixtures("app")
def test_differences_name_fields_and_compare_what_was_typed() -> None:
    old = content()
    rendered_anew = {n: Rendered(w.source, f"{w.html}\n") for n, w in old.sections.items()}
    new = content(title="Un altro titolo", sections=rendered_anew)
    assert differences(PracticeKind.OFFER, old, new) == ("title",)
    shorter = {n: w for n, w in old.sections.items() if n != "results"}
    assert differences(PracticeKind.OFFER, old, content(sections=shorter)) == ("results",)


@pytest.mark.usefixtures("app")
def test_a_validation_ends_with_the_words_that_were_judged_and_with_nothing_else() -> None:
    old = content()
    for name in ("problem", "solution", "results", "transferability", "resources", "links"):
        sections = dict(old.sections) | {name: Rendered("Altre parole.", "<p>Altre parole.</p>")}
        ends = rules.is_rewritten(PracticeKind.OFFER, old, content(sections=sections))
        assert ends == (name in rules.JUDGED_SECTIONS), name
    typo = dict(old.sections) | {"results": Rendered("TESTO, di: results!", "")}
    assert not rules.is_rewritten(PracticeKind.OFFER, old, content(sections=typo))
    assert not rules.is_rewritten(PracticeKind.OFFER, old, content(title="Un altro titolo"))


@pytest.mark.usefixtures("app")
def test_what_was_kept_says_the_same_when_it_comes_back() -> None:
    for kind in PracticeKind:
        told = content(kind, organisation_id=7, needed_by=date(2027, 6, 30))
        html = {name: written.html for name, written in told.sections.items()}
        stored = json.loads(json.dumps(rules.values_of(told)))
        again = rules.content_from(kind, stored, html)
        assert rules.differences(kind, told, again) == ()
        assert {n: again.sections[n] for n in told.sections} == told.sections
