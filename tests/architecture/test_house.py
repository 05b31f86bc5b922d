"""The folders are as docs/architecture.md says, and each check finds the fault that it is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import house

Check = Callable[[Path], list[str]]

CHECKS: list[Check] = [
    house.shadowed_standard_library,
    house.folders_without_init,
    house.taken_names,
    house.hidden_names,
    house.shared_aliases,
    house.stray_files,
    house.undeclared_in_contracts,
    house.packages_without_purpose,
    house.glossary_faults,
    house.template_faults,
    house.addresses,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_stands(check: Check) -> None:
    assert check(house.ROOT) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A house of two packages without a fault."""
    files = {
        "platform/core/__init__.py": '"""The ground floor (*fondamenta*)."""\n',
        "platform/core/clock.py": "",
        "platform/agenda/__init__.py": '"""Meetings (*agenda*)."""\n',
        "platform/agenda/models.py": "",
        "platform/agenda/services/__init__.py": "",
        "platform/agenda/services/inviting.py": "",
        "platform/agenda/views.py": 'render("agenda/list.html")\nrender(f"agenda/{kind}.txt")\n',
        "platform/agenda/notifications.py": 'Notice("agenda/mail/moved")\n'
        'Notice(f"agenda/mail/{word}_today")\n',
        "templates/_layout/base.html": "<main></main>",
        "templates/agenda/list.html": '{% extends "_layout/base.html" %}',
        "templates/agenda/mail.txt": "Ciao",
        "templates/agenda/mail/moved.txt": "Ciao",
        "templates/agenda/mail/moved.html": "Ciao",
        "templates/agenda/mail/begins_today.txt": "Ciao",
        "docs/glossary.md": "| English | Italiano | Deutsch | Meaning |\n|---|---|---|---|\n"
        "| core | fondamenta | Fundament | what all stand on |\n"
        "| agenda | agenda | Termine | meetings |\n",
        "pyproject.toml": """
            [tool.importlinter]
            root_packages = ["core", "agenda"]
            [[tool.importlinter.contracts]]
            id = "floors"
            layers = ["agenda | (news)", "core"]
            [[tool.importlinter.contracts]]
            id = "roles"
            containers = ["agenda"]
            [[tool.importlinter.contracts]]
            id = "whoosh"
            source_modules = ["core", "agenda"]
            """,
    }
    for name, text in files.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def addresses_of_all(root: Path) -> list[str]:
    """The check of addresses on a tree that is in no repository."""
    return house.addresses(root, (path for path in root.rglob("*") if path.is_file()))


IN_A_TREE = [check for check in CHECKS if check is not house.addresses] + [addresses_of_all]


@pytest.mark.parametrize("check", IN_A_TREE, ids=lambda check: check.__name__)
def test_a_faultless_tree_passes(check: Check, tree: Path) -> None:
    assert check(tree) == []


@pytest.mark.parametrize(
    ("check", "name", "text", "fault"),
    [
        (house.shadowed_standard_library, "platform/__init__.py", "", "shadow"),
        (house.folders_without_init, "platform/agenda/rules/dates.py", "", "agenda/rules"),
        (house.taken_names, "platform/calendar/__init__.py", "", "the standard library"),
        (house.taken_names, "platform/flask/__init__.py", "", "an installed distribution"),
        (house.taken_names, "platform/types.py", "", "the standard library"),
        (
            house.hidden_names,
            "platform/agenda/rules.py",
            "from core import day\ndef f(x):\n  a = {day for day in x}\n  return day(a)",
            "f hides day",
        ),
        (
            house.shared_aliases,
            "platform/agenda/queries.py",
            "from sqlalchemy.orm import aliased\nA, B = aliased(Event), aliased(Place)",
            "line 2 shares an alias",
        ),
        (house.stray_files, "platform/agenda/dates.py", "", "no role"),
        (house.stray_files, "platform/agenda/helpers.py", "", "says nothing"),
        (house.stray_files, "platform/agenda/services/utils.py", "", "says nothing"),
        (house.stray_files, "platform/core/misc.py", "", "says nothing"),
        (house.undeclared_in_contracts, "platform/news/__init__.py", "", "news"),
        (house.packages_without_purpose, "platform/agenda/__init__.py", '"""Dates."""', "agenda"),
        (house.glossary_faults, "platform/news/__init__.py", "", "news"),
        (house.glossary_faults, "docs/glossary.md", "# Words", "the table is"),
        (house.template_faults, "templates/agenda/old.html", "", "agenda/old.html is neither"),
        (
            house.template_faults,
            "templates/agenda/list.html",
            '{% extends "_layout/base.html" %}{% include "agenda/gone.html" %}',
            "agenda/gone.html is named",
        ),
        (house.template_faults, "templates/agenda/mail/old.txt", "", "mail/old.txt is neither"),
        (
            house.template_faults,
            "platform/agenda/notifications.py",
            'Notice("agenda/mail/gone")',
            "agenda/mail/gone.html is named",
        ),
        (addresses_of_all, "a.lock", "https://files.python" + "hosted.org/x", "registry"),
        (addresses_of_all, "b.json", '"res' + 'olved": "x"', "registry"),
        (addresses_of_all, "c.md", "see /ho" + "me/anna/notes.txt", "machine path"),
    ],
)
def test_a_seeded_fault_is_found(
    check: Check, name: str, text: str, fault: str, tree: Path
) -> None:
    write(tree, name, text)
    assert any(fault in found for found in check(tree)), check(tree)


def test_a_glossary_row_with_an_empty_cell_is_found(tree: Path) -> None:
    with (tree / "docs" / "glossary.md").open("a") as glossary:
        glossary.write("| news | notizie |  | what happened |\n")
    assert house.glossary_faults(tree) == ["docs/glossary.md: news has an empty cell"]
