"""Configuration: what is wrong stops the start and says where, what was found, what is wanted."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.config import KNOWN, ConfigurationError, Settings, is_loopback


def read(folder: Path, **values: str) -> Settings:
    return Settings.from_environment({"GEMELLA_DATA": str(folder), **values})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEMELLA_DATABASE_URL", "mysql://localhost/x"),
        ("GEMELLA_DATABASE_URL", "sqlite://"),
        ("GEMELLA_DATABASE_URL", "sqlite:///:memory:"),
        ("GEMELLA_DATABASE_URL", "sqlite:////no/such/folder/gemella.sqlite3"),
        ("GEMELLA_DATABASE_URL", "postgresql://localhost:port/x"),
        ("GEMELLA_SECRET_KEY", "short"),
        ("GEMELLA_BASE_URL", "gemella.example"),
        ("GEMELLA_BASE_URL", "https://gemella example.it"),
        ("GEMELLA_BASE_URL", "https://example.it/under/a/path"),
        ("GEMELLA_BASE_URL", "https://example.it:port"),
        ("GEMELLA_SMTP_URL", "http://localhost"),
        ("GEMELLA_MAIL_FROM", "Gemella"),
        ("GEMELLA_MAIL_FROM", "Gemella <posta@example.it>\nBcc: tutti@example.it"),
        ("GEMELLA_CONTACT_EMAIL", "Gemella <posta@example.it>"),
        ("GEMELLA_DEMO_PASSWORD", "corta"),
        ("GEMELLA_SQLITE_SYNCHRONOUS", "OFF"),
        ("GEMELLA_LOG_FORMAT", "xml"),
        ("GEMELLA_TRUSTED_PROXIES", "many"),
        ("GEMELLA_TRUSTED_PROXIES", "11"),
        ("GEMELLA_TRUST_AFTER_POSTS", "-1"),
        ("GEMELLA_SPAM_LIMIT", "molto"),
        ("GEMELLA_SPAM_WORDS", "prestiti, a"),
        ("GEMELLA_PERSONAL_MAIL_DOMAINS", "posta"),
        ("GEMELLA_PERSONAL_MAIL_DOMAINS", "posta.example;altra.example"),
        ("GEMELLA_DATABSE_URL", "sqlite:///typing-mistake"),
        ("PORT", "eight thousand"),
        ("PORT", "65536"),
    ],
)
def test_a_wrong_value_names_the_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, **{name: value})
    assert raised.value.variable == name
    assert name in str(raised.value)
    assert "wanted" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEMELLA_DATABASE_URL", "mysql://user:covered@localhost/x"),
        ("GEMELLA_DATABASE_URL", "postgresql://user:covered@localhost:port/x"),
        ("GEMELLA_SMTP_URL", "smtp://user:covered@localhost:port"),
    ],
)
def test_a_wrong_address_keeps_its_password_to_itself(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, **{name: value})
    assert "covered" not in str(raised.value)


def test_links_lead_to_the_port_that_is_served(tmp_path: Path) -> None:
    assert read(tmp_path).base_url == "http://127.0.0.1:8000"
    assert read(tmp_path, PORT="9000").base_url == "http://127.0.0.1:9000"
    public = read(tmp_path, PORT="9000", GEMELLA_BASE_URL="https://gemella.example.it")
    assert public.base_url == "https://gemella.example.it"


def test_senders_with_and_without_a_name_are_understood(tmp_path: Path) -> None:
    for sender in ("posta@example.it", "Gemella, di tutti <posta@example.it>", "<a@localhost>"):
        assert read(tmp_path, GEMELLA_MAIL_FROM=sender).mail_from == sender
    assert read(tmp_path, GEMELLA_CONTACT_EMAIL="a@b.it").contact_email == "a@b.it"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="GEMELLA_DATA"):
        read(tmp_path / "file" / "data")


def test_a_secret_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    first = read(tmp_path)
    path = tmp_path / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first.secret_key) >= 32
    assert read(tmp_path).secret_key == first.secret_key


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "secret_key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="0600"):
        read(tmp_path)


def test_secrets_do_not_show_in_a_log(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        GEMELLA_SECRET_KEY="k" * 40,
        GEMELLA_SMTP_URL="smtps://user:hidden@localhost",
        GEMELLA_DATABASE_URL="postgresql://user:covered@localhost/gemella",
        GEMELLA_DEMO_PASSWORD="una password lunga",
    )
    shown = repr(settings)
    assert "k" * 40 not in shown
    assert "hidden" not in shown
    assert "covered" not in shown
    assert "una password lunga" not in shown


def test_addresses_of_databases_and_mail_servers_are_understood(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        GEMELLA_DATABASE_URL="postgresql://u:p@db/gemella",
        GEMELLA_SMTP_URL="smtp+starttls://user:word@mail.example.it",
        GEMELLA_BASE_URL="https://gemella.example.it/",
    )
    assert settings.database_url == "postgresql+psycopg://u:p@db/gemella"
    assert settings.smtp is not None
    assert (settings.smtp.port, settings.smtp.security) == (587, "starttls")
    assert settings.base_url == "https://gemella.example.it"
    assert settings.mail_from.endswith("@gemella.example.it>")


def test_the_readme_explains_every_variable() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [name for name in KNOWN if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "localhost.example.it", "", "::"])
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
