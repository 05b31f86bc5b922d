"""The texts that are to be translated, and the translations, as tests read them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
TRANSLATED = ("de", "en")

_HELD = re.compile(r"%\(\w+\)[sd]|%%|</?\w[^>]*>")


def gather(folder: Path) -> Catalog:
    """What ``make texts`` gathers, by its own command, with the places of the texts."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    command = next(line for line in lines if line.startswith("EXTRACT :=")).split()[2:]
    target = folder / "messages.pot"
    # Where a text stands is left out of the catalogues, but asked by tests.
    arguments = [one for one in command if not one.startswith(("--no-location", "--output-file"))]
    babel = str(Path(sys.executable).with_name("pybabel"))
    subprocess.run(
        [babel, "-q", *arguments[:-1], f"--output-file={target}", "."],
        cwd=ROOT,
        check=True,
        timeout=50,
    )
    with target.open("rb") as file:
        return read_po(file)


def catalogue(language: str) -> Catalog:
    """The translations of a language, as they are committed."""
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def texts_of(messages: Iterable[Message]) -> Iterator[Message]:
    """The messages without the head of their catalogue."""
    return (message for message in messages if message.id)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each text of a message with its translation: two where singular and plural differ."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from zip(message.id, message.string or (), strict=True)


def is_translated(message: Message | None) -> bool:
    """Whether all forms of a message have words."""
    return message is not None and all(string for _, string in pairs(message))


def held(text: str) -> list[str]:
    """What a translation must take over as it is: placeholders and tags, sorted."""
    return sorted(_HELD.findall(text))


def broken(messages: Iterable[Message]) -> list[str]:
    """The translations that lose, invent or misspell a placeholder or a tag."""
    return [
        f"{text} -> {string}"
        for message in texts_of(messages)
        for text, string in pairs(message)
        if string and held(text) != held(string)
    ]
