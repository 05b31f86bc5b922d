"""Who is told what about twinnings: contact persons what is asked or said of their body, who
invited them what they answered, editors and coordinators what waits for them, proposers and
coordinators what became of theirs.

Each mail is built when it goes out: it says nothing that has changed since, and nothing to
somebody who may not know it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext

from core.actor import VISITOR, Actor, Role
from core.contracts import Concern, Notice, NoticeRule
from core.database import db
from core.links import address
from members.queries import actor_for, contact_ids, holders_of, people
from notifications.queries import followers_of
from twinning import policies
from twinning.models import Participation, ParticipationState, Twinning, TwinningState
from twinning.queries import page
from twinning.queries.lines import role_label, state_label
from twinning.rules import REVIEWED_STATES, is_open_invitation, is_standing
from twinning.signals import (
    ChargeTaken,
    PartnerAccepted,
    PartnerFact,
    PartnerInvited,
    PartnerLeft,
    PartnerRecorded,
    PartnerRefused,
    TwinningFact,
    TwinningStateChanged,
)

_DECIDED = REVIEWED_STATES - {TwinningState.PROPOSED}


def _contacts(fact: PartnerRecorded | PartnerInvited) -> Iterable[int]:
    return contact_ids(fact.organisation_id) - {fact.by_id}


def _inviter(fact: PartnerAccepted | PartnerRefused) -> Iterable[int]:
    """Who asked, and who coordinates."""
    twinning, partner = _of(fact)
    return _people(fact, partner.invited_by_id, twinning.coordinator_id)


def _left_behind(fact: PartnerLeft) -> Iterable[int]:
    """Who coordinates, who proposed, and who answers for the bodies that stay."""
    twinning, _ = _of(fact)
    staying = {one.organisation_id for one in twinning.participations if is_standing(one)}
    contacts = [one for body in staying for one in contact_ids(body)]
    return _people(fact, twinning.coordinator_id, twinning.proposer_id, *contacts)


def _editors(fact: TwinningStateChanged) -> Iterable[int]:
    if TwinningState(fact.new) is not TwinningState.PROPOSED:
        return []
    return holders_of(Role.EDITOR) - {fact.by_id}


def _coordinators(fact: TwinningStateChanged) -> Iterable[int]:
    """All of them, where a proposal has none."""
    if TwinningState(fact.new) is not TwinningState.PROPOSED:
        return []
    twinning = db.session.get_one(Twinning, fact.twinning_id)
    if twinning.coordinator_id is not None:
        return []
    return holders_of(Role.COORDINATOR) - {fact.by_id}


def _keepers(fact: TwinningStateChanged) -> Iterable[int]:
    if TwinningState(fact.new) not in _DECIDED:
        return []
    twinning = db.session.get_one(Twinning, fact.twinning_id)
    return _people(fact, twinning.coordinator_id, twinning.proposer_id)


def _proposer(fact: ChargeTaken) -> Iterable[int]:
    return _people(fact, db.session.get_one(Twinning, fact.twinning_id).proposer_id)


def _people(fact: TwinningFact, *ids: int | None) -> list[int]:
    """Those of them who are somebody, each once, without who did it."""
    return sorted({one for one in ids if one is not None} - {fact.by_id or 0})


def _followers(fact: TwinningFact) -> Iterable[int]:
    return followers_of(fact.about) - {fact.by_id}


def _says_state(fact: TwinningStateChanged, _name: str) -> str:
    label = state_label(TwinningState(fact.new)).lower()
    return str(gettext("Ora il gemellaggio è %(state)s.", state=label))


def _says_partner(_fact: TwinningFact, _name: str) -> str:
    return str(gettext("Un altro ente partecipa al gemellaggio."))


def _says_invited(_fact: PartnerInvited, _name: str) -> str:
    return str(gettext("Un tuo ente è invitato a questo gemellaggio."))


def _says_accepted(_fact: PartnerAccepted, _name: str) -> str:
    return str(gettext("Un ente invitato ha accettato."))


def _says_refused(_fact: PartnerRefused, _name: str) -> str:
    return str(gettext("Un ente invitato ha rifiutato."))


def _says_left(_fact: PartnerLeft, _name: str) -> str:
    return str(gettext("Un ente lascia il gemellaggio."))


def _says_charged(_fact: ChargeTaken, name: str) -> str:
    return str(gettext("%(name)s ora coordina il gemellaggio.", name=name))


def _recorded(fact: PartnerRecorded, member_id: int) -> Notice | None:
    twinning = page.twinning_by_id(fact.twinning_id, actor_for(member_id))
    partner = db.session.get(Participation, fact.participation_id)
    if twinning is None or partner is None or not is_standing(partner):
        return None
    return _partner_notice(
        gettext("Agli atti di un gemellaggio: %(title)s", title=twinning.title),
        "recorded",
        twinning,
        partner,
        act=partner.act,
    )


def _invited(fact: PartnerInvited, member_id: int) -> Notice | None:
    twinning, partner = _of(fact)
    if not is_open_invitation(twinning, partner):
        return None
    if not policies.may_answer(actor_for(member_id), partner):
        return None
    by = partner.invited_by_id
    inviter = people([by]).get(by) if by is not None else None
    return _partner_notice(
        gettext("Invito a un gemellaggio: %(title)s", title=twinning.title),
        "invited",
        twinning,
        partner,
        message=partner.message,
        inviter=inviter.name if inviter is not None and not inviter.is_former else "",
        url=address(
            "twinning.answer", slug=twinning.slug, participation_id=partner.id, _external=True
        ),
    )


def _accepted(fact: PartnerAccepted, member_id: int) -> Notice | None:
    found = _answered(fact, member_id, ParticipationState.ACCEPTED)
    if found is None:
        return None
    twinning, partner = found
    subject = gettext("Invito accettato: %(body)s", body=partner.organisation.name)
    return _partner_notice(subject, "accepted", twinning, partner, note=partner.note)


def _refused(fact: PartnerRefused, member_id: int) -> Notice | None:
    found = _answered(fact, member_id, ParticipationState.REFUSED)
    if found is None:
        return None
    twinning, partner = found
    subject = gettext("Invito rifiutato: %(body)s", body=partner.organisation.name)
    return _partner_notice(subject, "refused", twinning, partner, note=partner.note)


def _left(fact: PartnerLeft, member_id: int) -> Notice | None:
    actor = actor_for(member_id)
    twinning = page.twinning_by_id(fact.twinning_id, actor)
    partner = db.session.get_one(Participation, fact.participation_id)
    if twinning is None or partner.state is not ParticipationState.WITHDRAWN:
        return None
    if not _is_concerned(actor, twinning):
        return None
    return _partner_notice(
        gettext("Un ente lascia il gemellaggio: %(title)s", title=twinning.title),
        "left",
        twinning,
        partner,
        reason=partner.note,
        is_suspended=twinning.state is TwinningState.SUSPENDED,
    )


def _answered(
    fact: PartnerFact, member_id: int, state: ParticipationState
) -> tuple[Twinning, Participation] | None:
    """The twinning and the answer, where it still is that and this member may know."""
    actor = actor_for(member_id)
    twinning = page.twinning_by_id(fact.twinning_id, actor)
    partner = db.session.get_one(Participation, fact.participation_id)
    if twinning is None or partner.state is not state:
        return None
    return (twinning, partner) if _is_concerned(actor, twinning) else None


def _is_concerned(actor: Actor, twinning: Twinning) -> bool:
    """Who keeps the twinning, or answers for a body in it."""
    if actor.is_administrator or policies.coordinates(actor, twinning):
        return True
    return any(
        is_standing(one) and one.organisation_id in actor.contact_organisation_ids
        for one in twinning.participations
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


def _uncoordinated(fact: TwinningStateChanged, member_id: int) -> Notice | None:
    actor = actor_for(member_id)
    twinning = page.twinning_by_id(fact.twinning_id, actor)
    if twinning is None or not policies.may_take_charge(actor, twinning):
        return None
    return _notice(
        gettext("Un gemellaggio cerca chi lo coordini: %(title)s", title=twinning.title),
        "uncoordinated",
        fact,
        twinning,
    )


def _charged(fact: ChargeTaken, member_id: int) -> Notice | None:
    twinning = page.twinning_by_id(fact.twinning_id, actor_for(member_id))
    coordinator = page.coordinator(twinning) if twinning is not None else None
    if twinning is None or coordinator is None:
        return None
    return Notice(
        subject=gettext("Il gemellaggio ha un coordinamento: %(title)s", title=twinning.title),
        template="twinning/mail/charged",
        context={
            "twinning": twinning,
            "coordinator": coordinator.name,
            "url": _link("twinning.twinning", twinning),
        },
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


def _of(fact: PartnerFact) -> tuple[Twinning, Participation]:
    """The twinning and the body's place in it, as they are now, whoever asks."""
    return (
        db.session.get_one(Twinning, fact.twinning_id),
        db.session.get_one(Participation, fact.participation_id),
    )


