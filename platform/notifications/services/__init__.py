"""All writes of notices: from facts to mails, following, reading."""

from __future__ import annotations

from notifications.services.following import (
    begin_following,
    carry_follows,
    carry_notices,
    follow,
    stop_following,
)
from notifications.services.mails import (
    CONSUMER,
    message_id,
    queue,
    run_once,
    send_due,
    told_of,
    wants,
)
from notifications.services.preferences import (
    unsubscribe,
    unsubscribe_token,
    unsubscribing,
    want_mails,
)
from notifications.services.reading import mark_all_read, mark_read

__all__ = [
    "CONSUMER",
    "begin_following",
    "carry_follows",
    "carry_notices",
    "follow",
    "mark_all_read",
    "mark_read",
    "message_id",
    "queue",
    "run_once",
    "send_due",
    "stop_following",
    "told_of",
    "unsubscribe",
    "unsubscribe_token",
    "unsubscribing",
    "want_mails",
    "wants",
]
