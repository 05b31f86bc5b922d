"""The pages of the register: the list, one body, and what administrators do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import authorise, current_actor, governed_by, permitted, public
from core.csv_export import MEDIA_TYPE, csv_lines, sent_whole
from core.i18n import language
from core.versions import Conflict
from organisations import policies, queries, services
from organisations.forms import (
    LEVELS,
    NATURES,
    EditedOrganisation,
    NewOrganisation,
    OrganisationFields,
    Removal,
    country_name,
    register_filters,
)
from organisations.models import Organisation
from organisations.queries import RegisterCounts, RegisterFilters
from organisations.rules import OrganisationValues, values_of
from territory import queries as territory

blueprint = Blueprint("organisations", __name__)


@blueprint.get("/enti")
@public
def register() -> ResponseReturnValue:
    actor = current_actor()
    filters = register_filters(request.args)
    page = queries.register(
        filters, after=request.args.get("dopo"), before=request.args.get("prima")
    )
    counts = queries.register_counts(filters)
    return render_template(
        "organisations/register.html",
        page=page,
        filters=filters,
        counts=counts,
        facets=_facets(filters, counts),
        active=_active(filters),
        newer_url=_address(filters, prima=page.before) if page.before else None,
        older_url=_address(filters, dopo=page.after) if page.after else None,
        may_create=policies.may_create(actor),
        export_url=url_for("organisations.export", **_arguments(filters)),
    )


@blueprint.get("/enti/esporta.csv")
@public
def export() -> ResponseReturnValue:
    """The register as a file, under the filters of its page."""
    rows = queries.exported_organisations(register_filters(request.args))
    complaint = gettext("ERRORE: questo file è incompleto. Scaricalo di nuovo.")
    answer = Response(
        stream_with_context(sent_whole(csv_lines(queries.HEADER, rows), complaint)),
        content_type=MEDIA_TYPE,
    )
    answer.headers["Content-Disposition"] = "attachment; filename=enti.csv"
    return answer


@blueprint.get("/enti/<slug:slug>")
@public
def organisation(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    if found.slug != slug:
        return redirect(url_for("organisations.organisation", slug=found.slug), 301)
    place = territory.place(found.territory_id) if found.territory_id else None
    return render_template(
        "organisations/organisation.html",
        organisation=found,
        nature=queries.nature_label(found.nature),
        level=queries.level_label(found.level),
        place=place,
        place_name=territory.full_name(place, language()) if place else "",
        region=territory.place(place.region_id) if place and place.region_id else None,
        country=country_name(found.country),
        host=_host_of(found.website),
        may_edit=permitted(policies.may_edit, found),
    )


@blueprint.get("/enti/nuovo")
@governed_by(policies.may_create)
def new() -> ResponseReturnValue:
    authorise(policies.may_create)
    return _form_page(NewOrganisation())


@blueprint.post("/enti/nuovo")
@governed_by(policies.may_create)
def create() -> ResponseReturnValue:
    authorise(policies.may_create)
    form = NewOrganisation()
    if not form.validate():
        return _form_page(form), 422
    try:
        made = services.create_organisation(
            values=form.values,
            by=current_actor(),
            same_name=form.same_name.data,
            submission_key=form.submission_key.data or "",
        )
    except (services.IpaCodeTaken, services.SameName) as refused:
        return _refused(form, refused), 422
    flash(gettext("L’ente è nel registro."), "success")
    return redirect(url_for("organisations.organisation", slug=made.slug), 303)


@blueprint.get("/enti/<slug:slug>/modifica")
@governed_by(policies.may_edit)
def edit(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    authorise(policies.may_edit, found)
    return _form_page(EditedOrganisation.of(found), found)


@blueprint.post("/enti/<slug:slug>/modifica")
@governed_by(policies.may_edit)
def change(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    authorise(policies.may_edit, found)
    form = EditedOrganisation.of(found)
    if not form.validate():
        return _form_page(form, found), 422
    try:
        changed = services.change_organisation(
            organisation_id=found.id,
            version=form.version.data,
            values=form.values,
            by=current_actor(),
            same_name=form.same_name.data,
        )
    except (services.IpaCodeTaken, services.SameName) as refused:
        return _refused(form, refused, found), 422
    except Conflict:
        return _conflict(form, slug), 409
    flash(gettext("Le modifiche sono nel registro."), "success")
    return redirect(url_for("organisations.organisation", slug=changed.slug), 303)


@blueprint.post("/enti/<slug:slug>/verifica")
@governed_by(policies.may_verify)
def verify(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    authorise(policies.may_verify, found)
    services.verify_organisation(organisation_id=found.id, by=current_actor())
    flash(gettext("L’ente risulta verificato."), "success")
    return redirect(url_for("organisations.organisation", slug=found.slug), 303)


@blueprint.get("/enti/<slug:slug>/elimina")
@governed_by(policies.may_remove)
def removal(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    authorise(policies.may_remove, found)
    return _removal_page(Removal(), found)


@blueprint.post("/enti/<slug:slug>/elimina")
@governed_by(policies.may_remove)
def remove(slug: str) -> ResponseReturnValue:
    found = _found(slug)
    authorise(policies.may_remove, found)
    form = Removal()
    if not form.validate():
        return _removal_page(form, found), 422
    services.remove_organisation(
        organisation_id=found.id, reason=form.reason.data or "", by=current_actor()
    )
    flash(gettext("L’ente non è più nel registro."), "success")
    return redirect(url_for("organisations.register"), 303)


def _host_of(website: str) -> str:
    """The host of a web address; nothing for what is none, and must not become a link."""
    try:
        parts = urlsplit(website)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in ("http", "https") else ""


def _found(slug: str) -> Organisation:
    return queries.organisation(slug, current_actor()) or abort(404)


def _form_page(
    form: OrganisationFields, found: Organisation | None = None, *, theirs: Any = ()
) -> str:
    return render_template("organisations/form.html", form=form, organisation=found, theirs=theirs)


def _removal_page(form: Removal, found: Organisation) -> str:
    return render_template("organisations/removal.html", form=form, organisation=found)


def _refused(
    form: OrganisationFields,
    refused: services.IpaCodeTaken | services.SameName,
    found: Organisation | None = None,
) -> str:
    if isinstance(refused, services.IpaCodeTaken):
        form.refuse_code(refused.by)
    else:
        form.refuse_name(refused.twins)
    return _form_page(form, found)


def _conflict(form: EditedOrganisation, slug: str) -> str:
    """The form with what was typed, and beside it what somebody else saved in between."""
    current = _found(slug)
    theirs, mine = (_in_words(values_of(current)), _in_words(form.values))
    labels = form.labels
    form.version.data = current.version
    # The hidden field repeats what was sent unless it is told otherwise.
    form.version.raw_data = None
    return _form_page(
        form,
        current,
        theirs=[
            (labels[name], theirs[name], mine[name])
            for name in theirs
            if theirs[name] != mine[name]
        ],
    )


def _in_words(values: OrganisationValues) -> dict[str, str]:
    """What an administrator wrote, as a reader reads it."""
    place = territory.place(values.territory_id) if values.territory_id else None
    return {
        **{name: str(value or "") for name, value in asdict(values).items()},
        "nature": queries.nature_label(values.nature),
        "level": queries.level_label(values.level),
        "territory_id": territory.full_name(place, language()) if place else "",
        "country": country_name(values.country),
    }


def _address(filters: RegisterFilters, **more: Any) -> str:
    """The register with these filters; ``more`` are cursors."""
    return url_for("organisations.register", **_arguments(filters), **more)


def _arguments(filters: RegisterFilters) -> dict[str, Any]:
    regions = (territory.place(number) for number in filters.region_ids)
    return {
        "q": filters.text or None,
        "natura": [word for word, one in NATURES.items() if one in filters.natures],
        "livello": [word for word, one in LEVELS.items() if one in filters.levels],
        "regione": sorted(region.code for region in regions if region),
    }


def _facets(filters: RegisterFilters, counts: RegisterCounts) -> list[dict[str, Any]]:
    """Name, legend and options of each filter; options that nothing has are left out."""
    natures = [
        (word, queries.nature_label(one), counts.natures.get(one, 0), one in filters.natures)
        for word, one in NATURES.items()
    ]
    levels = [
        (word, queries.level_label(one), counts.levels.get(one, 0), one in filters.levels)
        for word, one in LEVELS.items()
    ]
    regions = [
        (region.code, label, counts.regions.get(number, 0), number in filters.region_ids)
        for number, label in territory.region_choices(language())
        if (region := territory.place(number)) is not None
    ]
    return [
        {"name": name, "legend": legend, "options": _options(options)}
        for name, legend, options in (
            ("natura", gettext("Natura"), natures),
            ("livello", gettext("Livello"), levels),
            ("regione", gettext("Regione"), regions),
        )
    ]


def _options(options: list[tuple[str, str, int, bool]]) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "count": count, "selected": selected}
        for value, label, count, selected in options
        if count or selected
    ]


def _active(filters: RegisterFilters) -> list[dict[str, str]]:
    """A chip for each filter that is on, with the address without it."""
    arguments = _arguments(filters)
    chips = []
    if filters.text:
        chips.append((f"«{filters.text}»", {**arguments, "q": None}))
    for name, labels in _chip_labels(filters).items():
        for value, label in labels:
            rest = [one for one in arguments[name] if one != value]
            chips.append((label, {**arguments, name: rest}))
    return [
        {"label": label, "remove_url": url_for("organisations.register", **rest)}
        for label, rest in chips
    ]


def _chip_labels(filters: RegisterFilters) -> dict[str, list[tuple[str, str]]]:
    regions = (territory.place(number) for number in sorted(filters.region_ids))
    return {
        "natura": [
            (word, queries.nature_label(one))
            for word, one in NATURES.items()
            if one in filters.natures
        ],
        "livello": [
            (word, queries.level_label(one))
            for word, one in LEVELS.items()
            if one in filters.levels
        ],
        "regione": [(region.code, region.name(language())) for region in regions if region],
    }
