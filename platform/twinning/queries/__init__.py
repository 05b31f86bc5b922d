"""All reads of twinnings; what other packages need stands here by name."""

from __future__ import annotations

from twinning.queries.catalogue import Counts, Filters, Order, counts, twinnings
from twinning.queries.lines import TwinningLine
from twinning.queries.overview import (
    MOST_ARCS,
    Arc,
    arcs_of,
    latest_twinnings,
    twinnings_of_organisation,
    twinnings_of_practice,
)

__all__ = [
    "MOST_ARCS",
    "Arc",
    "Counts",
    "Filters",
    "Order",
    "TwinningLine",
    "arcs_of",
    "counts",
    "latest_twinnings",
    "twinnings",
    "twinnings_of_organisation",
    "twinnings_of_practice",
]
