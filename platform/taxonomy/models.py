"""Themes as a tree, programmes as a list; both named in three languages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, Numbered


class Theme(Numbered, Model):
    """A topic; ``code`` is stable and stands in addresses, ``position`` orders siblings."""

    __tablename__ = "themes"

    code: Mapped[Code] = mapped_column(unique=True)
    name_it: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    name_de: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)


class Programme(Numbered, Model):
    """A programme that funds twinnings, such as AGIRE POR 2007-2013 (FESR)."""

    __tablename__ = "programmes"

    code: Mapped[Code] = mapped_column(unique=True)
    name_it: Mapped[str] = mapped_column(String(160))
    name_en: Mapped[str] = mapped_column(String(160))
    name_de: Mapped[str] = mapped_column(String(160))
    fund: Mapped[str] = mapped_column(String(40), default="")
    authority: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
