"""Limits on what can be tried again and again: kept in the database, so that they hold across
workers, restarts and kills, and never fail open.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import timedelta

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Code, Model, Moment, Numbered, db
from core.transactions import transaction


class Attempt(Numbered, Model):
    """One try at something that is limited; the key is a hash, never the address itself."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(None, "action", "key", "at"),
        {"sqlite_autoincrement": True},
    )

    action: Mapped[Code]
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment]


def too_many(action: str, key: str, *, limit: int, within: timedelta) -> bool:
    """Whether this key has used up its tries in the time that has just passed."""
    tries = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.action == action,
            Attempt.key == _hashed(key),
            Attempt.at > clock.now() - within,
        )
    )
    return (tries or 0) >= limit


def count_attempt(action: str, *keys: str) -> None:
    """Write one try down for each key, and forget those that are too old to matter."""
    moment = clock.now()
    with transaction() as session:
        session.execute(
            delete(Attempt).where(Attempt.action == action, Attempt.at < moment - timedelta(days=2))
        )
        session.add_all(Attempt(action=action, key=_hashed(key), at=moment) for key in keys)


def forget_attempts(action: str, key: str) -> None:
    """Start afresh for a key, after it proved itself."""
    with transaction() as session:
        session.execute(
            delete(Attempt).where(Attempt.action == action, Attempt.key == _hashed(key))
        )


def network_of(address: str | None) -> str:
    """The part of an address that one person cannot change at will: a /64 of IPv6, all of IPv4."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    # A server that listens on both writes the addresses of IPv4 so; they all share one /64.
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.strip().casefold().encode()).hexdigest()
