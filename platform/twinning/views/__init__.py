"""The pages of twinnings: every address of the feature stands here."""

from __future__ import annotations

from flask import Blueprint

from twinning.views import (
    catalogue,
    editing,
    feeds,
    invitations,
    mine,
    page,
    partners,
    space,
    steps,
)

blueprint = Blueprint("twinning", __name__)

_READ = ("GET",)
_FORM = ("GET", "POST")
_ONE = "/gemellaggi/<slug:slug>"
_PARTNER = f"{_ONE}/partecipanti/<int:participation_id>"

for path, endpoint, view, methods in (
    ("/gemellaggi", "twinnings", catalogue.twinnings, _READ),
    ("/gemellaggi/feed", "feed", feeds.feed, _READ),
    ("/gemellaggi/nuovo", "create", editing.create, _FORM),
    (_ONE, "twinning", page.twinning, _READ),
    (f"{_ONE}/discussioni", "threads", page.threads, _READ),
    (f"{_ONE}/partecipanti", "partners", page.partners, _READ),
    (f"{_ONE}/feed", "twinning_feed", feeds.twinning_feed, _READ),
    (f"{_ONE}/modifica", "edit", editing.edit, _FORM),
    (f"{_ONE}/stato", "change_state", steps.change_state, _FORM),
    (f"{_ONE}/partecipanti/aggiungi", "record_partner", partners.record, _FORM),
    (f"{_ONE}/partecipanti/invita", "invite", invitations.invite, _FORM),
    (f"{_ONE}/partecipanti/invita/nuovo", "invite_newcomer", invitations.invite_newcomer, _FORM),
    (f"{_ONE}/prendi-in-carico", "take_charge", invitations.take_charge, ("POST",)),
    (f"{_ONE}/spazio", "space", space.space, _READ),
    (f"{_PARTNER}/togli", "withdraw_partner", partners.withdraw, _FORM),
    (f"{_PARTNER}/rispondi", "answer", invitations.answer, _FORM),
    (f"{_PARTNER}/lascia", "leave", invitations.leave, _FORM),
    ("/il-mio-spazio/gemellaggi", "mine", mine.twinnings, _READ),
):
    blueprint.add_url_rule(path, endpoint, view, methods=methods)
