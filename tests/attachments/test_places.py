"""Files on twinnings, in their private space, on messages and on bodies; and in a backup."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import time_machine
from flask import Flask

from attachments.models import Attachment
from core import clock
from core.actor import Role
from core.config import Settings
from core.database import db
from core.references import Reference
from core.storage import storage
from forum.models import PostState
from members.models import AffiliationRole
from portal.factory import create_app
from portal.keeping.backup import back_up, restore
from spaces.models import SpaceGrant
from tests.attachments.conftest import SignIn, send
from tests.factories import LONG_AGO
from tests.factories.attachments import PDF, attached
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import AffiliationFactory, member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import SpaceFactory, TwinningFactory, takes_part
from tests.visitor import Visitor, parse, text_of

Count = Callable[[], AbstractContextManager[list[str]]]


def test_partners_share_files_that_nobody_else_sees(
    app: Flask, sign_in: SignIn, visitor: Visitor
) -> None:
    body = OrganisationFactory.make()
    twinning = TwinningFactory.make()
    space = SpaceFactory.make(object_id=twinning.id)
    twinning.space_id = space.id
    takes_part(twinning, body)
    partner, other = member_with(), member_with(Role.ADMINISTRATOR)
    AffiliationFactory.make(member=partner, organisation=body)
    db.session.add(SpaceGrant(space_id=space.id, organisation_id=body.id, from_at=LONG_AGO))
    db.session.commit()
    inside, outside = sign_in(partner), sign_in(other)
    room = f"/gemellaggi/{twinning.slug}/spazio"
    (link,) = [a for a in inside.page(room).iter("a") if a.text == "Allega un file"]
    assert link.get("href").endswith(f"?spazio={space.id}")
    answer = send(inside, Reference("twinning", twinning.id), PDF, "accordo.pdf")
    made = db.session.query(Attachment).one()
    assert (answer.status_code, made.space_id) == (303, space.id)
    assert "accordo" in text_of(inside.get(room))
    assert "Riservato" in text_of(inside.get(f"/allegati/{made.id}"))
    for browser in (visitor, outside):
        page = browser.page(f"/gemellaggi/{twinning.slug}")
        assert "accordo" not in page.text_content()
        for part in ("", "/versioni/1", "/modifica", "/rimuovi", "/nascondi"):
            assert browser.get(f"/allegati/{made.id}{part}").status_code == 404, part
    db.session.query(SpaceGrant).delete()
    db.session.commit()
    assert inside.get(f"/allegati/{made.id}/versioni/1").status_code == 404


def test_who_may_both_chooses_where_a_file_lies(app: Flask, sign_in: SignIn) -> None:
    coordinator = member_with(Role.COORDINATOR)
    twinning = TwinningFactory.make(coordinator_id=coordinator.id)
    space = SpaceFactory.make(object_id=twinning.id)
    twinning.space_id = space.id
    db.session.add(SpaceGrant(space_id=space.id, member_id=coordinator.id, from_at=LONG_AGO))
    db.session.commit()
    browser, thing = sign_in(coordinator), Reference("twinning", twinning.id)
    path = f"/allegati/twinning/{twinning.id}/nuovo"
    chosen = browser.page(f"{path}?spazio={space.id}").xpath("//input[@name='place'][@checked]")
    assert [one.get("value") for one in chosen] == [str(space.id)]
    chosen = browser.page(path).xpath("//input[@name='place'][@checked]")
    assert [one.get("value") for one in chosen] == ["aperto"]
    for place, expected in (("aperto", 303), (str(space.id), 303), ("99999", 422), ("", 422)):
        assert send(browser, thing, PDF, "x.pdf", place=place).status_code == expected
    found = db.session.query(Attachment).order_by(Attachment.id).all()
    assert [one.space_id for one in found] == [None, space.id]


def test_an_author_hangs_a_file_on_a_message_while_it_can_be_written_anew(
    app: Flask, sign_in: SignIn, visitor: Visitor
) -> None:
    author = member_with()
    AffiliationFactory.make(member=author, organisation=OrganisationFactory.make())
    thread = ThreadFactory.make()
    post = PostFactory.make(thread=thread, author_id=author.id, created_at=clock.now())
    writing, path = sign_in(author), f"/discussioni/{thread.id}"
    assert "Allega un file" in text_of(writing.get(path))
    assert send(writing, Reference("post", post.id), PDF, "verbale.pdf").status_code == 303
    (row,) = visitor.page(path).xpath("//*[@id='m1']//ul[contains(@class, 'g-files')]/li")
    assert "verbale" in row.text_content()
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert "Allega un file" not in text_of(writing.get(path))
        assert writing.get(f"/allegati/post/{post.id}/nuovo").status_code == 403
    post.state = PostState.HIDDEN
    db.session.commit()
    made = db.session.query(Attachment).one()
    assert visitor.get(f"/allegati/{made.id}/versioni/1").status_code == 404
    assert "verbale" not in text_of(visitor.get(path))


def test_the_contact_person_keeps_the_files_of_a_body(
    app: Flask, sign_in: SignIn, visitor: Visitor
) -> None:
    body = OrganisationFactory.make()
    contact, colleague = member_with(), member_with()
    AffiliationFactory.make(member=contact, organisation=body, role=AffiliationRole.CONTACT)
    AffiliationFactory.make(member=colleague, organisation=body)
    thing, path = Reference("organisation", body.id), f"/enti/{body.slug}"
    assert "Allegati" not in text_of(visitor.get(path))
    assert send(sign_in(contact), thing, PDF, "statuto.pdf").status_code == 303
    assert "statuto" in text_of(visitor.get(path))
    other = sign_in(colleague)
    assert "Allega un file" not in text_of(other.get(path))
    assert other.get(f"/allegati/organisation/{body.id}/nuovo").status_code == 403


def test_nothing_hangs_on_other_kinds_of_things(editing: Visitor, app: Flask) -> None:
    thread = ThreadFactory.make()
    for path in (f"thread/{thread.id}", "member/1", "attachment/1", "report/1", "nulla/1"):
        assert editing.get(f"/allegati/{path}/nuovo").status_code == 404


def test_pages_stay_within_ten_queries(app: Flask, visitor: Visitor, count_queries: Count) -> None:
    twinning, thread = TwinningFactory.make(), ThreadFactory.make()
    for _ in range(3):
        attached(Reference("twinning", twinning.id))
        attached(Reference("post", PostFactory.make(thread=thread).id))
    made = attached(Reference("twinning", twinning.id))
    for path in (
        f"/gemellaggi/{twinning.slug}",
        f"/discussioni/{thread.id}",
        f"/allegati/{made.id}",
        f"/allegati/{made.id}/versioni/1",
    ):
        visitor.get(path)
        with count_queries() as asked:
            assert visitor.get(path).status_code == 200
        assert len(asked) <= 10, (path, len(asked))


def test_a_backup_brings_the_files_back(
    app: Flask, visitor: Visitor, thing: Reference, tmp_path: Path
) -> None:
    made = attached(thing)
    settings: Settings = app.config["GEMELLA"]
    archive = tmp_path / "copia.tar.gz"
    back_up(settings, archive)
    for file in storage().files():
        storage().delete(file.key)
    assert visitor.get(f"/allegati/{made.id}/versioni/1").status_code == 404
    elsewhere = tmp_path / "altrove"
    elsewhere.mkdir()
    other = create_app(
        replace(
            settings,
            data=elsewhere,
            database_url=f"sqlite:///{elsewhere / 'gemella.sqlite3'}",
        )
    )
    with other.test_request_context():
        list(restore(other, archive, force=True))
        db.session.remove()
        db.engine.dispose()
    with other.app_context():
        answer = Visitor(other).get(f"/allegati/{made.id}/versioni/1")
        assert answer.data == PDF
        db.session.remove()
        db.engine.dispose()


def test_the_list_says_what_may_hang_where_nothing_does(editing: Visitor, app: Flask) -> None:
    body = OrganisationFactory.make()
    page = parse(editing.get(f"/enti/{body.slug}"))
    assert page.xpath("//*[@class='g-files']") == []
