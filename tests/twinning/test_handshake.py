"""Proposing, inviting, answering, leaving: what each click does, and what it does twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from core.actor import SYSTEM, Actor, Role
from core.database import db
from core.domain import Forbidden, Refused
from core.events import Event
from core.references import Reference
from core.text import render_markdown
from forum import services as forum
from members.models import Affiliation, AffiliationState, Invitation, Member, RoleGrant
from members.queries import actor_for, invitation_token
from members.services.affiliations import accept_affiliation
from organisations.models import Level, Nature, Organisation, OrganisationState
from spaces.queries import open_space_ids
from tests.factories.members import member_with
from tests.factories.organisations import OrganisationFactory
from tests.factories.twinning import TwinningFactory, region, takes_part
from tests.visitor import Visitor, form_values, text_of
from twinning import services
from twinning.models import (
    Participation,
    ParticipationRole,
    ParticipationState,
    Twinning,
    TwinningState,
    TwinningVisibility,
)
from twinning.rules import NotReady, Obstacle, OwnPart, TwinningContent
from twinning.services import InvitationClosed

G, R = ParticipationRole.GIVER, ParticipationRole.RECEIVER
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class Cast:
    """Puglia proposes, Trento is asked; both have a contact person and a colleague."""

    def __init__(self) -> None:
        self.puglia, self.trento = region("Regione Puglia"), region("Provincia di Trento")
        self.proposer = member_with(of=self.puglia, contact=True, email="r@puglia.example")
        self.colleague = member_with(of=self.puglia, email="c@puglia.example")
        self.asked = member_with(of=self.trento, contact=True, email="r@trento.example")
        self.coordinator = member_with(Role.COORDINATOR, email="coordina@example.org")

    def by(self, member: Member) -> Actor:
        return actor_for(member.id)

    def draft(self, **values: Any) -> Twinning:
        return services.create_twinning(
            content=TwinningContent(title="Servizi per le famiglie", **values),
            own=OwnPart(organisation_id=self.puglia.id, role=R),
            by=self.by(self.proposer),
        )

    def invite(self, made: Twinning, by: Member | None = None, role: Any = G) -> int:
        return services.invite_partner(
            twinning_id=made.id,
            organisation_id=self.trento.id,
            role=role,
            message="Portate i vostri distretti?",
            by=self.by(by or self.proposer),
        ).id

    def step(self, made: Twinning, new: TwinningState, by: Actor = SYSTEM) -> None:
        services.change_state(
            twinning_id=made.id, new=new, version=None, reason="Deciso insieme", by=by
        )

    def running(self) -> tuple[Twinning, int]:
        """A twinning that went the whole way, and Trento's place in it."""
        made = self.draft()
        place = self.invite(made)
        self.step(made, TwinningState.PROPOSED, self.by(self.proposer))
        services.accept_invitation(participation_id=place, by=self.by(self.asked))
        services.take_charge(twinning_id=made.id, by=self.by(self.coordinator))
        self.step(made, TwinningState.ACTIVE, self.by(self.coordinator))
        return made, place


@pytest.fixture
def cast(app: Any) -> Cast:
    return Cast()


def state_of(participation_id: int) -> ParticipationState:
    db.session.rollback()
    return db.session.get_one(Participation, participation_id).state


def names() -> list[str]:
    return list(db.session.scalars(select(Event.name).order_by(Event.id)))


def become(visitor: Visitor, member: Member) -> None:
    if visitor.last is not None:
        visitor.submit("/accessibilita", action="/esci")
    visitor.sign_in(member.email)


def send(visitor: Visitor, path: str, fields: dict[str, Any]) -> Any:
    """What a browser sends of the form on this page."""
    data = form_values(visitor.page(path).forms[-1]) | fields
    return visitor.post(path, data, headers=SAME_SITE)


# Proposing


