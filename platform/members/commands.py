"""``gemella members``: set up accounts and roles from the command line."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext

from core.actor import SYSTEM, Role
from core.domain import Refused
from core.registry import settings
from core.text import has_forbidden_characters, normalise
from members import queries
from members.rules import Newcomer, password_fault
from members.services import registration, roles

R = TypeVar("R")
ROLE = click.Choice([role.value for role in Role])


@click.group("members")
def group() -> None:
    """Members: add, list, give and take roles."""


@group.command("add")
@click.argument("email")
@click.option("--first-name", required=True, help="Nome.")
@click.option("--last-name", required=True, help="Cognome.")
@click.option("--role", "names", type=ROLE, multiple=True, help="A role; can be given again.")
@click.option(
    "--prompt-password", is_flag=True, help="Ask for a password; without, one is made and printed."
)
@with_appcontext
def add(
    email: str, first_name: str, last_name: str, names: tuple[str, ...], prompt_password: bool
) -> None:
    """Set up a member whose address needs no proof, such as the first administrator."""
    newcomer = Newcomer(
        first_name=_name(first_name),
        last_name=_name(last_name),
        email=_address(email),
        password=_prompted() if prompt_password else secrets.token_urlsafe(15),
    )
    given = tuple(Role(name) for name in names)
    made = _told(lambda: registration.add_member(newcomer, roles=given, by=SYSTEM))
    click.echo(f"Added {made.email} ({made.name})" + (f": {', '.join(names)}" if names else ""))
    if not prompt_password:
        click.echo(f"Password: {newcomer.password}")


@group.command("grant")
@click.argument("email")
@click.argument("role", type=ROLE)
@with_appcontext
def grant(email: str, role: str) -> None:
    """Give a member a role."""
    member_id = _known(email)
    given = _told(lambda: roles.grant_role(member_id=member_id, role=Role(role), by=SYSTEM))
    click.echo(f"{email}: {role}" if given else f"{email} is {role} already")


@group.command("revoke")
@click.argument("email")
@click.argument("role", type=ROLE)
@with_appcontext
def revoke(email: str, role: str) -> None:
    """Take a role from a member."""
    member_id = _known(email)
    taken = _told(lambda: roles.revoke_role(member_id=member_id, role=Role(role), by=SYSTEM))
    click.echo(f"{email}: not {role} any more" if taken else f"{email} is not {role}")


@group.command("list")
@click.option("--role", type=ROLE, help="Only who holds this role.")
@with_appcontext
def list_members(role: str | None) -> None:
    """List members with state and roles."""
    found = queries.accounts(Role(role) if role else None)
    for one in found:
        held = ", ".join(sorted(one.roles)) or "-"
        click.echo(f"{one.id:>5}  {one.state:<12} {one.email:<40} {one.name:<30} {held}")
    if not found:
        click.echo("No members.", err=True)


def _name(text: str) -> str:
    name = " ".join(normalise(text).split())
    if not name or len(name) > 80 or has_forbidden_characters(name):
        raise click.BadParameter("a name of 1 to 80 characters is wanted")
    return name


def _address(text: str) -> str:
    try:
        checked = validate_email(
            text,
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=settings().testing,
        )
    except EmailNotValidError as error:
        raise click.BadParameter(str(error), param_hint="EMAIL") from error
    return checked.normalized


def _prompted() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    fault = password_fault(password)
    if fault is not None:
        raise click.BadParameter(f"the password is too {fault}", param_hint="password")
    return password


def _known(email: str) -> int:
    found = queries.member_id_of(email)
    if found is None:
        raise click.BadParameter(f"nobody has the address {email}", param_hint="EMAIL")
    return found


def _told(do: Callable[[], R]) -> R:
    try:
        return do()
    except Refused as refused:
        words = {
            "known_address": "this address has an account already",
            "not_active": "this member is not active",
            "last_administrator": "this is the last administrator",
        }
        raise click.ClickException(words.get(refused.reason, refused.reason)) from refused
