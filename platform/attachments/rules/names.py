"""What a file is called: for display alone, never a path, never something else than it is."""

from __future__ import annotations

import re
import unicodedata

from attachments.models import LONGEST_NAME
from attachments.rules.kinds import FileRefused, FileType
from core.text import has_forbidden_characters

FALLBACK = "allegato"
# What Windows does not bear in a name, besides the separators of paths.
_UNFIT = re.compile(r'[<>:"|?*]+')
_SPACES = re.compile(r"\s+")
_LONGEST_ENDING = 10


def shown_name(sent: str) -> str:
    """The last part of a name as it was sent, in NFC, without anything that cannot be seen.

    ``"..\\..\\Relazione\\u202e 2015.pdf"`` gives ``"Relazione 2015.pdf"``; it may be empty.
    """
    last = re.split(r"[/\\]", sent)[-1]
    seen = "".join(one for one in unicodedata.normalize("NFC", last) if _can_be_seen(one))
    return _SPACES.sub(" ", _UNFIT.sub("_", seen)).strip().rstrip(" .")


def fitting_name(name: str, type_: FileType) -> str:
    """The name with an ending of this type; raise ``FileRefused("ending")`` where it has another.

    A file that is called other than it is would open in another program than one expects.
    """
    stem, dot, ending = name.rpartition(".")
    if not dot or (" " in ending) or len(ending) > _LONGEST_ENDING:
        stem, ending = name, type_.endings[0]
    elif ending.lower() not in type_.endings:
        raise FileRefused("ending", ending.lower())
    room = LONGEST_NAME - len(ending) - 1
    return f"{stem[:room].strip(' .') or FALLBACK}.{ending}"


def title_from(name: str) -> str:
    """What to call an attachment to which nobody gave a title."""
    stem = name.rpartition(".")[0] or name
    return _SPACES.sub(" ", stem.replace("_", " ")).strip() or FALLBACK


def plain_name(name: str) -> str:
    """The name in ASCII, for programs that know no other letters."""
    stem, _, ending = name.rpartition(".")
    bare = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return f"{_SPACES.sub(' ', bare.replace('%', '_')).strip(' .') or FALLBACK}.{ending}"


def _can_be_seen(character: str) -> bool:
    if has_forbidden_characters(character):
        return False
    # Cc, Cf, Cs, Co, Cn: controls, invisible marks, halves of letters, what means nothing.
    return unicodedata.category(character)[0] != "C"
