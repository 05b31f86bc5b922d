"""Writing a story: the choice of its kind, and the form, one page a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Unauthorized

from core import clock
from core.access import authorise, current_actor, governed_by
from core.i18n import time_of_day
from core.versions import Conflict
from practices import policies, rules, services
from practices.forms import Act, Press, StoryForm, offer_rows, part_form, pressed, turn_rows
from practices.models import Practice, PracticeKind, PracticeState
from practices.queries import stories as queries
from practices.queries import versions, words, writing
from practices.queries.revisions import text_for
from practices.rules import Part
from practices.services import Basis
from practices.views import blueprint
from practices.views.stories import story_or_404

_EDIT = "/buone-pratiche/<slug:slug>/modifica"
_ORDER = tuple(Part)


@blueprint.get("/invia-una-storia")
@governed_by(policies.may_create)
def send_story() -> ResponseReturnValue:
    """First the kind, then the first part of its form."""
    authorise(policies.may_create)
    kind = words.kind_of(request.args.get("tipo"))
    if kind is None:
        return render_template("practices/choose_kind.html")
    return _form_page(part_form(kind, Part.BASICS, current_actor()), kind, Part.BASICS)


@blueprint.post("/invia-una-storia")
@governed_by(policies.may_create)
def create_story() -> ResponseReturnValue:
    """Begin the story as a draft with what its first part says."""
    authorise(policies.may_create)
    kind, actor = words.kind_of(request.args.get("tipo")), current_actor()
    if kind is None:
        abort(400)
    press = pressed()
    form = part_form(kind, Part.BASICS, actor, formdata=request.form)
    if not form.validate():
        if press.act is Act.KEEP:
            return _not_kept(form)
        return _form_page(form, kind, Part.BASICS), 422
    key = form.submission_key.data or ""
    try:
        made = services.begin_story(kind=kind, text=form.text(Part.BASICS), key=key, by=actor)
    except Conflict:
        if press.act is Act.KEEP:
            return _elsewhere()
        made = queries.story_made_with(key, actor) or abort(404)
        return _conflict_page(form, Part.BASICS, made)
    if press.act is Act.KEEP:
        seen = rules.fingerprint(kind, Part.BASICS, rules.content_of(made))
        return _kept(made, Part.BASICS, version=made.version, seen=seen)
    return _saved(made, Part.BASICS, press)


@blueprint.get(_EDIT, defaults={"part": Part.BASICS})
@blueprint.get(f"{_EDIT}/racconto", defaults={"part": Part.TELLING})
@blueprint.get(f"{_EDIT}/componenti", defaults={"part": Part.PIECES})
@governed_by(policies.may_edit)
def edit_story(slug: str, part: Part) -> ResponseReturnValue:
    """A part of the form: with what was typed into it last, else with what the story says."""
    story = story_to_write(slug)
    authorise(policies.may_edit, story)
    if story.slug != slug:
        return redirect(url_for("practices.edit_story", slug=story.slug, part=part), 301)
    typed = writing.typed_in(story, part, current_actor())
    carried = None if typed is None else _carried(typed)
    form = part_form(story.kind, part, current_actor(), story, formdata=carried)
    more = request.args.get("altro", "")
    offer_rows(form, more=more)
    return _form_page(form, story.kind, part, story, typed_at=typed and typed.at)


@blueprint.post(_EDIT, defaults={"part": Part.BASICS})
@blueprint.post(f"{_EDIT}/racconto", defaults={"part": Part.TELLING})
@blueprint.post(f"{_EDIT}/componenti", defaults={"part": Part.PIECES})
@governed_by(policies.may_write)
def save_story(slug: str, part: Part) -> ResponseReturnValue:
    """Save a part and lead to where the button says; where others saved too, both are shown."""
    story, actor = story_to_write(slug), current_actor()
    authorise(policies.may_write, story)
    press = pressed()
    form = part_form(story.kind, part, actor, story, formdata=request.form)
    basis = Basis(form.version.data, form.seen.data or "")
    if press.act is Act.KEEP:
        return _keep(story, part, form)
    if press.act is Act.DISCARD:
        services.discard_typed(practice_id=story.id, part=part, by=actor)
        return redirect(url_for("practices.edit_story", slug=story.slug, part=part))
    if not form.validate() or not _is_fit(form, story, part):
        return _form_page(form, story.kind, part, story), 422
    if press.turns_rows:
        turn_rows(form, press)
    # Where both texts were shown, the author may have chosen the other one, field by field.
    text = form.text(part).without(request.form.getlist("usa"))
    try:
        kept = services.write_part(practice_id=story.id, text=text, basis=basis, by=actor)
    except Conflict:
        return _conflict_page(form, part, story_or_404(slug))
    return _saved(kept, part, press)


def story_to_write(slug: str) -> Practice:
    """The story with this address; who is not signed in is asked to be, whatever it is."""
    if current_actor().is_visitor:
        raise Unauthorized
    return story_or_404(slug)


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the form as the stepper shows it; ``lacking``: how many needed fields are empty."""

    code: str
    label: str
    url: str
    is_current: bool
    lacking: int | None


