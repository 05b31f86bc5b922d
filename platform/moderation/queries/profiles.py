"""Profiles that nobody who moderates has read yet: new words of people whom no body knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from core import i18n
from core.actor import Actor
from core.contracts import HeldItem
from core.counting import Count
from core.database import db
from core.links import address
from core.references import Reference
from core.reported import said
from members.models import Affiliation, AffiliationState, Member, MemberState, RoleGrant
from members.policies import visible_to
from moderation.models import ProfileCheck
from moderation.policies import may_moderate

KIND = "member"


def held(actor: Actor, limit: int) -> list[HeldItem]:
    """Profiles to be read, those that were written longest ago first."""
    if not may_moderate(actor):
        return []
    return _items(select(*_COLUMNS).where(_waits(actor)).order_by(Member.updated_at).limit(limit))


def held_counted(actor: Actor) -> Count:
    if not may_moderate(actor):
        return None
    return select(func.count()).select_from(Member).where(_waits(actor))


def held_item(member_id: int, actor: Actor) -> HeldItem | None:
    """One of them, or None where it was read already."""
    if not may_moderate(actor):
        return None
    found = _items(select(*_COLUMNS).where(_waits(actor), Member.id == member_id))
    return found[0] if found else None


def reported(member_ids: Sequence[int], actor: Actor) -> Select[Any]:
    """What these members say about themselves, as far as their profiles can be opened."""
    columns = said(
        Member.id.expression,
        text=Member.bio_html.expression,
        lang=Member.language.expression,
        author_id=Member.id.expression,
    )
    return select(*columns).where(Member.id.in_(member_ids), visible_to(actor))


_COLUMNS = (
    Member.id,
    Member.name,
    Member.slug,
    Member.bio_html,
    Member.language,
    Member.joined_at,
    Member.updated_at,
)


def _waits(actor: Actor) -> ColumnElement[bool]:
    """Something is said, nobody vouches for who says it, and nobody has read it as it is now."""
    known = exists().where(
        Affiliation.member_id == Member.id, Affiliation.state == AffiliationState.ACCEPTED
    )
    trusted = exists().where(RoleGrant.member_id == Member.id)
    read = exists().where(
        ProfileCheck.member_id == Member.id, ProfileCheck.checked_at >= Member.updated_at
    )
    return and_(
        Member.state == MemberState.ACTIVE,
        Member.bio != "",
        Member.id != (actor.member_id or 0),
        ~or_(known, trusted, read),
    )


def _items(statement: Any) -> list[HeldItem]:
    return [
        HeldItem(
            reference=Reference(KIND, row.id),
            title=gettext("Profilo di %(name)s", name=row.name),
            html=row.bio_html,
            lang=row.language,
            author=row.name,
            author_url=_url(row),
            author_id=row.id,
            about_author=gettext("Iscrizione del %(day)s", day=i18n.day(row.joined_at))
            + " · "
            + gettext("nessun ente"),
            at=row.updated_at,
            place=row.name,
            place_url=_url(row),
            reason=gettext("È già pubblico: nessun ente conferma ancora chi lo ha scritto."),
        )
        for row in db.session.execute(statement)
    ]


def _url(row: Any) -> str:
    return address("members.profile", slug=row.slug)
