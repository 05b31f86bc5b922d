"""Passwords: how they are kept, compared and replaced."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.registry import settings

# What OWASP recommends: 19 MiB, two passes. Tests hash all the time and need no strength.
_STRONG = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_password(password: str) -> str:
    """The form in which a password is kept; slow on purpose, never inside a transaction."""
    return _hasher(settings().testing)[0].hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Compare; without a hash (an unknown address) it takes the same time and answers no."""
    hasher, dummy = _hasher(settings().testing)
    try:
        hasher.verify(password_hash or dummy, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _hasher(settings().testing)[0].check_needs_rehash(password_hash)


@lru_cache(maxsize=2)
def _hasher(testing: bool) -> tuple[PasswordHasher, str]:
    """The hasher, and the hash of a password that nobody has."""
    hasher = _WEAK if testing else _STRONG
    return hasher, hasher.hash("nobody has this password")
