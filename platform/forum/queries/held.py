"""Messages that wait for a moderator, with what helps to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, Select, func, select

from core import i18n
from core.actor import Actor
from core.contracts import HeldItem, OwnLine, ReportedThing
from core.counting import Count
from core.database import db
from core.references import Reference
from forum.models import Post, PostState, Thread, ThreadState
from forum.policies import message_visible_to, visible_to
from forum.queries.page import permalink
from forum.rules import EDITED
from members.models import Affiliation, AffiliationState, Member
from members.queries import Person, people
from moderation.policies import may_moderate
from organisations.models import Organisation


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


def reported(post_ids: Sequence[int], actor: Actor) -> dict[int, ReportedThing]:
    """What these messages say, as far as this moderator may read them."""
    rows = db.session.execute(
        select(Post.id, Post.html, Post.lang, Post.author_id).where(
            Post.id.in_(post_ids), message_visible_to(actor)
        )
    ).all()
    authors = people(row.author_id for row in rows)
    return {row.id: _reported(row, authors.get(row.author_id)) for row in rows}


def _reported(row: Row[Any], author: Person | None) -> ReportedThing:
    return ReportedThing(
        html=row.html,
        lang=row.lang,
        author=author.name if author else "",
        author_url=author.url if author else None,
    )


def _columns(actor: Actor) -> Select[Any]:
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
            Member.joined_at,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(Member, Member.id == Post.author_id)
        .where(Post.state == PostState.HELD, visible_to(actor))
    )


def _items(statement: Select[Any], actor: Actor) -> list[HeldItem]:
    if not may_moderate(actor):
        return []
    rows = db.session.execute(statement).all()
    authors = people(row.author_id for row in rows)
    wishes = _requested(rows)
    return [
        HeldItem(
            reference=Reference("post", row.id),
            title=_title(row),
            html=row.html,
            lang=row.lang,
            author=authors[row.author_id].name,
            author_url=authors[row.author_id].url,
            about_author=_about_author(row, wishes.get(row.author_id, [])),
            at=row.created_at,
            place=row.title,
            place_url=permalink(row.thread_id, row.number),
            reason=_reason(row.held_because),
        )
        for row in rows
    ]


def _requested(rows: Sequence[Row[Any]]) -> dict[int, list[str]]:
    """The bodies that these authors asked to belong to."""
    found: dict[int, list[str]] = {}
    authors = {row.author_id for row in rows}
    if not authors:
        return found
    wishes = db.session.execute(
        select(Affiliation.member_id, Organisation.name)
        .join(Organisation, Organisation.id == Affiliation.organisation_id)
        .where(Affiliation.member_id.in_(authors), Affiliation.state == AffiliationState.REQUESTED)
        .order_by(Affiliation.id)
    )
    for member_id, name in wishes:
        found.setdefault(member_id, []).append(name)
    return found


def _title(row: Row[Any]) -> str:
    if row.thread_state is ThreadState.HELD:
        return gettext("Nuova discussione: «%(title)s»", title=row.title)  # type: ignore[no-any-return]
    return gettext(  # type: ignore[no-any-return]
        "Messaggio n. %(number)s in «%(title)s»", number=row.number, title=row.title
    )


def _about_author(row: Row[Any], wishes: Sequence[str]) -> str:
    """Since when a member, and which body was asked: ``Iscrizione del 3 maggio 2026 · …``."""
    parts = []
    if row.joined_at is not None:
        parts.append(gettext("Iscrizione del %(day)s", day=i18n.day(row.joined_at)))
    if wishes:
        parts.append(gettext("appartenenza richiesta: %(names)s", names=", ".join(wishes)))
    else:
        parts.append(gettext("nessun ente"))
    return " · ".join(parts)


def _reason(code: str) -> str:
    if code == EDITED:
        words = gettext("Il testo è stato cambiato dopo l’approvazione.")
    else:
        words = gettext("Nessun ente ha ancora confermato chi scrive.")
    return str(words)
