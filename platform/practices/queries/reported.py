"""What stories say that readers reported, for the moderators' list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import escape
from sqlalchemy import Select, select

from core.actor import Actor
from core.reported import said
from practices.models import Practice
from practices.policies import visible_to


def reported(practice_ids: Sequence[int], actor: Actor) -> Select[Any]:
    """The summaries of these stories, as far as this moderator may read them."""
    columns = said(
        Practice.id.expression,
        text=Practice.summary.expression,
        lang=Practice.lang.expression,
        author_id=Practice.author_id.expression,
    )
    return select(*columns).where(Practice.id.in_(practice_ids), visible_to(actor))


def reported_html(row: Any) -> str:
    return f"<p>{escape(row.text)}</p>"
