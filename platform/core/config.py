"""Configuration: ``GEMELLA_*`` variables read once into one typed object, or a clear refusal."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.text import fold

PREFIX = "GEMELLA_"
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"]+@[A-Za-z0-9.-]+")


class ConfigurationError(Exception):
    """A variable holds something that cannot be used."""

    def __init__(self, variable: str, found: str, wanted: str) -> None:
        super().__init__(f"{variable}: found {found!r}, wanted {wanted}")
        self.variable = variable
        self.found = found
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes; ``security`` is ``""``, ``"starttls"`` or ``"tls"``."""

    host: str
    port: int
    security: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Bucket:
    """A bucket behind S3's interface; ``endpoint`` "" is Amazon's own for the region."""

    name: str
    endpoint: str = ""
    region: str = "eu-south-1"
    key: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an installation can decide. Durations in seconds."""

    data: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    storage: Bucket | None = None
    smtp: SmtpServer | None = None
    mail_from: str = "Gemella <noreply@localhost>"
    contact_email: str = "webmaster@localhost"
    demo_password: str | None = field(default=None, repr=False)
    sqlite_synchronous: str = "FULL"
    log_format: str = "text"
    trusted_proxies: int = 0
    personal_mail_domains: frozenset[str] = frozenset()
    trust_after_posts: int = 5
    spam_limit: int = 60
    spam_words: frozenset[str] = frozenset()
    edit_minutes: int = 30
    page_cache: bool = True
    # After how many days without an answer a question is brought to those who are to see to it.
    unanswered_days: int = 7
    testing: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the variables; raise ``ConfigurationError`` on the first that cannot be used."""
        values = os.environ if environ is None else environ
        _refuse_unknown(values)
        data = _folder(values.get("GEMELLA_DATA", "") or "data")
        base_url = _base_url(values.get("GEMELLA_BASE_URL", "") or _own_address(values))
        return cls(
            data=data,
            database_url=_database_url(values.get("GEMELLA_DATABASE_URL", ""), data),
            secret_key=_secret_key(values.get("GEMELLA_SECRET_KEY", ""), data),
            base_url=base_url,
            storage=_bucket(values.get("GEMELLA_STORAGE_URL", "")),
            smtp=_smtp(values.get("GEMELLA_SMTP_URL", "")),
            mail_from=_mail_address(values, "GEMELLA_MAIL_FROM", named=True)
            or f"Gemella <noreply@{urlsplit(base_url).hostname}>",
            contact_email=_mail_address(values, "GEMELLA_CONTACT_EMAIL")
            or f"webmaster@{urlsplit(base_url).hostname}",
            demo_password=_demo_password(values.get("GEMELLA_DEMO_PASSWORD", "")),
            sqlite_synchronous=_choice(
                values, "GEMELLA_SQLITE_SYNCHRONOUS", "FULL", ("FULL", "NORMAL")
            ),
            log_format=_choice(values, "GEMELLA_LOG_FORMAT", "text", ("text", "json")),
            edit_minutes=_number(values, "GEMELLA_EDIT_MINUTES", 30, 525_600),
            trusted_proxies=_number(values, "GEMELLA_TRUSTED_PROXIES", 0, 10),
            unanswered_days=_number(values, "GEMELLA_UNANSWERED_DAYS", 7, 365),
            personal_mail_domains=_domains(values, "GEMELLA_PERSONAL_MAIL_DOMAINS"),
            trust_after_posts=_number(values, "GEMELLA_TRUST_AFTER_POSTS", 5, 1000),
            spam_limit=_number(values, "GEMELLA_SPAM_LIMIT", 60, 1000),
            spam_words=_phrases(values, "GEMELLA_SPAM_WORDS"),
        )

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def index_folder(self) -> Path:
        return self.data / "index"

    @property
    def files_folder(self) -> Path:
        return self.data / "files"


