"""How states and roles are called in the back office."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, pgettext

from admin.queries.bodies import BodyFilter
from admin.queries.members import MemberOrder
from core.actor import Role
from members.models import AffiliationState, MemberState
from notifications.models import MailState
from organisations.models import OrganisationState


def role_labels() -> dict[Role, str]:
    return {
        Role.COORDINATOR: gettext("coordinatore"),
        Role.EDITOR: gettext("redattore"),
        Role.EVALUATOR: gettext("valutatore"),
        Role.MODERATOR: gettext("moderatore"),
        Role.ADMINISTRATOR: gettext("amministratore"),
    }


def member_states() -> dict[MemberState, str]:
    return {
        MemberState.ACTIVE: pgettext("di persona", "attivo"),
        MemberState.UNCONFIRMED: pgettext("di persona", "da confermare"),
        MemberState.SUSPENDED: pgettext("di persona", "sospeso"),
        MemberState.REMOVED: gettext("ex iscritto"),
    }


def member_orders() -> dict[MemberOrder, str]:
    return {
        MemberOrder.NAME: gettext("Nome e cognome"),
        MemberOrder.JOINED: gettext("Iscritti da poco"),
        MemberOrder.SEEN: gettext("Ultimo accesso"),
    }


def body_states() -> dict[OrganisationState, str]:
    return {
        OrganisationState.ACTIVE: gettext("nel registro"),
        OrganisationState.AWAITED: pgettext("di ente", "atteso"),
        OrganisationState.REMOVED: gettext("tolto dal registro"),
    }


def body_filters() -> dict[BodyFilter, str]:
    return {
        BodyFilter.AWAITED: gettext("Attesi: invitati, da confermare"),
        BodyFilter.WITHOUT_CONTACT: gettext("Senza referente"),
        BodyFilter.UNVERIFIED: gettext("Dati da verificare"),
        BodyFilter.VERIFIED: gettext("Dati verificati"),
        BodyFilter.REMOVED: gettext("Tolti dal registro"),
    }


def affiliation_states() -> dict[AffiliationState, str]:
    return {
        AffiliationState.REQUESTED: gettext("in attesa"),
        AffiliationState.ACCEPTED: gettext("confermata"),
        AffiliationState.REFUSED: gettext("non confermata"),
        AffiliationState.ENDED: gettext("terminata"),
    }


def mail_states() -> dict[MailState, str]:
    return {
        MailState.QUEUED: gettext("da mandare"),
        MailState.SENT: gettext("mandata"),
        MailState.DROPPED: gettext("lasciata cadere"),
    }


def kind_labels() -> dict[str, Any]:
    return {
        "organisation": gettext("Ente"),
        "member": gettext("Iscritto"),
        "affiliation": gettext("Appartenenza"),
        "invitation": gettext("Invito"),
        "space": gettext("Spazio riservato"),
        "thread": gettext("Discussione"),
        "post": gettext("Messaggio"),
        "practice": gettext("Storia"),
        "match": gettext("Corrispondenza"),
        "matches": gettext("Corrispondenze di una storia"),
        "twinning": gettext("Gemellaggio"),
        "participation": gettext("Partecipazione"),
        "report": gettext("Segnalazione"),
        "mail": gettext("Mail"),
        "outbox": gettext("Coda"),
        "index": gettext("Indice"),
    }


def fact_labels() -> dict[str, str]:
    """What happened, in a few words; facts that stand in no line here keep their own name."""
    return {
        "AffiliationAccepted": gettext("appartenenza confermata"),
        "AffiliationEnded": gettext("appartenenza terminata"),
        "AffiliationRefused": gettext("appartenenza rifiutata"),
        "AffiliationRequested": gettext("appartenenza richiesta"),
        "AffiliationRoleChanged": gettext("ruolo nell’ente cambiato"),
        "AvatarChanged": gettext("immagine cambiata"),
        "ConfirmationRequested": gettext("nuovo collegamento di conferma chiesto"),
        "DeliveryHurried": gettext("riga della coda da riprovare subito"),
        "InvitationAccepted": gettext("invito accettato"),
        "InvitationRevoked": gettext("invito ritirato"),
        "InvitationSent": gettext("invito mandato"),
        "KnownAddressRegistered": gettext("registrazione con un indirizzo già noto"),
        "MailHurried": gettext("mail da riprovare subito"),
        "MatchContacted": gettext("corrispondenza: primo messaggio"),
        "MatchDismissed": gettext("corrispondenza scartata"),
        "MatchTwinned": gettext("corrispondenza: nato un gemellaggio"),
        "MatchesComputed": gettext("corrispondenze ricalcolate"),
        "MatchesSuggested": gettext("corrispondenze suggerite"),
        "MemberConfirmed": gettext("indirizzo confermato"),
        "MemberRegistered": gettext("registrazione"),
        "MemberReinstated": gettext("iscritto riammesso"),
        "MemberRemoved": gettext("iscritto tolto"),
        "MemberSuspended": gettext("iscritto sospeso"),
        "OrganisationAdmitted": gettext("ente atteso entrato nel registro"),
        "OrganisationAwaited": gettext("ente indicato da chi invita"),
        "OrganisationChanged": gettext("dati dell’ente cambiati"),
        "OrganisationCreated": gettext("ente aggiunto al registro"),
        "OrganisationRemoved": gettext("ente tolto dal registro"),
        "OrganisationVerified": gettext("dati dell’ente verificati"),
        "PartnerRecorded": gettext("partecipazione registrata dagli atti"),
        "PartnerWithdrawn": gettext("partecipazione ritirata"),
        "PasswordChanged": gettext("password cambiata"),
        "PasswordResetRequested": gettext("nuova password chiesta"),
        "PostEdited": gettext("messaggio riscritto"),
        "PostHeld": gettext("messaggio trattenuto"),
        "PostHidden": gettext("messaggio nascosto"),
        "PostPublished": gettext("messaggio pubblicato"),
        "PostRefused": gettext("messaggio respinto"),
        "PostRemoved": gettext("messaggio ritirato"),
        "PostRestored": gettext("messaggio ripubblicato"),
        "ProfileChanged": gettext("profilo cambiato"),
        "RebuildAsked": gettext("indice da ricostruire"),
        "RoleGranted": gettext("ruolo dato"),
        "RoleRevoked": gettext("ruolo tolto"),
        "SessionsEnded": gettext("accessi chiusi da un amministratore"),
        "SpaceGrantEnded": gettext("accesso a uno spazio riservato finito"),
        "SpaceGranted": gettext("accesso a uno spazio riservato dato"),
        "SpaceOpened": gettext("spazio riservato aperto"),
        "StoryArchived": gettext("storia archiviata"),
        "StoryChanged": gettext("storia cambiata"),
        "StoryChangesRequested": gettext("storia rimandata all’autore"),
        "StoryDrafted": gettext("storia iniziata"),
        "StoryImported": gettext("storia importata"),
        "StoryPublished": gettext("storia pubblicata"),
        "StoryRejected": gettext("storia respinta"),
        "StoryRemoved": gettext("storia tolta"),
        "StorySubmitted": gettext("storia mandata alla redazione"),
        "ThreadChanged": gettext("discussione riscritta"),
        "ThreadClosed": gettext("discussione chiusa"),
        "ThreadOpened": gettext("discussione aperta"),
        "ThreadRemoved": gettext("discussione tolta"),
        "ThreadReopened": gettext("discussione riaperta"),
        "TwinningChanged": gettext("gemellaggio cambiato"),
        "TwinningCreated": gettext("gemellaggio iniziato"),
        "TwinningStateChanged": gettext("stato del gemellaggio cambiato"),
    }
