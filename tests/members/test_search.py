"""What search gets to know of members."""

from __future__ import annotations

from flask import Flask

from core.actor import SYSTEM, VISITOR
from core.database import db
from core.references import Reference
from core.subjects import find
from members import search
from members.models import Member, MemberState
from members.services import lifecycle
from members.signals import AffiliationEnded, MemberRemoved
from organisations.models import Organisation
from organisations.signals import OrganisationChanged
from search.queries.documents import affected
from tests.factories.members import AffiliationFactory, MemberFactory
from tests.opening import opened


def test_a_document_holds_what_is_public(app: Flask, puglia: Organisation) -> None:
    member = MemberFactory.make(
        first_name="Isabella", last_name="Tisci", bio="x", bio_html="<p>Seguo i <b>nidi</b>.</p>"
    )
    AffiliationFactory.make(member=member, organisation=puglia, position="Funzionario")
    with app.test_request_context():
        (document,) = search.documents([member.id, 999])
    assert document.reference == Reference("member", member.id)
    assert (document.title, document.names) == ("Isabella Tisci", "Isabella Tisci")
    assert document.text == "Funzionario, Regione Puglia\nSeguo i nidi."
    assert document.url == f"/iscritti/{member.slug}"
    assert document.audience == "public"
    assert member.email not in str(document)


def test_only_active_members_are_found(app: Flask) -> None:
    rows = {state: MemberFactory.make(state=state) for state in MemberState}
    everyone = [row.id for row in rows.values()]
    with app.test_request_context():
        found = [document.reference.id for document in search.documents(everyone)]
    active = rows[MemberState.ACTIVE].id
    assert found == list(search.ids(0, 100)) == [active]
    assert opened("member", everyone, VISITOR) == {active}
    assert search.ids(active, 100) == []


def test_what_must_be_read_again(app: Flask, puglia: Organisation) -> None:
    member = MemberFactory.make()
    AffiliationFactory.make(member=member, organisation=puglia)
    reference = Reference("member", member.id)
    ended = AffiliationEnded(affiliation_id=1, member_id=member.id, organisation_id=puglia.id)
    for fact in (
        MemberRemoved(member_id=member.id),
        ended,
        OrganisationChanged(organisation_id=puglia.id),
    ):
        assert reference in affected([fact])


def test_things_can_hang_on_a_member(app: Flask) -> None:
    member = MemberFactory.make()
    reference = Reference("member", member.id)
    with app.test_request_context():
        line = find(reference, VISITOR)
        assert line is not None
        assert (line.title, line.url) == (member.name, f"/iscritti/{member.slug}")
        lifecycle.suspend_member(member_id=member.id, reason="x", by=SYSTEM)
        assert find(reference, VISITOR) is None
    assert db.session.get(Member, member.id) is not None
