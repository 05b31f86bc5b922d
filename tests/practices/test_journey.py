"""A story from its first word to the feed, as its author, its editor and everybody else see it."""

from __future__ import annotations

import feedparser
from lxml.html import FormElement, HtmlElement

from core.actor import Role
from core.database import db
from core.references import Reference
from core.revisions import revisions_of
from members.models import Member
from practices.models import Practice, PracticeKind, PracticeState
from practices.signals import KIND
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory, typed
from tests.practices.conftest import SignIn, tell
from tests.visitor import Visitor, form_values, parse, text_of


def only_story() -> Practice:
    return db.session.query(Practice).one()


def test_from_the_first_word_to_the_feed(
    visitor: Visitor, editing: Visitor, sign_in: SignIn
) -> None:
    body = OrganisationFactory.make(name="Comune di Lecce")
    writer = sign_in(member_with(of=body))

    assert visitor.get("/invia-una-storia").status_code == 302  # to the sign-in page
    choice = writer.page("/invia-una-storia")
    assert choice.xpath("//main//a[contains(@href, '?tipo=offro')]")
    kept = writer.submit(
        "/invia-una-storia?tipo=offro",
        {"title": "Nidi aperti fino a sera"},
        action="/invia-una-storia",
        button="azione=salva",
    )
    assert "Bozza salvata" in text_of(kept)
    story = only_story()
    assert (story.state, story.slug) == (PracticeState.DRAFT, "nidi-aperti-fino-a-sera")
    address = f"/buone-pratiche/{story.slug}"
    assert visitor.get(address).status_code == 404
    assert editing.get(address).status_code == 404
    assert "Nidi aperti fino a sera" in text_of(writer.get("/il-mio-spazio/storie"))

    complete = typed(title="Nidi aperti fino a sera", organisation_id=str(body.id))
    for part in ("modifica", "racconto", "componenti"):
        path = f"{address}/modifica" + ("" if part == "modifica" else f"/{part}")
        shown = writer.submit(path, complete, action=part, button="azione=vai-rivedi")
        assert shown.status_code == 200
    preview = parse(shown).xpath("//section[@aria-labelledby='anteprima']")[0]
    assert preview.xpath(".//em[.='problem']")
    assert preview.xpath(".//li[contains(., 'Lo statuto')]")
    assert preview.xpath(".//a[@href='https://www.comune.bari.it'][.='Il comune']")
    assert only_story().state is PracticeState.DRAFT
    sent = writer.submit(f"{address}/rivedi", action="/invia")
    assert "La storia è in redazione" in text_of(sent)
    assert visitor.get(address).status_code == 404

    waiting = editing.page("/redazione/storie")
    assert waiting.xpath("//main//h3/a[.='Nidi aperti fino a sera']")
    published = editing.submit(f"/redazione/storie/{story.slug}", action="/pubblica")
    assert "La storia è pubblica" in text_of(published)
    assert "Nessuna storia aspetta" in text_of(editing.get("/redazione/storie"))

    page = text_of(visitor.get(address))
    for words in ("Nidi aperti fino a sera", "Comune di Lecce", "Testo di problem.", "Ufficio"):
        assert words in page
    assert "Nidi aperti fino a sera" in text_of(visitor.get("/buone-pratiche"))
    feed = feedparser.parse(visitor.get("/buone-pratiche/feed").data)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["Offro: Nidi aperti fino a sera"]


