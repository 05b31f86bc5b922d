"""The browser's side of a session: a cookie with a random token, kept by Flask-Login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from flask_login import LoginManager, login_user, logout_user
from markupsafe import Markup

from core.actor import VISITOR, Actor
from core.kept import form_token
from core.links import address
from core.registry import registry, registry_of
from members.queries import Identity, identity_of
from members.services import sessions

_MOST_PIECES = 5_000


@dataclass(frozen=True)
class SignedIn:
    """The user object of Flask-Login: the token of the session, never the id of the member."""

    token: str
    identity: Identity | None = None
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    manager = LoginManager()
    # Its protection ties the session to the network address, which changes on every train ride.
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load)
    # Not `init_app`: it would look after a second cookie that nobody is given, with every answer.
    # Templates are told of the reader by `viewer` below.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.context_processor(lambda: {"viewer": viewer()})
    app.add_template_global(account)
    registry_of(app).own_pieces["account"] = account
    app.after_request(_note_seen)


def load_actor() -> Actor:
    """The actor behind the request's cookie."""
    identity = current_identity()
    return VISITOR if identity is None else identity.actor


def current_identity() -> Identity | None:
    """Whose session this request belongs to, read once per request."""
    user = _user()
    return None if user is None else user.identity


def current_token() -> str | None:
    """The token of this request's session."""
    user = _user()
    return None if user is None else user.token


def begin(token: str) -> None:
    """Put a new session into the browser; nothing of an earlier one is carried over."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(token))
    g.pop("actor", None)


def end() -> None:
    """Take the session out of the browser."""
    logout_user()
    session.clear()
    g.pop("actor", None)


def reader_note(name: str) -> Any:
    """What was asked of the reader together with who reads; None for visitors."""
    identity = current_identity()
    return None if identity is None else identity.notes.get(name)


def viewer() -> dict[str, Any] | None:
    """What the head of every page shows of who reads."""
    identity = current_identity()
    if identity is None:
        return None
    return {
        "name": identity.name,
        "url": address("members.my_space"),
        "avatar_url": identity.avatar and address("members.picture", name=identity.avatar),
        "initials": current_app.jinja_env.filters["initials"](identity.name),
    }


def account() -> Markup:
    """Who reads, as the head of every page shows it; made once a request."""
    made: Markup | None = g.get("account_piece")
    if made is None:
        made = g.account_piece = _account_piece()
    return made


def _account_piece() -> Markup:
    """The piece that this reader had before, as long as it says the same."""
    shown = viewer()
    unread = 0 if shown is None else registry().count_unread()
    token = None if shown is None else form_token()
    kept: dict[Any, Markup] = current_app.extensions.setdefault("gemella.account_pieces", {})
    key = (request.script_root, shown and tuple(shown.values()), unread, token)
    piece = kept.get(key)
    if piece is None:
        if len(kept) >= _MOST_PIECES:
            kept.clear()
        # Without what the rest of a page needs: this much is made for readers of kept pages, too.
        template = current_app.jinja_env.get_template("_layout/account.html")
        piece = kept[key] = Markup(template.render(viewer=shown, unread=unread))  # noqa: S704
    return piece


def _user() -> SignedIn | None:
    # Where Flask-Login keeps whoever it found, without what it does for sessions of other sorts.
    if "_login_user" not in g:
        token = session.get("_user_id")
        g._login_user = None if token is None else _load(token)
    user = g._login_user
    return user if isinstance(user, SignedIn) else None


def _load(token: str) -> SignedIn | None:
    identity = identity_of(token)
    return None if identity is None else SignedIn(token, identity)


def _note_seen(response: Response) -> Response:
    """Note the use of a session at most once in a quarter of an hour, after the answer is out.

    The one write that a GET may cause: small, alone, and given up when the database is busy.
    """
    user = g.get("_login_user")
    identity = user.identity if isinstance(user, SignedIn) else None
    if identity is not None and identity.is_seen_note_due:
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def note() -> None:
            with app.app_context():
                sessions.note_seen(identity.session_id)

        response.call_on_close(note)
        # The cookie ends as long after its making as the session after its last use: it is made
        # anew as often as the use is noted, so that who comes every day stays signed in.
        session.modified = True
    return response
