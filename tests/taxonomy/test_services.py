"""Loading themes and programmes: as often as one likes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from taxonomy import queries
from taxonomy.services import DATA, load_reference_data
from tests.factories.taxonomy import ThemeFactory

pytestmark = pytest.mark.usefixtures("app")


def test_a_second_run_changes_nothing() -> None:
    assert load_reference_data() == 0


def test_names_parents_and_new_rows_arrive(tmp_path: Path) -> None:
    own = ThemeFactory.make()
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = folder / "themes.csv"
    lines = path.read_text(encoding="utf-8").replace("Home care", "Care at home")
    path.write_text(lines + "forests,emergency,Boschi,Forests,Wälder\n", encoding="utf-8")
    assert load_reference_data(folder) == 2
    assert load_reference_data(folder) == 0

    home_care, forests = queries.theme_by_code("home-care"), queries.theme_by_code("forests")
    assert home_care is not None
    assert home_care.name("en") == "Care at home"
    assert forests is not None
    assert queries.theme_path(forests.id)[0].code == "emergency"
    assert queries.theme(own.id) is not None
