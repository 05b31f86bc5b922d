"""The back office at a glance: numbers, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, func, select

from core import outbox
from core.database import db
from core.events import Event, OutboxRow
from members.models import (
    Affiliation,
    AffiliationRole,
    AffiliationState,
    Member,
    MemberState,
)
from notifications.models import MailState, Notification
from notifications.queries import queue_sizes
from organisations.models import Organisation, OrganisationState
from search.models import CONSUMER


@dataclass(frozen=True, slots=True)
class Overview:
    """``oldest`` is since when search has not caught up, None where it has."""

    members: dict[MemberState, int]
    bodies: dict[OrganisationState, int]
    without_contact: int
    requests: int
    backlog: dict[str, int]
    failing_deliveries: int
    mails: dict[MailState, int]
    failing_mails: int
    oldest: datetime | None


def overview() -> Overview:
    """Eight small counts."""
    members = dict.fromkeys(MemberState, 0)
    for state, count in db.session.execute(
        select(Member.state, func.count()).group_by(Member.state)
    ):
        members[state] = count
    bodies = dict.fromkeys(OrganisationState, 0)
    for state, count in db.session.execute(
        select(Organisation.state, func.count()).group_by(Organisation.state)
    ):
        bodies[state] = count
    waiting = db.session.execute(
        select(
            select(func.count(Organisation.id))
            .where(Organisation.state == OrganisationState.ACTIVE, ~has_contact())
            .scalar_subquery(),
            select(func.count(Affiliation.id))
            .where(Affiliation.state == AffiliationState.REQUESTED)
            .scalar_subquery(),
            select(func.count(OutboxRow.id)).where(OutboxRow.attempts > 0).scalar_subquery(),
            select(func.count(Notification.id))
            .where(Notification.state == MailState.QUEUED, Notification.attempts > 0)
            .scalar_subquery(),
        )
    ).one()
    return Overview(
        members=members,
        bodies=bodies,
        without_contact=waiting[0],
        requests=waiting[1],
        backlog=outbox.backlog(),
        failing_deliveries=waiting[2],
        mails=queue_sizes(),
        failing_mails=waiting[3],
        oldest=oldest_for_search(),
    )


def oldest_for_search() -> datetime | None:
    """When the oldest fact happened that the index does not know of yet."""
    return db.session.scalar(
        select(Event.at)
        .join(OutboxRow, OutboxRow.event_id == Event.id)
        .where(OutboxRow.consumer == CONSUMER)
        .order_by(OutboxRow.id)
        .limit(1)
    )


def has_contact() -> Exists:
    """A condition on ``Organisation``: somebody active speaks for it."""
    return (
        select(Affiliation.id)
        .join(Member, Member.id == Affiliation.member_id)
        .where(
            Affiliation.organisation_id == Organisation.id,
            Affiliation.state == AffiliationState.ACCEPTED,
            Affiliation.role == AffiliationRole.CONTACT,
            Member.state == MemberState.ACTIVE,
        )
        .correlate(Organisation)
        .exists()
    )
