"""The pages of members, by what they are about; ``wiring`` imports them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, url_for
from flask_babel import gettext

from core.access import current_actor
from core.contracts import OwnPage
from core.counting import counted_each
from core.registry import registry
from members.policies import may_invite
from members.queries import requests_counted

blueprint = Blueprint("members", __name__)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu of the own space."""

    label: str
    url: str
    current: bool
    count: int | None = None


def sections(endpoint: str, known: Mapping[str, int] | None = None) -> list[Section]:
    """The menu of the own space, with the page that is open; templates call it ``own_sections``.

    ``known`` holds, by endpoint, what the page has counted already; what is missing is counted in
    one query.
    """
    pages, numbers = own_pages(), dict(known or {})
    missing = [one for one in pages if one.count is not None and one.endpoint not in numbers]
    found = counted_each([one.count(current_actor()) for one in missing if one.count])
    numbers |= {one.endpoint: number for one, number in zip(missing, found, strict=True)}
    return [_section(one, one.endpoint == endpoint, numbers) for one in pages]


def own_pages() -> list[OwnPage]:
    """The pages of the own space that the reader has, in their order."""
    actor = current_actor()
    entries = [
        OwnPage(label=gettext("Riepilogo"), endpoint="members.my_space", order=10),
        OwnPage(label=gettext("Profilo e preferenze"), endpoint="members.edit_profile", order=50),
        OwnPage(label=gettext("Appartenenze"), endpoint="members.my_affiliations", order=60),
        OwnPage(label=gettext("Password"), endpoint="members.edit_password", order=80),
        *registry().own_pages,
    ]
    if actor.contact_organisation_ids or actor.is_administrator:
        entries.append(
            OwnPage(
                label=gettext("Richieste da decidere"),
                endpoint="members.requests",
                order=70,
                count=requests_counted,
            )
        )
    if may_invite(actor):
        entries.append(OwnPage(label=gettext("Inviti"), endpoint="members.invitations", order=75))
    return sorted(entries, key=_order)


def _section(page: OwnPage, current: bool, numbers: Mapping[str, int]) -> Section:
    count = numbers.get(page.endpoint) if page.count is not None else None
    if page.number is not None:
        count = page.number()
    return Section(str(page.label), url_for(page.endpoint), current, count)


def _order(page: OwnPage) -> int:
    return page.order
