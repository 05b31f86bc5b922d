"""The pages of members, by what they are about; ``wiring`` imports them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, url_for
from flask_babel import gettext

from core.access import current_actor
from core.contracts import OwnPage
from core.registry import registry
from members.policies import may_invite
from members.queries import count_requests_for

blueprint = Blueprint("members", __name__)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu of the own space."""

    label: str
    url: str
    current: bool
    count: int | None = None


def sections(endpoint: str, counted: Mapping[str, int] | None = None) -> list[Section]:
    """The menu of the own space, with the page that is open; templates call it ``own_sections``.

    ``counted`` holds, by endpoint, what the page has counted already.
    """
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
                count=count_requests_for,
            )
        )
    if may_invite(actor):
        entries.append(OwnPage(label=gettext("Inviti"), endpoint="members.invitations", order=75))
    return [
        _section(one, one.endpoint == endpoint, counted or {})
        for one in sorted(entries, key=_order)
    ]


def _section(page: OwnPage, current: bool, counted: Mapping[str, int]) -> Section:
    count = None
    if page.count is not None:
        known = counted.get(page.endpoint)
        count = page.count(current_actor()) if known is None else known
    return Section(str(page.label), url_for(page.endpoint), current, count)


def _order(page: OwnPage) -> int:
    return page.order
