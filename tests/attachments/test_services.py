"""Writes of attachments: who may, what a kill leaves, what the sweep finds, what search knows."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from attachments import policies, queries, search, services
from attachments.models import Attachment, AttachmentState, AttachmentVersion
from attachments.rules import kinds
from attachments.services import Received, forget, receive, sweeping
from core import clock, subjects
from core.actor import SYSTEM, VISITOR, Actor, Role
from core.contracts import SearchDocument
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.storage import StorageBusy, new_key, storage
from core.transactions import transaction
from forum.models import PostState, Thread, ThreadState
from forum.signals import ThreadChanged
from portal.keeping import consistency
from practices.models import Practice, PracticeState
from search.queries.documents import affected
from tests.factories.attachments import PDF, attached
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import StoryFactory
from tests.factories.twinning import SpaceFactory, TwinningFactory
from twinning.models import TwinningState, TwinningVisibility
from twinning.signals import TwinningChanged

EDITOR = Actor(member_id=1, roles=frozenset({Role.EDITOR}))


@pytest.fixture
def editor(app: Flask) -> Actor:
    return Actor(member_id=member_with(Role.EDITOR).id, roles=frozenset({Role.EDITOR}))


def received(by: Actor, data: bytes = PDF) -> Received:
    return receive(file=io.BytesIO(data), sent_name="x.pdf", is_described=False, by=by)


def hang(thing: Reference, by: Actor, space_id: int | None = None, key: str = "") -> Attachment:
    return services.add_attachment(
        thing=thing, space_id=space_id, title="", description="", file=received(by), key=key, by=by
    )


def test_only_who_keeps_a_thing_hangs_files_on_it(thing: Reference, editor: Actor) -> None:
    for other in (VISITOR, Actor(member_id=editor.member_id)):
        with pytest.raises(Forbidden):
            hang(thing, other)
    with pytest.raises(Forbidden):
        hang(thing, editor, space_id=SpaceFactory.make(object_id=1).id)
    with pytest.raises(Refused, match="no such thing"):
        hang(Reference("practice", 10**6), editor)
    with pytest.raises(Forbidden):
        hang(Reference("thread", ThreadFactory.make().id), SYSTEM)
    # What was refused is not kept.
    assert list(storage().files()) == []
    assert hang(thing, editor).title == "x"


def test_a_file_that_could_not_be_hung_is_forgotten_even_where_the_transaction_fails(
    thing: Reference, editor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attachments.services.writing.add_row", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hang(thing, editor)
    assert list(storage().files()) == []
    assert db.session.query(Attachment).count() == 0


def test_too_many_files_in_an_hour_are_put_off(
    editor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attachments.services.intake._PER_MEMBER", 2)
    for _ in range(2):
        forget(received(editor))
    with pytest.raises(Refused, match="too_many"):
        received(editor)


def test_a_removed_file_goes_after_its_row(
    thing: Reference, editor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot be deleted now, it is nobody's, and the sweep deletes it later."""
    made = attached(thing, author_id=editor.member_id)

    def away(_key: str) -> None:
        assert db.session.get_one(Attachment, made.id).state is AttachmentState.REMOVED
        raise StorageBusy("away")

    with monkeypatch.context() as patch:
        patch.setattr("core.storage.FolderStorage.delete", lambda _self, key: away(key))
        services.remove_attachment(attachment_id=made.id, by=editor)
    assert len(list(storage().files())) == 1
    assert sweeping.orphans() == []  # too young
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert sweeping.sweep() == 1
    assert list(storage().files()) == []


def test_the_sweep_leaves_what_a_row_names(thing: Reference) -> None:
    kept = attached(thing, thumbnail=b"small")
    half = new_key()
    folder = Path(storage()._folder, half[:2])  # type: ignore[attr-defined]
    folder.mkdir(exist_ok=True)
    (folder / f"{half}.new").write_bytes(b"half")
    storage().put(new_key(), io.BytesIO(b"lost"))
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert sweeping.sweep() == 2
        assert sweeping.sweep() == 0
    row = db.session.scalars(
        select(AttachmentVersion).where(AttachmentVersion.attachment_id == kept.id)
    ).one()
    assert {file.key for file in storage().files()} == {row.storage_key, row.thumbnail_key}


