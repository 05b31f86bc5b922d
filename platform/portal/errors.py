"""When something does not work: a page in the visitor's language with a way on.

What was typed into a form that could not be taken (expired token, ended session, busy database)
comes back in a form that can be sent again.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from flask import Flask, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable
from werkzeug.wrappers import Response

from core.access import current_actor, nobody_reads
from core.database import db
from core.domain import Forbidden, Refused
from core.pagination import BadCursor
from core.transactions import Busy, is_busy
from core.versions import Conflict
from portal.logs import request_id

log = structlog.get_logger(__name__)

_SECRET = ("password", "csrf_token")
# What people type, by the name of its field. Other values without a space (numbers, codes, keys)
# were chosen or set by the form: they go along unseen.
_TYPED = {
    "bio": _l("Chi sono"),
    "body": _l("La storia"),
    "components-title": _l("Nome del componente"),
    "components-text": _l("In che cosa consiste"),
    "contact": _l("Persona da contattare"),
    "context": _l("Il contesto"),
    "difficulties": _l("Le difficoltà"),
    "email": _l("E-mail"),
    "first_name": _l("Nome"),
    "last_name": _l("Cognome"),
    "links": _l("Altri riferimenti"),
    "message": _l("Messaggio per chi inviti"),
    "name": _l("Nome dell’ente"),
    "need": _l("Il bisogno"),
    "objectives": _l("Obiettivi"),
    "position": _l("Ruolo nell’ente"),
    "problem": _l("Il problema"),
    "reason": _l("Motivo"),
    "resources": _l("Le risorse"),
    "results": _l("Risultati"),
    "solution": _l("La soluzione"),
    "summary": _l("In breve"),
    "text": _l("Messaggio"),
    "time_scale": _l("I tempi"),
    "title": _l("Titolo"),
    "transferability": _l("Che cosa serve per riusarla"),
    "web_links-title": _l("Come si chiama"),
    "web_links-url": _l("Indirizzo"),
}
# Rows have a number in their names: components-3-title.
_ROW = re.compile(r"-[0-9]+(?=-)", re.ASCII)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(CSRFError, token_error)
    app.register_error_handler(Busy, busy)
    app.register_error_handler(DBAPIError, database_error)
    app.register_error_handler(BadCursor, bad_cursor)
    app.register_error_handler(Forbidden, forbidden)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(Conflict, conflict)
    app.register_error_handler(Exception, fault)


def http_error(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if error.code == 401:
        return sign_in_first()
    if error.code == 404 and request.method == "POST" and _is_typed_in():
        # The thing was taken back meanwhile: whoever wrote about it keeps the text.
        message = gettext("La pagina a cui scrivevi non c’è più, o non è più visibile a te.")
        return _give_back(404, message, again=False)
    return page(error.code, error.get_headers())


def token_error(_error: CSRFError) -> Any:
    return _give_back(400, gettext("La pagina era aperta da troppo tempo, o in un’altra sessione."))


def busy(_error: Busy) -> Any:
    answer = _give_back(503, gettext("In questo momento non riusciamo a salvare."))
    return _retry_soon(answer)


def database_error(error: DBAPIError) -> Any:
    if is_busy(error):
        return busy(Busy(str(error.orig)))
    return fault(error)


def bad_cursor(_error: BadCursor) -> Any:
    return page(400)


def forbidden(_error: Forbidden) -> Any:
    return page(403)


def refused(error: Refused) -> Any:
    """The state of the thing does not allow it any more: usually an old page was still open."""
    log.info("refused", reason=error.reason)
    return page(409)


def conflict(_error: Conflict) -> Any:
    return _give_back(409, gettext("Qualcun altro ha salvato mentre scrivevi."))


def fault(error: Exception) -> Any:
    log.error("fault", exc_info=error)
    return page(InternalServerError.code)


def sign_in_first() -> Any:
    """A visitor came to a members' page: lead to sign-in, and keep what was typed."""
    from flask import redirect

    if request.method in ("GET", "HEAD"):
        here = request.script_root + request.full_path.rstrip("?")
        return redirect(url_for("members.sign_in", next=here))
    return _give_back(401, gettext("La tua sessione è finita: accedi in un’altra scheda."))


