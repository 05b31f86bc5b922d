"""New texts of public stories: who reads them, what an editor decides, what comes of races."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.actor import VISITOR
from core.counting import counted
from core.database import db
from core.domain import Forbidden, Refused
from core.text import Rendered
from core.versions import Conflict
from members.models import Member
from members.queries import actor_for
from practices import rules, services
from practices.models import Practice, PracticeState, RevisionState
from practices.queries import versions
from practices.queries.revisions import (
    latest_revision,
    revisions_counted,
    text_for,
    waiting_revisions,
)
from practices.queries.versions import history_of, text_of_version, versions_of
from practices.rules import Link, markdown_of
from practices.search import documents
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.practices.conftest import SignIn
from tests.visitor import Visitor, form_values, parse, text_of

pytestmark = pytest.mark.usefixtures("app")
S = PracticeState
NEW = "Una parola segretissima"


def public_story(author: Member, **values: object) -> Practice:
    return StoryFactory.make(title="Sportello", author_id=author.id, **values)


def propose(story: Practice, author: Member, title: str = NEW, version: int | None = None) -> None:
    by = actor_for(author.id)
    content = replace(text_for(story, by), title=title)
    services.change_story(practice_id=story.id, version=version, content=content, by=by)


def test_the_public_text_stays_everywhere_until_an_editor_approves(
    author: Member, editor: Member, visitor: Visitor, writing: Visitor, in_request: None
) -> None:
    story = public_story(author)
    path = f"/buone-pratiche/{story.slug}"
    propose(story, author)
    assert NEW not in str(documents([story.id]))
    for place in (path, "/buone-pratiche", "/buone-pratiche/feed", f"{path}/versioni", "/"):
        assert NEW not in visitor.get(place).get_data(as_text=True), place
    assert NEW not in writing.page(path).xpath("string(//h1)")
    assert "Il tuo nuovo testo è in redazione" in text_of(writing.get(path))
    assert NEW in writing.get(f"{path}/modifica").get_data(as_text=True)
    services.approve_revision(practice_id=story.id, version=None, by=actor_for(editor.id))
    shown = visitor.get(visitor.get(path).location)
    assert NEW in text_of(shown)


def test_a_text_that_waits_can_be_written_on_and_taken_back(author: Member) -> None:
    story, by = public_story(author), actor_for(author.id)
    propose(story, author)
    propose(story, author, "Ancora un’altra")
    waits = latest_revision(story, by)
    assert waits is not None
    assert (waits.title, waits.based_on, waits.version) == ("Ancora un’altra", 1, 3)
    services.withdraw_revision(practice_id=story.id, version=3, by=by)
    assert text_for(story, by).title == "Sportello"
    with pytest.raises(Refused, match="nothing waits"):
        services.withdraw_revision(practice_id=story.id, version=None, by=by)


def test_what_is_proposed_and_then_written_back_does_not_wait(author: Member) -> None:
    story, by = public_story(author), actor_for(author.id)
    propose(story, author)
    propose(story, author, "Sportello")
    assert latest_revision(story, by) is None
    assert db.session.get_one(Practice, story.id).title == "Sportello"


def test_a_refused_text_is_where_its_author_goes_on(author: Member, editor: Member) -> None:
    story, by = public_story(author), actor_for(author.id)
    propose(story, author)
    with pytest.raises(Refused, match="no reason"):
        services.refuse_revision(
            practice_id=story.id, version=None, reason="", by=actor_for(editor.id)
        )
    for _ in range(2):  # a double click
        services.refuse_revision(
            practice_id=story.id, version=2, reason="Troppo lungo.", by=actor_for(editor.id)
        )
    answered = latest_revision(story, by)
    assert answered is not None
    assert (answered.state, answered.reason) == (RevisionState.REFUSED, "Troppo lungo.")
    assert text_for(story, by).title == NEW
    assert text_for(story, actor_for(editor.id)).title == "Sportello"
    propose(story, author, "Più corto")
    assert counted(revisions_counted(actor_for(editor.id))) == 1


def test_of_two_editors_the_later_is_told(author: Member, editor: Member) -> None:
    story = public_story(author)
    propose(story, author)
    services.approve_revision(practice_id=story.id, version=2, by=actor_for(editor.id))
    other = actor_for(member_with(role_of(editor)).id)
    with pytest.raises(Conflict):
        services.refuse_revision(practice_id=story.id, version=2, reason="No.", by=other)
    with pytest.raises(Conflict):
        services.approve_revision(practice_id=story.id, version=2, by=other)
    # The same click again is no race.
    services.approve_revision(practice_id=story.id, version=2, by=actor_for(editor.id))


def role_of(editor: Member) -> str:
    return next(iter(actor_for(editor.id).roles))


def test_two_windows_of_the_author_do_not_overwrite_each_other(author: Member) -> None:
    story = public_story(author)
    propose(story, author, version=1)
    with pytest.raises(Conflict):
        propose(story, author, "Dall’altra finestra", version=1)


def test_nobody_else_sees_or_decides(author: Member, editor: Member) -> None:
    story = public_story(author)
    propose(story, author)
    stranger = actor_for(member_with().id)
    for actor in (VISITOR, stranger):
        assert latest_revision(story, actor) is None
        assert waiting_revisions(actor) == []
        assert history_of(story, actor) == []
        with pytest.raises(Forbidden):
            services.approve_revision(practice_id=story.id, version=None, by=actor)
    with pytest.raises(Forbidden):
        services.approve_revision(practice_id=story.id, version=None, by=actor_for(author.id))


def test_what_leaves_takes_its_new_text_along(author: Member, editor: Member) -> None:
    story, by = public_story(author), actor_for(editor.id)
    propose(story, author)
    services.archive_story(practice_id=story.id, version=None, reason="Chiuso.", by=by)
    assert waiting_revisions(by) == []
    with pytest.raises(Refused):
        services.approve_revision(practice_id=story.id, version=None, by=by)


def test_an_outdated_story_is_in_use_again_once_its_new_text_is_approved(
    author: Member, editor: Member
) -> None:
    story = public_story(author, state=S.OUTDATED)
    propose(story, author)
    services.approve_revision(practice_id=story.id, version=None, by=actor_for(editor.id))
    assert story.state is S.PUBLISHED
    assert story.confirmed_at is not None


def test_versions_are_shown_as_far_as_they_were_public(author: Member, editor: Member) -> None:
    by = actor_for(author.id)
    text = rules.content_of(StoryFactory.make())
    sent = services.send_story(
        kind=StoryFactory.kind, content=replace(text, title="Prima"), key="", by=by
    )
    services.publish_story(practice_id=sent.id, version=None, by=actor_for(editor.id))
    propose(sent, author, "Seconda")
    services.approve_revision(practice_id=sent.id, version=None, by=actor_for(editor.id))
    mine = [(one.number, one.state) for one in versions_of(sent, by)]
    assert mine == [(5, S.PUBLISHED), (3, S.PUBLISHED), (2, S.SUBMITTED)]
    assert [one.number for one in versions_of(sent, VISITOR)] == [5, 3]
    assert text_of_version(sent, 2, VISITOR) is None
    told = text_of_version(sent, 3, VISITOR)
    assert told is not None
    assert told.title == "Prima"
    assert [deed.name for deed in history_of(sent, by)] == [
        "RevisionApproved", "RevisionProposed", "StoryPublished", "StorySubmitted"
    ]  # fmt: skip


def test_a_version_comes_back_as_a_new_one(
    author: Member, editor: Member, editing: Visitor, visitor: Visitor
) -> None:
    story = public_story(author)
    for number, words in enumerate(("Uno.", "Due."), 1):
        sections = dict(rules.content_of(story).sections)
        sections["results"] = Rendered(words, f"<p>{words}</p>")
        services.change_story(
            practice_id=story.id,
            version=number,
            content=replace(rules.content_of(story), sections=sections),
            by=actor_for(editor.id),
        )
    path = f"/buone-pratiche/{story.slug}"
    compared = visitor.page(f"{path}/confronta?da=2&a=3")
    assert compared.xpath("string(//del)") == "[tolto: Uno] "
    assert compared.xpath("string(//ins)") == "[aggiunto: Due] "
    back = editing.submit(f"{path}/versioni", action="/ripristina")
    assert "La versione è ripristinata" in text_of(back)
    db.session.expire_all()
    stands = db.session.get_one(Practice, story.id)
    assert (stands.results, stands.results_html, stands.version) == ("Uno.", "<p>Uno.</p>", 4)
    assert [one.number for one in versions_of(stands, VISITOR)] == [4, 3, 2]


def test_markup_in_versions_is_text(author: Member, editor: Member, visitor: Visitor) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    story, by = public_story(author), actor_for(editor.id)
    for number, title in enumerate((evil, f"{evil} bis"), 1):
        services.change_story(
            practice_id=story.id,
            version=number,
            content=replace(rules.content_of(story), title=title),
            by=by,
        )
    page = visitor.page(f"/buone-pratiche/{story.slug}/confronta?da=2&a=3")
    assert not page.xpath("//main//script | //main//img")
    assert evil in page.xpath("string(//main)")


@pytest.mark.parametrize("query", ["", "da=1", "da=99&a=1", "da=-1&a=0", "da=x&a=y", "da=1&a=9e9"])
def test_what_cannot_be_compared_is_not_found(author: Member, visitor: Visitor, query: str) -> None:
    story = public_story(author)
    answer = visitor.get(f"/buone-pratiche/{story.slug}/confronta?{query}")
    assert answer.status_code == 404


def test_the_editors_see_what_changes_and_decide(
    author: Member, editing: Visitor, visitor: Visitor, sign_in: SignIn
) -> None:
    story = public_story(author)
    propose(story, author)
    assert NEW in text_of(editing.get("/redazione/storie"))
    desk = editing.page(f"/redazione/storie/{story.slug}")
    assert "Sportello" in desk.xpath("string(//del)")
    bare = editing.submit(f"/redazione/storie/{story.slug}", action="/rifiuta")
    assert bare.status_code == 422
    done = editing.submit(f"/redazione/storie/{story.slug}", action="/approva")
    assert "Il nuovo testo è pubblico" in text_of(done)


def test_the_preview_names_the_body_that_the_new_text_names(
    author: Member, writing: Visitor
) -> None:
    before, after = OrganisationFactory.make(), OrganisationFactory.make()
    for body in (before, after):
        AffiliationFactory.make(member=author, organisation=body)
    story, by = public_story(author, organisation_id=before.id), actor_for(author.id)
    content = replace(text_for(story, by), organisation_id=after.id)
    services.change_story(practice_id=story.id, version=None, content=content, by=by)
    path = f"/buone-pratiche/{story.slug}"
    preview = text_of(writing.get(f"{path}/rivedi"))
    assert after.name in preview
    assert before.name not in preview
    assert before.name in text_of(writing.get(path))


def test_links_are_compared_as_they_were_typed(author: Member, editing: Visitor) -> None:
    story, by = public_story(author), actor_for(author.id)
    stands = text_for(story, by)
    source = markdown_of([Link("https://example.org/atto", "La [delibera]")], "E altro.")
    sections = dict(stands.sections) | {"links": Rendered(source, "<p>x</p>")}
    new = replace(stands, sections=sections)
    services.change_story(practice_id=story.id, version=None, content=new, by=by)
    [field] = versions.compared(story.kind, stands, new)
    told = "".join(span.text for span in field.spans)
    assert told == "La [delibera]: https://example.org/atto\n\nE altro."
    desk = text_of(editing.get(f"/redazione/storie/{story.slug}"))
    assert "La [delibera]: https://example.org/atto" in desk


def test_an_editor_whose_story_was_taken_back_keeps_the_text(
    author: Member, editing: Visitor
) -> None:
    story = public_story(author, state=S.SUBMITTED)
    path = f"/buone-pratiche/{story.slug}/modifica/racconto"
    [form] = [one for one in editing.page(path).forms if one.get("data-guarded") is not None]
    fields = form_values(form) | {"problem": "Parole dell’editore", "azione": "salva"}
    services.withdraw_story(practice_id=story.id, version=None, by=actor_for(author.id))
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = editing.post(path, data=fields, headers=own)
    assert answer.status_code == 404
    [kept] = parse(answer).xpath("//main//form")
    assert form_values(kept)["problem"] == "Parole dell’editore"
    assert not kept.xpath(".//button")
    # Twins: a page of elsewhere gets nothing back, and of what nobody typed there is nothing.
    assert "Parole" not in editing.post(path, fields, headers={"Sec-Fetch-Site": "none"}).text
    bare = {"csrf_token": fields["csrf_token"], "azione": "salva"}
    assert "Il tuo testo" not in text_of(editing.post(path, bare, headers=own))