def test_a_contact_person_proposes_for_the_own_body(visitor: Visitor, cast: Cast) -> None:
    visitor.sign_in(cast.proposer.email)
    assert "Proponi un gemellaggio" in visitor.get("/gemellaggi").text
    answer = visitor.submit(
        "/gemellaggi/nuovo",
        {"title": "Servizi per le famiglie", "own_role": "receiver", "own_unit": "Welfare"},
        action="/nuovo",
    )
    assert answer.status_code == 200
    assert "Invita un ente che offre." in answer.text
    made = db.session.scalars(select(Twinning)).one()
    assert (made.state, made.coordinator_id) == (TwinningState.DRAFT, None)
    assert made.proposer_id == cast.proposer.id
    [own] = made.participations
    assert (own.organisation_id, own.role, own.state, own.unit) == (
        cast.puglia.id,
        R,
        ParticipationState.ACCEPTED,
        "Welfare",
    )
    assert own.answered_by_id == own.contact_id == cast.proposer.id
    assert open_space_ids(cast.colleague.id, [cast.puglia.id]) == {made.space_id}
    assert "PartnerAccepted" in names()


def test_the_role_of_the_own_body_is_asked_for(visitor: Visitor, cast: Cast) -> None:
    visitor.sign_in(cast.proposer.email)
    answer = visitor.submit("/gemellaggi/nuovo", {"title": "Senza ruolo"}, action="/nuovo")
    assert answer.status_code == 422
    assert "Scegli una delle voci." in answer.text
    assert db.session.scalar(select(func.count()).select_from(Twinning)) == 0


def test_a_coordinator_may_leave_the_own_body_out(visitor: Visitor, cast: Cast) -> None:
    both = member_with(Role.COORDINATOR, of=region("Regione Umbria"), contact=True)
    visitor.sign_in(both.email)
    answer = visitor.submit("/gemellaggi/nuovo", {"title": "Solo testi"}, action="/nuovo")
    assert answer.status_code == 200
    made = db.session.scalars(select(Twinning)).one()
    assert (made.coordinator_id, made.participations) == (both.id, [])


def test_nobody_proposes_for_a_body_of_others(app: Any, cast: Cast) -> None:
    def propose(by: Member, **own: Any) -> None:
        services.create_twinning(
            content=TwinningContent(title="Di altri"),
            own=OwnPart(role=G, **own) if own else None,
            by=cast.by(by),
        )

    for by, own in (
        (cast.proposer, {"organisation_id": cast.trento.id}),
        (cast.proposer, {}),
        (cast.colleague, {"organisation_id": cast.puglia.id}),
        (cast.coordinator, {"organisation_id": cast.puglia.id}),
    ):
        with pytest.raises(Forbidden):
            propose(by, **own)
    with pytest.raises(Forbidden):
        services.create_twinning(
            content=TwinningContent(title="Mio", coordinator_id=cast.proposer.id),
            own=OwnPart(organisation_id=cast.puglia.id, role=G),
            by=cast.by(cast.proposer),
        )


