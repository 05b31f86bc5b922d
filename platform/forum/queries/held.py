"""Messages that wait for a moderator, with what helps to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import aliased

from core import i18n
from core.actor import Actor
from core.contracts import Answered, HeldItem, OwnLine
from core.counting import Count
from core.database import db
from core.references import Reference
from core.reported import said
from core.text import plain, shorten
from forum.models import Post, PostState, Thread, ThreadState
from forum.policies import message_visible_to, visible_to
from forum.queries.head import permalink
from forum.queries.words import note_columns, readable, readable_html
from forum.rules import EDITED, SUSPICIOUS
from forum.rules.reading import own_words
from members.models import Affiliation, AffiliationState, Member
from members.queries import person_of
from moderation.models import Screening
from moderation.policies import may_moderate
from organisations.models import Organisation

KIND = "post"
_EXCERPT = 240


def held(actor: Actor, limit: int) -> list[HeldItem]:
    """The held messages that this moderator may read, oldest first."""
    return _items(_columns(actor).order_by(Post.id).limit(limit), actor)


def waiting_of(actor: Actor, limit: int) -> list[OwnLine]:
    """The actor's own messages that a moderator has yet to read."""
    rows = db.session.execute(
        select(Post.number, Post.created_at, Thread.id, Thread.title)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.author_id == actor.member_id, Post.state == PostState.HELD, visible_to(actor))
        .order_by(Post.id.desc())
        .limit(limit)
    )
    return [
        OwnLine(
            label=gettext("Messaggio"),
            title=row.title,
            url=permalink(row.id, row.number),
            state="held",
            state_label=gettext("In attesa"),
            at=row.created_at,
            waits=True,
        )
        for row in rows
    ]


def held_item(post_id: int, actor: Actor) -> HeldItem | None:
    """One held message, or None where it was decided or this moderator may not read it."""
    items = _items(_columns(actor).where(Post.id == post_id), actor)
    return items[0] if items else None


def held_counted(actor: Actor) -> Count:
    """Count the held messages that this moderator may read."""
    if not may_moderate(actor):
        return None
    return (
        select(func.count())
        .select_from(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.state == PostState.HELD, visible_to(actor))
    )


def reported(post_ids: Sequence[int], actor: Actor) -> Select[Any]:
    """What these messages say, as far as this moderator may read them."""
    links, names = note_columns(actor)
    columns = said(
        Post.id.expression,
        text=Post.html.expression,
        lang=Post.lang.expression,
        author_id=Post.author_id.expression,
        author_name=Post.author_name.expression,
        links=links,
        names=names,
    )
    return select(*columns).where(Post.id.in_(post_ids), message_visible_to(actor))


def reported_html(row: Any) -> str:
    return readable(row.text, row)


def reported_threads(thread_ids: Sequence[int], actor: Actor) -> Select[Any]:
    """What these discussions say, as far as this moderator may read them.

    Their introduction, or else the first message of their authors.
    """
    first = select(Post.html).where(
        Post.thread_id == Thread.id,
        Post.number == 1,
        Post.author_id == Thread.author_id,
        Post.state != PostState.REMOVED,
    )
    columns = said(
        Thread.id.expression,
        text=Thread.introduction_html.expression,
        lang=Thread.lang.expression,
        author_id=Thread.author_id.expression,
        author_name=Thread.author_name.expression,
        more=first.correlate(Thread).scalar_subquery(),
    )
    return select(*columns).where(Thread.id.in_(thread_ids), visible_to(actor))


def reported_thread_html(row: Any) -> str:
    return row.text or own_words(row.more or "")


