"""Pure rules of members: which states follow which, and which passwords are taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from core.domain import Transitions
from core.text import Rendered
from members.models import (
    AffiliationState,
    Invitation,
    MemberState,
    Visibility,
)

SESSION_ENDS_AFTER = timedelta(days=14)
SESSION_FORGOTTEN_AFTER = timedelta(days=90)
SEEN_AT_MOST_EVERY = timedelta(minutes=15)

INVITATION_ENDS_AFTER = timedelta(days=14)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128

MEMBER_STATES = Transitions[MemberState](
    {
        MemberState.UNCONFIRMED: (MemberState.ACTIVE, MemberState.REMOVED),
        MemberState.ACTIVE: (MemberState.SUSPENDED, MemberState.REMOVED),
        MemberState.SUSPENDED: (MemberState.ACTIVE, MemberState.REMOVED),
    }
)


def suspension_is_over(state: MemberState, until: datetime | None, now: datetime) -> bool:
    """Whether a suspension has run out by itself; one without end does not."""
    return state is MemberState.SUSPENDED and until is not None and until <= now


AFFILIATION_STATES = Transitions[AffiliationState](
    {
        AffiliationState.REQUESTED: (
            AffiliationState.ACCEPTED,
            AffiliationState.REFUSED,
            AffiliationState.ENDED,
        ),
        AffiliationState.ACCEPTED: (AffiliationState.ENDED,),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What somebody who registers tells of himself or herself."""

    first_name: str
    last_name: str
    email: str
    password: str = field(repr=False)
    language: str = "it"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileValues:
    """What members write of themselves; ``bio`` comes rendered."""

    first_name: str
    last_name: str
    bio: Rendered = field(default_factory=lambda: Rendered("", ""))
    theme_ids: Collection[int] = ()
    language: str = "it"
    sign_in_visibility: Visibility = Visibility.NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Whom an invitation goes to: address, language of the mail, and what it says beside."""

    email: str
    language: str = "it"
    message: str = ""


_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
# The order matters: Edge and Opera also name Chrome, Chrome also names Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)


def email_key(address: str) -> str:
    """An address folded for comparison: two that differ in case alone are one mailbox.

    Domains with other letters are compared as mail knows them (``xn--…``). Folding would take
    ``straße.it`` for ``strasse.it``, which belongs to somebody else.
    """
    address = address.strip()
    if not address.isascii():
        try:
            checked = validate_email(address, allow_smtputf8=False, check_deliverability=False)
        except EmailNotValidError:
            # Nobody's: such an address is refused where it would be written down.
            return address
        address = checked.ascii_email or address
    return address.lower()


# Letters and signs of which nothing is drawn: Hangul’s fillers, the empty braille pattern.
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def can_be_seen(name: str) -> bool:
    """Whether there is anything to read: a name of invisible signs looks like no author at all."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _UNSEEN for sign in name)


class InvitationState(StrEnum):
    PENDING = "pending"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


def invitation_state(invitation: Invitation, moment: datetime) -> InvitationState:
    """What has become of an invitation by this moment."""
    if invitation.used_at is not None:
        return InvitationState.USED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.PENDING if moment < invitation.expires_at else InvitationState.EXPIRED


def is_personal(address: str, others: Collection[str] = ()) -> bool:
    """Whether an address is a private mailbox, which proves nothing of where somebody works.

    ``others`` are domains beside ``FREE_MAIL``; what stands below a domain belongs to it.
    """
    labels = email_key(address).rpartition("@")[2].split(".")
    domains = {".".join(labels[start:]) for start in range(len(labels))}
    return not domains.isdisjoint(FREE_MAIL) or not domains.isdisjoint(others)