def test_the_check_finds_both_sides(app: Flask, thing: Reference) -> None:
    made = attached(thing)
    row = db.session.query(AttachmentVersion).one()
    assert list(consistency._attached_files()) == []
    storage().delete(row.storage_key or "")
    storage().put(new_key(), io.BytesIO(b"lost"))
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        orphan, gone = consistency._attached_files()
    assert "belongs to nothing" in orphan.text
    assert f"attachment:{made.id}" in gone.text
    assert gone.mend is None
    assert orphan.mend is not None
    orphan.mend()
    assert list(storage().files()) == []


# -- as visible as what it hangs on


class Shelf:
    """A file on every sort of thing, in every state that matters."""

    def __init__(self) -> None:
        self.author = member_with()
        self.partner = member_with()
        self.body = OrganisationFactory.make()
        self.twinning = TwinningFactory.make(visibility=TwinningVisibility.PARTNERS)
        self.space = SpaceFactory.make(object_id=self.twinning.id)
        self.twinning.space_id = self.space.id
        public = TwinningFactory.make()
        thread = ThreadFactory.make(subject_kind="twinning", subject_id=self.twinning.id)
        open_thread = ThreadFactory.make()
        held = ThreadFactory.make(state=ThreadState.HELD, author_id=self.author.id)
        things = [
            *(
                Reference("practice", StoryFactory.make(state=state, author=self.author).id)
                for state in PracticeState
            ),
            Reference("twinning", self.twinning.id),
            Reference("twinning", public.id),
            Reference("organisation", self.body.id),
            *(
                Reference(
                    "post", PostFactory.make(thread=one, author_id=self.author.id, state=s).id
                )
                for one in (thread, open_thread, held)
                for s in PostState
            ),
        ]
        db.session.commit()
        self.files = [attached(one, author_id=self.author.id) for one in things]
        public_story = Reference("practice", StoryFactory.make().id)
        self.files += [
            attached(public_story, state=state, author_id=self.author.id)
            for state in AttachmentState
        ]
        self.files += [
            attached(Reference("twinning", one), space_id=self.space.id, author_id=self.author.id)
            for one in (self.twinning.id, public.id)
        ]

    def _post(self, thread: Thread, state: PostState) -> Reference:
        made = PostFactory.make(thread=thread, author_id=self.author.id, state=state)
        return Reference("post", made.id)

    def actors(self) -> list[Actor]:
        return [
            VISITOR,
            Actor(member_id=self.author.id),
            Actor(member_id=self.partner.id),
            Actor(member_id=self.partner.id, space_ids=frozenset({self.space.id})),
            *(Actor(member_id=self.partner.id, roles=frozenset({role})) for role in Role),
            Actor(
                member_id=self.partner.id,
                roles=frozenset({Role.MODERATOR}),
                space_ids=frozenset({self.space.id}),
            ),
        ]


def disagreements(shelf: Shelf) -> list[str]:
    """Where SQL and Python differ, or a file is seen without its thing."""
    faults = []
    for actor in shelf.actors():
        seen = set(db.session.scalars(select(Attachment.id).where(policies.visible_to(actor))))
        for file in shelf.files:
            opens = subjects.may_open(Reference(file.kind, file.object_id), actor)
            if (file.id in seen) is not policies.is_visible(actor, file, thing_is_visible=opens):
                faults.append(f"{actor}: {file.kind} {file.state}")
            if (file.id in seen) and not opens:
                faults.append(f"{actor} sees a file of {file.kind} but not the thing")
    return faults


def test_sql_and_python_agree_on_who_sees_a_file(app: Flask) -> None:
    assert disagreements(Shelf()) == []


