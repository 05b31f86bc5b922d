"""What administrators do beside the features: roles in one go, queues tried again, the index."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from admin import policies
from admin.signals import DeliveryHurried, MailHurried, RebuildAsked
from core import clock
from core.actor import Actor, Role
from core.domain import Refused, ensure
from core.events import OutboxRow, announce
from core.registry import settings
from core.transactions import transaction
from members.models import RoleGrant
from members.services import roles as member_roles
from notifications.models import MailState, Notification
from search.queries.state import index_state
from search.services.indexer import note_rebuild


def set_roles(*, member_id: int, roles: Collection[Role], reason: str, by: Actor) -> bool:
    """Let a member hold these roles and no other; False where that is so already.

    Raise ``Refused("last_administrator")`` where nobody would be left who can give roles.
    """
    with transaction() as session:
        ensure(policies.may_administer(by))
        held = set(session.scalars(select(RoleGrant.role).where(RoleGrant.member_id == member_id)))
        for role in sorted(set(roles) - held):
            member_roles.grant_role(member_id=member_id, role=role, reason=reason, by=by)
        for role in sorted(held - set(roles)):
            member_roles.revoke_role(member_id=member_id, role=role, reason=reason, by=by)
        return held != set(roles)


def hurry_mail(*, mail_id: int, by: Actor) -> None:
    """Try a mail again now; raise ``Refused`` where it waits for nothing any more."""
    with transaction() as session:
        ensure(policies.may_administer(by))
        row = session.get_one(Notification, mail_id, with_for_update=True)
        if row.state is not MailState.QUEUED:
            raise Refused("not_queued")
        row.due_at = clock.now()
        session.flush()
        announce(MailHurried(mail_id=row.id, by_id=by.member_id))


def hurry_delivery(*, outbox_id: int, by: Actor) -> bool:
    """Try a row of the outbox again now; False where it is done already."""
    with transaction() as session:
        ensure(policies.may_administer(by))
        row = session.get(OutboxRow, outbox_id, with_for_update=True)
        if row is None:
            return False
        row.due_at = clock.now()
        session.flush()
        announce(DeliveryHurried(outbox_id=row.id, by_id=by.member_id))
        return True


def rebuild_index(*, reason: str, by: Actor) -> None:
    """Have the indexer build the index again while the present one serves."""
    folder = settings().index_folder
    with transaction():
        ensure(policies.may_administer(by))
        announce(
            RebuildAsked(
                generation=index_state(folder).generation, reason=reason, by_id=by.member_id
            )
        )
    # After the commit: asking twice is once, and what is lost between both can be asked again.
    note_rebuild(folder)