def device_name(user_agent: str) -> str:
    """Browser and system of a device in two words ("Firefox, Windows"), or ``""``."""
    found = [
        next((name for mark, name in choices if mark in user_agent), "")
        for choices in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(part for part in found if part)


def password_fault(password: str, *, names: tuple[str, ...] = ()) -> str | None:
    """What is wrong with a new password, or None: ``short``, ``long``, ``personal``, ``common``.

    ``names`` are the person's own names and address, which others know. There are no rules about
    what a password is made of: length is what counts.
    """
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    bare = _bare(password)
    if bare in {_bare(name) for name in names if name}:
        return "personal"
    if bare in COMMON_PASSWORDS or len(set(bare)) <= 2 or _is_run(bare):
        return "common"
    return None


def _bare(text: str) -> str:
    """Letters and digits alone, without case: ``Mario.Rossi!`` and ``mariorossi`` are the same."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _is_run(text: str) -> bool:
    """Whether the text walks along the keyboard or the alphabet, or repeats one short piece."""
    walks = (
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "12345678901234567890",
        "09876543210987654321",
        "1234567890qwertyuiop",
        "1q2w3e4r5t6y7u8i9o0p",
        "qazwsxedcrfvtgbyhnujmikolp",
    )
    if any(text in walk for walk in walks):
        return True
    return any(
        len(text) > length and (text[:length] * len(text)).startswith(text)
        for length in range(1, len(text) // 3 + 1)
    )


# What people choose first when twelve characters are asked for; compared without case and signs.
COMMON_PASSWORDS = frozenset(
    """
    password1234 password12345 password123456 passwordpassword passwordsicura passwordsegreta
    lamiapassword miapassword123 nuovapassword nuovapassword1 cambiapassword cambiami1234
    passw0rd1234 p4ssw0rd1234 benvenuto123 benvenuto1234 benvenuti123 buongiorno123 buongiorno1234
    amministrazione amministrazione1 amministratore amministratore1 administrator administrator1
    admin1234567 adminadmin12 comunedibari comunedilecce comuneditrento comunediroma comunedimilano
    comune123456 regione12345 regionepuglia regionepuglia1 regionepuglia2024 provinciaautonoma
    provinciaditrento provincia123 ministero123 ministero1234 gemellaggio1 gemellaggio12
    gemellaggio123 gemellaggi123 gemella12345 gemellagemella segreteria12 segreteria123
    protocollo12 protocollo123 ufficio12345 ufficiotecnico dirigente123 funzionario1 funzionario12
    funzionario123 napolinapoli forzanapoli1 forzajuventus forzainter12 forzamilan12 forzaroma123
    juventus1897 juventus12345 interinter12 ciaociaociao ciaobella123 tiamotantissimo amoremio1234
    amoreamore12 francesca123 alessandro12 alessandro123 alessandra12 alessandra123 giuseppe1234
    valentina123 valentina1234 stellastella supercalifragilisti qwertyuiop12 qwertyuiop123
    qwerty123456 qwerty1234567 asdfghjkl123 zxcvbnm12345 iloveyou1234 letmein12345 welcome12345
    welcome123456 changeme1234 trustno112345 abcdefgh1234 abcd12345678 abc123456789 a12345678901
    aaaaaa123456 italiaitalia italia123456 pizzaepasta1 spaghetti123 lasciamientrare
    """.split()
)

# Where everybody gets a mailbox; the providers that are most used in Italy and its neighbours.
FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com outlook.it outlook.de hotmail.com hotmail.it hotmail.fr
    hotmail.de hotmail.co.uk live.com live.it live.fr live.de msn.com yahoo.com yahoo.it yahoo.fr
    yahoo.de yahoo.co.uk ymail.com rocketmail.com icloud.com me.com mac.com aol.com aol.it
    libero.it virgilio.it tin.it alice.it tiscali.it inwind.it iol.it blu.it giallo.it
    email.it supereva.it katamail.com interfree.it jumpy.it fastwebnet.it teletu.it
    postecert.it mail.com gmx.com gmx.de gmx.at gmx.net gmx.ch web.de freenet.de
    t-online.de orange.fr wanadoo.fr free.fr sfr.fr laposte.net seznam.cz wp.pl o2.pl onet.pl
    interia.pl protonmail.com protonmail.ch proton.me pm.me tutanota.com tutanota.de
    tuta.io tuta.com zoho.com zohomail.eu yandex.com yandex.ru mail.ru fastmail.com hey.com duck.com
    mailinator.com guerrillamail.com 10minutemail.com yopmail.com temp-mail.org
    """.split()
)
