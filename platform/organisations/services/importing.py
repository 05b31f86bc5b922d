"""Bringing a list of bodies that others keep into the register, again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import clock, submissions
from core.actor import Actor
from core.domain import ensure
from core.events import announce_all
from core.imports import Outcome, RowResult, rehearsal
from core.origins import Origin, Told, known_origins, note_origins, own_number
from core.slugs import claim_slug, claim_slugs
from organisations import policies
from organisations.models import Level, Organisation, OrganisationState
from organisations.rules import ImportedOrganisation, OrganisationValues, values_of
from organisations.services.keeping import (
    differences,
    record,
    reference_of,
    words_of_address,
)
from organisations.signals import (
    KIND,
    OrganisationChanged,
    OrganisationCreated,
    OrganisationFact,
)
from territory import queries as territory

_REGIONAL = (Level.REGION, Level.AUTONOMOUS_PROVINCE)


def import_organisations(
    rows: Sequence[ImportedOrganisation], *, by: Actor, dry_run: bool = False
) -> list[RowResult]:
    """Enter or correct the bodies of these rows, in one transaction; say what became of each.

    A body is known by its origin, then by its IPA code. One that an administrator entered is
    completed and never overwritten; one that was changed here after its last import is kept.
    """
    with rehearsal(dry_run) as session:
        ensure(policies.may_create(by))
        batch = _Batch(session, by, _Known.of(session, rows), _Places.of(rows))
        results = [batch.take(row) for row in rows]
        batch.finish()
    return results


@dataclass(frozen=True)
class _Known:
    """What the register knows of the rows: their origins, bodies by id and by IPA code."""

    origins: Mapping[tuple[str, str], Origin]
    bodies: Mapping[int, Organisation]
    by_code: dict[str, Organisation]
    names: Mapping[str, int]

    @classmethod
    def of(cls, session: Session, rows: Sequence[ImportedOrganisation]) -> _Known:
        origins = known_origins(KIND, (row.key for row in rows))
        ids = {origin.object_id for origin in origins.values()}
        ids |= {number for row in rows if (number := own_number(*row.key)) is not None}
        codes = {row.ipa_key for row in rows if row.ipa_key}
        bodies = session.scalars(
            select(Organisation).where(
                or_(Organisation.id.in_(ids), Organisation.ipa_key.in_(codes))
            )
        ).all()
        return cls(
            origins=origins,
            bodies={body.id: body for body in bodies},
            by_code={body.ipa_key: body for body in bodies if body.ipa_key},
            names=_names(session, rows),
        )


def _names(session: Session, rows: Sequence[ImportedOrganisation]) -> Mapping[str, int]:
    """How many bodies of the register bear these names."""
    named = session.scalars(
        select(Organisation.name).where(
            Organisation.name.in_({row.name for row in rows}),
            Organisation.state == OrganisationState.ACTIVE,
        )
    ).all()
    return {name: named.count(name) for name in named}


@dataclass(frozen=True)
class _Places:
    """Where the rows say that their bodies are."""

    towns: Mapping[str, int]
    named: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ImportedOrganisation]) -> _Places:
        return cls(territory.municipalities_by_code(row.istat_code for row in rows))

    def find(self, row: ImportedOrganisation) -> tuple[int | None, dict[str, str], list[str]]:
        """The place, what of it is not known here, and what to say about that."""
        town = self.towns.get(row.istat_code)
        if town is not None and row.level not in (*_REGIONAL, Level.PROVINCE):
            return town, {}, []
        above = _region_of(row, town) if row.level in _REGIONAL else None
        wide = above or _wide_place(row.istat_code) or _wide_place(row.istat_code[:3])
        if town is not None or (wide is not None and len(row.istat_code) < 6):
            return wide or town, {}, []
        if row.istat_code:
            stand_in = wide or self._around(row)
            name = territory.place(stand_in).name_it if stand_in else "no place"  # type: ignore[union-attr]
            remark = f"istat_code: {row.istat_code} is not known here; kept, and put in {name}"
            return stand_in, {"istat_code": row.istat_code}, [remark]
        if row.place and (found := self._called(row.place)) is not None:
            return found, {}, []
        unresolved = {"territory": row.place} if row.place else {}
        remarks = [f"territory: {row.place} is not known here; kept"] if row.place else []
        return self._around(row), unresolved, remarks

    def _around(self, row: ImportedOrganisation) -> int | None:
        region = next(filter(None, map(territory.region_called, row.regions)), None)
        province = territory.province_called(row.province)
        found = province or region or territory.region_called(row.province)
        return found.id if found else None

    def _called(self, name: str) -> int | None:
        if name not in self.named:
            found = territory.find_places(name, limit=2)
            exact = [one for one in found if territory.is_named(one, name)]
            self.named[name] = exact[0].id if exact else None
        return self.named[name]


def _wide_place(code: str) -> int | None:
    """A region or a province by its ISTAT code."""
    found = territory.region(code) or (territory.province_called(code) if code else None)
    return found.id if found else None


def _region_of(row: ImportedOrganisation, town: int | None) -> int | None:
    found = territory.region_of(town) if town else None
    found = found or next(filter(None, map(territory.region_called, row.regions)), None)
    return found.id if found else None


@dataclass
class _Batch:
    """One transaction's work: rows are taken one by one, and written together at the end."""

    session: Session
    by: Actor
    known: _Known
    places: _Places
    created: list[Organisation] = field(default_factory=list)
    changed: list[tuple[Organisation, list[str]]] = field(default_factory=list)
    noted: list[tuple[Organisation, ImportedOrganisation, dict[str, str]]] = field(
        default_factory=list
    )

    def take(self, row: ImportedOrganisation) -> RowResult:
        origin = self.known.origins.get(row.key)
        own = own_number(*row.key)
        number = origin.object_id if origin else own
        body = self.known.bodies.get(number) if number is not None else None
        if number is not None and (body is None or body.state is not OrganisationState.ACTIVE):
            return _result(row, Outcome.REFUSED, "it is not in the register any more")
        if origin is not None and origin.digest == row.digest and not origin.unresolved:
            return _result(row, Outcome.UNCHANGED)
        holder = self.known.by_code.get(row.ipa_key or "")
        if body is not None and holder is not None and holder is not body:
            return _result(row, Outcome.REFUSED, f"ipa_code: it is that of {holder.name}")
        territory_id, unresolved, said = self.places.find(row)
        if body is None and holder is None:
            return self._create(row, territory_id, unresolved, said)
        if body is None:
            assert holder is not None
            return self._complete(holder, row, territory_id, unresolved, said)
        if origin is not None and origin.version != body.version:
            same = origin.digest == row.digest
            remark = () if same else ("it was changed here since its last import",)
            return _result(row, Outcome.UNCHANGED if same else Outcome.KEPT, *said, *remark)
        given = dict(row.given)
        if territory_id is not None:
            given["territory_id"] = territory_id
        return self._correct(body, row, given, unresolved, said)

    def _create(
        self,
        row: ImportedOrganisation,
        territory_id: int | None,
        unresolved: dict[str, str],
        said: list[str],
    ) -> RowResult:
        values = OrganisationValues(**{**row.guessed, **row.given, "territory_id": territory_id})
        moment = clock.now()
        body = Organisation(
            **asdict(values), slug=submissions.new_key(), created_at=moment, updated_at=moment
        )
        self.created.append(body)
        self.noted.append((body, row, unresolved))
        if row.ipa_key:
            self.known.by_code[row.ipa_key] = body
        elif self.known.names.get(row.name):
            said = [*said, "name: another body here has the same, and no code tells them apart"]
        return _result(row, Outcome.CREATED, *said)

    def _complete(
        self,
        body: Organisation,
        row: ImportedOrganisation,
        territory_id: int | None,
        unresolved: dict[str, str],
        said: list[str],
    ) -> RowResult:
        """Fill in what an administrator left empty, and nothing else."""
        if any(body is one for one in self.created):
            return _result(row, Outcome.REFUSED, f"ipa_code: it is that of {body.name}, above")
        stands = values_of(body)
        offered = {**row.given, "territory_id": territory_id}
        given = {
            name: value for name, value in offered.items() if value and not getattr(stands, name)
        }
        result = self._correct(body, row, given, unresolved, said)
        return replace(result, remarks=(*result.remarks, "known here by its IPA code"))

    def _correct(
        self,
        body: Organisation,
        row: ImportedOrganisation,
        given: Mapping[str, Any],
        unresolved: dict[str, str],
        said: list[str],
    ) -> RowResult:
        values = replace(values_of(body), **given)
        changed = differences(body, values)
        self.noted.append((body, row, unresolved))
        if not changed:
            return _result(row, Outcome.UNCHANGED, *said)
        body.raise_version(None)
        for name in changed:
            setattr(body, name, getattr(values, name))
        body.updated_at = clock.now()
        self.changed.append((body, changed))
        return _result(row, Outcome.CHANGED, *said)

    def finish(self) -> None:
        """Write rows, addresses, versions, facts and origins."""
        self.session.add_all(self.created)
        self.session.flush()
        addresses = [(reference_of(one), _words(one)) for one in self.created]
        for body, slug in zip(self.created, claim_slugs(addresses), strict=True):
            body.slug = slug
        for body, changed in self.changed:
            if "name" in changed:
                body.slug = claim_slug(reference_of(body), _words(body))
        self.session.flush()
        facts: list[OrganisationFact] = []
        for body in self.created:
            record(body, self.by)
            facts.append(OrganisationCreated(organisation_id=body.id, by_id=self.by.member_id))
        for body, changed in self.changed:
            record(body, self.by)
            facts.append(
                OrganisationChanged(
                    organisation_id=body.id, by_id=self.by.member_id, changed=tuple(changed)
                )
            )
        announce_all(facts)
        note_origins(
            (
                Told(reference_of(body), row.key, body.version, row.digest, unresolved)
                for body, row, unresolved in self.noted
            ),
            self.known.origins,
        )


def _words(body: Organisation) -> str:
    return words_of_address(values_of(body))


def _result(row: ImportedOrganisation, outcome: Outcome, *remarks: str) -> RowResult:
    return RowResult(row.line, row.external_id, row.name, outcome, (*row.remarks, *remarks))
