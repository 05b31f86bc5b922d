"""Territories as a tree of facts: region, province, municipality."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.database import Model, Numbered
from core.text import fold


class TerritoryKind(StrEnum):
    REGION = "region"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"


class Territory(Numbered, Model):
    """A place; the autonomous provinces of Trento and Bolzano are regions here.

    ``region_id`` is the region that it lies in (itself, for a region), so that a filter by region
    is one comparison. ``istat_code`` has two digits for a region, three for a province (those that
    its municipalities' codes begin with) and for the autonomous provinces, six for a municipality.
    ``nuts_code`` is NUTS 2 for a region, else NUTS 3. ``acronym`` is the sign of a province ("LE").
    """

    __tablename__ = "territories"
    __table_args__ = (
        UniqueConstraint("kind", "istat_code"),
        Index(None, "kind", "name_it"),
        Index(None, "kind", "name_key"),
        {"sqlite_autoincrement": True},
    )

    kind: Mapped[TerritoryKind]
    name_it: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    name_de: Mapped[str] = mapped_column(String(120))
    # The folded Italian name, for looking up and sorting without accents.
    name_key: Mapped[str] = mapped_column(String(120), default="")
    acronym: Mapped[str] = mapped_column(String(2), default="")
    istat_code: Mapped[str] = mapped_column(String(6))
    nuts_code: Mapped[str | None] = mapped_column(String(5))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), index=True)

    @validates("name_it")
    def _fold_name(self, _field: str, name: str) -> str:
        self.name_key = fold(name)[:120]
        return name
