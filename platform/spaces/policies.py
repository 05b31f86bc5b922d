"""Who may enter a private space, and so see what lies in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, or_

from core.actor import Actor


def may_enter(actor: Actor, space_id: int | None) -> bool:
    """Whether the actor may enter the space; what lies in none (None) is open to all."""
    return space_id is None or space_id in actor.space_ids


def open_to(actor: Actor, space_id_column: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """``may_enter`` for SQL: the thing with this column lies in no space or in one that is open."""
    nowhere = space_id_column.is_(None)
    if not actor.space_ids:
        return nowhere
    return or_(nowhere, space_id_column.in_(sorted(actor.space_ids)))
