"""All reads of moderation; what other packages need stands here by name."""

from __future__ import annotations

from moderation.queries.measures import (
    AppealLine,
    MeasureLine,
    appeal_by_id,
    appeal_of,
    has_other_moderators,
    latest_suspension,
    may_be_shut_out,
    measure,
    measure_for,
    measures,
    measures_of,
    open_appeal,
    open_appeals,
    own_measures,
    profile_of,
    readable_measure,
)
from moderation.queries.queue import Entry, Queue, Tab, numbers, queue, waiting_counted
from moderation.queries.reports import (
    ReportedItem,
    moderatable,
    own_reports,
    report_by_id,
    reported_thing,
)
from moderation.queries.screening import NO_VERDICT, Verdict, is_trusted, records_of, screened

__all__ = [
    "NO_VERDICT",
    "AppealLine",
    "Entry",
    "MeasureLine",
    "Queue",
    "ReportedItem",
    "Tab",
    "Verdict",
    "appeal_by_id",
    "appeal_of",
    "has_other_moderators",
    "is_trusted",
    "latest_suspension",
    "may_be_shut_out",
    "measure",
    "measure_for",
    "measures",
    "measures_of",
    "moderatable",
    "numbers",
    "open_appeal",
    "open_appeals",
    "own_measures",
    "own_reports",
    "profile_of",
    "queue",
    "readable_measure",
    "records_of",
    "report_by_id",
    "reported_thing",
    "screened",
    "waiting_counted",
]
