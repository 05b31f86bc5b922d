"""All reads of notices: the list, what is followed, the mail queue."""

from __future__ import annotations

from notifications.queries.follows import FollowLine, followed, followers_of, is_following
from notifications.queries.mails import event_of, next_due, queue_sizes, unwanted
from notifications.queries.notices import (
    MOST_COUNTED,
    NoticeGroup,
    NoticeLine,
    kinds_in,
    notice_address,
    notices,
    unread_count,
    unread_kinds,
)

__all__ = [
    "MOST_COUNTED",
    "FollowLine",
    "NoticeGroup",
    "NoticeLine",
    "event_of",
    "followed",
    "followers_of",
    "is_following",
    "kinds_in",
    "next_due",
    "notice_address",
    "notices",
    "queue_sizes",
    "unread_count",
    "unread_kinds",
    "unwanted",
]
