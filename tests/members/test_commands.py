"""``gemella members``: accounts and roles from the command line."""

from __future__ import annotations

import re

import pytest
from click.testing import Result
from flask import Flask

from core.actor import Role
from members import queries
from tests.factories.members import MemberFactory, member_with
from tests.visitor import Visitor


def run(app: Flask, *words: str, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["members", *words], input=typed)


def test_the_first_administrator(app: Flask, visitor: Visitor) -> None:
    result = run(
        app, "add", "Admin@Ente.example", "--first-name", "Livia", "--last-name", "Morandini",
        "--role", "administrator",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    password = re.search(r"Password: (\S+)", result.output)
    assert password
    visitor.sign_in("admin@ente.example", password[1])
    member_id = queries.member_id_of("admin@ente.example")
    assert queries.roles_of(member_id) == [Role.ADMINISTRATOR]


def test_a_password_of_ones_own(app: Flask, visitor: Visitor) -> None:
    words = ("add", "a@ente.example", "--first-name", "A", "--last-name", "B", "--prompt-password")
    result = run(app, *words, typed="corta\ncorta\n")
    assert result.exit_code == 2
    assert "too short" in result.output
    result = run(app, *words, typed="una frase di prova\nuna frase di prova\n")
    assert result.exit_code == 0, result.output
    assert "una frase" not in result.output
    visitor.sign_in("a@ente.example")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "nowhere", "--first-name", "A", "--last-name", "B"), "EMAIL"),
        (("add", "a@ente.example", "--first-name", " ", "--last-name", "B"), "1 to 80"),
        (("add", "known@ente.example", "--first-name", "A", "--last-name", "B"), "already"),
        (("add", "a@ente.example"), "--first-name"),
        (("grant", "nobody@ente.example", "editor"), "nobody has the address"),
        (("grant", "known@ente.example", "king"), "editor"),
        (("revoke", "known@ente.example", "administrator"), "last administrator"),
    ],
)
def test_what_cannot_be_done_is_said(app: Flask, words: tuple[str, ...], says: str) -> None:
    member_with(Role.ADMINISTRATOR, email="known@ente.example")
    result = run(app, *words)
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output


def test_grant_revoke_list(app: Flask) -> None:
    member = MemberFactory.make(email="anna@ente.example")
    assert run(app, "grant", "ANNA@ente.example", "editor").exit_code == 0
    assert "already" in run(app, "grant", "anna@ente.example", "editor").output
    assert member.name in run(app, "list", "--role", "editor").output
    assert "editor" in run(app, "list").output
    assert run(app, "revoke", "anna@ente.example", "editor").exit_code == 0
    assert "is not editor" in run(app, "revoke", "anna@ente.example", "editor").output
    assert member.name not in run(app, "list", "--role", "editor").output
    for command in ("add", "grant", "revoke", "list"):
        assert "Usage" in run(app, command, "--help").output
