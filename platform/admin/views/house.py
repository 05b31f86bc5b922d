"""Overview, audit trail, queues and index."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from admin import services
from admin.forms import ReasonForm, event_filters, mail_state
from admin.policies import may_administer
from admin.queries import events as event_queries
from admin.queries import overview as overview_queries
from admin.queries import queues
from admin.views import around, blueprint, cursors, options, words
from core import outbox
from core.access import authorise, current_actor, governed_by
from core.registry import registry, settings
from notifications.queries import queue_sizes
from search.queries.state import index_state


@blueprint.get("/amministrazione")
@governed_by(may_administer)
def overview() -> ResponseReturnValue:
    authorise(may_administer)
    return render_template(
        "admin/overview.html",
        overview=overview_queries.overview(),
        index=index_state(settings().index_folder),
        member_states=words.member_states(),
        mail_states=words.mail_states(),
        consumer_labels=words.consumer_labels(),
    )


@blueprint.get("/amministrazione/attivita")
@governed_by(may_administer)
def events() -> ResponseReturnValue:
    """What happened, by whom, to what: the audit trail."""
    authorise(may_administer)
    filters = event_filters(request.args)
    page = event_queries.events(filters, current_actor(), **cursors())
    arguments = {
        "su": filters.kind or None,
        "fatto": filters.name or None,
        "chi": filters.who or None,
        "numero": filters.number,
        "dal": filters.first and filters.first.isoformat(),
        "al": filters.last and filters.last.isoformat(),
    }
    kinds, facts = words.kind_labels(), words.fact_labels()
    return render_template(
        "admin/events.html",
        page=page,
        filters=filters,
        is_filtered=any(arguments.values()),
        kinds=options(
            {kind: kinds.get(kind, kind) for kind in event_queries.kinds()}, filters.kind
        ),
        names=sorted(
            options({name: facts.get(name, name) for name in event_queries.names()}, filters.name),
            key=lambda option: option["label"],
        ),
        kind_labels=kinds,
        fact_labels=facts,
        **around(page, "admin.events", arguments),
    )


@blueprint.get("/amministrazione/posta")
@governed_by(may_administer)
def mails() -> ResponseReturnValue:
    """Mails that wait, were sent, or had nothing to say any more."""
    authorise(may_administer)
    state = mail_state(request.args)
    page = queues.mails(state, **cursors())
    return render_template(
        "admin/mails.html",
        page=page,
        state=state,
        states=words.mail_states(),
        mail_labels=words.mail_labels(),
        counts=queue_sizes(),
        options=options(words.mail_states(), state),
        has_server=settings().smtp is not None,
        **around(page, "admin.mails", {"stato": state.value if state else None}),
    )


@blueprint.post("/amministrazione/posta/<int:number>/riprova")
@governed_by(may_administer)
def hurry_mail(number: int) -> ResponseReturnValue:
    authorise(may_administer)
    if not queues.has_mail(number):
        abort(404)
    services.hurry_mail(mail_id=number, by=current_actor())
    flash(gettext("La mail è in testa alla coda."), "success")
    return redirect(url_for("admin.mails", stato="queued"), 303)


@blueprint.get("/amministrazione/coda")
@governed_by(may_administer)
def deliveries() -> ResponseReturnValue:
    """The outbox: what search and mail have still to do."""
    authorise(may_administer)
    consumers, labels = list(registry().consumers), words.consumer_labels()
    asked = request.args.get("chi", "")
    consumer = asked if asked in consumers else ""
    page = queues.deliveries(consumer, **cursors())
    return render_template(
        "admin/deliveries.html",
        page=page,
        backlog=outbox.backlog(),
        options=options({name: labels.get(name, name) for name in consumers}, consumer),
        consumer_labels=labels,
        consumer=consumer,
        fact_labels=words.fact_labels(),
        **around(page, "admin.deliveries", {"chi": consumer or None}),
    )


@blueprint.post("/amministrazione/coda/<int:number>/riprova")
@governed_by(may_administer)
def hurry_delivery(number: int) -> ResponseReturnValue:
    authorise(may_administer)
    if services.hurry_delivery(outbox_id=number, by=current_actor()):
        flash(gettext("La riga è in testa alla coda."), "success")
    else:
        flash(gettext("Era già fatta: la riga non c’è più."), "success")
    return redirect(url_for("admin.deliveries"), 303)


@blueprint.get("/amministrazione/indice")
@governed_by(may_administer)
def index() -> ResponseReturnValue:
    """The search index: what it holds, whether it keeps up."""
    authorise(may_administer)
    return _index_page(ReasonForm())


@blueprint.post("/amministrazione/indice")
@governed_by(may_administer)
def rebuild_index() -> ResponseReturnValue:
    authorise(may_administer)
    form = ReasonForm()
    if not form.validate():
        return _index_page(form), 422
    services.rebuild_index(reason=form.reason.data or "", by=current_actor())
    flash(gettext("L’indice sarà ricostruito: intanto serve quello di prima."), "success")
    return redirect(url_for("admin.index"), 303)


def _index_page(form: ReasonForm) -> str:
    return render_template(
        "admin/index.html",
        form=form,
        index=index_state(settings().index_folder),
        waiting=outbox.backlog().get("search", 0),
        oldest=overview_queries.oldest_for_search(),
        failing=queues.failing(),
        fact_labels=words.fact_labels(),
    )