KNOWN = {
    "GEMELLA_DATA": "folder of database, index, files and the secret key",
    "GEMELLA_DATABASE_URL": "sqlite:///… or postgresql://…",
    "GEMELLA_SECRET_KEY": "at least 32 characters; without it one is made and kept in the data",
    "GEMELLA_BASE_URL": "the public address, with scheme",
    "GEMELLA_STORAGE_URL": "where attached files are kept: s3://key:secret@host:port/bucket?region=…"
    " (http:// inside with ?tls=no); without it a folder of the data",
    "GEMELLA_SMTP_URL": "smtp://, smtps:// or smtp+starttls://user:password@host:port",
    "GEMELLA_MAIL_FROM": "the sender of all mail",
    "GEMELLA_CONTACT_EMAIL": "whom readers and finders of weaknesses can write to",
    "GEMELLA_DEMO_PASSWORD": "the password of the demo accounts, at least 12 characters",
    "GEMELLA_SQLITE_SYNCHRONOUS": "FULL (default) or NORMAL",
    "GEMELLA_LOG_FORMAT": "text (default) or json",
    "GEMELLA_PERSONAL_MAIL_DOMAINS": "further domains of private mailboxes, with commas between",
    "GEMELLA_UNANSWERED_DAYS": "days without an answer after which contact persons hear of it",
    "GEMELLA_TRUST_AFTER_POSTS": "after how many cleared messages a member is read before no more",
    "GEMELLA_SPAM_LIMIT": "from how many points of spam on a message waits, whoever wrote it",
    "GEMELLA_SPAM_WORDS": "further words and phrases of spam, with commas between",
    "GEMELLA_EDIT_MINUTES": "how long authors may edit their messages, 30 by default",
    "GEMELLA_TRUSTED_PROXIES": "how many proxies stand in front and set X-Forwarded-*",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _refuse_unknown(values: Mapping[str, str]) -> None:
    for name in values:
        if name.startswith(PREFIX) and name not in KNOWN:
            raise ConfigurationError(name, values[name], f"one of {', '.join(sorted(KNOWN))}")


def _folder(text: str) -> Path:
    path = Path(text).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            "GEMELLA_DATA", text, f"a folder that can be written ({error.strerror})"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError("GEMELLA_DATA", text, "a folder that can be written")
    return path


def postgres_driver_url(text: str) -> str:
    """The same address with the driver that we use."""
    return "postgresql+psycopg://" + text.split("://", 1)[1]


def _database_url(text: str, data: Path) -> str:
    if not text:
        return f"sqlite:///{data / 'gemella.sqlite3'}"
    scheme = urlsplit(text).scheme
    wanted = "sqlite:///FILE or postgresql://user:password@host:port/name"
    if scheme == "sqlite":
        return _sqlite_url(text)
    # What was found is told without the rest, which may hold a password.
    found = f"{scheme}://…" if scheme else text
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ConfigurationError("GEMELLA_DATABASE_URL", found, wanted)
    try:
        _ = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("GEMELLA_DATABASE_URL", found, wanted) from error
    return postgres_driver_url(text)


def _sqlite_url(text: str) -> str:
    path = text.removeprefix("sqlite:///").partition("?")[0]
    if not text.startswith("sqlite:///") or path in ("", ":memory:"):
        raise ConfigurationError(
            "GEMELLA_DATABASE_URL", text, "the file of the database, sqlite:////srv/gemella.sqlite3"
        )
    if not os.access(Path(path).absolute().parent, os.W_OK | os.X_OK):
        raise ConfigurationError("GEMELLA_DATABASE_URL", text, "a file in a folder to be written")
    return text


def _secret_key(text: str, data: Path) -> str:
    if text:
        if len(text) < 32:
            raise ConfigurationError(
                "GEMELLA_SECRET_KEY",
                f"{len(text)} characters",
                "at least 32 characters",
            )
        return text
    path = data / "secret_key"
    try:
        # O_EXCL: of two processes that start together, one makes the key and both read it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return _kept_key(path)


def _kept_key(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            "GEMELLA_SECRET_KEY",
            f"{path} readable by others",
            "a key file with mode 0600",
        )
    key = path.read_text().strip()
    if len(key) < 32:
        raise ConfigurationError("GEMELLA_SECRET_KEY", f"{path} cut short", "a whole key file")
    return key


def _own_address(values: Mapping[str, str]) -> str:
    """Where ``gemella serve`` answers on this machine, for whoever has no public address."""
    text = values.get("PORT", "") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ConfigurationError("PORT", text, "a number from 1 to 65535")
    return f"http://127.0.0.1:{int(text)}"


def _base_url(text: str) -> str:
    wanted = "an address such as https://gemella.example.it, without path"
    parts = _split("GEMELLA_BASE_URL", text, wanted)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
        raise ConfigurationError("GEMELLA_BASE_URL", text, wanted)
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ConfigurationError("GEMELLA_BASE_URL", text, wanted)
    return f"{parts.scheme}://{parts.netloc}"


def _smtp(text: str) -> SmtpServer | None:
    if not text:
        return None
    wanted = "smtp://host:port, smtps://… or smtp+starttls://…"
    parts = _split("GEMELLA_SMTP_URL", text, wanted)
    security = {"smtp": "", "smtps": "tls", "smtp+starttls": "starttls"}.get(parts.scheme)
    if security is None or not parts.hostname:
        raise ConfigurationError("GEMELLA_SMTP_URL", f"{parts.scheme}://…", wanted)
    default_port = {"": 25, "tls": 465, "starttls": 587}[security]
    return SmtpServer(
        parts.hostname,
        parts.port or default_port,
        security,
        parts.username,
        parts.password,
    )


def _bucket(text: str) -> Bucket | None:
    """``s3://KEY:SECRET@HOST:PORT/BUCKET?region=…&tls=no``; without a host it is Amazon's."""
    if not text:
        return None
    try:
        return _parsed_bucket(text)
    except (ValueError, KeyError) as error:
        # Without the rest, which holds a password.
        found = f"{text.partition('://')[0]}://…" if "://" in text else "no address"
        raise ConfigurationError(
            "GEMELLA_STORAGE_URL",
            found,
            "s3://key:secret@host:port/bucket?region=…&tls=no; host, region, tls may be left out",
        ) from error


def _parsed_bucket(text: str) -> Bucket:
    parts = urlsplit(text)
    _ = parts.port
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    region, tls = options.pop("region", Bucket.region), options.pop("tls", "yes")
    name = parts.path.strip("/")
    fits = (
        parts.scheme == "s3"
        and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name)
        and re.fullmatch(r"[a-z0-9-]+", region)
        and tls in ("yes", "no")
        and not options
    )
    if not fits or not parts.username or not parts.password:
        raise ValueError("not a bucket")
    scheme = "https" if tls == "yes" else "http"
    endpoint = f"{scheme}://{parts.netloc.rpartition('@')[2]}" if parts.hostname else ""
    return Bucket(name, endpoint, region, unquote(parts.username), unquote(parts.password))


