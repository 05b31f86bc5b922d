"""A document turned into the terms of its fields."""

import unicodedata
from typing import Any

from core.contracts import SearchDocument
from search.rules.analysis import codes, plain_words, stems_in_place


def document_fields(document: SearchDocument) -> dict[str, Any]:
    """Return the values of the index's fields for `document`: lists of terms, columns, the card."""
    lang, names = document.lang, document.names
    prose = unicodedata.normalize("NFC", f"{document.title}\n{names}\n{document.text}")
    whole = " | ".join((document.text, *document.keywords))
    key = str(document.reference)
    return {
        "ref": key,
        "title": stems_in_place(document.title, lang),
        "text": stems_in_place(whole, lang),
        "exact": plain_words(names) + sorted({code.code for code in codes(prose)}),
        "key": key.encode(),
        "kind": document.reference.kind.encode(),
        "audience": document.audience.encode(),
        "version": document.version,
        "card": (
            key,
            document.title,
            document.text,
            document.url,
            document.lang,
            document.at,
            document.version,
        ),
    }