def _columns(actor: Actor) -> Select[Any]:
    """Everything of a held message in one row: the list holds many, and asks once."""
    target, answered = aliased(Post), aliased(Member)
    return (
        select(
            Post.id,
            Post.number,
            Post.html,
            Post.lang,
            Post.author_id,
            Post.created_at,
            Post.held_because,
            Thread.id.label("thread_id"),
            Thread.title,
            Thread.state.label("thread_state"),
            Member,
            _wishes().label("wishes"),
            Screening.parts,
            target.html.label("answered_html"),
            target.number.label("answered_number"),
            target.lang.label("answered_lang"),
            answered.name.label("answered_name"),
            *note_columns(actor),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(Member, Member.id == Post.author_id)
        .outerjoin(Screening, and_(Screening.kind == KIND, Screening.object_id == Post.id))
        .outerjoin(target, and_(target.id == _answered(), target.state == PostState.VISIBLE))
        .outerjoin(answered, answered.id == target.author_id)
        .where(Post.state == PostState.HELD, visible_to(actor))
    )


def _answered() -> ColumnElement[int]:
    """The message that is replied to, or else the one that stood last before this one."""
    before = aliased(Post)
    last = (
        select(func.max(before.id))
        .where(
            before.thread_id == Post.thread_id,
            before.number < Post.number,
            before.state == PostState.VISIBLE,
        )
        .correlate(Post)
        .scalar_subquery()
    )
    return func.coalesce(Post.reply_to_id, last)


def _wishes() -> ColumnElement[str]:
    """The bodies that the author asked to belong to."""
    return (
        select(func.aggregate_strings(Organisation.name, ", "))
        .select_from(Affiliation)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(
            Affiliation.member_id == Post.author_id,
            Affiliation.state == AffiliationState.REQUESTED,
        )
        .correlate(Post)
        .scalar_subquery()
    )


def _items(statement: Select[Any], actor: Actor) -> list[HeldItem]:
    if not may_moderate(actor):
        return []
    return [_item(row) for row in db.session.execute(statement)]


def _item(row: Row[Any]) -> HeldItem:
    author = None if row.Member is None else person_of(row.Member)
    return HeldItem(
        reference=Reference(KIND, row.id),
        title=_title(row),
        html=readable_html(row),
        lang=row.lang,
        author=author.name if author else "",
        author_url=author.url if author else None,
        author_id=row.author_id,
        about_author=_about_author(row),
        at=row.created_at,
        place=row.title,
        place_url=permalink(row.thread_id, row.number),
        reason=_reason(row.held_because),
        answers=_what_it_answers(row),
        screening=row.parts,
    )


def _what_it_answers(row: Row[Any]) -> Answered | None:
    if row.answered_html is None:
        return None
    return Answered(
        author=row.answered_name or gettext("ex iscritto"),
        text=shorten(plain(own_words(row.answered_html)), _EXCERPT),
        url=permalink(row.thread_id, row.answered_number),
        lang=row.answered_lang,
    )


def _title(row: Row[Any]) -> str:
    if row.thread_state is ThreadState.HELD:
        return gettext("Nuova discussione: «%(title)s»", title=row.title)  # type: ignore[no-any-return]
    return gettext(  # type: ignore[no-any-return]
        "Messaggio n. %(number)s in «%(title)s»", number=row.number, title=row.title
    )


def _about_author(row: Row[Any]) -> str:
    """Since when a member, and which body was asked: ``Iscrizione del 3 maggio 2026 · …``."""
    if row.Member is None:
        return ""
    joined = gettext("Iscrizione del %(day)s", day=i18n.day(row.Member.joined_at))
    if row.wishes:
        body = gettext("appartenenza richiesta: %(names)s", names=row.wishes)
    else:
        body = gettext("nessun ente")
    return f"{joined} · {body}"


def _reason(code: str) -> str:
    if code == EDITED:
        words = gettext("Il testo è stato cambiato dopo l’approvazione.")
    elif code == SUSPICIOUS:
        words = gettext("Somiglia a pubblicità: aspetta anche se chi scrive è confermato.")
    else:
        words = gettext("Nessun ente ha ancora confermato chi scrive.")
    return str(words)
