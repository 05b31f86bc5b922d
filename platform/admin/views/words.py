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


def consumer_labels() -> dict[str, str]:
    """For whom the outbox keeps rows."""
    return {
        "search": gettext("ricerca"),
        "mail": gettext("avvisi e mail"),
        "matching": gettext("corrispondenze"),
        "forum.forgetting": gettext("discussioni di chi non è più iscritto"),
        "endorsements": gettext("storie dette utili"),
    }


def kind_labels() -> dict[str, Any]:
    return {
        "appeal": gettext("Ricorso"),
        "attachment": gettext("Allegato"),
        "measure": gettext("Provvedimento"),
        "installation": gettext("Sito"),
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
        "AppealAnswered": gettext("risposta a un ricorso"),
        "AppealMade": gettext("ricorso arrivato"),
        "AttachmentAdded": gettext("allegato aggiunto"),
        "AttachmentChanged": gettext("allegato cambiato"),
        "AttachmentHidden": gettext("allegato nascosto"),
        "AttachmentPlaced": gettext("ordine degli allegati cambiato"),
        "AttachmentRemoved": gettext("allegato tolto"),
        "AttachmentRestored": gettext("allegato ripubblicato"),
        "AttachmentVersionAdded": gettext("nuova versione di un allegato"),
        "AvatarChanged": gettext("immagine cambiata"),
        "BackupRestored": gettext("copia di sicurezza ripristinata"),
        "BestMarked": gettext("risposta migliore indicata"),
        "BestUnmarked": gettext("risposta migliore tolta"),
        "ChargeTaken": gettext("proposta presa in carico"),
        "ConfirmationAsked": gettext("conferma della storia chiesta"),
        "ConfirmationMissed": gettext("conferma della storia non arrivata"),
        "ConfirmationRequested": gettext("nuovo collegamento di conferma chiesto"),
        "DeliveryHurried": gettext("riga della coda da riprovare subito"),
        "InstallationMended": gettext("sito riparato"),
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
        "MeasureLifted": gettext("provvedimento annullato"),
        "MeasureTaken": gettext("provvedimento deciso"),
        "MemberConfirmed": gettext("indirizzo confermato"),
        "MemberRegistered": gettext("registrazione"),
        "MemberReinstated": gettext("iscritto riammesso"),
        "MemberRemoved": gettext("iscritto tolto"),
        "MemberSuspended": gettext("iscritto sospeso"),
        "MessagesMoved": gettext("messaggi spostati"),
        "OrganisationAdmitted": gettext("ente atteso entrato nel registro"),
        "OrganisationAwaited": gettext("ente indicato da chi invita"),
        "OrganisationChanged": gettext("dati dell’ente cambiati"),
        "OrganisationCreated": gettext("ente aggiunto al registro"),
        "OrganisationRemoved": gettext("ente tolto dal registro"),
        "OrganisationVerified": gettext("dati dell’ente verificati"),
        "PartnerAccepted": gettext("partecipazione accettata"),
        "PartnerInvited": gettext("partecipazione proposta"),
        "PartnerLeft": gettext("uscita dal gemellaggio"),
        "PartnerRecorded": gettext("partecipazione registrata dagli atti"),
        "PartnerRefused": gettext("partecipazione rifiutata"),
        "PartnerWithdrawn": gettext("partecipazione ritirata"),
        "PasswordChanged": gettext("password cambiata"),
        "PasswordResetRequested": gettext("nuova password chiesta"),
        "PostEdited": gettext("messaggio riscritto"),
        "PostHeld": gettext("messaggio trattenuto"),
        "PostHidden": gettext("messaggio nascosto"),
        "PostPublished": gettext("messaggio pubblicato"),
        "PostReacted": gettext("reazione a un messaggio, data o ritirata"),
        "PostRefused": gettext("messaggio respinto"),
        "PostRemoved": gettext("messaggio ritirato"),
        "PostRestored": gettext("messaggio ripubblicato"),
        "ProfileChanged": gettext("profilo cambiato"),
        "ProfileChecked": gettext("profilo letto da chi modera"),
        "RebuildAsked": gettext("indice da ricostruire"),
        "ReportDecided": gettext("segnalazione decisa"),
        "ReportFiled": gettext("segnalazione arrivata"),
        "RevisionApproved": gettext("nuovo testo approvato"),
        "RevisionChanged": gettext("nuovo testo riscritto"),
        "RevisionProposed": gettext("nuovo testo mandato alla redazione"),
        "RevisionRefused": gettext("nuovo testo rifiutato"),
        "RevisionWithdrawn": gettext("nuovo testo ritirato"),
        "RoleGranted": gettext("ruolo dato"),
        "RoleRevoked": gettext("ruolo tolto"),
        "SessionsEnded": gettext("accessi chiusi da un amministratore"),
        "SpaceGrantEnded": gettext("accesso a uno spazio riservato finito"),
        "SpaceGranted": gettext("accesso a uno spazio riservato dato"),
        "SpaceOpened": gettext("spazio riservato aperto"),
        "StoryArchived": gettext("storia archiviata"),
        "StoryChanged": gettext("storia cambiata"),
        "StoryChangesRequested": gettext("storia rimandata all’autore"),
        "StoryConfirmed": gettext("storia confermata: vale ancora"),
        "StoryDrafted": gettext("storia iniziata"),
        "StoryEndorsed": gettext("storia detta utile"),
        "StoryEndorsementWithdrawn": gettext("storia non più detta utile"),
        "StoryHidden": gettext("storia nascosta"),
        "StoryImported": gettext("storia importata"),
        "StoryOutdated": gettext("storia superata"),
        "StoryPublished": gettext("storia pubblicata"),
        "StoryRecounted": gettext("numeri della storia ricontati"),
        "StoryRejected": gettext("storia respinta"),
        "StoryRemoved": gettext("storia tolta"),
        "StoryRestored": gettext("storia resa di nuovo visibile"),
        "StorySubmitted": gettext("storia mandata alla redazione"),
        "StoryValidated": gettext("storia validata"),
        "StoryWithdrawn": gettext("storia ripresa dall’autore"),
        "ThreadChanged": gettext("discussione riscritta"),
        "ThreadClosed": gettext("discussione chiusa"),
        "ThreadImported": gettext("discussione importata"),
        "ThreadLeftAlone": gettext("discussione rimasta senza risposte"),
        "ThreadMerged": gettext("discussione unita a un’altra"),
        "ThreadMoved": gettext("discussione spostata"),
        "ThreadOpened": gettext("discussione aperta"),
        "ThreadPinned": gettext("discussione messa in evidenza, o non più"),
        "ThreadHidden": gettext("discussione nascosta"),
        "ThreadRemoved": gettext("discussione tolta"),
        "ThreadRestored": gettext("discussione resa di nuovo visibile"),
        "ThreadReopened": gettext("discussione riaperta"),
        "ThreadSplit": gettext("discussione divisa"),
        "TwinningChanged": gettext("gemellaggio cambiato"),
        "TwinningCreated": gettext("gemellaggio iniziato"),
        "TwinningStateChanged": gettext("stato del gemellaggio cambiato"),
        "ValidationDeclined": gettext("validazione non ancora data"),
        "ValidationLapsed": gettext("validazione decaduta"),
    }


