"""The demo's accounts: one for every role, with one password for all of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import click

from core.actor import Role
from core.config import Settings

DOMAIN = "demo.gemella.example"
_PASSWORD_FILE = "demo_password"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Account:
    """An account and, by key, the organisation that it belongs to.

    ``days`` ago it was opened; ``seen`` days ago its owner was here, where everybody may know it.
    """

    mailbox: str
    first_name: str
    last_name: str
    what: str
    organisation: str | None = None
    position: str = ""
    is_contact: bool = False
    role: Role | None = None
    days: int = 240
    seen: int | None = None

    @property
    def email(self) -> str:
        return f"{self.mailbox}@{DOMAIN}"


ACCOUNTS = (
    Account("registrato", "Nadia", "Ferrigno", "iscritta, senza ente confermato"),
    Account(
        "verificato", "Tommaso", "Lorusso", "iscritto di un ente", "comune-di-lecce", "Funzionario"
    ),
    Account(
        "referente.puglia", "Ilaria", "Santoro", "referente della Regione Puglia",
        "regione-puglia", "Dirigente", is_contact=True,
    ),
    Account(
        "referente.trento", "Martin", "Endrizzi", "referente della Provincia autonoma di Trento",
        "provincia-autonoma-di-trento", "Direttore d’ufficio", is_contact=True,
    ),
    Account(
        "coordinatore", "Chiara", "Bellandi", "coordinatrice di gemellaggi",
        "dipartimento-sviluppo-coesione", "Coordinatrice di programma", role=Role.COORDINATOR,
    ),
    Account("redattore", "Giorgio", "Palmisano", "redattore", role=Role.EDITOR),
    Account("valutatore", "Elena", "Tarozzi", "valutatrice", role=Role.EVALUATOR),
    Account("moderatore", "Sandro", "Quaglia", "moderatore", role=Role.MODERATOR),
    Account("admin", "Livia", "Morandini", "amministratrice", role=Role.ADMINISTRATOR),
)  # fmt: skip

# People who are there already when a visitor comes: invented, as all names here.
NEIGHBOURS = (
    Account("e.tonelli", "Erica", "Tonelli", "", "provincia-autonoma-di-trento", "Funzionaria"),
    Account(
        "a.dimauro", "Agnese", "Di Mauro", "", "ambito-di-manfredonia", "Assistente sociale",
        days=215,
    ),
    Account("f.rinaldi", "Fabio", "Rinaldi", "", "regione-piemonte", "Funzionario", days=203),
    Account(
        "l.bartoli", "Lucia", "Bartoli", "", "istituto-comprensivo-vinci", "Docente",
        days=196, seen=31,
    ),
    Account(
        "v.greco", "Vito", "Greco", "", "regione-puglia", "Funzionario", days=191, seen=24,
    ),
    Account(
        "p.zanin", "Paolo", "Zanin", "", "comune-di-pordenone", "Project manager",
        days=184, seen=18,
    ),
)  # fmt: skip


def password(settings: Settings) -> str:
    """The password of all demo accounts: as configured, else made once and kept in the data."""
    if settings.demo_password:
        return settings.demo_password
    path = settings.data / _PASSWORD_FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return path.read_text().strip()


def announce_accounts(settings: Settings) -> None:
    """Print the accounts, for whoever started the demo."""
    click.echo(f"Demo accounts, all with the password: {password(settings)}")
    for account in ACCOUNTS:
        click.echo(f"  {account.email:<42} {account.what}")
    click.echo("Mails of the demo arrive at /posta-di-prova")
