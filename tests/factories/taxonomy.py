"""Themes and programmes beyond those that the reference data bring."""

from __future__ import annotations

import factory

from taxonomy.models import Programme, Theme
from tests.factories import Factory


class ThemeFactory(Factory[Theme]):
    """A top theme; give ``parent_id`` for one below another."""

    class Meta:
        model = Theme

    code = factory.Sequence(lambda n: f"tested-theme-{n}")
    name_it = factory.Sequence(lambda n: f"Tema di prova {n}")
    name_en = factory.Sequence(lambda n: f"Tested theme {n}")
    name_de = factory.Sequence(lambda n: f"Geprüftes Thema {n}")
    position = factory.Sequence(lambda n: 1000 + n)


class ProgrammeFactory(Factory[Programme]):
    """A programme without a period."""

    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"tested-programme-{n}")
    name_it = factory.Sequence(lambda n: f"Programma di prova {n}")
    name_en = factory.Sequence(lambda n: f"Tested programme {n}")
    name_de = factory.Sequence(lambda n: f"Geprüftes Programm {n}")
    fund = "FESR"