def page(code: int, headers: Any = ()) -> Response:
    """The error page of a status; ``headers`` of the exception are kept (Allow, Retry-After)."""
    title, message = _words(code)
    answer = Response(
        _rendered(
            "errors/error.html",
            code=code,
            title=title,
            message=message,
            way_on=_way_on(),
        ),
        status=code,
        mimetype="text/html",
    )
    for name, value in headers:
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return _retry_soon(answer) if code == ServiceUnavailable.code else answer


def _retry_soon(answer: Response) -> Response:
    answer.headers.setdefault("Retry-After", "5")
    return answer


def _is_typed_in() -> bool:
    """Whether somebody signed in sent text of their own."""
    if current_actor().is_visitor:
        return False
    try:
        return any(_label(name, value) for name, value in request.form.items(multi=True))
    except HTTPException:
        return False  # too large to be read


def _give_back(code: int, message: str, *, again: bool = True) -> Response:
    """Return typed text, but only to a page of ours: a foreign page must not get a fresh token.

    ``again``: it can be sent once more, and not only be copied.
    """
    fields = [
        (_label(name, value), name, value)
        for name, value in request.form.items(multi=True)
        if not any(secret in name for secret in _SECRET)
    ]
    if not fields or not _from_our_own_page():
        return page(code)
    html = _rendered(
        "errors/resubmit.html",
        code=code,
        message=message,
        fields=fields,
        again=again,
        action=request.script_root + request.full_path.rstrip("?"),
    )
    return Response(html, status=code, mimetype="text/html")


def _rendered(template: str, **values: Any) -> str:
    """The page; without the reader's name where the database is away and cannot tell it."""
    try:
        return render_template(template, **values)
    except SQLAlchemyError:
        db.session.rollback()
        nobody_reads()
        return render_template(template, **values)


def _label(name: str, value: str) -> Any:
    """How a typed text is called on the page; None for what nobody typed."""
    if not value:
        return None
    is_text = any(character.isspace() for character in value)
    return _TYPED.get(_ROW.sub("", name)) or (gettext("Testo") if is_text else None)


def _from_our_own_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return origin == request.host_url.rstrip("/") or origin.startswith(request.host_url)


def _way_on() -> list[tuple[str, str]]:
    return [
        (gettext("Torna alla pagina iniziale"), url_for("portal.home")),
        (gettext("Cerca nel sito"), url_for("search.results")),
    ]


def _words(code: int) -> tuple[str, str]:
    words = {
        400: (
            gettext("Richiesta non valida"),
            gettext("L’indirizzo o i dati inviati non sono completi. Torna indietro e riprova."),
        ),
        401: (gettext("Serve l’accesso"), gettext("Accedi per continuare.")),
        403: (
            gettext("Non puoi aprire questa pagina"),
            gettext("Il tuo profilo non ha il permesso necessario."),
        ),
        404: (
            gettext("Pagina non trovata"),
            gettext("L’indirizzo è cambiato, oppure la pagina non è pubblica."),
        ),
        405: (
            gettext("Azione non prevista"),
            gettext("Questa pagina non si apre in questo modo."),
        ),
        409: (
            gettext("Il testo è cambiato nel frattempo"),
            gettext("Qualcun altro ha salvato mentre scrivevi."),
        ),
        413: (
            gettext("Invio troppo grande"),
            gettext(
                "Un file può pesare 20 MB, tutto l’invio 32. Torna indietro con il browser: "
                "quello che hai scritto è ancora nel modulo."
            ),
        ),
        429: (
            gettext("Troppi tentativi"),
            gettext("Aspetta qualche minuto, poi riprova."),
        ),
        503: (
            gettext("Servizio momentaneamente occupato"),
            gettext("Riprova tra qualche secondo."),
        ),
    }
    return words.get(
        code,
        (
            gettext("Qualcosa non ha funzionato"),
            gettext(
                "Il problema è stato registrato con il numero %(number)s.",
                number=request_id(),
            ),
        ),
    )
