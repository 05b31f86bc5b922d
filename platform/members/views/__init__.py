"""The pages of members, by what they are about; ``wiring`` imports them all."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, url_for
from flask_babel import gettext

from core.access import current_actor
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


def sections(endpoint: str) -> list[Section]:
    """The menu of the own space, with the page that is open."""
    actor = current_actor()
    entries: list[tuple[str, str, int | None]] = [
        ("members.my_space", gettext("Riepilogo"), None),
        ("members.edit_profile", gettext("Profilo e preferenze"), None),
        ("members.my_affiliations", gettext("Appartenenze"), None),
    ]
    if actor.contact_organisation_ids or actor.is_administrator:
        waiting = count_requests_for(actor)
        entries.append(("members.requests", gettext("Richieste da decidere"), waiting))
    if may_invite(actor):
        entries.append(("members.invitations", gettext("Inviti"), None))
    entries.append(("members.edit_password", gettext("Password"), None))
    return [Section(label, url_for(name), name == endpoint, n) for name, label, n in entries]