def steps_of(kind: PracticeKind, story: Practice | None, current: str) -> list[StepLine]:
    """The way through the form; what a new story lacks nobody counts yet."""
    lacking = writing.lacking(story, current_actor()) if story else {}
    steps = [
        StepLine(
            part.value,
            words.part_label(kind, part),
            url_for("practices.edit_story", slug=story.slug, part=part) if story else "",
            part == current,
            len(lacking[part]) if story and _is_begun(story, part) else None,
        )
        for part in Part
    ]
    url = url_for("practices.check_story", slug=story.slug) if story else ""
    return [*steps, StepLine("rivedi", gettext("Invio"), url, current == "rivedi", None)]


def _is_begun(story: Practice, part: Part) -> bool:
    """Whether anything stands there: where nothing is needed, nothing is no achievement."""
    return part is not Part.PIECES or bool(story.components or story.links)


def _form_page(
    form: StoryForm,
    kind: PracticeKind,
    part: Part,
    story: Practice | None = None,
    *,
    typed_at: Any = None,
) -> str:
    offer_rows(form)
    return render_template(
        "practices/form.html", typed_at=typed_at, **_frame(form, kind, part, story)
    )


def _frame(
    form: StoryForm, kind: PracticeKind, part: Part, story: Practice | None
) -> dict[str, Any]:
    """What every page with a part of the form shows."""
    actor, number = current_actor(), _ORDER.index(part)
    return {
        "form": form,
        "kind": kind,
        "kind_label": words.KINDS[kind],
        "seeks": kind is PracticeKind.SEEK,
        "story": story,
        "part": part,
        "names": rules.fields_of(kind, part),
        "heading": words.part_label(kind, part, heading=True),
        "number": number + 1,
        "steps": steps_of(kind, story, part.value),
        "is_first": number == 0,
        "is_last": part is _ORDER[-1],
        "is_own": story is None or policies.is_author(actor, story),
        "is_draft": story is None or story.state in rules.WRITING_STATES,
        "action": url_for("practices.edit_story", slug=story.slug, part=part)
        if story
        else url_for("practices.send_story", tipo=words.KIND_CODES[kind]),
    }


def _carried(typed: writing.Typed) -> MultiDict[str, str]:
    """What was typed, as the form that it was typed into would send it."""
    fields = MultiDict((name, value) for name, some in typed.values.items() for value in some)
    fields["submission_key"], fields["seen"] = typed.key, typed.seen
    if typed.version is not None:
        fields["version"] = str(typed.version)
    return fields


def _is_fit(form: StoryForm, story: Practice, part: Part) -> bool:
    """Whether the editors can live with this part; an author who still writes may leave gaps."""
    if story.state in rules.WRITING_STATES:
        return True
    content = form.text(part).put_into(text_for(story, current_actor()))
    return form.is_complete(story.kind, part, content, affiliated=False)


