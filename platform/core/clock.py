"""The only place that reads the time, so that a test can set it.

All times are aware and in UTC inside the program; pages show Europe/Rome.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day that a reader in Italy calls today."""
    return now().astimezone(ROME).date()