def _split(variable: str, text: str, wanted: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        # Without the rest, which may hold a password.
        found = f"{text.partition('://')[0]}://…" if "@" in text else text
        raise ConfigurationError(variable, found, wanted) from error
    return parts


def _mail_address(values: Mapping[str, str], name: str, *, named: bool = False) -> str:
    """An address, or an empty text where none is given; ``named``: a name may stand before it."""
    text = values.get(name, "").strip()
    bare = re.fullmatch(r"[^<>]*<(.*)>", text) if named else None
    if text and not (text.isprintable() and _MAIL_ADDRESS.fullmatch(bare[1] if bare else text)):
        wanted = "Gemella <posta@example.it>" if named else "an address, posta@example.it"
        raise ConfigurationError(name, text, wanted)
    return text


def _demo_password(text: str) -> str | None:
    if text and len(text) < 12:
        raise ConfigurationError(
            "GEMELLA_DEMO_PASSWORD", f"{len(text)} characters", "at least 12 characters"
        )
    return text or None


def _choice(values: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = values.get(name, "") or default
    if value not in allowed:
        raise ConfigurationError(name, value, " or ".join(allowed))
    return value


def _domains(values: Mapping[str, str], name: str) -> frozenset[str]:
    found = frozenset(word.strip().lower() for word in values.get(name, "").split(",")) - {""}
    for word in found:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", word):
            raise ConfigurationError(
                name, word, "domains such as mail.example, with commas between"
            )
    return found


def _phrases(values: Mapping[str, str], name: str) -> frozenset[str]:
    found = frozenset(fold(phrase) for phrase in values.get(name, "").split(",")) - {""}
    for phrase in found:
        if len(phrase) < 3:
            raise ConfigurationError(
                name, phrase, "phrases of three letters or more, with commas between"
            )
    return found


def _number(values: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = values.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) > highest:
        raise ConfigurationError(name, text, f"a number from 0 to {highest}")
    return int(text)