def test_a_rule_that_forgets_the_thing_is_seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin."""
    monkeypatch.setattr(policies, "_thing_is_visible", lambda _actor: Attachment.id > 0)
    assert disagreements(Shelf()) != []


def test_a_file_in_a_space_is_its_senders_and_the_coordinators(app: Flask) -> None:
    shelf = Shelf()
    file = shelf.files[-1]
    inside = Actor(member_id=shelf.partner.id, space_ids=frozenset({shelf.space.id}))
    author = Actor(member_id=shelf.author.id, space_ids=frozenset({shelf.space.id}))
    only_space, both = {shelf.space.id}, {None, shelf.space.id}
    assert policies.may_change(author, file, only_space)
    assert not policies.may_change(inside, file, only_space)
    assert policies.may_change(inside, file, both)
    assert not policies.may_change(Actor(member_id=shelf.author.id), file, set())


def found(ids: list[int]) -> dict[int, SearchDocument]:
    return {one.reference.id: one for one in search.documents(ids)}


def test_search_says_of_a_file_no_more_than_of_its_thing(app: Flask) -> None:
    with app.test_request_context():
        draft = StoryFactory.make(state=PracticeState.DRAFT, author=member_with())
        public = StoryFactory.make()
        space = SpaceFactory.make(object_id=1)
        twinning = TwinningFactory.make()
        ids = {
            "public": attached(Reference("practice", public.id), name="città.pdf").id,
            f"owner:{draft.author_id}": attached(Reference("practice", draft.id)).id,
            f"space:{space.id}": attached(Reference("twinning", twinning.id), space_id=space.id).id,
        }
        gone = attached(Reference("practice", public.id), state=AttachmentState.HIDDEN).id
        documents = found([*ids.values(), gone])
        assert {documents[number].audience: number for number in documents} == ids
        assert documents[ids["public"]].names == "città.pdf"


def test_what_happens_to_a_thing_is_heard_down_to_the_files_of_its_messages(app: Flask) -> None:
    with app.test_request_context():
        twinning = TwinningFactory.make(state=TwinningState.ACTIVE)
        thread = ThreadFactory.make(subject_kind="twinning", subject_id=twinning.id)
        post = PostFactory.make(thread=thread)
        on_post = Reference("attachment", attached(Reference("post", post.id)).id)
        on_twinning = Reference("attachment", attached(Reference("twinning", twinning.id)).id)
        heard = affected([TwinningChanged(twinning_id=twinning.id)])
        assert {on_post, on_twinning, Reference("post", post.id)} <= heard
        assert on_post in affected([ThreadChanged(thread_id=thread.id)])
        assert on_twinning not in affected([ThreadChanged(thread_id=thread.id)])


def test_a_file_is_seen_with_its_thing_and_not_a_moment_longer(
    story: Practice, thing: Reference
) -> None:
    made = attached(thing)
    assert queries.attachment(made.id, VISITOR) is not None
    with transaction():
        story.state = PracticeState.REMOVED
    assert queries.attachment(made.id, VISITOR) is None
    assert queries.attachment(made.id, EDITOR) is None


def test_every_type_that_is_taken_can_be_read_from_its_row() -> None:
    assert len({one.media_type for one in kinds.TYPES}) == len(kinds.TYPES)
    assert all(kinds.type_of(one.media_type) is one for one in kinds.TYPES)


def titles(thing: Reference, actor: Actor, space_id: int | None = None) -> list[str]:
    found = queries.attachments_on(thing.kind, [thing.id], actor, space_id)
    return [line.title for line in found.get(thing.id, ())]


def test_files_stand_in_the_order_that_their_keeper_gives_them(
    thing: Reference, editor: Actor
) -> None:
    made = [attached(thing, title=title) for title in ("a", "b", "c")]
    attached(thing, title="riservato", space_id=SpaceFactory.make(object_id=1).id)
    attached(thing, title="tolto", state=AttachmentState.REMOVED)
    assert titles(thing, VISITOR) == ["a", "b", "c"]
    for _ in range(2):  # a double click puts it there once
        services.place_attachment(attachment_id=made[2].id, place=1, by=editor)
    assert titles(thing, VISITOR) == ["c", "a", "b"]
    services.place_attachment(attachment_id=made[0].id, place=3, by=editor)
    assert titles(thing, VISITOR) == ["c", "b", "a"]
    assert db.session.query(Event).filter_by(name="AttachmentPlaced").count() == 2
    hang(thing, editor)
    assert titles(thing, VISITOR) == ["c", "b", "a", "x"]
    for place in (0, 5):
        with pytest.raises(Refused, match="no such place"):
            services.place_attachment(attachment_id=made[0].id, place=place, by=editor)
    for stranger in (VISITOR, Actor(member_id=member_with().id)):
        with pytest.raises(Forbidden):
            services.place_attachment(attachment_id=made[0].id, place=1, by=stranger)
