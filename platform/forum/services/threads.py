"""Opening, closing and naming discussions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core import clock, subjects, submissions
from core.actor import Actor
from core.domain import Refused, ensure
from core.events import announce
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered, normalise
from core.transactions import transaction
from core.versions import Conflict
from forum import policies
from forum.models import Thread, ThreadState
from forum.rules import LONGEST_TITLE, THREADS
from forum.rules.drafts import opening_place
from forum.services.drafts import forget_draft
from forum.services.posts import add_post
from forum.services.rows import lock_thread, thread_for
from forum.services.screening import must_wait
from forum.signals import ThreadChanged, ThreadClosed, ThreadOpened, ThreadReopened
from spaces import policies as spaces

KIND = "thread"


def open_thread(
    *,
    title: str,
    introduction: Rendered,
    subject: Reference | None,
    space_id: int | None,
    by: Actor,
    lang: str = "it",
    opened_at: datetime | None = None,
    submission_key: str = "",
) -> Thread:
    """Open a discussion that starts with an introduction and no message, as a twinning's does.

    Who calls vouches that the actor may do so at this subject. Raise ``Forbidden`` for actors
    whose words a moderator would have to read first: they start a thread with a message.
    """
    with transaction() as session:
        if (made := _made_before(session, submission_key, by)) is not None:
            return made
        ensure(policies.is_trusted(by))
        thread = _new_thread(title, subject, space_id, by, lang, opened_at or clock.now())
        thread.introduction, thread.introduction_html = introduction.source, introduction.html
        _keep(session, thread, by, submission_key)
        announce(ThreadOpened(thread_id=thread.id, by_id=by.member_id))
        return thread


def start_thread(
    *,
    title: str,
    text: Rendered,
    subject: Reference | None,
    space_id: int | None = None,
    theme_id: int | None = None,
    by: Actor,
    on_behalf_of_id: int | None = None,
    lang: str = "it",
    submission_key: str = "",
    draft_version: int | None = None,
) -> Thread:
    """Open a discussion with its first message; in a private space only its people read it.

    Where that message waits for a moderator, so does the thread: nobody else sees its title
    before. Raise ``Forbidden`` for visitors, ``Refused`` where the subject may not be read.
    """
    with transaction() as session:
        if (made := _made_before(session, submission_key, by)) is not None:
            return made
        ensure(policies.may_open(by))
        if subject is not None:
            ensure(policies.may_open_on(by, subject))
            if not subjects.may_open(subject, by):
                raise Refused("no such subject")
        ensure(spaces.may_enter(by, space_id))
        thread = _new_thread(title, subject, space_id, by, lang, clock.now())
        # What is about something has the themes of that thing.
        thread.theme_id = theme_id if subject is None else None
        if must_wait(thread, f"{title}\n\n{text.source}", by):
            thread.state = ThreadState.HELD
        _keep(session, thread, by, submission_key)
        if thread.state is ThreadState.OPEN:
            announce(
                ThreadOpened(
                    thread_id=thread.id, by_id=by.member_id, on_behalf_of_id=on_behalf_of_id
                )
            )
        add_post(thread_id=thread.id, text=text, by=by, on_behalf_of_id=on_behalf_of_id, lang=lang)
        if draft_version is not None:
            forget_draft(session, opening_place(subject, space_id), by, draft_version)
        return thread


def close_thread(
    *, thread_id: int, by: Actor, on_behalf_of_id: int | None = None, reason: str = ""
) -> Thread:
    """Let nobody reply any more; raise ``Forbidden``, ``Refused`` where it is not open."""
    with transaction() as session:
        thread = _governed(session, thread_id, by)
        ensure(policies.may_speak_for(by, on_behalf_of_id))
        THREADS.check(thread.state, ThreadState.CLOSED)
        thread.state = ThreadState.CLOSED
        thread.closed_at = clock.now()
        thread.closed_by_id, thread.closed_for_id = by.member_id, on_behalf_of_id
        thread.raise_version(None)
        session.flush()
        announce(
            ThreadClosed(
                thread_id=thread.id,
                by_id=by.member_id,
                on_behalf_of_id=on_behalf_of_id,
                reason=reason,
            )
        )
        return thread


def reopen_thread(*, thread_id: int, by: Actor) -> Thread:
    """Let people reply again; raise ``Forbidden``, ``Refused`` where it is not closed."""
    with transaction() as session:
        thread = _governed(session, thread_id, by)
        if thread.state is not ThreadState.CLOSED:
            raise Refused("thread is not closed")
        thread.state = ThreadState.OPEN
        thread.closed_at = thread.closed_by_id = thread.closed_for_id = None
        thread.raise_version(None)
        session.flush()
        announce(ThreadReopened(thread_id=thread.id, by_id=by.member_id))
        return thread


def retitle_thread(*, thread_id: int, title: str, seen_title: str, by: Actor) -> Thread:
    """Give the discussion another title; raise ``Conflict`` where it is not ``seen_title`` now.

    The title seen is the lock here: the version also counts messages, which do not matter.
    """
    with transaction() as session:
        lock_thread(session, thread_id)
        thread = thread_for(session, thread_id, by)
        ensure(policies.may_retitle(by, thread, is_steward=is_steward(thread, by)))
        if thread.title != seen_title:
            raise Conflict(thread)
        thread.title = checked_title(title)
        thread.raise_version(None)
        session.flush()
        _record(thread, by)
        announce(ThreadChanged(thread_id=thread.id, by_id=by.member_id, changed=("title",)))
        return thread


def _made_before(session: Session, submission_key: str, by: Actor) -> Thread | None:
    if by.member_id is None:
        return None
    made = submissions.made_by(submission_key, by.member_id, KIND)
    return None if made is None else session.get(Thread, made)


def _new_thread(
    title: str,
    subject: Reference | None,
    space_id: int | None,
    by: Actor,
    lang: str,
    opened_at: datetime,
) -> Thread:
    return Thread(
        title=checked_title(title),
        introduction="",
        introduction_html="",
        lang=lang,
        subject_kind=subject.kind if subject else None,
        subject_id=subject.id if subject else None,
        space_id=space_id,
        state=ThreadState.OPEN,
        author_id=by.member_id,
        opened_at=opened_at,
        last_at=opened_at,
        post_count=0,
        participant_count=0,
        version=1,
    )


def _keep(session: Session, thread: Thread, by: Actor, submission_key: str) -> None:
    session.add(thread)
    session.flush()
    _record(thread, by)
    if by.member_id is not None:
        submissions.remember(submission_key, by.member_id, Reference(KIND, thread.id))


def _record(thread: Thread, by: Actor) -> None:
    about = Reference(KIND, thread.id)
    record_revision(about, thread.version, title_values(thread), by.member_id)


def title_values(thread: Thread) -> dict[str, str]:
    """What a version of a discussion keeps."""
    return {"title": thread.title, "introduction": thread.introduction, "lang": thread.lang}


def checked_title(title: str) -> str:
    """The title on one line; raise ``Refused`` where it is empty or too long."""
    title = " ".join(normalise(title).split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Refused("title is empty or too long")
    return title


def _governed(session: Session, thread_id: int, by: Actor) -> Thread:
    lock_thread(session, thread_id)
    thread = thread_for(session, thread_id, by)
    ensure(policies.may_close(by, thread, is_steward=is_steward(thread, by)))
    return thread


def is_steward(thread: Thread, by: Actor) -> bool:
    """Whether the actor keeps order where the discussion hangs."""
    if thread.subject_kind is None or thread.subject_id is None:
        return False
    return subjects.is_steward(Reference(thread.subject_kind, thread.subject_id), by)
