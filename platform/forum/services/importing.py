"""Bringing in discussions that were held elsewhere, again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import SYSTEM, VISITOR, Actor
from core.database import db
from core.domain import ensure
from core.events import announce_all
from core.imports import Outcome, RowResult, rehearsal
from core.origins import Origin, known_origins, note_origin
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered, TextRefused, render_markdown
from forum.models import Post, PostState, Thread, ThreadState
from forum.rules.importing import ImportedPost, ImportedThread
from forum.services.rows import lock_thread, next_number, recount
from forum.services.threads import title_values
from forum.services.words import note_words
from forum.signals import ThreadImported
from members.queries import by_slug, member_id_of
from taxonomy import queries as taxonomy

THREAD, POST = "thread", "post"
# One transaction holds so many rows, each with all its messages.
BATCH = 20
_TOO_MUCH = {
    "too_long": "longer than a text can be",
    "too_complex": "too intricate to be rendered in time",
}


def import_threads(
    rows: Sequence[ImportedThread], *, by: Actor = SYSTEM, dry_run: bool = False
) -> list[RowResult]:
    """Enter or continue the discussions of these rows, in one transaction; say what became of each.

    They stand in the general forum, with their dates and in their order. An author who is a member
    is named by e-mail address, or by ``@`` and the address of the profile; everybody else goes by
    name. A newer list may continue a discussion or write messages anew; one that went on here
    since is kept as it is. Nobody gets a notice.
    """
    ensure(by.is_administrator)
    known = _Known.of(rows)
    results = {row.line: said for row in rows if (said := known.settled(row)) is not None}
    texts: dict[int, list[Rendered]] = {}
    for row in rows:
        if row.line not in results:
            try:
                texts[row.line] = [render_markdown(post.text) for post in row.posts]
            except TextRefused as refused:
                results[row.line] = _result(row, Outcome.REFUSED, _TOO_MUCH[refused.reason])
    authors = _authors(rows)
    with rehearsal(dry_run) as session:
        known = _Known.of(rows)
        for row in rows:
            if row.line in texts:
                results[row.line] = _take(session, row, texts[row.line], known, authors, by)
    return [results[row.line] for row in rows]


@dataclass(frozen=True)
class _Known:
    """What is here of the rows: their origins and those of their messages, and the threads."""

    origins: Mapping[tuple[str, str], Origin]
    posts: Mapping[tuple[str, str], Origin]
    threads: Mapping[int, Thread]

    @classmethod
    def of(cls, rows: Sequence[ImportedThread]) -> _Known:
        origins = known_origins(THREAD, (row.key for row in rows))
        numbered = (row.key_of(n) for row in rows for n, _ in enumerate(row.posts, 1))
        ids = {origin.object_id for origin in origins.values()}
        threads = db.session.scalars(select(Thread).where(Thread.id.in_(ids))).all()
        return cls(origins, known_origins(POST, numbered), {one.id: one for one in threads})

    def settled(self, row: ImportedThread) -> RowResult | None:
        """What becomes of a row whose texts are not even looked at; None where they must be."""
        origin = self.origins.get(row.key)
        if origin is None:
            return None
        thread = self.threads.get(origin.object_id)
        if thread is None or thread.state is ThreadState.REMOVED:
            return _result(row, Outcome.REFUSED, "it was taken away here")
        if origin.digest == row.digest:
            return _result(row, Outcome.UNCHANGED)
        if origin.version != thread.version:
            return _result(row, Outcome.KEPT, "it went on here since its last import")
        return None


def _authors(rows: Sequence[ImportedThread]) -> dict[str, int]:
    """Which of the authors are members, by what the rows call them."""
    names = {row.author for row in rows} | {post.author for row in rows for post in row.posts}
    slugs = {name[1:] for name in names if name.startswith("@")}
    found = {f"@{slug}": person.id for slug, person in by_slug(slugs, VISITOR).items()}
    for name in names:
        if "@" in name[1:] and (number := member_id_of(name)) is not None:
            found[name] = number
    return found


def _take(
    session: Session,
    row: ImportedThread,
    texts: Sequence[Rendered],
    known: _Known,
    authors: Mapping[str, int],
    by: Actor,
) -> RowResult:
    settled = known.settled(row)
    if settled is not None:
        return settled  # somebody was quicker
    remarks, theme_id = [], None
    if row.theme:
        theme_id = taxonomy.ids_by_words().get(taxonomy.word_of(row.theme))
        if theme_id is None:
            remarks.append(f"theme: {row.theme[:80]} is not known here")
    origin = known.origins.get(row.key)
    if origin is None:
        thread = _new_thread(session, row, authors, by)
    else:
        thread = known.threads[origin.object_id]
        lock_thread(session, thread.id)
    is_retitled = thread.title != row.title
    thread.title = row.title
    # What a moderator hung on something since has no theme.
    thread.theme_id = theme_id if thread.subject_kind is None else None
    for number, (post, text) in enumerate(zip(row.posts, texts, strict=True), 1):
        _take_post(session, thread, row, number, post, text, known, authors)
    recount(session, thread)
    if is_retitled:
        about = Reference(THREAD, thread.id)
        record_revision(about, thread.version, title_values(thread), by.member_id)
    announce_all([ThreadImported(thread_id=thread.id, by_id=by.member_id)])
    note_origin(
        Reference(THREAD, thread.id),
        row.key,
        version=thread.version,
        digest=row.digest,
        unresolved={"theme": row.theme} if remarks else {},
        known=origin,
    )
    return _result(row, Outcome.CREATED if origin is None else Outcome.CHANGED, *remarks)


def _new_thread(
    session: Session, row: ImportedThread, authors: Mapping[str, int], by: Actor
) -> Thread:
    thread = Thread(
        title=row.title,
        introduction="",
        introduction_html="",
        lang=row.lang,
        state=ThreadState.OPEN,
        opened_at=row.opened_at,
        last_at=row.opened_at,
        post_count=0,
        participant_count=0,
        version=1,
        **_signed(row.author, authors),
    )
    session.add(thread)
    session.flush()
    record_revision(Reference(THREAD, thread.id), 1, title_values(thread), by.member_id)
    return thread


def _take_post(
    session: Session,
    thread: Thread,
    row: ImportedThread,
    number: int,
    said: ImportedPost,
    text: Rendered,
    known: _Known,
    authors: Mapping[str, int],
) -> None:
    """Write the message, or write it anew where the list says something else than before."""
    origin = known.posts.get(row.key_of(number))
    if origin is not None and origin.digest == said.digest:
        return
    written = {"text": text.source, "html": text.html, "renderer": text.renderer}
    moments = dict.fromkeys(("created_at", "updated_at", "published_at"), said.at)
    values = {**written, **moments, **_signed(said.author, authors)}
    post = None if origin is None else session.get(Post, origin.object_id)
    if post is None:
        post = Post(
            thread_id=thread.id,
            number=next_number(session, thread.id),
            state=PostState.VISIBLE,
            held_because="",
            lang=row.lang,
            version=1,
            **values,
        )
        session.add(post)
    else:
        for name, value in values.items():
            setattr(post, name, value)
        post.raise_version(None)
    session.flush()
    about = Reference(POST, post.id)
    record_revision(about, post.version, {"text": post.text, "lang": post.lang}, post.author_id)
    note_words(session, post)
    note_origin(
        about,
        row.key_of(number),
        version=post.version,
        digest=said.digest,
        unresolved={},
        known=origin,
    )


def _signed(name: str, authors: Mapping[str, int]) -> dict[str, int | str | None]:
    """Who wrote: a member, or a name."""
    member_id = authors.get(name)
    return {"author_id": member_id, "author_name": "" if member_id is not None else name}


def _result(row: ImportedThread, outcome: Outcome, *remarks: str) -> RowResult:
    return RowResult(row.line, row.external_id, row.title, outcome, remarks)
