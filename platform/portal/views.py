"""Pages that belong to the whole: home, menu, text size, health."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.access import current_actor, public
from core.database import db
from core.links import local_path
from portal.pages import TEXT_SIZE_COOKIE, TEXT_SIZES

blueprint = Blueprint("portal", __name__)

_ALIVE = '{"status":"ok"}\n'


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    from portal.front_page import front_page

    return render_template("portal/home.html", **front_page(current_actor()))


@blueprint.get("/menu")
@public
def menu() -> ResponseReturnValue:
    """The whole menu as a page, for small screens without script."""
    return render_template("portal/menu.html")


@blueprint.get("/feed")
@public
def feeds() -> ResponseReturnValue:
    """Every feed of the site, in words."""
    return render_template("portal/feeds.html")


@blueprint.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    return render_template("portal/privacy.html")


@blueprint.get("/accessibilita")
@public
def accessibility() -> ResponseReturnValue:
    settings = current_app.config["GEMELLA"]
    return render_template("portal/accessibility.html", contact=settings.contact_email)


@blueprint.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    lines = ("User-agent: *", "Disallow: /cerca", "Disallow: /dimensione-testo/")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/.well-known/security.txt")
@public
def security() -> ResponseReturnValue:
    """Whom to tell of a weakness (RFC 9116)."""
    settings = current_app.config["GEMELLA"]
    until = (clock.now() + timedelta(days=300)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: mailto:{settings.contact_email}",
        f"Expires: {until.isoformat()}",
        "Preferred-Languages: it, en, de",
        f"Canonical: {url_for('portal.security', _external=True)}",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/dimensione-testo/<slug:size>")
@public
def text_size(size: str) -> ResponseReturnValue:
    """Remember the text size, and go back: a preference, which is why a GET may set it."""
    answer = redirect(local_path(request.args.get("next"), fallback="/"))
    if size in TEXT_SIZES:
        answer.set_cookie(
            TEXT_SIZE_COOKIE,
            size,
            max_age=timedelta(days=365),
            samesite="Lax",
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return answer


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return Response(_ALIVE, mimetype="application/json")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The process can do its work: the database answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return {"status": "database unavailable"}, 503
    return {"status": "ok"}
