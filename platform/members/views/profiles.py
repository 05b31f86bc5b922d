"""Profiles: the public ones, the list of them, the own one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import current_actor, public, signed_in
from core.actor import VISITOR
from core.domain import Refused
from core.i18n import language
from core.versions import Conflict
from members import queries
from members.forms import (
    AvatarForm,
    PasswordForm,
    ProfileForm,
    directory_filters,
)
from members.models import Member
from members.queries import Directory, Filters
from members.services import avatars, profiles
from members.services.avatars import PictureRefused
from members.views import blueprint, browser, sections

_YEAR = 31_536_000


@blueprint.get("/iscritti")
@public
def directory() -> ResponseReturnValue:
    filters = directory_filters(request.args)
    found = queries.directory(
        filters,
        current_actor(),
        language=language(),
        after=request.args.get("dopo"),
        before=request.args.get("prima"),
    )
    return render_template(
        "members/directory.html",
        directory=found,
        filters=filters,
        active=_active(filters, found),
        newer_url=found.page.before and _address(filters, prima=found.page.before),
        older_url=found.page.after and _address(filters, dopo=found.page.after),
    )


@blueprint.get("/iscritti/<slug:slug>")
@public
def profile(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    found = queries.profile(slug, actor)
    if found is None:
        now = queries.current_slug(slug, actor)
        if now is None or now == slug:
            abort(404)
        return redirect(url_for("members.profile", slug=now), 301)
    return render_template(
        "members/profile.html", profile=found, is_own=found.person.id == actor.member_id
    )


@blueprint.get("/immagini/<slug:name>")
@public
def picture(name: str) -> ResponseReturnValue:
    """A member's picture; another picture has another name, so that it may be kept for long."""
    path = avatars.path_of(name)
    if not queries.picture_is_visible(name, current_actor()) or not path.is_file():
        abort(404)
    answer = send_file(path, mimetype=avatars.MEDIA_TYPE, etag=name, conditional=True)
    if queries.picture_is_visible(name, VISITOR):
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    else:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/profilo")
@signed_in
def edit_profile() -> ResponseReturnValue:
    member = _own()
    return _profile_page(member, ProfileForm(member))


@blueprint.post("/profilo")
@signed_in
def change_profile() -> ResponseReturnValue:
    member = _own()
    form = ProfileForm(member)
    if not form.validate():
        return _profile_page(member, form), 422
    try:
        profiles.change_profile(
            member_id=member.id,
            version=form.version.data,
            values=form.values,
            by=current_actor(),
        )
    except Conflict:
        member = _own()
        form.show_version(member.version)
        return _profile_page(member, form, theirs=member), 409
    flash(gettext("Il tuo profilo è aggiornato."), "success")
    return redirect(url_for("members.edit_profile"), 303)


@blueprint.post("/profilo/immagine")
@signed_in
def change_picture() -> ResponseReturnValue:
    member = _own()
    form = AvatarForm()
    if not form.validate():
        return _profile_page(member, ProfileForm(member, formdata=None), avatar_form=form), 422
    data = form.picture.data.stream.read(avatars.LARGEST_FILE + 1)
    try:
        avatars.set_avatar(member_id=member.id, data=data, by=current_actor())
    except PictureRefused as refused:
        form.picture.errors = [_why(refused.reason)]
        return _profile_page(member, ProfileForm(member, formdata=None), avatar_form=form), 422
    flash(gettext("La tua immagine è aggiornata."), "success")
    return redirect(url_for("members.edit_profile"), 303)


@blueprint.post("/profilo/immagine/togli")
@signed_in
def remove_picture() -> ResponseReturnValue:
    actor = current_actor()
    avatars.remove_avatar(member_id=actor.member_id or 0, by=actor)
    flash(gettext("La tua immagine non c’è più."), "success")
    return redirect(url_for("members.edit_profile"), 303)


@blueprint.get("/profilo/password")
@signed_in
def edit_password() -> ResponseReturnValue:
    return _password_page(PasswordForm(_own()))


@blueprint.post("/profilo/password")
@signed_in
def change_password() -> ResponseReturnValue:
    member = _own()
    form = PasswordForm(member)
    if not form.validate():
        return _password_page(form), 422
    try:
        token = profiles.change_password(
            member_id=member.id,
            current=form.current.data or "",
            new=form.password.data or "",
            user_agent=request.user_agent.string,
            by=current_actor(),
        )
    except Refused as refused:
        if refused.reason != "too_many":
            raise
        return _password_page(form, too_many=True), 429
    if token is None:
        form.current.errors = [gettext("Non è la tua password attuale.")]
        return _password_page(form), 422
    browser.begin(token)
    flash(gettext("La nuova password è attiva. Gli altri accessi sono chiusi."), "success")
    return redirect(url_for("members.my_space"), 303)


def _own() -> Member:
    return queries.own(current_actor()) or abort(404)


def _profile_page(
    member: Member,
    form: ProfileForm,
    *,
    avatar_form: AvatarForm | None = None,
    theirs: Member | None = None,
) -> str:
    return render_template(
        "members/edit_profile.html",
        member=member,
        person=queries.person(member.id),
        form=form,
        avatar_form=avatar_form or AvatarForm(formdata=None),
        theirs=theirs,
        sections=sections("members.edit_profile"),
    )


def _password_page(form: PasswordForm, *, too_many: bool = False) -> str:
    return render_template(
        "members/edit_password.html",
        form=form,
        too_many=too_many,
        sections=sections("members.edit_password"),
    )


def _why(reason: str) -> str:
    words: dict[str, str] = {
        "too_heavy": gettext("Il file supera 5 MB: scegline uno più leggero."),
        "too_many_pixels": gettext(
            "L’immagine supera 24 milioni di punti: riducila, per esempio a 2000 × 2000."
        ),
        "animated": gettext("È un’immagine animata: scegline una ferma."),
        "unreadable": gettext(
            "Non riusciamo a leggere questo file come immagine. "
            "Vanno bene JPEG, PNG, WebP e GIF, interi e non danneggiati."
        ),
    }
    return words[reason]


def _address(filters: Filters, **places: Any) -> str:
    return url_for(
        "members.directory",
        q=filters.words or None,
        ente=filters.organisations,
        tema=filters.themes,
        **places,
    )


def _active(filters: Filters, found: Directory) -> list[dict[str, str]]:
    """The filters in force, each with the address of the list without it."""
    active = []
    if filters.words:
        without = Filters("", filters.organisations, filters.themes)
        active.append({"label": f"«{filters.words}»", "remove_url": _address(without)})
    for choice in found.organisations:
        if choice.selected:
            others = tuple(slug for slug in filters.organisations if slug != choice.value)
            without = Filters(filters.words, others, filters.themes)
            active.append({"label": choice.label, "remove_url": _address(without)})
    for choice in found.themes:
        if choice.selected:
            others = tuple(code for code in filters.themes if code != choice.value)
            without = Filters(filters.words, filters.organisations, others)
            active.append({"label": choice.label, "remove_url": _address(without)})
    return active
