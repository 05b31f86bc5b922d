"""What every form of the site is expected to do with what it gets.

A form that stands on a page and not here fails the test: whoever adds one says what its fields
hold. Limits are written down again on purpose: the database and the page must agree with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from tests.security import hostile
from tests.security.browser import Control, File
from tests.security.world import DOMAIN
from tests.visitor import DEMO_PASSWORD

LONG_TEXT = 20_000
NEW_PASSWORD = "quattro parole di prova insieme"


@dataclass(frozen=True)
class Field:
    """Something that can be filled in; ``valid``: what is sent where the page suggests nothing."""

    required: bool = False
    valid: Any = None

    def untouched(self, control: Control | None) -> Any:
        """A value that is surely taken: the one of the page, else ``valid``."""
        kept = [one for one in control.values if one.strip()] if control else []
        return kept or self.valid


@dataclass(frozen=True)
class Free(Field):
    """Text that can say anything within ``limit`` characters."""

    limit: int = 200
    valid: Any = "Testo di prova"


@dataclass(frozen=True)
class Odd(Field):
    """Text of a special form: everything in ``bad`` is refused beside the field, and kept."""

    bad: Sequence[Any] = ()
    is_secret: bool = False


@dataclass(frozen=True)
class Choice(Field):
    """One or several of the values on the page; ``bad`` ones are refused."""

    def untouched(self, control: Control | None) -> Any:
        options = [one for one in control.options if one] if control else []
        kept = [one for one in control.values if one] if control else []
        return kept or options[:1] or self.valid


@dataclass(frozen=True)
class Tick(Field):
    """A box; anything that is sent ticks it."""

    def untouched(self, control: Control | None) -> Any:
        return "y" if self.required else None


@dataclass(frozen=True)
class Hidden(Field):
    """What the page fills in and nobody sees: nonsense in it is refused or counts for nothing."""

    def untouched(self, control: Control | None) -> Any:
        return list(control.values) if control else None


@dataclass(frozen=True)
class Button(Field):
    """Which button was pressed: nonsense is the plain one, or 400."""

    def untouched(self, control: Control | None) -> Any:
        return self.valid


@dataclass(frozen=True)
class Form:
    """A form by the rule that it is sent to; ``who`` attacks it.

    ``throttled``: tries are counted, so that each one starts afresh. ``page`` names the page that
    the form is taken from, where not every one will do.
    """

    who: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    throttled: bool = False
    page: str = ""
    succeeds: tuple[int, ...] = (302, 303)

    def is_on(self, page: str) -> bool:
        return re.search(self.page, page) is not None


def _picture() -> File:
    out = BytesIO()
    Image.new("RGB", (32, 32), (10, 90, 40)).save(out, "PNG")
    return File("figura.png", out.getvalue())


def _document() -> File:
    return File("modulo.pdf", b"%PDF-1.4\n%%EOF\n")


TOKEN = {"csrf_token": Hidden()}
KEY = {"submission_key": Hidden()}
# Whose password it is, for the browser's password keeper; the site does not read it.
KEEPER = {"username": Hidden()}
VERSION = {"version": Hidden()}
ADDRESS = Odd(required=True, bad=hostile.ADDRESSES, valid="nessuno@comune.bari.it")
DAY = Odd(bad=hostile.DATES, valid="2027-06-30")
OLD_PASSWORD = Odd(
    required=True, is_secret=True, valid=DEMO_PASSWORD, bad=("", "x", "prima\0dopo", "x" * 60_000)
)
PASSWORD = Odd(
    required=True, is_secret=True, valid=NEW_PASSWORD, bad=("", "corta", "x" * 60_000, "a" * 12)
)
SPEAKER = {"on_behalf_of": Choice()}


def _long(**names: bool) -> dict[str, Field]:
    return {name: Free(required=needed, limit=LONG_TEXT) for name, needed in names.items()}


_SEEN = {**TOKEN, **KEY, **VERSION, "seen": Hidden(), "azione": Button()}
_STORY = {
    **_SEEN,
    "title": Free(required=True),
    "summary": Free(limit=300),
    "theme_ids": Choice(),
    "territory_id": Choice(),
    "organisation_id": Choice(),
    "contact": Free(),
    "lang": Choice(),
    "needed_by": DAY,
}
_TELLING = {
    **_SEEN,
    **_long(
        problem=False,
        solution=False,
        results=False,
        resources=False,
        time_scale=False,
        difficulties=False,
        transferability=False,
        need=False,
        context=False,
    ),
}
_PIECES = {
    **_SEEN,
    # As many as a story may have: whoever told of some gets an empty row after them.
    **{f"components-{row}-key": Hidden() for row in range(20)},
    **{f"components-{row}-title": Free() for row in range(20)},
    **{f"components-{row}-text": Free(limit=1_000) for row in range(20)},
    **{
        f"web_links-{row}-url": Odd(
            bad=(*hostile.WEB_ADDRESSES, "x" * 60_000), valid="https://www.comune.bari.it"
        )
        for row in range(3)
    },
    # Kept as they are typed, but between the signs of Markdown: test_writing.py reads them back.
    **{
        f"web_links-{row}-title": Odd(bad=("a\0b", "\u202eBari", "x" * 201, "x" * 60_000))
        for row in range(3)
    },
    "links": Free(limit=LONG_TEXT),
}
_TWINNING = {
    **TOKEN,
    **KEY,
    **VERSION,
    "title": Free(required=True),
    "acronym": Free(limit=40, valid="Prova"),
    "summary": Free(limit=500),
    "practice_id": Choice(),
    "theme_ids": Choice(),
    "programme_id": Choice(),
    "funding": Free(),
    "starts_on": Odd(bad=hostile.DATES, valid="2027-01-01"),
    "ends_on": Odd(bad=hostile.DATES, valid="2028-01-01"),
    "lang": Choice(),
    "visibility": Choice(required=True),
    "coordinator_id": Choice(),
    "own_body": Choice(),
    "own_role": Choice(),
    "own_unit": Free(),
    "azione": Button(),
    **_long(solution=False, objectives=False, results=False),
}
_BODY = {
    **TOKEN,
    **KEY,
    **VERSION,
    "name": Free(required=True, limit=250),
    "acronym": Free(limit=40, valid="ABC"),
    "nature": Choice(required=True),
    "level": Choice(required=True),
    "ipa_code": Odd(bad=("p TN", "è", "x" * 21, "x" * 60_000, "a\0b", "'--", hostile.MARKUP)),
    "territory": Odd(
        bad=("Atlantide", "x" * 121, "x" * 60_000, "a\0b", "\u202eBari", hostile.MARKUP)
    ),
    "country": Choice(required=True),
    "website": Odd(bad=(*hostile.WEB_ADDRESSES, "x" * 60_000)),
    "same_name": Tick(),
}


_BODY_NAME = Odd(
    required=True,
    bad=("", "Ente che non c’è", "x" * 201, "x" * 60_000, "a\0b", hostile.MARKUP),
    valid="Comune di Bari",
)


def _reason(limit: int) -> dict[str, Field]:
    return {**TOKEN, "reason": Free(required=True, limit=limit)}


_INVITATION = {
    **TOKEN,
    **KEY,
    "email": Odd(
        required=True,
        bad=(*hostile.ADDRESSES, "qualcuno@gmail.com"),
        valid="nessuno@comune.bari.it",
    ),
    "language": Choice(required=True),
    "message": Free(limit=1_000),
}
_FILE = {
    "file": Odd(required=True, bad=hostile.ATTACHMENTS, valid=_document()),
    "description": Free(limit=300),
}
_FILE_PATH = "/allegati/<int:attachment_id>"
_STORY_PATH = "/buone-pratiche/<slug:slug>"
_TWINNING_PATH = "/gemellaggi/<slug:slug>"
_PARTNER_PATH = f"{_TWINNING_PATH}/partecipanti/<int:participation_id>"
_MATCH_PATH = "/corrispondenze/<int:match_id>"
_THREAD_PATH = "/discussioni/<int:thread_id>"
_POST_PATH = "/messaggi/<int:post_id>"

FORMS: Mapping[str, Form] = {
    "/accedi": Form(
        "visitor",
        {
            **TOKEN,
            "email": Odd(
                required=True,
                bad=("", "a\0b", "x" * 60_000, "\u202ex@y.it"),
                valid=f"registrato@{DOMAIN}",
            ),
            "password": OLD_PASSWORD,
        },
        throttled=True,
    ),
    "/registrati": Form(
        "visitor",
        {
            **TOKEN,
            **KEY,
            "first_name": Free(required=True, limit=80),
            "last_name": Free(required=True, limit=80),
            "email": ADDRESS,
            "password": PASSWORD,
            "privacy": Tick(required=True),
        },
        throttled=True,
    ),
    "/registrati/nuovo-collegamento": Form("visitor", {**TOKEN, "email": ADDRESS}, throttled=True),
    "/password-dimenticata": Form("visitor", {**TOKEN, "email": ADDRESS}, throttled=True),
    "/nuova-password/<token:token>": Form("visitor", {**TOKEN, **KEEPER, "password": PASSWORD}),
    "/conferma/<token:token>": Form(
        "visitor", {**TOKEN, **KEEPER, "password": OLD_PASSWORD}, throttled=True
    ),
    "/esci": Form("registered", TOKEN),
    "/il-mio-spazio/avvisi/<int:number>/apri": Form("verified", TOKEN),
    "/il-mio-spazio/avvisi/letti": Form("verified", {**TOKEN, "fino": Hidden(), "su": Hidden()}),
    "/il-mio-spazio/avvisi/preferenze": Form(
        "verified", {**TOKEN, "reply": Tick(), "mention": Tick(), "own": Tick()}
    ),
    "/segnala/<slug:kind>/<int:object_id>": Form(
        "visitor",
        {
            **TOKEN,
            **KEY,
            "reason": Choice(required=True),
            "text": Free(limit=2_000),
            "email": Odd(bad=[one for one in hostile.ADDRESSES if one.strip()], valid=""),
            "website": Hidden(),
        },
        throttled=True,
    ),
    "/moderazione/segnalazioni/<slug:kind>/<int:object_id>": Form(
        "moderator", {**_reason(1_000), "decision": Choice(required=True)}
    ),
    "/moderazione": Form(
        "moderator",
        {
            **TOKEN,
            "picked": Choice(required=True),
            "reason": Free(required=True, limit=1_000),
            "for_authors": Choice(),
            "deed": Button(valid="hide"),
        },
    ),
    "/moderazione/iscritti/<int:number>": Form(
        "moderator", {**_reason(1_000), "sort": Choice(required=True)}
    ),
    "/moderazione/provvedimenti/<int:number>/annulla": Form("moderator", _reason(1_000)),
    "/moderazione/ricorsi/<int:number>": Form(
        "moderator", {**_reason(1_000), "granted": Choice(required=True)}
    ),
    "/il-mio-spazio/provvedimenti/<int:number>/ricorso": Form(
        "verified", {**TOKEN, "text": Free(required=True, limit=4_000)}
    ),
    "/segui/<slug:kind>/<int:object_id>": Form("registered", TOKEN),
    "/segui/<slug:kind>/<int:object_id>/smetti": Form("verified", {**TOKEN, "da": Hidden()}),
    "/il-mio-spazio/esci-ovunque": Form("registered", {**TOKEN, "anche_qui": Button(valid=None)}),
    "/il-mio-spazio/appartenenze": Form(
        "former",
        {
            **TOKEN,
            **KEY,
            "organisation_id": Choice(required=True),
            "position": Free(required=True, limit=120),
        },
    ),
    "/enti/<slug:slug>/invita": Form(
        "trento",
        {**_INVITATION, "role": Choice(required=True)},
        throttled=True,
        page="/enti/provincia-autonoma",
    ),
    "/il-mio-spazio/inviti/ente": Form(
        "coordinator",
        {
            **_INVITATION,
            "name": Free(required=True, limit=250, valid="Landkreis von Testland"),
            "nature": Choice(required=True),
            "level": Choice(required=True),
            "country": Choice(required=True),
        },
        throttled=True,
    ),
    "/inviti/<int:number>/revoca": Form("trento", TOKEN),
    "/invito/<token:token>": Form("former", {**TOKEN, "position": Free(required=True, limit=120)}),
    "/invito/<token:token>/registrati": Form(
        "visitor",
        {
            **TOKEN,
            "first_name": Free(required=True, limit=80),
            "last_name": Free(required=True, limit=80),
            "position": Free(required=True, limit=120),
            "password": PASSWORD,
            "privacy": Tick(required=True),
        },
    ),
    "/il-mio-spazio/accessi/<int:number>/chiudi": Form("verified", TOKEN),
    "/amministrazione/iscritti/<int:number>/ruoli": Form(
        "administrator", {**_reason(1_000), "roles": Choice()}
    ),
    "/amministrazione/iscritti/<int:number>/stato": Form(
        "administrator", {**_reason(1_000), "new": Hidden()}
    ),
    "/amministrazione/iscritti/<int:number>/accessi": Form("administrator", _reason(1_000)),
    "/amministrazione/enti/<int:number>/referente": Form(
        "administrator", {**_reason(1_000), "affiliation": Choice(required=True)}
    ),
    "/amministrazione/posta/<int:number>/riprova": Form("administrator", TOKEN),
    "/amministrazione/coda/<int:number>/riprova": Form("administrator", TOKEN),
    "/amministrazione/indice": Form("administrator", _reason(1_000)),
    "/appartenenze/<int:number>": Form(
        "puglia",
        {
            **TOKEN,
            "role": Choice(required=True),
            "note": Free(limit=1_000),
            "esito": Button(valid="rifiuta"),
        },
    ),
    "/appartenenze/<int:number>/termina": Form("registered", TOKEN),
    "/appartenenze/<int:number>/ruolo": Form("puglia", TOKEN),
    "/profilo": Form(
        "verified",
        {
            **TOKEN,
            **VERSION,
            "first_name": Free(required=True, limit=80),
            "last_name": Free(required=True, limit=80),
            "bio": Free(limit=5_000),
            "theme_ids": Choice(),
            "language": Choice(required=True),
            "sign_in_visibility": Choice(required=True),
        },
    ),
    "/profilo/immagine": Form(
        "verified",
        {**TOKEN, "picture": Odd(required=True, bad=hostile.FILES, valid=_picture())},
    ),
    "/profilo/immagine/togli": Form("verified", TOKEN),
    "/profilo/password": Form(
        "verified",
        {**TOKEN, **KEEPER, "current": OLD_PASSWORD, "password": PASSWORD},
        throttled=True,
    ),
    "/allegati/<slug:kind>/<int:object_id>/nuovo": Form(
        "editor",
        {**TOKEN, **KEY, **_FILE, "title": Free(), "place": Choice()},
        page="practice",
    ),
    "/allegati/<slug:kind>/<int:object_id>/ordine": Form(
        "moderator", {**TOKEN, "azione": Button()}
    ),
    f"{_FILE_PATH}/versioni/nuova": Form("editor", {**TOKEN, **VERSION, **_FILE}),
    f"{_FILE_PATH}/modifica": Form(
        "editor",
        {
            **TOKEN,
            **VERSION,
            "title": Free(required=True),
            "description": Free(required=True, limit=300),
        },
    ),
    f"{_FILE_PATH}/rimuovi": Form("editor", TOKEN),
    f"{_FILE_PATH}/nascondi": Form("moderator", _reason(1_000)),
    f"{_FILE_PATH}/ripubblica": Form("moderator", TOKEN),
    "/invia-una-storia": Form("registered", _STORY),
    f"{_STORY_PATH}/modifica": Form("registered", _STORY, page="draft"),
    f"{_STORY_PATH}/utile": Form(
        "verified", {**TOKEN, "organisation_id": Hidden()}, page="published"
    ),
    f"{_STORY_PATH}/utile/ritira": Form("verified", TOKEN),
    f"{_STORY_PATH}/modifica/racconto": Form("registered", _TELLING, page="draft"),
    f"{_STORY_PATH}/modifica/componenti": Form("registered", _PIECES, page="draft"),
    f"{_STORY_PATH}/invia": Form("registered", {**TOKEN, **VERSION}, page="draft"),
    f"{_STORY_PATH}/pubblica": Form("editor", {**TOKEN, **VERSION}),
    "/redazione/storie/<slug:slug>/approva": Form("editor", {**TOKEN, **VERSION}),
    "/redazione/storie/<slug:slug>/rifiuta": Form("editor", {**_reason(2_000), **VERSION}),
    f"{_STORY_PATH}/ripristina": Form("editor", {**TOKEN, **VERSION, "number": Hidden()}),
    f"{_STORY_PATH}/ritira": Form("registered", {**TOKEN, **VERSION}),
    f"{_STORY_PATH}/modifica/ritira": Form("registered", {**TOKEN, **VERSION}),
    f"{_STORY_PATH}/valida": Form(
        "evaluator",
        {
            **TOKEN,
            **VERSION,
            "results": Free(required=True, limit=2_000),
            "transferability": Free(required=True, limit=2_000),
        },
    ),
    f"{_STORY_PATH}/valida/non-ancora": Form("evaluator", {**_reason(2_000), **VERSION}),
    f"{_STORY_PATH}/vale-ancora": Form("editor", {**TOKEN, **VERSION}),
    f"{_STORY_PATH}/superata": Form("editor", {**TOKEN, **VERSION, "reason": Free(limit=2_000)}),
    f"{_STORY_PATH}/rimanda": Form(
        "editor", {**_reason(2_000), **VERSION, "esito": Button(valid="modifiche")}
    ),
    f"{_STORY_PATH}/archivia": Form("editor", {**_reason(2_000), **VERSION}),
    f"{_STORY_PATH}/rimuovi": Form("moderator", {**_reason(2_000), **VERSION}, page="published"),
    f"{_MATCH_PATH}/contatta": Form(
        "puglia",
        {**TOKEN, **KEY, "text": Free(required=True, limit=LONG_TEXT)},
    ),
    f"{_MATCH_PATH}/scarta": Form("puglia", {**TOKEN, "reason": Free(limit=1_000)}),
    _THREAD_PATH: Form(
        "verified",
        {
            **TOKEN,
            **KEY,
            **SPEAKER,
            "draft_version": Hidden(),
            "reply_to": Hidden(),
            "text": Free(required=True, limit=LONG_TEXT),
            "azione": Button(),
        },
    ),
    "/discussioni/nuova": Form(
        "verified",
        {
            **TOKEN,
            **KEY,
            **SPEAKER,
            "draft_version": Hidden(),
            "title": Free(required=True),
            "theme": Choice(),
            "text": Free(required=True, limit=LONG_TEXT),
            "azione": Button(),
        },
    ),
    f"{_THREAD_PATH}/letto": Form("verified", {**TOKEN, "fino": Hidden()}),
    f"{_THREAD_PATH}/evidenza": Form("moderator", {**TOKEN, "evidenza": Hidden()}),
    f"{_THREAD_PATH}/sposta": Form(
        "moderator",
        {
            **TOKEN,
            "where": Choice(required=True),
            "theme": Choice(),
            # Counts for nothing where the general forum is chosen.
            "address": Odd(),
            "reason": Free(limit=500),
        },
    ),
    # All discussions of the world have an introduction: none can go into another one.
    f"{_THREAD_PATH}/unisci": Form(
        "moderator",
        {
            **TOKEN,
            "into": Odd(
                required=True, bad=("boh", "0", "-1", "/discussioni/", "9" * 40), valid="1"
            ),
            "reason": Odd(bad=("x" * 501,)),
        },
        succeeds=(422,),
    ),
    f"{_THREAD_PATH}/dividi": Form(
        "moderator",
        {
            **TOKEN,
            "title": Free(required=True),
            "numbers": Choice(required=True),
            "and_after": Tick(),
            "reason": Free(limit=500),
        },
    ),
    f"{_POST_PATH}/reazione": Form(
        "administrator", {**TOKEN, "useful": Button(valid="1"), "thanks": Button()}
    ),
    f"{_POST_PATH}/migliore": Form("verified", {**TOKEN, "migliore": Hidden()}),
    f"{_THREAD_PATH}/chiudi": Form("verified", {**TOKEN, **SPEAKER, "reason": Free(limit=500)}),
    f"{_THREAD_PATH}/riapri": Form("verified", TOKEN),
    f"{_THREAD_PATH}/titolo": Form(
        "moderator", {**TOKEN, "seen_title": Hidden(), "title": Free(required=True)}
    ),
    f"{_THREAD_PATH}/rimuovi": Form("moderator", _reason(1_000)),
    f"{_POST_PATH}/modifica": Form(
        "verified",
        {
            **TOKEN,
            **VERSION,
            "text": Free(required=True, limit=LONG_TEXT),
            "hides_earlier": Tick(),
            "azione": Button(),
        },
    ),
    f"{_POST_PATH}/rimuovi": Form("verified", TOKEN),
    f"{_POST_PATH}/nascondi": Form("moderator", _reason(1_000)),
    f"{_POST_PATH}/ripubblica": Form("moderator", TOKEN),
    "/moderazione/<slug:kind>/<int:object_id>/pubblica": Form("moderator", TOKEN),
    "/moderazione/<slug:kind>/<int:object_id>/respingi": Form("moderator", _reason(1_000)),
    "/enti/nuovo": Form("administrator", _BODY),
    "/enti/<slug:slug>/modifica": Form("administrator", _BODY),
    "/enti/<slug:slug>/verifica": Form("administrator", TOKEN),
    "/enti/<slug:slug>/elimina": Form("administrator", _reason(1_000)),
    "/gemellaggi/nuovo": Form("coordinator", _TWINNING),
    f"{_TWINNING_PATH}/modifica": Form("coordinator", _TWINNING, page="draft"),
    f"{_TWINNING_PATH}/stato": Form(
        "coordinator",
        {**_reason(1_000), **VERSION, "new": Choice(required=True)},
        page="spiatwinningactive",
    ),
    f"{_TWINNING_PATH}/partecipanti/aggiungi": Form(
        "administrator",
        {
            **TOKEN,
            **KEY,
            "name": _BODY_NAME,
            "chosen": Choice(),
            "role": Choice(required=True),
            "unit": Free(),
            "act": Free(required=True, limit=300),
            "accepted_on": Odd(bad=hostile.DATES, valid="2015-05-16"),
        },
        page="spiatwinningactive",
    ),
    f"{_TWINNING_PATH}/partecipanti/invita/nuovo": Form(
        "puglia",
        {
            **_INVITATION,
            "name": Free(required=True, limit=250, valid="Landkreis von Testland"),
            "nature": Choice(required=True),
            "level": Choice(required=True),
            "country": Choice(required=True),
            "role": Choice(required=True),
            "unit": Free(),
        },
        throttled=True,
        page="spiatwinningowndraft",
    ),
    f"{_TWINNING_PATH}/partecipanti/invita": Form(
        "puglia",
        {
            **TOKEN,
            **KEY,
            "name": _BODY_NAME,
            "chosen": Choice(),
            "role": Choice(required=True),
            "unit": Free(),
            "message": Free(limit=1_000),
        },
        page="spiatwinningowndraft",
    ),
    f"{_TWINNING_PATH}/prendi-in-carico": Form("other_coordinator", TOKEN),
    f"{_PARTNER_PATH}/togli": Form("administrator", _reason(1_000), page="trepu"),
    f"{_PARTNER_PATH}/rispondi": Form(
        "puglia",
        {
            **TOKEN,
            "answer": Choice(required=True),
            "unit": Free(),
            "note": Free(limit=1_000),
        },
    ),
    f"{_PARTNER_PATH}/lascia": Form("puglia", _reason(1_000)),
}

# Forms that only ask: their arguments, and which of them say again on the page what was typed.
SEARCHES: Mapping[str, tuple[frozenset[str], str | None]] = {
    "/cerca": (frozenset({"q", "tipo"}), "q"),
    "/discussioni": (frozenset({"su", "mie", "stato", "tema"}), None),
    "/discussioni/<int:thread_id>/giorno": (frozenset({"giorno"}), None),
    "/gemellaggi": (
        frozenset({"stato", "tema", "regione", "ruolo", "programma", "ordina"}),
        None,
    ),
    "/buone-pratiche": (
        frozenset({"tipo", "tema", "regione", "provincia", "ente", "stato", "anno", "ordina"}),
        None,
    ),
    "/buone-pratiche/<slug:slug>/confronta": (frozenset({"da", "a"}), None),
    "/iscritti": (frozenset({"q", "ente", "tema"}), "q"),
    "/enti": (frozenset({"q", "natura", "livello", "regione"}), "q"),
    "/il-mio-spazio/appartenenze": (frozenset({"ente"}), "ente"),
    "/amministrazione/iscritti": (frozenset({"q", "stato", "ruolo", "ordina"}), "q"),
    "/amministrazione/enti": (frozenset({"q", "quali"}), "q"),
    "/amministrazione/appartenenze": (frozenset({"stato"}), None),
    "/amministrazione/attivita": (
        frozenset({"chi", "su", "numero", "fatto", "dal", "al"}),
        "chi",
    ),
    "/amministrazione/posta": (frozenset({"stato"}), None),
    "/amministrazione/coda": (frozenset({"chi"}), None),
}
