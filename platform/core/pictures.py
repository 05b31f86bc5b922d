"""Pictures from outside, decoded and drawn anew in a child that can be killed.

What comes out is a picture and nothing else: neither what a camera or a person wrote into the file
(place, owner, scripts) nor what was hung on to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.domain import Refused
from core.sandbox import Sandbox, TooLong

# On a busy machine too: the largest picture takes about a second.
LIMIT_SECONDS = 8.0


class PictureRefused(Refused):
    """Why: ``too_many_pixels``, ``animated``, ``unreadable`` or ``too_slow``."""


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A picture drawn anew, with its small copy (WebP); ``format`` is PNG, JPEG or WEBP."""

    picture: Path
    thumbnail: Path
    format: str
    width: int
    height: int


def redraw(source: Path, folder: Path) -> Redrawn:
    """Draw the picture in ``source`` anew into files of ``folder``; raise ``PictureRefused``.

    Slow, so before any transaction.
    """
    try:
        answer = _sandbox().ask({"source": str(source), "folder": str(folder)})
    except TooLong as error:
        raise PictureRefused("too_slow") from error
    except EOFError as error:
        # The decoder took its child with it, twice.
        raise PictureRefused("unreadable") from error
    if "refused" in answer:
        raise PictureRefused(answer["refused"])
    return Redrawn(
        folder / "picture",
        folder / "thumbnail",
        answer["format"],
        answer["width"],
        answer["height"],
    )


@cache
def _sandbox() -> Sandbox:
    return Sandbox("core.picture_child", limit=LIMIT_SECONDS)
