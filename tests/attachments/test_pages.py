"""The journey of a file: hung on a story, read, renewed, called otherwise, hidden, taken away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from core.actor import Role
from core.database import db
from core.events import Event
from core.references import Reference
from core.storage import storage
from practices.models import Practice, PracticeState
from tests.attachments.conftest import SignIn, send
from tests.factories.attachments import PDF, attached, docx, odt, picture, xlsx
from tests.factories.members import member_with
from tests.factories.practices import StoryFactory
from tests.visitor import Visitor, parse, text_of


def only() -> Attachment:
    return db.session.query(Attachment).one()


def test_a_file_is_hung_on_a_story_and_everybody_downloads_it(
    editing: Visitor, visitor: Visitor, story: Practice, thing: Reference
) -> None:
    page = editing.page(f"/buone-pratiche/{story.slug}")
    (link,) = [a for a in page.iter("a") if (a.text or "").strip() == "Allega un file"]
    assert link.get("href") == f"/allegati/practice/{story.id}/nuovo"
    answer = send(editing, thing, PDF, "Disciplinare città.pdf", title="Il disciplinare")
    assert (answer.status_code, answer.location) == (303, f"/buone-pratiche/{story.slug}")
    shown = visitor.page(f"/buone-pratiche/{story.slug}")
    (file,) = shown.xpath("//*[@class='g-files']/li")
    assert "Il disciplinare" in file.text_content()
    assert "PDF" in file.text_content()
    got = visitor.get(file.xpath(".//a[@download]")[0].get("href"))
    assert got.data == PDF
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"] == (
        'attachment; filename="Disciplinare citta.pdf";'
        " filename*=UTF-8''Disciplinare%20citt%C3%A0.pdf"
    )
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert [e.name for e in db.session.query(Event).filter_by(kind="attachment")] == [
        "AttachmentAdded"
    ]


def test_a_script_that_sends_a_file_is_told_where_to_go_and_the_page_says_what_was_done(
    editing: Visitor, story: Practice
) -> None:
    path = f"/allegati/practice/{story.id}/nuovo"
    (form,) = [f for f in editing.page(path).forms if (f.get("action") or "").endswith("/nuovo")]
    typed = {name: value for name, value in form.fields.items() if value is not None}
    for file, status in ((BytesIO(PDF), 201), (BytesIO(b""), 422)):
        answer = editing.post(
            path,
            {**typed, "title": "Il bando", "file": (file, "bando.pdf")},
            headers={"Accept": "application/json, text/html;q=0.9"},
            content_type="multipart/form-data",
        )
        assert answer.status_code == status
        if status == 201:
            assert answer.json == {"location": f"/buone-pratiche/{story.slug}"}
            assert "Il file «Il bando» è allegato." in text_of(editing.get(answer.json["location"]))
    assert parse(answer).xpath("//*[@id='file-error']")  # as anybody else sees it


def test_visitors_find_no_way_to_hang_a_file_on_anything(visitor: Visitor, story: Practice) -> None:
    assert "Allega un file" not in text_of(visitor.get(f"/buone-pratiche/{story.slug}"))
    answer = visitor.get(f"/allegati/practice/{story.id}/nuovo")
    assert answer.status_code == 302
    assert "/accedi" in answer.location


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (docx(), "modulo.docx", "DOCX"),
        (xlsx(), "bilancio.XLSX", "XLSX"),
        (odt(), "verbale.odt", "ODT"),
        (b"comune;abitanti\nBari;316000\n", "dati.csv", "CSV"),
        ("È già così.\n".encode("cp1252"), "note.txt", "TXT"),
        (PDF, "senza ending", "PDF"),
    ],
)
def test_office_files_and_text_are_taken(
    editing: Visitor, thing: Reference, data: bytes, name: str, kind: str
) -> None:
    assert send(editing, thing, data, name).status_code == 303
    page = editing.page(f"/allegati/{only().id}")
    assert kind in page.xpath("//*[@class='g-facts']")[0].text_content()


def test_a_picture_needs_words_and_is_drawn_anew(editing: Visitor, thing: Reference) -> None:
    data = picture("JPEG", (1_200, 900), exif=b"Exif\0\0secret-place", comment=b"secret-note")
    assert b"secret" in data
    refused = send(editing, thing, data, "foto.jpg", title="Lo sportello")
    assert refused.status_code == 422
    page = parse(refused)
    assert page.xpath("//*[@id='description-error']")
    assert page.get_element_by_id("title").get("value") == "Lo sportello"
    assert "sceglilo di nuovo" in page.text_content()
    assert send(editing, thing, data, "foto.jpg", description="Lo sportello").status_code == 303
    shown = editing.page(f"/allegati/{only().id}")
    (image,) = shown.xpath("//figure/img")
    assert image.get("alt") == "Lo sportello"
    small = editing.get(image.get("src"))
    assert small.headers["Content-Type"] == "image/webp"
    with Image.open(BytesIO(small.data)) as drawn:
        assert drawn.size == (640, 480) == (int(image.get("width")), int(image.get("height")))
    whole = editing.get(f"/allegati/{only().id}/versioni/1").data
    assert b"secret" not in whole
    with Image.open(BytesIO(whole)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (1_200, 900))


def test_the_same_form_sent_twice_makes_one_attachment_of_one_file(
    app: Flask, editing: Visitor, thing: Reference
) -> None:
    page = editing.page(f"/allegati/practice/{thing.id}/nuovo")
    (form,) = [f for f in page.forms if (f.get("action") or "").endswith("/nuovo")]
    for _ in range(2):
        data = {**dict(form.fields), "file": (BytesIO(PDF), "x.pdf")}
        answer = editing.post(
            form.get("action"), {k: v for k, v in data.items() if v is not None},
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 303
    assert db.session.query(Attachment).count() == 1
    assert len(list(storage().files())) == 1


def test_a_newer_version_takes_the_place_and_the_older_one_stays_with_the_keepers(
    editing: Visitor, visitor: Visitor, thing: Reference
) -> None:
    attachment = attached(thing)
    newer = PDF + b"% newer\n"
    answer = editing.submit(
        f"/allegati/{attachment.id}/versioni/nuova",
        {"file": (BytesIO(newer), "relazione 2.pdf")},
        action="/versioni/nuova",
        follow=False,
    )
    assert answer.status_code == 303
    one, two = (f"/allegati/{attachment.id}/versioni/{n}" for n in (1, 2))
    assert visitor.get(two).data == newer
    assert visitor.get(one).status_code == 302  # to sign-in
    assert editing.get(one).data == PDF
    assert editing.get(f"/allegati/{attachment.id}/versioni/3").status_code == 404
    assert "La scaricano tutti" in text_of(editing.get(f"/allegati/{attachment.id}"))
    assert "La scaricano tutti" not in text_of(visitor.get(f"/allegati/{attachment.id}"))


def test_who_was_overtaken_is_shown_the_newest_and_nothing_is_replaced(
    editing: Visitor, thing: Reference
) -> None:
    attachment = attached(thing)
    path = f"/allegati/{attachment.id}/versioni/nuova"
    old_form = editing.page(path)
    version = old_form.xpath("//input[@name='version']")[0].get("value")
    for number, expected in ((1, 303), (2, 409)):
        answer = editing.submit(
            path,
            {"file": (BytesIO(PDF + b"%%%d\n" % number), "x.pdf"), "version": version},
            action="/versioni/nuova",
            follow=False,
        )
        assert answer.status_code == expected
    assert "Qualcun altro" in text_of(answer)
    assert db.session.query(AttachmentVersion).count() == 2
    assert len(list(storage().files())) == 2


def test_a_title_is_changed_and_a_lost_race_shows_both(editing: Visitor, thing: Reference) -> None:
    attachment = attached(thing)
    path = f"/allegati/{attachment.id}/modifica"
    first = {"title": "Il primo", "version": "1"}
    assert editing.submit(path, first, action="/modifica", follow=False).status_code == 303
    second = {"title": "Il secondo", "version": "1"}
    lost = editing.submit(path, second, action="/modifica", follow=False)
    assert lost.status_code == 409
    assert "Il primo" in text_of(lost)
    assert parse(lost).get_element_by_id("title").get("value") == "Il secondo"


def test_a_removed_attachment_is_gone_and_so_is_its_file(
    editing: Visitor, visitor: Visitor, thing: Reference
) -> None:
    attachment = attached(thing)
    path = f"/allegati/{attachment.id}"
    assert visitor.get(path).status_code == 200
    answer = editing.submit(f"{path}/rimuovi", action="/rimuovi", follow=False)
    assert answer.status_code == 303
    assert [visitor.get(p).status_code for p in (path, f"{path}/versioni/1")] == [404, 404]
    assert editing.get(path).status_code == 404
    assert list(storage().files()) == []


def test_a_moderator_hides_a_file_for_a_reason_that_its_author_reads(
    sign_in: SignIn, editor: object, editing: Visitor, visitor: Visitor, thing: Reference
) -> None:
    attachment = attached(thing, author_id=editor.id)  # type: ignore[attr-defined]
    moderator = sign_in(member_with(Role.MODERATOR))
    path = f"/allegati/{attachment.id}"
    assert moderator.submit(f"{path}/nascondi", action="/nascondi").status_code == 422
    hidden = moderator.submit(
        f"{path}/nascondi", {"reason": "Dati personali"}, action="/nascondi", follow=False
    )
    assert hidden.status_code == 303
    assert [visitor.get(p).status_code for p in (path, f"{path}/versioni/1")] == [404, 404]
    assert "Dati personali" in text_of(editing.get(path))
    assert editing.get(f"{path}/modifica").status_code == 403
    moderator.submit(path, action="/ripubblica")
    assert visitor.get(path).status_code == 200
    assert only().state is AttachmentState.VISIBLE


def test_readers_can_report_a_file(visitor: Visitor, thing: Reference) -> None:
    attachment = attached(thing)
    page = visitor.page(f"/segnala/attachment/{attachment.id}")
    assert attachment.title in page.text_content()


def test_a_draft_takes_files_and_shows_them_to_its_author_alone(
    author: object, sign_in: SignIn, visitor: Visitor, editing: Visitor
) -> None:
    draft = StoryFactory.make(state=PracticeState.DRAFT, author_id=author.id)  # type: ignore[attr-defined]
    writing = sign_in(author)  # type: ignore[arg-type]
    thing = Reference("practice", draft.id)
    assert send(writing, thing, PDF, "bozza.pdf").status_code == 303
    path = f"/allegati/{only().id}/versioni/1"
    assert writing.get(path).headers["Cache-Control"] == "no-store"
    assert [browser.get(path).status_code for browser in (visitor, editing)] == [404, 404]
    draft.state = PracticeState.PUBLISHED
    db.session.commit()
    assert visitor.get(path).headers["Cache-Control"] == "public, no-cache"


def test_a_file_is_asked_for_anew_and_a_piece_of_it_is_sent(
    visitor: Visitor, story: Practice, thing: Reference
) -> None:
    attachment = attached(thing)
    path = f"/allegati/{attachment.id}/versioni/1"
    first = visitor.get(path)
    etag = first.headers["ETag"]
    assert first.headers["Content-Length"] == str(len(PDF))
    assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 304
    piece = visitor.get(path, headers={"Range": "bytes=5-8"})
    assert (piece.status_code, piece.data) == (206, PDF[5:9])
    assert visitor.get(path, headers={"Range": "bytes=99999-"}).status_code == 416
    story.state = PracticeState.REMOVED
    db.session.commit()
    assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_a_file_that_is_too_large_is_told_of_beside_its_field(
    app: Flask, editing: Visitor, thing: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attachments.rules.kinds.LARGEST_FILE", 1_000)
    heavy = send(editing, thing, PDF + b"%" * 2_000, "x.pdf", title="Pesante")
    assert heavy.status_code == 413
    assert parse(heavy).xpath("//*[@id='file-error']")
    assert parse(heavy).get_element_by_id("title").get("value") == "Pesante"
    assert list(storage().files()) == []


def test_a_request_beyond_all_bounds_gets_a_page_with_a_way_on(
    editing: Visitor, thing: Reference
) -> None:
    answer = editing.post(
        f"/allegati/practice/{thing.id}/nuovo",
        data=b"x",
        environ_overrides={"CONTENT_LENGTH": str(33 * 1024 * 1024)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "Invio troppo grande" in text_of(answer)


def test_only_members_may_send_more_than_others(visitor: Visitor, thing: Reference) -> None:
    answer = visitor.post(
        f"/allegati/practice/{thing.id}/nuovo",
        data=b"x",
        environ_overrides={"CONTENT_LENGTH": str(9 * 1024 * 1024)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_quotas_refuse_before_anything_is_hung(
    editing: Visitor, thing: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached(thing)
    for name, words in (
        ("MOST_ON_THING", "30 allegati"),
        ("MOST_BYTES_ON_THING", "200 MB"),
        ("MOST_BYTES_OF_MEMBER", "500 MB"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"attachments.queries.room.{name}", 1)
            answer = send(editing, thing, PDF, "x.pdf")
            assert answer.status_code == 422
            assert words in text_of(answer)
    assert db.session.query(Attachment).count() == 1
    assert len(list(storage().files())) == 1


def test_pages_of_things_ask_one_more_query_however_many_files(
    visitor: Visitor,
    story: Practice,
    thing: Reference,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    attached(thing)
    visitor.page(f"/buone-pratiche/{story.slug}")
    with count_queries() as few:
        visitor.page(f"/buone-pratiche/{story.slug}")
    for _ in range(8):
        attached(thing)
    with count_queries() as many:
        page = visitor.page(f"/buone-pratiche/{story.slug}")
    assert len(page.xpath("//*[@class='g-files']/li")) == 9
    assert len(many) == len(few) <= 10


def test_an_editor_moves_a_file_up_without_script(
    editing: Visitor, visitor: Visitor, story: Practice, thing: Reference
) -> None:
    attached(thing, title="Statuto")
    page = f"/allegati/practice/{thing.id}/ordine"
    assert page not in editing.get(f"/buone-pratiche/{story.slug}").text  # one file has no order
    second = attached(thing, title="Modulo")
    assert page in editing.get(f"/buone-pratiche/{story.slug}").text
    assert page not in visitor.get(f"/buone-pratiche/{story.slug}").text
    done = editing.submit(page, action="/ordine", button=f"azione={second.id}-1")
    words = text_of(done)
    assert words.index("Modulo") < words.index("Statuto")
    words = text_of(visitor.get(f"/buone-pratiche/{story.slug}"))
    assert words.index("Modulo") < words.index("Statuto")
    for odd in ("x", f"{second.id}", "9" * 16 + "-1"):
        assert editing.submit(page, action="/ordine", button=f"azione={odd}").status_code == 400
    gone = editing.submit(page, action="/ordine", button="azione=99999-1")
    assert gone.status_code == 404