def mail_labels() -> dict[str, str]:
    """What a mail is about, by its rule; a rule that stands in no line here keeps its own name."""
    return {
        "forum.alone": gettext("discussione ancora senza risposta"),
        "forum.best": gettext("risposta migliore"),
        "forum.cleared": gettext("messaggio pubblicato dopo la moderazione"),
        "forum.hidden": gettext("messaggio nascosto"),
        "forum.mention": gettext("menzione in una discussione"),
        "forum.refused": gettext("messaggio respinto"),
        "forum.reply": gettext("risposta in una discussione"),
        "forum.restored": gettext("messaggio ripubblicato"),
        "members.accepted": gettext("appartenenza confermata"),
        "members.confirm": gettext("conferma dell’indirizzo"),
        "members.confirm_again": gettext("conferma dell’indirizzo, di nuovo"),
        "members.invitation": gettext("invito"),
        "members.invitation_accepted": gettext("invito accettato"),
        "members.known_address": gettext("registrazione con un indirizzo già noto"),
        "members.password_changed": gettext("password cambiata"),
        "members.refused": gettext("appartenenza non confermata"),
        "members.requested": gettext("appartenenza da decidere"),
        "members.reset": gettext("nuova password"),
        "moderation.appeal_answered": gettext("risposta a un ricorso"),
        "moderation.decided": gettext("esito di una segnalazione"),
        "moderation.lifted": gettext("provvedimento annullato"),
        "moderation.suspended": gettext("sospensione"),
        "moderation.warned": gettext("richiamo"),
        "practices.archived": gettext("storia archiviata"),
        "practices.asked": gettext("storia da confermare"),
        "practices.changes_requested": gettext("storia da cambiare"),
        "practices.contacted": gettext("primo messaggio per una corrispondenza"),
        "practices.declined": gettext("validazione non ancora data"),
        "practices.lapsed": gettext("validazione decaduta"),
        "practices.missed": gettext("conferma che non è arrivata"),
        "practices.outdated": gettext("storia superata"),
        "practices.published": gettext("storia pubblicata"),
        "practices.rejected": gettext("storia respinta"),
        "practices.revision": gettext("nuovo testo da rivedere"),
        "practices.revision_approved": gettext("nuovo testo approvato"),
        "practices.revision_refused": gettext("nuovo testo rifiutato"),
        "practices.submitted": gettext("storia da rivedere"),
        "practices.validated": gettext("storia validata"),
        "twinning.accepted": gettext("partecipazione accettata"),
        "twinning.charged": gettext("proposta presa in carico"),
        "twinning.decided": gettext("decisione su un gemellaggio"),
        "twinning.invited": gettext("partecipazione da decidere"),
        "twinning.left": gettext("uscita da un gemellaggio"),
        "twinning.proposed": gettext("gemellaggio proposto"),
        "twinning.recorded": gettext("partecipazione registrata dagli atti"),
        "twinning.refused": gettext("partecipazione rifiutata"),
        "twinning.uncoordinated": gettext("proposta senza coordinatore"),
    }
