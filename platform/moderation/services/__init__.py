"""All writes of moderation."""

from __future__ import annotations

from moderation.services.appeals import (
    answer_appeal,
    appeal_token,
    make_appeal,
    read_appeal_token,
)
from moderation.services.bulk import Result, decide_many
from moderation.services.measures import (
    check_profile,
    clean_profile,
    lift_measure,
    note_restored,
    record_measure,
    reinstate_member,
    restore_profile,
    suspend_member,
    warn_member,
)
from moderation.services.reports import decide_reports, file_report, limit_reports
from moderation.services.screening import keep_screening

__all__ = [
    "Result",
    "answer_appeal",
    "appeal_token",
    "check_profile",
    "clean_profile",
    "decide_many",
    "decide_reports",
    "file_report",
    "keep_screening",
    "lift_measure",
    "limit_reports",
    "make_appeal",
    "note_restored",
    "read_appeal_token",
    "record_measure",
    "reinstate_member",
    "restore_profile",
    "suspend_member",
    "warn_member",
]
