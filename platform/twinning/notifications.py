"""Who is told what about twinnings: contact persons what is said of their body, editors what
waits for them, coordinators what became of theirs.

Each mail is built when it goes out: it says nothing that has changed since, and nothing to
somebody who may not know it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from core.actor import Role
from core.contracts import Concern, Notice, NoticeRule
from core.database import db
from core.links import address
from members.queries import actor_for, contact_ids, holders_of
from notifications.queries import followers_of
from twinning import policies
from twinning.models import Participation, Twinning, TwinningState
from twinning.queries import page
from twinning.queries.lines import role_label, state_label
from twinning.rules import REVIEWED_STATES, is_standing
from twinning.signals import PartnerRecorded, TwinningFact, TwinningStateChanged

_DECIDED = REVIEWED_STATES - {TwinningState.PROPOSED}


def _contacts(fact: PartnerRecorded) -> Iterable[int]:
    return contact_ids(fact.organisation_id) - {fact.by_id}


def _editors(fact: TwinningStateChanged) -> Iterable[int]:
    if TwinningState(fact.new) is not TwinningState.PROPOSED:
        return []
    return holders_of(Role.EDITOR) - {fact.by_id}


def _coordinator(fact: TwinningStateChanged) -> Iterable[int]:
    twinning = db.session.get(Twinning, fact.twinning_id)
    if TwinningState(fact.new) not in _DECIDED or twinning is None:
        return []
    keeper = twinning.coordinator_id
    return [] if keeper is None or keeper == fact.by_id else [keeper]


def _followers(fact: TwinningFact) -> Iterable[int]:
    return followers_of(fact.about) - {fact.by_id}


def _says_state(fact: TwinningStateChanged, _name: str) -> str:
    label = state_label(TwinningState(fact.new)).lower()
    return str(gettext("Ora il gemellaggio è %(state)s.", state=label))


def _says_partner(_fact: TwinningFact, _name: str) -> str:
    return str(gettext("Un altro ente partecipa al gemellaggio."))


def _recorded(fact: PartnerRecorded, member_id: int) -> Notice | None:
    twinning = page.twinning_by_id(fact.twinning_id, actor_for(member_id))
    partner = db.session.get(Participation, fact.participation_id)
    if twinning is None or partner is None or not is_standing(partner):
        return None
    return Notice(
        subject=gettext("Agli atti di un gemellaggio: %(title)s", title=twinning.title),
        template="twinning/mail/recorded",
        context={
            "twinning": twinning,
            "body": partner.organisation.name,
            "role": role_label(partner.role),
            "act": partner.act,
            "url": _link("twinning.partners", twinning),
        },
    )


def _proposed(fact: TwinningStateChanged, member_id: int) -> Notice | None:
    actor = actor_for(member_id)
    twinning = page.twinning_by_id(fact.twinning_id, actor)
    if twinning is None or not policies.may_change_state(actor, twinning, TwinningState.REJECTED):
        return None
    return _notice(
        gettext("Gemellaggio proposto: %(title)s", title=twinning.title),
        "proposed",
        fact,
        twinning,
    )


def _decided(fact: TwinningStateChanged, member_id: int) -> Notice | None:
    twinning = page.twinning_by_id(fact.twinning_id, actor_for(member_id))
    if twinning is None or twinning.state.value != fact.new:
        return None
    rejected = twinning.state is TwinningState.REJECTED
    subject = (
        gettext("Gemellaggio respinto: %(title)s", title=twinning.title)
        if rejected
        else gettext("Gemellaggio da modificare: %(title)s", title=twinning.title)
    )
    return _notice(subject, "rejected" if rejected else "changes_requested", fact, twinning)


def _notice(subject: str, name: str, fact: TwinningStateChanged, twinning: Twinning) -> Notice:
    context: dict[str, Any] = {
        "twinning": twinning,
        "reason": fact.reason,
        "url": _link("twinning.twinning", twinning),
    }
    return Notice(subject=subject, template=f"twinning/mail/{name}", context=context)


def _link(endpoint: str, twinning: Twinning) -> str:
    return address(endpoint, slug=twinning.slug, _external=True)


RULES = (
    NoticeRule(
        name="twinning.recorded", fact=PartnerRecorded, recipients=_contacts, build=_recorded
    ),
    NoticeRule(
        name="twinning.proposed",
        fact=TwinningStateChanged,
        recipients=_editors,
        build=_proposed,
        concern=Concern.DECISION,
    ),
    NoticeRule(
        name="twinning.decided", fact=TwinningStateChanged, recipients=_coordinator, build=_decided
    ),
    NoticeRule(
        name="twinning.state_followed",
        fact=TwinningStateChanged,
        recipients=_followers,
        concern=Concern.FOLLOWED,
        says=_says_state,
    ),
    NoticeRule(
        name="twinning.partner_followed",
        fact=PartnerRecorded,
        recipients=_followers,
        concern=Concern.FOLLOWED,
        says=_says_partner,
    ),
)
