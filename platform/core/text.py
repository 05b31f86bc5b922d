"""What people write: normalised, limited, rendered once when it is written."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from core.render import RENDERER_VERSION
from core.sandbox import Sandbox, TooLong

LONGEST_TEXT = 20_000
# Of the three threads of a web worker: the third one reads, whatever the others wait for.
AT_ONCE = 2
_DEEPEST_QUOTE = 12
_DEEPEST_LIST = 40

_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|li|h\d|tr|td|th|blockquote|pre|dd|dt)>|<br[^>]*>|<hr[^>]*>")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+")
_QUOTE_MARKS = re.compile(rf"^[ \t]*(?:>[ \t]*){{{_DEEPEST_QUOTE},}}", re.MULTILINE)
_DEEP_INDENT = re.compile(rf"^[ \t]{{{_DEEPEST_LIST},}}[-*+\d]", re.MULTILINE)
# Bidirectional overrides make a text read differently from what it says; marks that real
# right-to-left text needs (LRM, RLM, ALM) are kept. The last two no feed can carry.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


class TextRefused(ValueError):
    """The text cannot be kept as it is; ``reason`` is one of ``too_long``, ``too_complex``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text with its HTML, as both are stored."""

    source: str
    html: str
    renderer: int = RENDERER_VERSION


def normalise(text: str) -> str:
    """Bring text into one form: NFC, line feeds, no spaces at the ends."""
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unified.strip()


def fold(text: str) -> str:
    """The text as it is compared: without accents, case, apostrophes and signs, single spaces.

    ``"Città dell’Aquila"`` gives ``"citta dell aquila"``. Letters that have no plain form stay.
    """
    # Twice: taking a letter apart can bring out a capital, as in the mathematical alphabets.
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in text if not unicodedata.combining(character))
    return " ".join(_WORD.findall(bare))


def has_forbidden_characters(text: str) -> bool:
    """Whether the text holds control characters, NUL or bidirectional overrides."""
    return _FORBIDDEN.search(text) is not None or any("\ud800" <= c <= "\udfff" for c in text)


def legible(text: str) -> str:
    """The text without forbidden characters, for questions, which nobody keeps."""
    return "".join(character for character in text if not has_forbidden_characters(character))


def render_markdown(source: str, *, longest: int = LONGEST_TEXT) -> Rendered:
    """Render text for storing; raise ``TextRefused`` where it is too long or too complex.

    ``longest`` is in characters. Slow: call it before the transaction, never inside.
    """
    source = normalise(source)
    if len(source) > longest:
        raise TextRefused("too_long")
    if _QUOTE_MARKS.search(source) or _DEEP_INDENT.search(source):
        raise TextRefused("too_complex")
    if not source:
        return Rendered("", "")
    try:
        answer = _sandbox().ask(source)
    except TooLong as error:
        raise TextRefused("too_complex") from error
    if "html" not in answer:
        raise TextRefused("too_complex")
    return Rendered(source, answer["html"])


def plain(rendered_html: str) -> str:
    """The words of stored HTML, for search, feeds and summaries."""
    spaced = _BLOCK_END.sub(" ", rendered_html)
    return _SPACE.sub(" ", html.unescape(_TAG.sub("", spaced))).strip()


def shorten(text: str, length: int) -> str:
    """Cut plain text at a word, with an ellipsis; at most ``length`` characters."""
    if len(text) <= length:
        return text
    cut = text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.–-")
    return f"{cut or text[: length - 1]}…"


def initials(name: str) -> str:
    """Two letters for who has no picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in picked).upper()


@cache
def _sandbox() -> Sandbox:
    return Sandbox("core.render_child", at_once=AT_ONCE)