def _saved(story: Practice, part: Part, press: Press) -> ResponseReturnValue:
    """On to where the button leads."""
    at = _ORDER.index(part)
    edit = "practices.edit_story"
    if press.turns_rows:
        row = max(0, press.row - 1) if press.act in (Act.UP, Act.TAKE_OUT) else press.row + 1
        anchor, more = press.rows, None
        if press.act is Act.ADD:
            more = press.rows
            row = _number_of(story, press.rows)
        field = "title" if press.rows == "components" else "url"
        if press.act is not Act.TAKE_OUT:
            anchor = f"{press.rows}-{row}-{field}"
        return redirect(url_for(edit, slug=story.slug, part=part, altro=more, _anchor=anchor))
    if press.act is Act.GO and press.goal != "rivedi":
        return redirect(url_for(edit, slug=story.slug, part=Part(press.goal)))
    if press.act is Act.NEXT and part is not _ORDER[-1]:
        return redirect(url_for(edit, slug=story.slug, part=_ORDER[at + 1]))
    if press.act is Act.BACK and at:
        return redirect(url_for(edit, slug=story.slug, part=_ORDER[at - 1]))
    if press.act in (Act.GO, Act.NEXT):
        return redirect(url_for("practices.check_story", slug=story.slug))
    if policies.proposes(current_actor(), story):
        flash(
            gettext("Il nuovo testo aspetta la redazione: fino ad allora resta quello pubblico."),
            "ok",
        )
    elif story.state is PracticeState.DRAFT:
        flash(gettext("Bozza salvata. La vedi solo tu finché non la invii."), "ok")
    else:
        flash(gettext("Le modifiche sono salvate."), "ok")
    return redirect(url_for(edit, slug=story.slug, part=part))


def _number_of(story: Practice, rows: str) -> int:
    content = text_for(story, current_actor())
    if rows == "components":
        return len(content.components)
    return len(rules.links_in(content.sections["links"].source)[0])


def _conflict_page(form: StoryForm, part: Part, story: Practice) -> ResponseReturnValue:
    """Both texts; sending this form again is a decision, so it carries the newest version."""
    stands = text_for(story, current_actor())
    mine = form.text(part).put_into(stands)
    form.see_version(story.version)
    form.seen.data = rules.fingerprint(story.kind, part, stands)
    form.seen.raw_data = [form.seen.data]
    fields = versions.compared(story.kind, stands, mine)
    page = render_template(
        "practices/conflict.html",
        fields=fields,
        theirs=versions.in_words(stands, tuple(field.name for field in fields)),
        can_save=policies.may_edit(current_actor(), story),
        **_frame(form, story.kind, part, story),
    )
    return page, 409


# What the script hears that keeps a form while somebody writes in it.


def _keep(story: Practice, part: Part, form: StoryForm) -> ResponseReturnValue:
    try:
        services.keep_typed(
            practice_id=story.id,
            part=part,
            typed=form.typed(),
            key=form.submission_key.data or "",
            basis=Basis(form.version.data, form.seen.data or ""),
            by=current_actor(),
        )
    except Conflict:
        return _elsewhere()
    return _kept(story, part, version=form.version.data, seen=form.seen.data or "")


def _kept(story: Practice, part: Part, *, version: int | None, seen: str) -> ResponseReturnValue:
    hour = time_of_day(clock.now())
    if story.state in rules.WRITING_STATES:
        message = gettext("Bozza salvata alle %(hour)s", hour=hour)
    else:
        message = gettext("Testo conservato alle %(hour)s: non ancora inviato", hour=hour)
    return jsonify(
        message=message,
        version=version,
        seen=seen,
        action=url_for("practices.edit_story", slug=story.slug, part=part),
    )


def _not_kept(form: StoryForm) -> ResponseReturnValue:
    if not (form.title.data or "").strip():
        message = gettext("La bozza si salva da sola appena scrivi il titolo.")
    else:
        message = gettext("Non ancora salvato: c’è un punto da correggere.")
    return jsonify(message=message), 422


def _elsewhere() -> ResponseReturnValue:
    message = gettext(
        "Stai scrivendo lo stesso passo anche in un’altra scheda: qui non salviamo più da soli."
    )
    return jsonify(message=message), 409
