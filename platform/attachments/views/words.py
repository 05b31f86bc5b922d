"""Why a file is not taken, in words that say what to do instead."""

from __future__ import annotations

from flask_babel import gettext

from attachments.rules import FileRefused
from core.domain import Refused

DESCRIPTION = "description"
FILE = "file"


def why_refused(refused: Refused) -> tuple[str, str, int] | None:
    """The field, the words and the status; None where it is not about the file."""
    reason = refused.reason
    if reason == "not_described":
        return (
            DESCRIPTION,
            gettext("Scrivi che cosa mostra l’immagine, poi scegli di nuovo il file."),
            422,
        )
    words = {**_contents(refused), **_pictures(), **_limits()}.get(reason)
    if words is None:
        return None
    status = {"too_heavy": 413, "too_many": 429}.get(reason, 422)
    return FILE, words, status


def _contents(refused: Refused) -> dict[str, str]:
    found = refused.found if isinstance(refused, FileRefused) else ""
    return {
        "empty": gettext("Il file è vuoto."),
        "too_heavy": gettext(
            "Il file supera 20 MB: dividilo, o riduci le immagini che contiene. "
            "Gli altri campi sono ancora compilati."
        ),
        "ending": gettext(
            "Il nome finisce con «.%(ending)s», ma il contenuto è di un altro tipo: "
            "controlla di avere scelto il file giusto.",
            ending=found,
        ),
        "not_taken": gettext(
            "Questo tipo di file non si può allegare. Vanno bene PDF, DOCX, XLSX, PPTX, ODT, ODS, "
            "ODP, CSV, testo semplice, PNG, JPEG, WebP e GIF."
        ),
        "program": gettext("Il file è un programma, o ne contiene uno: non si può allegare."),
        "archive": gettext(
            "Gli archivi compressi non si possono allegare: carica i documenti uno per uno."
        ),
        "markup": gettext(
            "Le pagine HTML e i file XML non si possono allegare: salva il documento in PDF."
        ),
        "svg": gettext(
            "Le immagini SVG non si possono allegare, perché possono contenere programmi: "
            "esportala in PNG."
        ),
        "macro": gettext(
            "Il documento contiene macro: salvalo senza, nel formato normale (per esempio DOCX)."
        ),
        "encrypted": gettext("Il documento è protetto da una password: salvalo senza."),
        "old_office": gettext(
            "I formati DOC, XLS e PPT e i documenti protetti da password non si possono allegare: "
            "salva in DOCX, XLSX, PPTX o PDF, senza password."
        ),
        "damaged": gettext(
            "Il documento è danneggiato, o non è quello che sembra: salvalo di nuovo."
        ),
        "bomb": gettext("Il documento, una volta aperto, sarebbe troppo grande."),
    }


def _pictures() -> dict[str, str]:
    return {
        "too_many_pixels": gettext(
            "L’immagine supera 40 milioni di punti: riducila, per esempio a 3000 × 2000."
        ),
        "animated": gettext("È un’immagine animata: scegline una ferma."),
        "unreadable": gettext("L’immagine è danneggiata: salvala di nuovo."),
        "too_slow": gettext("L’immagine è troppo complessa: riducila e riprova."),
    }


def _limits() -> dict[str, str]:
    return {
        "too_many_files": gettext("Qui ci sono già 30 allegati: togline uno prima."),
        "thing_full": gettext("Gli allegati di questa pagina arriverebbero oltre 200 MB."),
        "member_full": gettext("I file che hai caricato arriverebbero oltre 500 MB in tutto."),
        "too_many": gettext("Troppi file in poco tempo: riprova tra un’ora."),
    }