def _partner_notice(
    subject: str, name: str, twinning: Twinning, partner: Participation, **more: Any
) -> Notice:
    context: dict[str, Any] = {
        "twinning": twinning,
        "body": partner.organisation.name,
        "role": role_label(partner.role),
        "url": _link("twinning.partners", twinning),
        **more,
    }
    return Notice(subject=subject, template=f"twinning/mail/{name}", context=context)


def _notice(subject: str, name: str, fact: TwinningStateChanged, twinning: Twinning) -> Notice:
    context: dict[str, Any] = {
        "twinning": twinning,
        "reason": fact.reason,
        "url": _link("twinning.twinning", twinning),
    }
    return Notice(subject=subject, template=f"twinning/mail/{name}", context=context)


def _link(endpoint: str, twinning: Twinning) -> str:
    """Where it is; what is not public is led to through sign-in, or it would not be there."""
    if policies.is_visible(VISITOR, twinning):
        return address(endpoint, slug=twinning.slug, _external=True)
    return address("members.sign_in", next=address(endpoint, slug=twinning.slug), _external=True)


RULES = (
    NoticeRule(
        name="twinning.recorded", fact=PartnerRecorded, recipients=_contacts, build=_recorded
    ),
    NoticeRule(
        name="twinning.invited",
        fact=PartnerInvited,
        recipients=_contacts,
        build=_invited,
        concern=Concern.DECISION,
        says=_says_invited,
    ),
    NoticeRule(
        name="twinning.accepted",
        fact=PartnerAccepted,
        recipients=_inviter,
        build=_accepted,
        says=_says_accepted,
    ),
    NoticeRule(
        name="twinning.refused",
        fact=PartnerRefused,
        recipients=_inviter,
        build=_refused,
        says=_says_refused,
    ),
    NoticeRule(
        name="twinning.left",
        fact=PartnerLeft,
        recipients=_left_behind,
        build=_left,
        says=_says_left,
    ),
    NoticeRule(
        name="twinning.proposed",
        fact=TwinningStateChanged,
        recipients=_editors,
        build=_proposed,
        concern=Concern.DECISION,
    ),
    NoticeRule(
        name="twinning.uncoordinated",
        fact=TwinningStateChanged,
        recipients=_coordinators,
        build=_uncoordinated,
        concern=Concern.DECISION,
    ),
    NoticeRule(
        name="twinning.charged",
        fact=ChargeTaken,
        recipients=_proposer,
        build=_charged,
        says=_says_charged,
    ),
    NoticeRule(
        name="twinning.decided", fact=TwinningStateChanged, recipients=_keepers, build=_decided
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
    NoticeRule(
        name="twinning.joining_followed",
        fact=PartnerAccepted,
        recipients=_followers,
        concern=Concern.FOLLOWED,
        says=_says_partner,
    ),
)
