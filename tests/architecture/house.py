"""What the folders must look like. Each check takes a root and returns its faults as sentences.

A check that takes the root can be run on a small tree with a fault in it: its twin in the tests.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# These two are no features: the ground floor and the composition root name their files freely.
NOT_FEATURES = {"core", "portal"}
ROLES = {
    "__init__", "models", "signals", "rules", "policies", "queries", "services", "forms", "search",
    "notifications", "activity", "views", "commands", "wiring",
}  # fmt: skip
# A name that would fit any file says nothing about this one.
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|misc|common|managers?)$")


def packages(root: Path) -> list[str]:
    """The packages of the source root, by name."""
    return sorted(path.parent.name for path in (root / "platform").glob("*/__init__.py"))


def shadowed_standard_library(root: Path) -> list[str]:
    if (root / "platform" / "__init__.py").exists():
        return ["platform/__init__.py makes the source root shadow the standard library's platform"]
    return []


def folders_without_init(root: Path) -> list[str]:
    """Folders with Python files that would be namespace packages, which import contracts miss."""
    return [
        f"platform/{folder.relative_to(root / 'platform')} has Python files and no __init__.py"
        for folder in sorted((root / "platform").rglob("*/"))
        if folder != root / "platform"
        and any(folder.glob("*.py"))
        and not (folder / "__init__.py").exists()
    ]


def taken_names(root: Path, installed: Collection[str] | None = None) -> list[str]:
    """Packages whose name belongs to the standard library or to something installed."""
    if installed is None:
        installed = {
            name
            for name, distributions in packages_distributions().items()
            if set(distributions) != {"gemella"}
        }
    modules = [path.stem for path in (root / "platform").glob("*.py")]
    return [
        f"platform/{name} shadows {owner}"
        for name in [*packages(root), *modules]
        for owner, names in (
            ("the standard library", sys.stdlib_module_names),
            ("an installed distribution", installed),
        )
        if name in names
    ]


def hidden_names(root: Path) -> list[str]:
    """Variables of a comprehension that are called like something that the function uses as well.

    Since 3.12 a comprehension is part of its function, and 3.12.1 then takes the one for the other.
    """
    faults = []
    for path in sorted((root / "platform").rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        known = set(_bound_by(module))
        for function in ast.walk(module):
            if isinstance(function, ast.FunctionDef):
                where = f"{path.relative_to(root)}: {function.name}"
                faults += [f"{where} hides {name}" for name in _hidden_in(function) & known]
    return faults


def shared_aliases(root: Path) -> list[str]:
    """Aliases of tables that a module makes once for all threads.

    SQLAlchemy completes them at their first use. Two threads that use one first leave it half made,
    and every statement with it is wrong until the process ends.
    """
    return [
        f"{path.relative_to(root)}: line {node.lineno} shares an alias"
        for path in sorted((root / "platform").rglob("*.py"))
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("aliased", "orm.aliased")
    ]


def _bound_by(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)


def _hidden_in(function: ast.FunctionDef) -> set[str]:
    hidden = set()
    for part in ast.walk(function):
        if isinstance(part, ast.ListComp | ast.SetComp | ast.DictComp):
            within = set(ast.walk(part))
            outside = {
                node.id
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and node not in within
            }
            targets = [node for loop in part.generators for node in ast.walk(loop.target)]
            hidden |= {node.id for node in targets if isinstance(node, ast.Name)} & outside
    return hidden


def stray_files(root: Path) -> list[str]:
    """Files of a feature whose name is no role; a role may be a folder with names of its own."""
    faults = []
    for name in packages(root):
        for path in sorted((root / "platform" / name).rglob("*.py")):
            parts = path.relative_to(root / "platform" / name).with_suffix("").parts
            if name not in NOT_FEATURES and parts[0] not in ROLES:
                faults.append(f"platform/{name}/{'/'.join(parts)}.py is no role of a feature")
            faults += [
                f"platform/{name}/{'/'.join(parts)}.py has a name that says nothing"
                for part in parts
                if EMPTY_NAMES.match(part)
            ]
    return faults


def undeclared_in_contracts(root: Path) -> list[str]:
    """Packages that the import contracts in pyproject.toml leave out, and names without package."""
    config = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = {contract["id"]: contract for contract in config["contracts"]}
    present = set(packages(root))
    floors = set(re.findall(r"\w+", " ".join(contracts["floors"]["layers"])))
    lists = {
        "root_packages": (set(config["root_packages"]), present),
        "the containers of 'roles'": (
            set(contracts["roles"]["containers"]),
            present - NOT_FEATURES,
        ),
        "the sources of 'whoosh'": (
            set(contracts["whoosh"]["source_modules"]),
            present - {"search"},
        ),
        "the layers of 'floors'": (floors & present, present),
    }
    return [
        f"{where} in pyproject.toml: {', '.join(sorted(named ^ wanted))} is missing or too much"
        for where, (named, wanted) in lists.items()
        if named != wanted
    ]


def packages_without_purpose(root: Path) -> list[str]:
    """Packages whose docstring does not name the Italian word, *so* or (so)."""
    faults = []
    for name in packages(root):
        source = (root / "platform" / name / "__init__.py").read_text()
        docstring = ast.get_docstring(ast.parse(source)) or ""
        if not re.search(r"\*\w[^*]*\*|\(\w[^)]*\)", docstring):
            faults.append(f"platform/{name}/__init__.py: no docstring with the Italian word")
    return faults


def glossary_faults(root: Path) -> list[str]:
    """Packages without a row in docs/glossary.md, and rows with an empty cell."""
    glossary = root / "docs" / "glossary.md"
    if not glossary.exists():
        return ["docs/glossary.md is missing"]
    rows = []
    for line in glossary.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.lstrip().startswith("|") and not set(line) <= set("|-: "):
            rows.append(cells)
    header, *terms = rows or [[]]
    if header[:4] != ["English", "Italiano", "Deutsch", "Meaning"]:
        return ["docs/glossary.md: the table is | English | Italiano | Deutsch | Meaning |"]
    faults = [f"docs/glossary.md: {row[0]} has an empty cell" for row in terms if not all(row)]
    words = {word.rstrip("s") for row in terms for word in re.findall(r"[a-z]+", row[0].lower())}
    return faults + [
        f"docs/glossary.md has no row for the package {name}"
        for name in packages(root)
        if name.rstrip("s") not in words
    ]


# Templates

# A mail is named without its ending: it has a text and an HTML part.
_MAIL = re.compile(r"[\w-]+/mail/[\w-]+")


def template_faults(root: Path) -> list[str]:
    """Templates that nothing renders or includes, and names of templates that do not exist."""
    present = {
        path.relative_to(root / "templates").as_posix()
        for path in (root / "templates").rglob("*")
        if path.is_file()
    }
    exact, patterns = _named_in_python(root)
    for template in present:
        exact |= _named_in_template(root / "templates" / template) - {template}
    wanted = {name for name in exact if re.fullmatch(r"[\w./-]+\.(html|txt|xml|svg)", name)}
    unused = [
        f"templates/{name} is neither rendered nor included"
        for name in sorted(present - exact)
        if not any(pattern.fullmatch(name) for pattern in patterns)
    ]
    folders = {name.split("/")[0] for name in present}
    missing = [
        f"templates/{name} is named and does not exist"
        for name in sorted(wanted - present)
        if name.split("/")[0] in folders and "/" in name
    ]
    return unused + missing


def _named_in_python(root: Path) -> tuple[set[str], list[re.Pattern[str]]]:
    exact: set[str] = set()
    patterns = []
    for path in (root / "platform").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                exact.add(node.value)
                if _MAIL.fullmatch(node.value):
                    exact |= {f"{node.value}.txt", f"{node.value}.html"}
            elif isinstance(node, ast.JoinedStr):
                pattern = "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w-]+"
                    for part in node.values
                )
                if "/" in pattern and re.search(r"\\\.(html|txt|xml|svg)$", pattern):
                    patterns.append(re.compile(pattern))
                elif "/mail/" in pattern:
                    patterns.append(re.compile(rf"{pattern}\.(txt|html)"))
    return exact, patterns


def _named_in_template(path: Path) -> set[str]:
    statements = re.findall(
        r"\{%-?\s*(?:extends|include|import|from)\b(.*?)%\}", path.read_text(), re.DOTALL
    )
    return {name for text in statements for name in re.findall(r"""["']([^"']+)["']""", text)}


# Addresses

# Written with classes of one letter, so that this file does not find itself.
_REGISTRIES = re.compile(
    r"https?://[^\s/\"'<>]*(?:n[p]mjs|p[y]pi|p[y]thonhosted|d[e]bian\.org|y[a]rnpkg|cr[a]tes\.io"
    r"|proxy\.g[o]lang|r[u]bygems)[^\s/\"'<>]*|\"r[e]solved\":|^--?(?:extra-)?i[n]dex-url|^-i\s",
    re.MULTILINE,
)
_MACHINE_PATHS = re.compile(
    r"(?<![\w.}/-])/(?:w[o]rk|r[o]ot|h[o]me|U[s]ers|opt/wh[e]els)/[\w.]+|[A-Z]:\\U[s]ers\\"
)


def addresses(root: Path, files: Iterator[Path] | None = None) -> list[str]:
    """Addresses of package registries and paths of somebody's machine in the files of the tree."""
    faults = []
    for path in files or committed_files(root):
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture or font; or removed and not yet committed
        faults += [
            f"{path.relative_to(root)}: {what} {found.group(0)[:60]}"
            for what, pattern in (("registry", _REGISTRIES), ("machine path", _MACHINE_PATHS))
            for found in pattern.finditer(text)
        ]
    return faults


def committed_files(root: Path) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    )
    yield from (root / name for name in listed.stdout.split("\0") if name)