def test_a_story_goes_back_and_comes_again(writing: Visitor, editing: Visitor) -> None:
    tell(writing, PracticeKind.SEEK, send=True, title="Cerchiamo un marchio")
    address = "/buone-pratiche/cerchiamo-un-marchio"
    desk = "/redazione/storie/cerchiamo-un-marchio"
    bare = editing.submit(desk, action="/rimanda", button="esito=modifiche")
    assert bare.status_code == 422
    assert "Questo campo è necessario" in text_of(bare)
    editing.submit(
        desk, {"reason": "Aggiungi quante imprese."}, action="/rimanda", button="esito=modifiche"
    )
    assert only_story().state is PracticeState.CHANGES_REQUESTED
    assert "Aggiungi quante imprese." in text_of(writing.get(address))
    assert "Aggiungi quante imprese." in text_of(writing.get("/il-mio-spazio/storie"))
    assert "Aggiungi quante imprese." in text_of(writing.get(f"{address}/modifica"))
    assert editing.get(f"{address}/modifica").status_code == 403

    writing.submit(
        f"{address}/modifica/racconto",
        {"need": "Un marchio per 200 imprese."},
        action="/racconto",
        button="azione=salva",
    )
    writing.submit(f"{address}/rivedi", action="/invia")
    assert only_story().decision_reason == ""
    editing.submit(
        desk, {"reason": "Ne abbiamo già una."}, action="/rimanda", button="esito=respinta"
    )
    assert only_story().state is PracticeState.REJECTED
    assert "Ne abbiamo già una." in text_of(writing.get(address))
    assert writing.get(f"{address}/modifica").status_code == 403


def test_of_two_editors_the_later_loses_no_word(
    editing: Visitor, editor: Member, sign_in: SignIn
) -> None:
    story = StoryFactory.make(title="Nidi", state=PracticeState.SUBMITTED)
    opened = form_values(decision_form(editing.page("/redazione/storie/nidi")))
    other = sign_in(editor)
    part = "/buone-pratiche/nidi/modifica/racconto"
    other.submit(part, {"problem": "Corretto."}, action="/racconto")
    answer = opened | {"reason": "Mancano i costi.", "esito": "modifiche"}
    late = editing.post("/buone-pratiche/nidi/rimanda", data=answer)
    assert late.status_code == 409
    assert "Il testo è cambiato mentre lo leggevi" in text_of(late)
    again = form_values(decision_form(parse(late)))
    assert again["reason"] == "Mancano i costi."
    other.submit("/redazione/storie/nidi", action="/pubblica")
    too_late = editing.post("/buone-pratiche/nidi/rimanda", data=again | {"esito": "modifiche"})
    assert too_late.status_code == 409
    assert "Mancano i costi." in text_of(too_late)
    assert db.session.get_one(Practice, story.id).state is PracticeState.PUBLISHED


def decision_form(page: HtmlElement) -> FormElement:
    [form] = [one for one in page.forms if one.action and one.action.endswith("/rimanda")]
    return form


def test_editors_correct_archive_and_moderators_remove(
    visitor: Visitor, editing: Visitor, sign_in: SignIn
) -> None:
    story = StoryFactory.make(title="Orari dei nidi")
    address = "/buone-pratiche/orari-dei-nidi"
    editing.submit(f"{address}/modifica", {"title": "Orari nuovi dei nidi"}, action="/modifica")
    moved = visitor.get(address)
    assert moved.status_code == 301
    assert moved.location == "/buone-pratiche/orari-nuovi-dei-nidi"
    address = moved.location
    assert [one.version for one in revisions_of(Reference(KIND, story.id))] == [2]

    editing.submit(f"{address}/archivia", {"reason": "Il servizio è chiuso."}, action="/archivia")
    assert "Orari nuovi" not in text_of(visitor.get("/buone-pratiche"))
    assert "Il servizio è chiuso." in text_of(visitor.get(address))
    assert editing.get(f"{address}/archivia").status_code == 409
    assert editing.get(f"{address}/rimuovi").status_code == 403

    moderator = sign_in(member_with(Role.MODERATOR))
    assert moderator.submit(f"{address}/rimuovi", action="/rimuovi").status_code == 422
    moderator.submit(f"{address}/rimuovi", {"reason": "Dati personali."}, action="/rimuovi")
    for browser in (visitor, editing, moderator):
        assert browser.get(address).status_code == 404
    # The old address must not tell that there was something either.
    assert visitor.get("/buone-pratiche/orari-dei-nidi").status_code == 404


def test_an_author_deletes_a_draft(writing: Visitor, author: Member) -> None:
    story = StoryFactory.make(author_id=author.id, state=PracticeState.DRAFT)
    address = f"/buone-pratiche/{story.slug}"
    done = writing.submit(f"{address}/rimuovi", action="/rimuovi")
    assert "non c’è più" in text_of(done)
    assert writing.get(address).status_code == 404
    assert "Non hai ancora scritto" in text_of(writing.get("/il-mio-spazio/storie"))
