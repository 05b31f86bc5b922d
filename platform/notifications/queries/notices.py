"""A member's list of notices, as far as the member may still open what they tell of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, and_, func, select

from core import subjects
from core.actor import Actor
from core.database import db
from core.events import Event, fact_of
from core.pagination import Key, Page, paginate
from core.references import Reference
from core.registry import registry
from core.subjects import SubjectLine
from members.queries import people
from notifications.models import Notification

PAGE = 30
# Nobody counts further than this, and neither does the head of the page.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice: what it says, and whether it was read."""

    id: int
    words: str
    at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """Notices of a page that stand under one thing."""

    subject: SubjectLine
    lines: Sequence[NoticeLine]

    @property
    def unread(self) -> int:
        return sum(line.is_unread for line in self.lines)


def unread_count(actor: Actor, kinds: Collection[str] | None = None) -> int:
    """How many notices the actor has not read, at most ``MOST_COUNTED``.

    Every page asks this. Mostly there is nothing, or it is about a few kinds of things, and only
    about these is it worth asking who may open what. ``kinds``: what ``unread_kinds`` said with who
    reads; without it one more query.
    """
    if actor.member_id is None:
        return 0
    if kinds is None:
        asked = select(unread_kinds(actor.member_id))
        kinds = kinds_in(db.session.scalar(asked))
    if not kinds:
        return 0
    own = and_(Notification.member_id == actor.member_id, Notification.read_at.is_(None))
    shown = and_(own, _may_be_opened(actor, without=set(registry().subjects).difference(kinds)))
    waiting = select(Notification.id).where(shown).limit(MOST_COUNTED).subquery()
    return db.session.execute(select(func.count()).select_from(waiting)).scalar_one()


def unread_kinds(member_id: Any) -> ColumnElement[str | None]:
    """About which kinds of things there are notices that the member has not read, with commas.

    A column, of plain tables: it is asked with every page of a member.
    """
    unread = (
        select(_NOTIFICATIONS.c.about_kind)
        .where(
            _NOTIFICATIONS.c.member_id == member_id,
            _NOTIFICATIONS.c.read_at.is_(None),
            _NOTIFICATIONS.c.about_kind.is_not(None),
        )
        .distinct()
        .correlate_except(_NOTIFICATIONS)
        .subquery()
    )
    return select(func.aggregate_strings(unread.c.about_kind, ",")).scalar_subquery()


def kinds_in(column: str | None) -> frozenset[str]:
    """What ``unread_kinds`` says."""
    return frozenset((column or "").split(",")) - {""}


_NOTIFICATIONS = Notification.__table__


def notices(
    actor: Actor, *, after: str | None = None, before: str | None = None
) -> Page[NoticeGroup]:
    """A page of the actor's notices, newest first, those of one thing together.

    Raise ``BadCursor`` for a place that was never given out.
    """
    page = paginate(
        select(Notification, Event, Notification.id)
        .join(Event, Event.id == Notification.event_id)
        .where(_shown_to(actor)),
        [Key(Notification.id.expression)],
        size=PAGE,
        after=after,
        before=before,
        convert=lambda row: row,
    )
    return Page(_grouped(page.items, actor), page.before, page.after)


def notice_address(number: int, actor: Actor) -> str | None:
    """Where a notice of the actor leads, or None where there is no such, or not any more."""
    row = db.session.execute(
        select(Notification.about_kind, Notification.about_id).where(
            Notification.id == number, _shown_to(actor)
        )
    ).one_or_none()
    if row is None:
        return None
    found = subjects.find(Reference(row.about_kind, row.about_id), actor)
    return None if found is None else found.url


def _shown_to(actor: Actor) -> ColumnElement[bool]:
    """The actor's own notices that have a line, about what may be opened now."""
    return and_(Notification.member_id == actor.member_id, _may_be_opened(actor))


def _may_be_opened(actor: Actor, without: Collection[str] = ()) -> ColumnElement[bool]:
    return subjects.visible(
        Notification.about_kind.expression,
        Notification.about_id.expression,
        actor,
        without=without,
    )


def _grouped(rows: Sequence[Row[Any]], actor: Actor) -> list[NoticeGroup]:
    names = people(row.Notification.by_id for row in rows)
    places = {_place(row.Notification) for row in rows}
    known = subjects.describe(
        places | {_about(row.Notification) for row in rows if _place(row.Notification) in places},
        actor,
    )
    groups: dict[Reference, list[NoticeLine]] = {}
    for row in rows:
        one = row.Notification
        # Under what may be opened: a discussion that was moved out of reach takes its name along.
        under = _place(one) if _place(one) in known else _about(one)
        name = names[one.by_id].name if one.by_id in names else "Gemella"
        line = NoticeLine(one.id, _words(one, row.Event, name), one.made_at, one.read_at is None)
        groups.setdefault(under, []).append(line)
    return [NoticeGroup(known[under], lines) for under, lines in groups.items() if under in known]


def _words(one: Notification, event: Event, name: str) -> str:
    rule, fact = registry().notices.get(one.rule), fact_of(event)
    if rule is None or rule.says is None or fact is None:
        return str(gettext("C’è una novità."))
    return rule.says(fact, name)


def _place(one: Notification) -> Reference:
    return Reference(str(one.place_kind), one.place_id or 0)


def _about(one: Notification) -> Reference:
    return Reference(str(one.about_kind), one.about_id or 0)