def test_the_proposer_writes_until_it_is_sent(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    cast.invite(made)
    visitor.sign_in(cast.proposer.email)
    path = f"/gemellaggi/{made.slug}"
    assert visitor.get(f"{path}/modifica").status_code == 200
    assert "La bozza si può proporre" in visitor.get(path).text
    answer = visitor.submit(
        f"{path}/stato", {"new": "proposed", "reason": "Pronta"}, action="/stato"
    )
    assert answer.status_code == 200
    for closed in ("/modifica", "/partecipanti/invita", "/stato"):
        assert visitor.get(f"{path}{closed}").status_code == 403, closed
    cast.step(made, TwinningState.CHANGES_REQUESTED)
    for opened in ("/modifica", "/partecipanti/invita", "/stato"):
        assert visitor.get(f"{path}{opened}").status_code == 200, opened
    assert "Tue proposte di gemellaggio da modificare" in visitor.get("/il-mio-spazio").text


def test_rights_end_with_what_gave_them(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    path = f"/gemellaggi/{made.slug}"
    visitor.sign_in(cast.proposer.email)
    assert visitor.get(f"{path}/modifica").status_code == 200
    one = db.session.scalars(select(Affiliation).filter_by(member_id=cast.proposer.id)).one()
    one.state = AffiliationState.ENDED
    db.session.commit()
    for page in ("", "/modifica", "/spazio", "/partecipanti"):
        assert visitor.get(f"{path}{page}").status_code == 404, page
    assert "Servizi per le famiglie" not in visitor.get("/gemellaggi").text


def test_a_proposal_names_both_ends(app: Any, cast: Cast) -> None:
    made = cast.draft()
    with pytest.raises(NotReady) as refusal:
        cast.step(made, TwinningState.PROPOSED, cast.by(cast.proposer))
    assert refusal.value.obstacles == (Obstacle.NOBODY_TO_GIVE,)
    services.invite_partner(
        twinning_id=made.id, organisation_id=cast.puglia.id, role=G, by=cast.by(cast.proposer)
    )
    with pytest.raises(NotReady) as refusal:
        cast.step(made, TwinningState.PROPOSED, cast.by(cast.proposer))
    assert refusal.value.obstacles == (Obstacle.ONE_BODY,)
    cast.invite(made)
    cast.step(made, TwinningState.PROPOSED, cast.by(cast.proposer))


# Taking charge


def test_a_coordinator_takes_charge(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    path = f"/gemellaggi/{made.slug}"
    visitor.sign_in(cast.coordinator.email)
    assert visitor.get(path).status_code == 404, "a draft is its proposer's"
    cast.step(made, TwinningState.PROPOSED, cast.by(cast.proposer))
    assert "Gemellaggi proposti che cercano" in visitor.get("/il-mio-spazio").text
    assert "Servizi per le famiglie" in visitor.get("/il-mio-spazio/gemellaggi").text
    assert visitor.get(f"{path}/spazio").status_code == 403
    assert "Prendi in carico" in visitor.get(path).text

    answer = visitor.submit(path, action="/prendi-in-carico")

    assert "Ora coordini tu questo gemellaggio." in answer.text
    assert "Prendi in carico" not in answer.text
    db.session.expire_all()
    assert db.session.get_one(Twinning, made.id).coordinator_id == cast.coordinator.id
    assert visitor.get(f"{path}/spazio").status_code == 200
    services.take_charge(twinning_id=made.id, by=cast.by(cast.coordinator))
    assert names().count("ChargeTaken") == 1
    late = member_with(Role.COORDINATOR)
    with pytest.raises(Forbidden):
        services.take_charge(twinning_id=made.id, by=cast.by(late))
    become(visitor, late)
    assert visitor.get(path).status_code == 404
    services.accept_invitation(participation_id=place, by=cast.by(cast.asked))
    become(visitor, cast.coordinator)
    assert "Tutti hanno accettato" in visitor.get(path).text


def test_nothing_runs_without_a_coordinator(app: Any, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    cast.step(made, TwinningState.PROPOSED, cast.by(cast.proposer))
    services.accept_invitation(participation_id=place, by=cast.by(cast.asked))
    with pytest.raises(NotReady) as refusal:
        cast.step(made, TwinningState.ACTIVE)
    assert refusal.value.obstacles == (Obstacle.NO_COORDINATOR,)


def test_the_key_of_a_coordinator_ends_with_the_role(visitor: Visitor, cast: Cast) -> None:
    made, _ = cast.running()
    visitor.sign_in(cast.coordinator.email)
    assert visitor.get(f"/gemellaggi/{made.slug}/spazio").status_code == 200
    db.session.delete(db.session.get_one(RoleGrant, (cast.coordinator.id, Role.COORDINATOR)))
    db.session.commit()
    assert visitor.get(f"/gemellaggi/{made.slug}/spazio").status_code == 403
    assert open_space_ids(cast.coordinator.id, []) == frozenset()


# Inviting


def test_a_body_is_invited_by_its_name(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    foreign = OrganisationFactory.make(
        name="Verein Familie Tirol", nature=Nature.THIRD_SECTOR, level=Level.OTHER, country="AT"
    )
    visitor.sign_in(cast.proposer.email)
    path = f"/gemellaggi/{made.slug}/partecipanti/invita"
    before = db.session.get_one(Twinning, made.id).updated_at
    fields = {"name": "tirol", "role": "giver", "unit": "Referat", "message": "Kommt ihr?"}
    answer = visitor.submit(path, fields, action="/invita")
    assert "non ha ancora un referente su Gemella" in answer.text
    assert "Verein Familie Tirol" in answer.text
    one = db.session.scalars(select(Participation).filter_by(organisation_id=foreign.id)).one()
    assert (one.state, one.role, one.unit, one.message) == (
        ParticipationState.INVITED,
        G,
        "Referat",
        "Kommt ihr?",
    )
    assert one.invited_by_id == cast.proposer.id
    assert db.session.get_one(Twinning, made.id).updated_at == before, "nobody notices"
    answer = visitor.submit(path, fields, action="/invita")
    assert answer.status_code == 422
    assert "Questo ente ha già questo ruolo, o è già invitato." in answer.text
    assert "Kommt ihr?" in answer.text
    answer = visitor.submit(path, {**fields, "role": "national"}, action="/invita")
    assert answer.status_code == 200


def test_a_double_click_invites_once(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    visitor.sign_in(cast.proposer.email)
    path = f"/gemellaggi/{made.slug}/partecipanti/invita"
    data = form_values(visitor.page(path).forms[-1]) | {"name": "Trento", "role": "giver"}
    answers = [visitor.post(path, data, headers=SAME_SITE) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert names().count("PartnerInvited") == 1


def test_who_may_invite(app: Any, cast: Cast) -> None:
    made = cast.draft()
    for nobody in (cast.colleague, cast.asked, cast.coordinator, member_with(Role.EDITOR)):
        with pytest.raises(Forbidden):
            cast.invite(made, nobody)
    cast.invite(made, member_with(Role.ADMINISTRATOR))
    running, _ = cast.running()
    with pytest.raises(Forbidden):
        cast.invite(running, cast.proposer, ParticipationRole.NATIONAL)
    cast.invite(running, cast.coordinator, ParticipationRole.NATIONAL)
    for over in (TwinningState.CONCLUDED, TwinningState.ARCHIVED, TwinningState.REJECTED):
        done = TwinningFactory.make(state=over, coordinator_id=cast.coordinator.id)
        with pytest.raises(Forbidden):
            cast.invite(done, cast.coordinator)


def test_an_invitation_is_taken_back_and_made_again(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    visitor.sign_in(cast.proposer.email)
    page = f"/gemellaggi/{made.slug}/partecipanti"
    assert "Ritira l’invito" in visitor.get(page).text
    answer = visitor.submit(f"{page}/{place}/togli", {"reason": "Errore"}, action="/togli")
    assert "L’invito è ritirato." in answer.text
    assert state_of(place) is ParticipationState.WITHDRAWN
    assert cast.invite(made) == place
    one = db.session.get_one(Participation, place)
    assert (one.state, one.note) == (ParticipationState.INVITED, "")
    own = db.session.scalars(select(Participation).filter_by(organisation_id=cast.puglia.id)).one()
    assert visitor.get(f"{page}/{own.id}/togli").status_code == 403, "a partner is not thrown out"


# Answering


def test_the_contact_person_accepts(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft(summary="Distretti in Puglia.")
    place = cast.invite(made)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    assert visitor.get(path).location.startswith("/accedi?next=")
    visitor.sign_in(cast.asked.email)
    assert "Inviti a gemellaggi a cui rispondere" in visitor.get("/il-mio-spazio").text
    assert path in visitor.get("/il-mio-spazio/gemellaggi").text
    assert path in visitor.get(f"/gemellaggi/{made.slug}").text
    before = names()
    page = text_of(visitor.get(path))
    for words in ("Portate i vostri distretti?", "Distretti in Puglia.", cast.proposer.name):
        assert words in page
    assert names() == before, "looking changes nothing"
    answer = send(visitor, path, {"answer": "accetta", "unit": "Agenzia", "note": "Volentieri"})
    assert (answer.status_code, answer.location) == (303, f"/gemellaggi/{made.slug}")
    one = db.session.get_one(Participation, place)
    assert (one.state, one.unit, one.note) == (ParticipationState.ACCEPTED, "Agenzia", "Volentieri")
    assert one.answered_by_id == one.contact_id == cast.asked.id
    assert open_space_ids(0, [cast.trento.id]) == {made.space_id}
    assert "Niente aspetta" in visitor.get("/il-mio-spazio").text
    assert "partecipa già" in visitor.get(path).text


def test_the_contact_person_refuses(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    visitor.sign_in(cast.asked.email)
    answer = send(visitor, path, {"answer": "", "note": "Ma come si fa?"})
    assert answer.status_code == 422
    assert "Ma come si fa?" in answer.text
    answer = send(visitor, path, {"answer": "rifiuta", "note": "Non quest’anno"})
    assert (answer.status_code, answer.location) == (303, "/il-mio-spazio/gemellaggi")
    assert visitor.get(f"/gemellaggi/{made.slug}").status_code == 404
    assert "Questo invito è stato rifiutato" in visitor.get(path).text
    assert open_space_ids(0, [cast.trento.id]) == frozenset()
    become(visitor, cast.proposer)
    assert "Non quest’anno" in visitor.get(f"/gemellaggi/{made.slug}/partecipanti").text
    cast.invite(made)
    assert state_of(place) is ParticipationState.INVITED


def test_nobody_else_answers(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    administrator = member_with(Role.ADMINISTRATOR)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    for member, status in (
        (cast.proposer, 403),
        (administrator, 403),
        (cast.colleague, 404),
        (cast.coordinator, 404),
        (member_with(of=cast.trento), 404),
    ):
        become(visitor, member)
        assert visitor.get(path).status_code == status, member.email
        with pytest.raises(Forbidden):
            services.accept_invitation(participation_id=place, by=cast.by(member))
        with pytest.raises(Forbidden):
            services.refuse_invitation(participation_id=place, by=cast.by(member))
    assert state_of(place) is ParticipationState.INVITED


def test_an_answer_is_given_once(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    visitor.sign_in(cast.asked.email)
    data = form_values(visitor.page(path).forms[-1])
    yes, no = data | {"answer": "accetta"}, data | {"answer": "rifiuta"}
    answers = [visitor.post(path, one, headers=SAME_SITE) for one in (yes, yes, no)]
    assert [one.status_code for one in answers] == [303, 303, 409]
    assert "partecipa già" in answers[2].text
    assert names().count("PartnerAccepted") == 2, "Puglia and Trento, once each"
    assert "PartnerRefused" not in names()


def test_a_lost_race_is_told_clearly(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    visitor.sign_in(cast.asked.email)
    data = form_values(visitor.page(path).forms[-1]) | {"answer": "accetta"}
    services.withdraw_partner(participation_id=place, reason="Errore", by=cast.by(cast.proposer))
    answer = visitor.post(path, data, headers=SAME_SITE)
    assert answer.status_code == 409
    assert "L’invito è stato ritirato" in answer.text
    assert "Servizi per le famiglie" not in answer.text
    assert visitor.get(path).status_code == 200
    with pytest.raises(InvitationClosed):
        services.accept_invitation(participation_id=place, by=cast.by(cast.asked))


def test_an_invitation_ends_with_its_twinning(visitor: Visitor, cast: Cast) -> None:
    made = cast.draft()
    place = cast.invite(made)
    cast.step(made, TwinningState.PROPOSED)
    cast.step(made, TwinningState.REJECTED)
    visitor.sign_in(cast.asked.email)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    assert "Non c’è più niente da decidere" in visitor.get(path).text
    assert "Inviti a gemellaggi" not in visitor.get("/il-mio-spazio").text
    with pytest.raises(InvitationClosed):
        services.refuse_invitation(participation_id=place, by=cast.by(cast.asked))


def test_who_is_invited_to_what_is_reserved_can_answer(visitor: Visitor, cast: Cast) -> None:
    made, _ = cast.running()
    made = db.session.get_one(Twinning, made.id)
    made.visibility = TwinningVisibility.PARTNERS
    db.session.commit()
    guest = region("Regione Umbria")
    contact = member_with(of=guest, contact=True)
    place = services.invite_partner(
        twinning_id=made.id, organisation_id=guest.id, role=R, by=cast.by(cast.coordinator)
    ).id
    visitor.sign_in(contact.email)
    assert visitor.get(f"/gemellaggi/{made.slug}").status_code == 404
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/rispondi"
    assert "Servizi per le famiglie" in visitor.get(path).text
    assert send(visitor, path, {"answer": "accetta"}).status_code == 303
    assert visitor.get(f"/gemellaggi/{made.slug}/spazio").status_code == 200


# Leaving


def test_a_partner_leaves_and_its_people_are_out_at_once(visitor: Visitor, cast: Cast) -> None:
    made, place = cast.running()
    member_with(of=cast.trento, email="collega@trento.example")
    visitor.sign_in("collega@trento.example")
    space = f"/gemellaggi/{made.slug}/spazio"
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/lascia"
    assert visitor.get(space).status_code == 200
    assert visitor.get(path).status_code == 403, "a colleague does not decide"
    become(visitor, cast.asked)
    assert "viene sospeso subito" in visitor.get(path).text
    answer = send(visitor, path, {"reason": "Cambio di giunta"})
    assert (answer.status_code, answer.location) == (303, "/il-mio-spazio/gemellaggi")
    assert visitor.get(space).status_code == 403, "public, but no key any more"
    assert state_of(place) is ParticipationState.WITHDRAWN
    row = db.session.get_one(Twinning, made.id)
    assert row.state is TwinningState.SUSPENDED
    *_, event = db.session.scalars(select(Event).filter_by(name="TwinningStateChanged")).all()
    assert (event.details["old"], event.details["new"]) == ("active", "suspended")
    assert event.reason == "Cambio di giunta"


def test_a_twinning_goes_on_without_one_of_several(app: Any, cast: Cast) -> None:
    made, place = cast.running()
    takes_part(made, region("Regione Umbria"), G)
    services.leave_twinning(participation_id=place, reason="Basta", by=cast.by(cast.asked))
    assert db.session.get_one(Twinning, made.id).state is TwinningState.ACTIVE
    services.leave_twinning(participation_id=place, reason="Basta", by=cast.by(cast.asked))
    assert names().count("PartnerLeft") == 1


def test_who_left_can_be_asked_again_and_it_resumes(app: Any, cast: Cast) -> None:
    made, place = cast.running()
    services.leave_twinning(participation_id=place, reason="Basta", by=cast.by(cast.asked))
    with pytest.raises(NotReady):
        cast.step(made, TwinningState.ACTIVE, cast.by(cast.coordinator))
    assert cast.invite(made, cast.coordinator) == place
    services.accept_invitation(participation_id=place, by=cast.by(cast.asked))
    cast.step(made, TwinningState.ACTIVE, cast.by(cast.coordinator))
    assert open_space_ids(0, [cast.trento.id]) == {made.space_id}


def test_a_body_with_two_parts_keeps_its_key(visitor: Visitor, cast: Cast) -> None:
    made, place = cast.running()
    takes_part(made, cast.trento, ParticipationRole.COORDINATOR)
    visitor.sign_in(cast.asked.email)
    path = f"/gemellaggi/{made.slug}/partecipanti/{place}/lascia"
    assert "restano nello spazio riservato" in visitor.get(path).text
    assert send(visitor, path, {"reason": "Solo coordinamento"}).status_code == 303
    assert visitor.get(f"/gemellaggi/{made.slug}/spazio").status_code == 200


def test_the_past_is_not_left(visitor: Visitor, cast: Cast) -> None:
    made, place = cast.running()
    row = db.session.get_one(Twinning, made.id)
    row.state, row.results = TwinningState.CONCLUDED, "Fatto."
    db.session.commit()
    visitor.sign_in(cast.asked.email)
    answer = visitor.get(f"/gemellaggi/{made.slug}/partecipanti/{place}/lascia")
    assert "chi ha partecipato resta agli atti" in answer.text
    with pytest.raises(Forbidden):
        services.leave_twinning(participation_id=place, reason="No", by=cast.by(cast.asked))
    again, other = cast.running()
    with pytest.raises(Refused):
        services.leave_twinning(participation_id=other, reason=" ", by=cast.by(cast.asked))
    assert again.id != made.id


def test_a_body_of_nobody_keeps_its_invitation(app: Any, cast: Cast) -> None:
    """The seam for who is not here yet: an invitation needs a body, not a person."""
    made = cast.draft()
    newcomer: Organisation = OrganisationFactory.make(name="Comune nuovo")
    place = services.invite_partner(
        twinning_id=made.id, organisation_id=newcomer.id, role=G, by=cast.by(cast.proposer)
    ).id
    first = member_with(of=newcomer, contact=True)
    services.accept_invitation(participation_id=place, by=cast.by(first))
    assert state_of(place) is ParticipationState.ACCEPTED


# What it costs


@pytest.mark.soak
def test_the_pages_cost_few_queries_however_much_there_is(
    visitor: Visitor, cast: Cast, count_queries: Any
) -> None:
    made, place = cast.running()
    second = cast.draft()
    asked = cast.invite(second)
    path = f"/gemellaggi/{made.slug}"
    pages = {
        cast.asked: (
            path,
            f"{path}/partecipanti",
            f"{path}/spazio",
            f"{path}/partecipanti/{place}/lascia",
            f"/gemellaggi/{second.slug}/partecipanti/{asked}/rispondi",
            "/il-mio-spazio/gemellaggi",
        ),
        cast.coordinator: (
            f"{path}/partecipanti/invita",
            f"{path}/spazio",
            "/il-mio-spazio/gemellaggi",
        ),
        cast.proposer: (f"/gemellaggi/{second.slug}", "/il-mio-spazio/gemellaggi"),
    }

    def cost() -> dict[str, int]:
        found = {}
        for member, addresses in pages.items():
            become(visitor, member)
            for address in addresses:
                visitor.get(address)
                with count_queries() as statements:
                    assert visitor.get(address).status_code == 200, address
                found[f"{member.email} {address}"] = len(statements)
        return found

    before = cost()
    for number in range(8):
        body = region(f"Regione numero {number}")
        member_with(of=body, contact=True)
        takes_part(made, body, R)
        cast.invite(cast.draft())
        forum.start_thread(
            title=f"Riservata {number}",
            text=render_markdown("Tra noi."),
            subject=Reference("twinning", made.id),
            space_id=made.space_id,
            by=cast.by(cast.asked),
        )
    after = cost()
    assert after == before
    assert max(before.values()) <= 10, before


# Bodies that are not here yet


NEW = {
    "name": "Landkreis Testland",
    "country": "DE",
    "email": "ute@landkreis.example",
    "message": "Venite anche voi?",
    "role": "giver",
}


def test_a_body_that_is_not_here_comes_and_finds_its_decision(
    cast: Cast, app: Any, visitor: Visitor
) -> None:
    """Invited by link and into the twinning at once; nobody else sees it before it answered."""
    made = cast.draft()
    become(visitor, cast.proposer)
    path = f"/gemellaggi/{made.slug}/partecipanti/invita/nuovo"
    link = visitor.page(path.removesuffix("/nuovo")).xpath("//main//a[contains(@href, '/nuovo')]")
    assert [one.get("href") for one in link] == [path]
    assert send(visitor, path, {**NEW, "email": "ute@gmail.com"}).status_code == 422
    assert db.session.scalar(select(func.count(Participation.id))) == 1, "both or neither"
    assert send(visitor, path, NEW).status_code == 303
    body = db.session.scalars(select(Organisation).where(Organisation.name == NEW["name"])).one()
    place = db.session.scalars(
        select(Participation).where(Participation.organisation_id == body.id)
    ).one()
    assert (place.state, place.role) == (ParticipationState.INVITED, G)
    assert "Testland" in visitor.get(f"/gemellaggi/{made.slug}/partecipanti").text
    for path in ("/enti", "/gemellaggi", "/", "/cerca?q=testland"):
        assert "Testland" not in Visitor(app).get(path).text

    invitation = db.session.scalars(select(Invitation)).one()
    guest = member_with(email=NEW["email"])
    newcomer = Visitor(app)
    newcomer.sign_in(guest.email)
    address = f"/invito/{invitation_token(invitation.id)}"
    assert "C’è già una decisione" in text_of(newcomer.get(address))
    newcomer.submit(address, {"position": "Landrätin"}, action=address)
    with pytest.raises(Forbidden):
        services.accept_invitation(participation_id=place.id, by=cast.by(guest))
    asked = db.session.scalars(select(Affiliation).where(Affiliation.member_id == guest.id)).one()
    accept_affiliation(affiliation_id=asked.id, by=SYSTEM)
    assert "decision" in text_of(newcomer.get("/il-mio-spazio"))
    services.accept_invitation(participation_id=place.id, by=cast.by(guest))
    assert state_of(place.id) is ParticipationState.ACCEPTED


def test_an_awaited_body_is_not_recorded_as_a_partner(cast: Cast) -> None:
    """An act names bodies that are there, not those that somebody just named."""
    body = OrganisationFactory.make(state=OrganisationState.AWAITED)
    made = cast.draft()
    with pytest.raises(Refused, match="no such body"):
        services.record_partner(
            twinning_id=made.id, organisation_id=body.id, role=G, act="D.G.R. 1", by=SYSTEM
        )
